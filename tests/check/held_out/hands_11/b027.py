# residua-test: wrong target=AlphaNet
# What is wrong: the residual tower is a plain Python list: its blocks are not registered, are in no optimiser, state_dict or .to().
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv_a = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn_a = nn.BatchNorm2d(filters)
        self.conv_b = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn_b = nn.BatchNorm2d(filters)

    def forward(self, x):
        y = F.relu(self.bn_a(self.conv_a(x)))
        y = self.bn_b(self.conv_b(y))
        return F.relu(x + y)


class AlphaNet(nn.Module):
    # Hex 7x7: planes = (mine, theirs, to move)
    def __init__(self, size=7, planes=3, filters=32, depth=5):
        super().__init__()
        self.size = size
        self.conv = nn.Conv2d(planes, filters, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(filters)

        self.tower = []  # expect: R125
        for i in range(depth):
            self.tower.append(ResidualBlock(filters))

        self.p_conv = nn.Conv2d(filters, 2, 1)
        self.p_fc = nn.Linear(2 * size * size, size * size)
        self.v_conv = nn.Conv2d(filters, 1, 1)
        self.v_fc1 = nn.Linear(size * size, 64)
        self.v_fc2 = nn.Linear(64, 1)

    def forward(self, board):
        x = F.relu(self.bn(self.conv(board)))
        for block in self.tower:
            x = block(x)
        p = F.relu(self.p_conv(x)).flatten(1)
        p = F.log_softmax(self.p_fc(p), dim=1)
        v = F.relu(self.v_conv(x)).flatten(1)
        v = torch.tanh(self.v_fc2(F.relu(self.v_fc1(v))))
        return p, v
