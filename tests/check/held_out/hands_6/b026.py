# residua-test: right target=NFBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class WSConv2d(nn.Conv2d):
    """weight standardization with a learned gain"""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def standardized(self):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        return (w - mean) * torch.rsqrt(var * fan_in + 1e-4) * self.gain

    def forward(self, x):
        return F.conv2d(x, self.standardized(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    GAMMA_RELU = 1.7139588594436646

    def __init__(self, channels=32, alpha=0.2, beta=1.0, bottle=0.5):
        super().__init__()
        mid = int(channels * bottle)
        self.alpha, self.beta = alpha, beta
        self.conv1 = WSConv2d(channels, mid, 1)
        self.conv2 = WSConv2d(mid, mid, 3, padding=1)
        self.conv3 = WSConv2d(mid, channels, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def act(self, x):
        return F.relu(x) * self.GAMMA_RELU

    def forward(self, x):
        out = self.act(x) / self.beta
        out = self.conv1(out)
        out = self.conv2(self.act(out))
        out = self.conv3(self.act(out))
        return x + self.alpha * self.skip_gain * out
