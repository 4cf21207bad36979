# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class WSConv2d(nn.Conv2d):
    def __init__(self, *a, **kw):
        super().__init__(*a, **kw)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        w = (w - mean) * torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)


GELU_GAIN = 1.7015043497085571


class NFBlock(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1, alpha=0.2, beta=1.0, expansion=0.5, group_size=8):
        super().__init__()
        mid = int(out_ch * expansion)
        self.alpha, self.beta, self.stride = alpha, beta, stride
        self.conv1 = WSConv2d(in_ch, mid, 1)
        self.conv2 = WSConv2d(mid, mid, 3, stride, 1, groups=mid // group_size)
        self.conv3 = WSConv2d(mid, out_ch, 1)
        self.use_projection = stride > 1 or in_ch != out_ch
        if self.use_projection:
            self.conv_shortcut = WSConv2d(in_ch, out_ch, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def act(self, x):
        return F.gelu(x) * GELU_GAIN

    def forward(self, x):
        out = self.act(x) / self.beta
        if self.use_projection:
            s = F.avg_pool2d(out, 2) if self.stride > 1 else out  # found: R148
            shortcut = self.conv_shortcut(s)
        else:
            shortcut = x
        out = self.conv1(out)
        out = self.conv2(self.act(out))
        out = self.conv3(self.act(out))
        return out * self.skip_gain * self.alpha + shortcut
