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
        fan_in = self.weight[0].numel()
        var, mean = torch.var_mean(self.weight, dim=(1, 2, 3), keepdim=True)
        w = (self.weight - mean) * torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    """Pre-activation block of NF-ResNets; beta is the expected std of the input."""

    def __init__(self, cin=32, cout=64, stride=2, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.conv1 = WSConv2d(cin, cout, 3, stride, 1)
        self.conv2 = WSConv2d(cout, cout, 3, 1, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))
        self.shortcut = None
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(), WSConv2d(cin, cout, 1))

    @staticmethod
    def act(x):
        return F.gelu(x) * 1.7015043497085571

    def forward(self, x):
        out = self.act(x) / self.beta
        skip = x if self.shortcut is None else self.shortcut(out)
        out = self.conv2(self.act(self.conv1(out)))
        return skip + self.alpha * self.skip_gain * out
