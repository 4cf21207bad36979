# residua-test: wrong target=DynamicsNet
# What is wrong: the second half of the block adds the branch to itself (x += x) - the block's input was overwritten and never kept, so there is no skip.
import torch
import torch.nn as nn


def conv3x3(in_channels, out_channels, stride=1):
    return torch.nn.Conv2d(
        in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False
    )


class ResBlock(torch.nn.Module):
    def __init__(self, num_channels):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels)
        self.bn1 = torch.nn.BatchNorm2d(num_channels)
        self.conv2 = conv3x3(num_channels, num_channels)
        self.bn2 = torch.nn.BatchNorm2d(num_channels)

    def forward(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = torch.relu(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x += x  # expect: R104
        return torch.relu(x)  # found: R151


class DynamicsNet(torch.nn.Module):
    """(hidden state, action plane) -> (next hidden state, reward logits)"""

    def __init__(self, hidden_channels, num_blocks, reward_hidden, support):
        super().__init__()
        self.conv = conv3x3(hidden_channels + 1, hidden_channels)
        self.bn = torch.nn.BatchNorm2d(hidden_channels)
        self.resblocks = torch.nn.ModuleList(
            [ResBlock(hidden_channels) for _ in range(num_blocks)]
        )
        self.conv1x1_reward = torch.nn.Conv2d(hidden_channels, 2, 1)
        self.fc = nn.Sequential(
            nn.Linear(2, reward_hidden), nn.ELU(), nn.Linear(reward_hidden, 2 * support + 1)
        )

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        for block in self.resblocks:
            x = block(x)
        state = x
        r = self.conv1x1_reward(x).mean(dim=(2, 3))
        reward = self.fc(r)
        return state, reward
