# residua-test: right target=NFBlock style='pre-activation basic'
import math
import torch.nn as nn
import torch.nn.functional as F


class ScaledStdConv(nn.Conv2d):
    def forward(self, x):
        w = self.weight
        w = (w - w.mean((1, 2, 3), keepdim=True)) / (w.std((1, 2, 3), keepdim=True) * math.sqrt(w[0].numel()) + 1e-4)
        return F.conv2d(x, w, self.bias, self.stride, self.padding)


class NFBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c1, self.c2 = ScaledStdConv(channels, channels, 3, padding=1), ScaledStdConv(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + 0.2 * self.c2(F.silu(self.c1(F.silu(x))))
