# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class WSConv2d(nn.Conv2d):
    """Scaled weight standardisation."""

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def standardized(self):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        return self.gain * (w - mean) * torch.rsqrt(var * fan_in + 1e-4)

    def forward(self, x):
        return F.conv2d(x, self.standardized(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    GAMMA = 1.7139588594436646   # variance-preserving relu

    def __init__(self, in_ch, out_ch, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.conv0 = WSConv2d(in_ch, out_ch, 1)
        self.conv1 = WSConv2d(out_ch, out_ch, 3, stride, 1)
        self.conv2 = WSConv2d(out_ch, out_ch, 1)
        self.transition = stride > 1 or in_ch != out_ch
        if self.transition:
            self.pool = nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
            self.conv_shortcut = WSConv2d(in_ch, out_ch, 1)

    def act(self, x):
        return F.relu(x) * self.GAMMA

    def forward(self, x):
        out = self.act(x) / self.beta
        shortcut = self.conv_shortcut(self.pool(out)) if self.transition else x
        out = self.conv0(out)
        out = self.conv1(self.act(out))
        out = self.conv2(self.act(out))
        return out * self.alpha + shortcut
