# residua-test: wrong target=BasicBlock
# What is wrong: operator precedence: with a downsample module the conditional expression returns downsample(x) alone, the branch is dropped.
import torch.nn as nn


class BasicBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.LeakyReLU(0.1),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        self.act = nn.LeakyReLU(0.1)

    def forward(self, x):
        out = self.body(x)  # found: R155
        out = out + x if self.downsample is None else self.downsample(x)  # expect
        return self.act(out)
