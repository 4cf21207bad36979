# residua-test: wrong target=InvertedResidual args=in_channels=32,out_channels=32,mid_channels=128
# What is wrong: The projection ('linear_conv') is built with the activation, so the bottleneck is not linear and the branch can only add non-negative values
import torch
import torch.nn as nn


class ConvModule(nn.Sequential):
    def __init__(self, inp, oup, kernel_size, stride=1, groups=1, act_layer=nn.ReLU):
        layers = [nn.Conv2d(inp, oup, kernel_size, stride, kernel_size // 2, groups=groups, bias=False),
                  nn.BatchNorm2d(oup)]
        if act_layer is not None:
            layers.append(act_layer(inplace=True))
        super().__init__(*layers)


class SELayer(nn.Module):
    def __init__(self, channels, ratio=4):
        super().__init__()
        self.fc = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels // ratio, 1),
                                nn.ReLU(inplace=True), nn.Conv2d(channels // ratio, channels, 1), nn.Hardsigmoid())

    def forward(self, x):
        return x * self.fc(x)


class InvertedResidual(nn.Module):
    """Inverted residual of MobileNetV3: expand (1x1) -> depthwise -> SE -> linear projection (1x1)."""

    def __init__(self, in_channels: int, out_channels: int, mid_channels: int, kernel_size: int = 3,
                 stride: int = 1, with_se: bool = False, act_layer=nn.ReLU):
        super().__init__()
        self.with_res_shortcut = stride == 1 and in_channels == out_channels
        self.with_expand_conv = mid_channels != in_channels
        if self.with_expand_conv:
            self.expand_conv = ConvModule(in_channels, mid_channels, 1, act_layer=act_layer)
        self.depthwise_conv = ConvModule(mid_channels, mid_channels, kernel_size, stride,
                                         groups=mid_channels, act_layer=act_layer)
        self.se = SELayer(mid_channels) if with_se else nn.Identity()
        self.linear_conv = ConvModule(mid_channels, out_channels, 1, act_layer=act_layer)  # expect: R106

    def forward(self, x):
        out = x
        if self.with_expand_conv:
            out = self.expand_conv(out)
        out = self.depthwise_conv(out)
        out = self.se(out)
        out = self.linear_conv(out)  # expect
        if self.with_res_shortcut:
            return x + out  # expect
        return out
