# residua-test: wrong target=GestureEncoder
# What is wrong: padding='same' with stride 2: ValueError at construction
import torch
from torch import nn


class MotionUnit(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv1d(cin, cout, kernel_size=5, stride=stride, padding="same", bias=False)  # expect: R182
        self.bn1 = nn.BatchNorm1d(cout)
        self.conv2 = nn.Conv1d(cout, cout, kernel_size=5, padding="same", bias=False)
        self.bn2 = nn.BatchNorm1d(cout)
        self.res = nn.Identity()
        if stride != 1 or cin != cout:
            self.res = nn.Sequential(nn.Conv1d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm1d(cout))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + self.res(x))


class GestureEncoder(nn.Module):
    """Joint coordinates (batch, coordinates, frames) to a code."""

    def __init__(self, coordinates=12, width=16, code=32):
        super().__init__()
        self.net = nn.Sequential(
            MotionUnit(coordinates, width, 1),
            MotionUnit(width, 2 * width, 2),
            MotionUnit(2 * width, 4 * width, 2),
        )
        self.code = nn.Linear(4 * width, code)

    def forward(self, motion):
        return self.code(self.net(motion).mean(-1))
