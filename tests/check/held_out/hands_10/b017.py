# residua-test: right target=NFStage
import torch
import torch.nn as nn
import torch.nn.functional as F

GAMMA_RELU = 1.7139588594436646


class WSConv2d(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def standardized_weight(self):
        w = self.weight
        fan_in = w[0].numel()
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        return self.gain * (w - mean) * torch.rsqrt(torch.clamp(var * fan_in, min=1e-4))

    def forward(self, x):
        return F.conv2d(x, self.standardized_weight(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    def __init__(self, cin, cout, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.conv1 = WSConv2d(cin, cout, 3, stride, 1)
        self.conv2 = WSConv2d(cout, cout, 3, 1, 1)
        self.transition = cin != cout or stride != 1
        if self.transition:
            # average pooling + 1x1, reads the activated and scaled input
            self.pool = nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
            self.proj = WSConv2d(cin, cout, 1)
        self.skipinit_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        out = F.relu(x) * GAMMA_RELU / self.beta
        shortcut = self.proj(self.pool(out)) if self.transition else x
        out = self.conv1(out)
        out = self.conv2(F.relu(out) * GAMMA_RELU)
        return out * self.skipinit_gain * self.alpha + shortcut


class NFStage(nn.Module):
    """ one stage; the expected variance grows by alpha**2 with each block and is reset at the transition """

    def __init__(self, cin, cout, depth, stride=2, alpha=0.2):
        super().__init__()
        blocks, var = [], 1.0
        for i in range(depth):
            blocks.append(NFBlock(cin if i == 0 else cout, cout, stride if i == 0 else 1, alpha, beta=var ** 0.5))
            if i == 0:
                var = 1.0
            var += alpha ** 2
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        return self.blocks(x)
