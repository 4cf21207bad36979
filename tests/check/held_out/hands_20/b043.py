# residua-test: right target=ImpalaCNN
# Why it is right: IMPALA's encoder: each residual block begins with a ReLU that is not in place, no normalisation, pooling before the blocks.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        inputs = x
        x = F.relu(x)
        x = self.conv0(x)
        x = F.relu(x)
        x = self.conv1(x)
        return x + inputs


class ImpalaCNN(nn.Module):
    """Actor-critic for 64x64 frames (uint8 or float, 0..255)."""

    def __init__(self, obs_channels=3, n_actions=15, depths=(8, 16, 16)):
        super().__init__()
        seqs, c = [], obs_channels
        for d in depths:
            seqs.append(nn.Sequential(nn.Conv2d(c, d, 3, padding=1),
                                      nn.MaxPool2d(3, stride=2, padding=1),
                                      ResidualBlock(d), ResidualBlock(d)))
            c = d
        self.convs = nn.Sequential(*seqs)
        self.hidden = nn.Linear(c * 8 * 8, 64)
        self.policy = nn.Linear(64, n_actions)
        self.value = nn.Linear(64, 1)

    def forward(self, obs):
        x = self.convs(obs.float() / 255.0)
        x = F.relu(self.hidden(F.relu(x).flatten(1)))
        return self.policy(x), self.value(x).squeeze(-1)
