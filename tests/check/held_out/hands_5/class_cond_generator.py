# residua-test: wrong target=CondGenBlock
# What is wrong: The embedding initialises its first half to about one (gain) and its second half to zero, but forward takes the first half as the shift, so the gain starts at zero and the branch is off
import torch
import torch.nn as nn
import torch.nn.functional as F


class CondBatchNorm(nn.Module):
    """Class-conditional batch norm: per-class gain (starts near one) and bias (starts at zero)."""

    def __init__(self, channels, n_classes):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels, affine=False)
        self.embed = nn.Embedding(n_classes, channels * 2)
        self.embed.weight.data[:, :channels].normal_(1, 0.02)  # expect
        self.embed.weight.data[:, channels:].zero_()  # expect

    def forward(self, x, y):
        bias, gain = self.embed(y).chunk(2, dim=1)  # expect
        return self.bn(x) * gain[:, :, None, None] + bias[:, :, None, None]  # expect: R207


class CondGenBlock(nn.Module):
    """Up-sampling residual block of a class-conditional generator."""

    def __init__(self, cin=64, cout=32, n_classes=10):
        super().__init__()
        self.bn1 = CondBatchNorm(cin, n_classes)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.bn2 = CondBatchNorm(cout, n_classes)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1)

    def forward(self, x, y):
        h = F.interpolate(F.relu(self.bn1(x, y)), scale_factor=2)
        h = self.conv2(F.relu(self.bn2(self.conv1(h), y)))
        return h + self.skip(F.interpolate(x, scale_factor=2))
