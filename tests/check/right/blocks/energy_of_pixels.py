# residua-test: right target=SimAMBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class SimAMBlock(nn.Module):
    """Squares are divided by the variance (Yang 2021)."""

    def __init__(self, channels, lam=1e-4):
        super().__init__()
        self.lam = lam
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def attend(self, x):
        n = x.shape[2] * x.shape[3] - 1
        d = (x - x.mean(dim=[2, 3], keepdim=True)).pow(2)
        v = d.sum(dim=[2, 3], keepdim=True) / n
        return x * torch.sigmoid(d / (4 * (v + self.lam)) + 0.5)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.attend(self.bn2(self.conv2(h))))
