# residua-test: wrong target=InvertedResidual
# What is wrong: the depthwise conv works on hidden channels but groups is inp, so it is not depthwise
import torch
import torch.nn as nn


class InvertedResidual(nn.Module):
    """MobileNetV2: 1x1 expand -> 3x3 depthwise -> 1x1 linear projection."""

    def __init__(self, inp, oup, stride=1, expand_ratio=6):
        super().__init__()
        assert stride in (1, 2)
        hidden_dim = inp * expand_ratio
        self.use_res_connect = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            # pw
            nn.Conv2d(inp, hidden_dim, 1, 1, 0, bias=False),
            nn.BatchNorm2d(hidden_dim),
            nn.ReLU6(inplace=True),
            # dw
            nn.Conv2d(hidden_dim, hidden_dim, 3, stride, 1, groups=inp, bias=False),  # expect: R215
            nn.BatchNorm2d(hidden_dim),
            nn.ReLU6(inplace=True),
            # pw-linear
            nn.Conv2d(hidden_dim, oup, 1, 1, 0, bias=False),
            nn.BatchNorm2d(oup),
        )

    def forward(self, x):
        if self.use_res_connect:
            return x + self.conv(x)
        return self.conv(x)
