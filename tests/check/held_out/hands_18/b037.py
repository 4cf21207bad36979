# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F

GAMMA_RELU = 1.7139588594436646


class WSConv2d(nn.Conv2d):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, 1, groups, bias)
        nn.init.xavier_normal_(self.weight)
        self.gain = nn.Parameter(torch.ones(out_channels, 1, 1, 1))
        self.eps = 1e-4

    def get_weight(self):
        fan_in = self.weight[0].numel()
        mean = self.weight.mean(dim=[1, 2, 3], keepdim=True)
        var = self.weight.var(dim=[1, 2, 3], keepdim=True)
        scale = torch.rsqrt(torch.clamp(var * fan_in, min=self.eps)) * self.gain
        return self.weight * scale - mean * scale

    def forward(self, x):
        return F.conv2d(x, self.get_weight(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    def __init__(self, in_ch=32, out_ch=64, stride=2, alpha=0.2, beta=1.0):
        super().__init__()
        mid = out_ch // 2
        self.alpha, self.beta = alpha, beta
        self.conv0 = WSConv2d(in_ch, mid, 1)
        self.conv1 = WSConv2d(mid, mid, 3, stride, 1)
        self.conv2 = WSConv2d(mid, out_ch, 1)
        self.use_projection = stride > 1 or in_ch != out_ch
        if self.use_projection:
            self.avg = nn.AvgPool2d(stride, stride, ceil_mode=True) if stride > 1 else nn.Identity()
            self.conv_shortcut = WSConv2d(in_ch, out_ch, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        out = F.relu(x) * GAMMA_RELU / self.beta
        shortcut = x
        if self.use_projection:
            shortcut = self.conv_shortcut(self.avg(out))
        out = self.conv0(out)
        out = self.conv1(F.relu(out) * GAMMA_RELU)
        out = self.conv2(F.relu(out) * GAMMA_RELU)
        return out * self.skip_gain * self.alpha + shortcut
