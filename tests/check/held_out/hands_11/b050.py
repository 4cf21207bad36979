# residua-test: right target=NFBlock
import torch
from torch import nn
import torch.nn.functional as F

_GAMMA_RELU = 1.7139588594436646


class WSConv2d(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        scale = torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return F.conv2d(x, (w - mean) * scale, self.bias, self.stride, self.padding,
                        self.dilation, self.groups)


def act(x):
    return F.relu(x) * _GAMMA_RELU


class NFBlock(nn.Module):
    """x_{l+1} = x_l + alpha * f(x_l / beta_l)"""

    def __init__(self, in_ch, out_ch, stride=1, alpha=0.2, beta=1.0, expansion=0.5):
        super().__init__()
        mid = int(out_ch * expansion)
        self.alpha, self.beta = alpha, beta
        self.conv0 = WSConv2d(in_ch, mid, 1)
        self.conv1 = WSConv2d(mid, mid, 3, stride, 1)
        self.conv2 = WSConv2d(mid, out_ch, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))
        self.shortcut = None
        if stride > 1 or in_ch != out_ch:
            pool = nn.AvgPool2d(2, stride, ceil_mode=True) if stride > 1 else nn.Identity()
            self.shortcut = nn.Sequential(pool, WSConv2d(in_ch, out_ch, 1))

    def forward(self, x):
        out = act(x) / self.beta
        identity = x if self.shortcut is None else self.shortcut(out)
        out = self.conv0(out)
        out = self.conv1(act(out))
        out = self.conv2(act(out))
        return out * self.skip_gain * self.alpha + identity
