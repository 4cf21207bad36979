# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F

GAMMA_RELU = 1.7139588594436646


class WSConv2d(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def standardized(self):
        w = self.weight
        fan_in = w[0].numel()
        var, mean = torch.var_mean(w, dim=(1, 2, 3), keepdim=True)
        scale = torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return (w - mean) * scale

    def forward(self, x):
        return F.conv2d(x, self.standardized(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    """h_{l+1} = shortcut + alpha * skip_gain * f(act(h_l) * beta)

    beta is 1 / (expected std of h_l), alpha the growth of the variance per block
    """

    def __init__(self, in_chs, out_chs, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        mid = max(out_chs // 2, 8)
        self.transition = stride > 1 or in_chs != out_chs
        if self.transition:
            self.pool = nn.AvgPool2d(2, 2, ceil_mode=True) if stride > 1 else nn.Identity()
            self.conv_shortcut = WSConv2d(in_chs, out_chs, 1)
        self.conv1 = WSConv2d(in_chs, mid, 1)
        self.conv2 = WSConv2d(mid, mid, 3, stride=stride, padding=1)
        self.conv3 = WSConv2d(mid, out_chs, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def act(self, x):
        return F.relu(x) * GAMMA_RELU

    def forward(self, x):
        out = self.act(x) * self.beta
        shortcut = self.conv_shortcut(self.pool(out)) if self.transition else x
        out = self.conv1(out)
        out = self.conv2(self.act(out))
        out = self.conv3(self.act(out))
        return out * self.skip_gain * self.alpha + shortcut
