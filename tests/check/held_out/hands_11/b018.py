# residua-test: wrong target=MBConvBlock
# What is wrong: the depthwise convolution has no groups=hidden: it is a full 3x3 convolution on the expanded channels (36x the weights), not an MBConv.
import torch
import torch.nn as nn


class SqueezeExcite(nn.Module):
    def __init__(self, ch, reduced):
        super().__init__()
        self.fc1 = nn.Conv2d(ch, reduced, 1)
        self.fc2 = nn.Conv2d(reduced, ch, 1)

    def forward(self, x):
        s = x.mean((2, 3), keepdim=True)
        s = torch.sigmoid(self.fc2(torch.nn.functional.silu(self.fc1(s))))
        return x * s


class MBConvBlock(nn.Module):
    """EfficientNet block: expand 1x1 -> depthwise kxk -> SE -> project 1x1 (+ skip)."""

    def __init__(self, in_ch, out_ch, expand_ratio=6, kernel_size=3, stride=1, se_ratio=0.25):
        super().__init__()
        hidden = in_ch * expand_ratio
        self.has_skip = stride == 1 and in_ch == out_ch

        self.expand = nn.Sequential(
            nn.Conv2d(in_ch, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.SiLU()
        ) if expand_ratio != 1 else nn.Identity()

        self.depthwise = nn.Sequential(
            nn.Conv2d(hidden, hidden, kernel_size, stride, padding=kernel_size // 2, bias=False),  # expect: R224
            nn.BatchNorm2d(hidden),
            nn.SiLU(),
        )
        self.se = SqueezeExcite(hidden, max(1, int(in_ch * se_ratio)))
        self.project = nn.Sequential(nn.Conv2d(hidden, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch))

    def forward(self, inputs):
        x = self.expand(inputs)
        x = self.depthwise(x)
        x = self.se(x)
        x = self.project(x)
        if self.has_skip:
            x = x + inputs
        return x
