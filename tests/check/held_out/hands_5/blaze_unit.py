# residua-test: right target=BlazeUnit
import torch
import torch.nn as nn
import torch.nn.functional as F


class BlazeUnit(nn.Module):
    """BlazeFace block: depthwise 5x5 and pointwise; shortcut by max-pooling and channel padding."""

    def __init__(self, in_channels=24, out_channels=48, kernel_size=5, stride=2):
        super().__init__()
        self.stride = stride
        self.channel_pad = out_channels - in_channels
        padding = 0 if stride == 2 else (kernel_size - 1) // 2
        self.convs = nn.Sequential(
            nn.Conv2d(in_channels, in_channels, kernel_size, stride, padding, groups=in_channels),
            nn.Conv2d(in_channels, out_channels, 1),
        )

    def forward(self, x):
        if self.stride == 2:
            h = F.pad(x, (1, 2, 1, 2))
            x = F.max_pool2d(x, 2, 2)
        else:
            h = x
        if self.channel_pad > 0:
            x = F.pad(x, (0, 0, 0, 0, 0, self.channel_pad))
        return F.relu(self.convs(h) + x)
