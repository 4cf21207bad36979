# residua-test: right target=MBConvBlock
import torch
import torch.nn as nn


class SE(nn.Module):
    def __init__(self, ch, mid):
        super().__init__()
        self.net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(ch, mid, 1), nn.SiLU(), nn.Conv2d(mid, ch, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.net(x)


class MBConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, expand_ratio=4, survival_prob=0.8):
        super().__init__()
        self.survival_prob = survival_prob
        self.use_residual = in_channels == out_channels and stride == 1
        h = in_channels * expand_ratio
        ops = []
        if expand_ratio > 1:
            ops += [nn.Conv2d(in_channels, h, 1, bias=False), nn.BatchNorm2d(h), nn.SiLU()]
        ops += [nn.Conv2d(h, h, kernel_size, stride, kernel_size // 2, groups=h, bias=False), nn.BatchNorm2d(h), nn.SiLU(),
                SE(h, max(1, in_channels // 4)),
                nn.Conv2d(h, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)]
        self.conv = nn.Sequential(*ops)

    def stochastic_depth(self, x):
        if not self.training:
            return x
        keep = torch.rand(x.shape[0], 1, 1, 1, device=x.device) < self.survival_prob
        return torch.div(x, self.survival_prob) * keep

    def forward(self, inputs):
        x = self.conv(inputs)
        if self.use_residual:
            return self.stochastic_depth(x) + inputs
        return x
