# residua-test: wrong target=Squeezed
import torch.nn as nn


class ConvNormAct(nn.Sequential):
    def __init__(self, in_channels, out_channels, kernel=3):
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(in_channels),  # expect: R154
            nn.ReLU(),
        )


class Squeezed(nn.Module):
    def __init__(self, channels=32):
        super().__init__()
        self.wide = ConvNormAct(channels, channels * 2)
        self.back = ConvNormAct(channels * 2, channels)

    def forward(self, x):
        return x + self.back(self.wide(x))
