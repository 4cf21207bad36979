# residua-test: right target=ResBlock
# Why it is right: All in-place operations act on fresh batch-norm outputs that no later backward needs, so neither the identity nor a gradient is damaged.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    """Memory-saving block: everything that may be done in place is."""

    def __init__(self, in_channels, out_channels=None, stride=1):
        super().__init__()
        out_channels = out_channels or in_channels
        self.conv_a = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn_a = nn.BatchNorm2d(out_channels)
        self.conv_b = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn_b = nn.BatchNorm2d(out_channels)
        self.relu_ = nn.ReLU(inplace=True)
        self.proj = None
        if stride != 1 or in_channels != out_channels:
            self.proj = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, inp):
        x = inp
        x = self.bn_a(self.conv_a(x))
        self.relu_(x)
        x = self.bn_b(self.conv_b(x))
        x += inp if self.proj is None else self.proj(inp)
        self.relu_(x)
        return x
