# residua-test: wrong target=FaceGenerator
# What is wrong: One BatchNorm (and its running statistics) is used after both convolutions of a block although their outputs have different statistics.
import torch
import torch.nn as nn


class UpRes(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv1 = nn.Conv2d(cin, cout, 3, 1, 1)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1)
        self.bn = nn.BatchNorm2d(cout)  # expect
        self.relu = nn.ReLU()
        self.skip = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        x = self.up(x)
        h = self.relu(self.bn(self.conv1(x)))
        h = self.bn(self.conv2(h))  # expect: R121
        return self.relu(h + self.skip(x))


class FaceGenerator(nn.Module):
    """z -> 32x32 faces."""

    def __init__(self, z_dim=64, base=64):
        super().__init__()
        self.base = base
        self.fc = nn.Linear(z_dim, base * 4 * 4)
        self.stages = nn.Sequential(UpRes(base, base), UpRes(base, base // 2), UpRes(base // 2, base // 4))
        self.to_rgb = nn.Conv2d(base // 4, 3, 3, 1, 1)

    def forward(self, z):
        x = self.fc(z).view(-1, self.base, 4, 4)
        return torch.tanh(self.to_rgb(self.stages(x)))
