# residua-test: wrong target=SEBlock
# What is wrong: SE reads the block input and overwrites out: both convolutions are dead
import torch
import torch.nn as nn
import torch.nn.functional as F


class Squeeze(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, z):
        s = F.adaptive_avg_pool2d(z, 1)
        s = torch.sigmoid(self.fc2(F.relu(self.fc1(s))))
        return z * s


class SEBlock(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.conv_a = nn.Conv2d(channels, channels, 3, padding=1, bias=False)  # expect
        self.bn_a = nn.BatchNorm2d(channels)
        self.conv_b = nn.Conv2d(channels, channels, 3, padding=1, bias=False)  # expect
        self.bn_b = nn.BatchNorm2d(channels)
        self.se = Squeeze(channels, reduction)

    def forward(self, x):
        out = F.relu(self.bn_a(self.conv_a(x)))  # expect
        out = self.bn_b(self.conv_b(out))  # expect
        out = self.se(x)  # expect: R103
        return F.relu(x + out)
