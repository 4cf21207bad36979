# residua-test: wrong target=PolicyValueNet
# What is wrong: In the tower loop every block is applied to the stem output instead of the running result, so only the last block reaches the heads
"""AlphaZero-style policy/value network for a 9x9 board."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv1 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + x)


class PolicyValueNet(nn.Module):
    def __init__(self, board_size=9, in_planes=17, filters=64, n_blocks=6):
        super().__init__()
        self.board_size = board_size
        self.stem = nn.Sequential(nn.Conv2d(in_planes, filters, 3, padding=1, bias=False),
                                  nn.BatchNorm2d(filters), nn.ReLU())
        self.tower = nn.ModuleList([ResidualBlock(filters) for _ in range(n_blocks)])
        # policy head
        self.p_conv = nn.Sequential(nn.Conv2d(filters, 2, 1, bias=False), nn.BatchNorm2d(2), nn.ReLU())
        self.p_fc = nn.Linear(2 * board_size ** 2, board_size ** 2 + 1)
        # value head
        self.v_conv = nn.Sequential(nn.Conv2d(filters, 1, 1, bias=False), nn.BatchNorm2d(1), nn.ReLU())
        self.v_fc = nn.Sequential(nn.Linear(board_size ** 2, 64), nn.ReLU(), nn.Linear(64, 1), nn.Tanh())

    def forward(self, planes):
        features = self.stem(planes)
        for block in self.tower:  # expect
            out = block(features)  # expect: R155
        policy = self.p_fc(self.p_conv(out).flatten(1))
        value = self.v_fc(self.v_conv(out).flatten(1))
        return F.log_softmax(policy, dim=1), value
