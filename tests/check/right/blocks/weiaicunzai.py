# residua-test: right target=Weiaicunzai style='post-activation basic'
import torch.nn as nn


class Weiaicunzai(nn.Module):
    expansion = 1

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.residual_function = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels * Weiaicunzai.expansion, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels * Weiaicunzai.expansion),
        )
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != Weiaicunzai.expansion * out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels * Weiaicunzai.expansion, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels * Weiaicunzai.expansion),
            )

    def forward(self, x):
        return nn.ReLU(inplace=True)(self.residual_function(x) + self.shortcut(x))
