# residua-test: wrong target=ResidualUnit
# What is wrong: one BatchNorm is used after both convolutions, so their running statistics (and scale/shift) are mixed and eval mode is wrong
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnit(nn.Module):
    def __init__(self, n_feat, kernel_size=3):
        super().__init__()
        pad = kernel_size // 2
        self.conv_a = nn.Conv2d(n_feat, n_feat, kernel_size, padding=pad, bias=False)
        self.conv_b = nn.Conv2d(n_feat, n_feat, kernel_size, padding=pad, bias=False)
        self.bn = nn.BatchNorm2d(n_feat)
        nn.init.kaiming_normal_(self.conv_a.weight)
        nn.init.kaiming_normal_(self.conv_b.weight)

    def forward(self, x):
        h = self.conv_a(x)
        h = F.relu(self.bn(h))
        h = self.conv_b(h)
        h = self.bn(h)  # expect: R121
        return F.relu(x + h)
