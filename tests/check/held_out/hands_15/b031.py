# residua-test: wrong target=ResTower
# What is wrong: the input is overwritten before the sum, so the branch is added to itself and there is no skip
# ConnectX - policy/value net, v3
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv(n_in, n_out):
    return nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)


class ResBlock(nn.Module):
    def __init__(self, n):
        super(ResBlock, self).__init__()
        self.conv1 = conv(n, n)
        self.bn1 = nn.BatchNorm2d(n)
        self.conv2 = conv(n, n)
        self.bn2 = nn.BatchNorm2d(n)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x = x + x  # expect: R104
        return F.relu(x)  # found: R151


class ResTower(nn.Module):
    """AlphaZero-like tower on the 6x7 board: 5 residual blocks, two heads."""

    def __init__(self, planes=3, width=48, n_blocks=5, n_actions=7):
        super(ResTower, self).__init__()
        self.inp = nn.Sequential(conv(planes, width), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(*[ResBlock(width) for _ in range(n_blocks)])
        self.p_conv = nn.Conv2d(width, 2, 1)
        self.p_fc = nn.Linear(2 * 6 * 7, n_actions)
        self.v_conv = nn.Conv2d(width, 1, 1)
        self.v_fc = nn.Linear(6 * 7, 1)

    def forward(self, board):
        # board: (N, 3, 6, 7)
        h = self.blocks(self.inp(board))
        p = F.relu(self.p_conv(h)).flatten(1)
        v = F.relu(self.v_conv(h)).flatten(1)
        return self.p_fc(p), torch.tanh(self.v_fc(v))
