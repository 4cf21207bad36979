# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F

RELU_GAMMA = 1.7139588594436646    # keeps the variance after relu at 1


class WSConv2d(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True)
        w = (w - mean) * torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)


def act(x):
    return F.relu(x) * RELU_GAMMA


class NFBlock(nn.Module):
    """beta = expected std of the block's input, alpha = growth of the variance per block"""

    def __init__(self, in_ch=64, out_ch=128, stride=2, alpha=0.2, beta=1.0, bottleneck=0.5):
        super().__init__()
        mid = int(out_ch * bottleneck)
        self.alpha, self.beta = alpha, 1.0 / beta
        self.conv0 = WSConv2d(in_ch, mid, 1)
        self.conv1 = WSConv2d(mid, mid, 3, stride=stride, padding=1)
        self.conv2 = WSConv2d(mid, out_ch, 1)
        self.transition = stride > 1 or in_ch != out_ch
        if self.transition:
            self.conv_shortcut = WSConv2d(in_ch, out_ch, 1)
        self.pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
        self.skipinit_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        out = act(x) * self.beta
        # transition blocks take the shortcut from the activated tensor
        shortcut = self.conv_shortcut(self.pool(out)) if self.transition else x
        out = self.conv0(out)
        out = self.conv1(act(out))
        out = self.conv2(act(out))
        return out * self.skipinit_gain * self.alpha + shortcut
