# residua-test: wrong target=BasicResidualSEBlock args='in_channels=64, out_channels=64, stride=1'
# What is wrong: The residual branch ends with a ReLU before the addition, so the branch can only ever add non-negative values.
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicResidualSEBlock(nn.Module):
    expansion = 1

    def __init__(self, in_channels, out_channels, stride, r=16):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels * self.expansion, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels * self.expansion),
            nn.ReLU(inplace=True),  # expect: R106
        )
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels * self.expansion:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels * self.expansion, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels * self.expansion),
            )
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.excitation = nn.Sequential(
            nn.Linear(out_channels * self.expansion, out_channels * self.expansion // r),
            nn.ReLU(inplace=True),
            nn.Linear(out_channels * self.expansion // r, out_channels * self.expansion),
            nn.Sigmoid(),
        )

    def forward(self, x):
        shortcut = self.shortcut(x)
        residual = self.residual(x)
        gate = self.squeeze(residual).flatten(1)
        gate = self.excitation(gate)[:, :, None, None]
        return F.relu(residual * gate + shortcut)
