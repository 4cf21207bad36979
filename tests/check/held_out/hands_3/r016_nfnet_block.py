# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class WSConv2d(nn.Conv2d):
    """Scaled weight standardisation."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        w = (w - mean) * torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        assert stride in (1, 2)
        mid = out_channels // 2
        self.alpha, self.beta = alpha, beta
        self.conv1 = WSConv2d(in_channels, mid, 1)
        self.conv2 = WSConv2d(mid, mid, 3, stride=stride, padding=1)
        self.conv3 = WSConv2d(mid, out_channels, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))
        self.pool = nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False) if stride == 2 else nn.Identity()
        transition = stride != 1 or in_channels != out_channels
        self.proj = WSConv2d(in_channels, out_channels, 1) if transition else None

    @staticmethod
    def act(x):
        return F.gelu(x) * 1.7015043497085571

    def forward(self, x):
        out = self.act(x) * self.beta
        shortcut = x if self.proj is None else self.proj(self.pool(out))
        out = self.conv1(out)
        out = self.conv2(self.act(out))
        out = self.conv3(self.act(out))
        return out * self.skip_gain * self.alpha + shortcut
