# residua-test: wrong target=HDCBlock args='channels=32, dilation=2'
# What is wrong: the padding of the dilated convolutions stays 1 while the dilation grows, so the branch is smaller than the input and the addition fails.
import torch
import torch.nn as nn


class HDCBlock(nn.Module):
    """hybrid dilated residual block for road segmentation"""

    def __init__(self, channels, dilation=1, norm=nn.BatchNorm2d):
        super().__init__()
        kw = dict(kernel_size=3, padding=1, dilation=dilation, bias=False)  # expect: R129
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, **kw),
            norm(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, **kw),
            norm(channels),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.block(x)
        return self.relu(out + x)
