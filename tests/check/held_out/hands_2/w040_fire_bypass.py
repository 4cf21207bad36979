# residua-test: wrong target=FireBypass
# What is wrong: the expand3x3 branch is never called: expand1x1 is concatenated with itself
import torch
import torch.nn as nn


class FireBypass(nn.Module):
    """SqueezeNet fire module with simple bypass."""

    def __init__(self, inplanes, squeeze_planes=8):
        super().__init__()
        half = inplanes // 2
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.expand1x1 = nn.Conv2d(squeeze_planes, half, kernel_size=1)
        self.expand3x3 = nn.Conv2d(squeeze_planes, half, kernel_size=3, padding=1)  # expect: R126
        self.act = nn.ReLU()

    def forward(self, x):
        s = self.act(self.squeeze(x))
        a = self.act(self.expand1x1(s))
        b = self.act(self.expand1x1(s))  # expect
        return x + torch.cat([a, b], dim=1)
