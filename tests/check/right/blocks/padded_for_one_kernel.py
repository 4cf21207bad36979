# residua-test: right target=Unit
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    """BlazeFace: where it strides, a padding for its 5×5 alone, and a pooled shortcut with channels of zeros."""

    def __init__(self, in_channels=24, out_channels=48, kernel_size=5, stride=2):
        super().__init__()
        self.stride, self.more = stride, out_channels - in_channels
        padding = 0 if stride == 2 else (kernel_size - 1) // 2
        self.depthwise = nn.Conv2d(in_channels, in_channels, kernel_size, stride, padding, groups=in_channels)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        h = x
        if self.stride == 2:
            h = F.pad(x, (1, 2, 1, 2))
            x = F.max_pool2d(x, 2, 2)
        if self.more > 0:
            x = F.pad(x, (0, 0, 0, 0, 0, self.more))
        return F.relu(self.pointwise(self.depthwise(h)) + x)
