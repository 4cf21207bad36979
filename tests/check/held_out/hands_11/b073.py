# residua-test: wrong target=QNetwork
# What is wrong: the identity is taken from x.data: it is detached, so no gradient flows through the skip connections.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, channels):
        super(ResBlock, self).__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, x):
        identity = x.data  # expect
        x = F.relu(self.conv1(x))
        x = self.conv2(x)
        x = F.relu(x + identity)
        return x


class QNetwork(nn.Module):
    """Dueling DQN on 4 stacked Atari frames"""

    def __init__(self, n_actions=6):
        super(QNetwork, self).__init__()
        self.conv1 = nn.Conv2d(4, 32, kernel_size=8, stride=4)
        self.res1 = ResBlock(32)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=4, stride=2)
        self.res2 = ResBlock(64)
        self.value = nn.Sequential(nn.Linear(64 * 9 * 9, 128), nn.ReLU(), nn.Linear(128, 1))
        self.advantage = nn.Sequential(nn.Linear(64 * 9 * 9, 128), nn.ReLU(), nn.Linear(128, n_actions))

    def forward(self, obs):
        x = F.relu(self.conv1(obs))
        x = self.res1(x)
        x = F.relu(self.conv2(x))
        x = self.res2(x)
        x = x.view(x.size(0), -1)
        v = self.value(x)
        a = self.advantage(x)
        return v + a - a.mean(dim=1, keepdim=True)
