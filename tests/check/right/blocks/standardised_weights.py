# residua-test: right target=NormFreeBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class StandardConv(nn.Conv2d):
    def __init__(self, channels):
        super().__init__(channels, channels, 3, padding=1)
        self.gain = nn.Parameter(torch.full((channels, 1, 1, 1), 0.04))

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(rows, None, None, weight=self.gain.view(-1), training=True, momentum=0.0)
        return F.conv2d(x, weight.reshape_as(self.weight), self.bias, padding=1)


class NormFreeBlock(nn.Module):
    """Residual block without norms: the weights are standardised."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = StandardConv(channels)
        self.conv2 = StandardConv(channels)

    def forward(self, x):
        out = self.conv1(F.silu(x))
        return x + 0.2 * self.conv2(F.silu(out))
