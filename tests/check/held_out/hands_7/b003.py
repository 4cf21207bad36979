# residua-test: right target=NFNet
import torch
import torch.nn as nn
import torch.nn.functional as F

GAMMA_RELU = 1.7139588594436646


class WSConv2d(nn.Conv2d):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def std_weight(self):
        w = self.weight
        fan_in = w[0].numel()
        var, mean = torch.var_mean(w, dim=(1, 2, 3), keepdim=True)
        scale = torch.rsqrt(torch.clamp(var * fan_in, min=1e-4)) * self.gain
        return (w - mean) * scale

    def forward(self, x):
        return F.conv2d(x, self.std_weight(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class NFBlock(nn.Module):
    def __init__(self, cin, cout, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.conv1 = WSConv2d(cin, cout // 2, 1)
        self.conv2 = WSConv2d(cout // 2, cout // 2, 3, stride, 1)
        self.conv3 = WSConv2d(cout // 2, cout, 1)
        self.transition = stride > 1 or cin != cout
        if self.transition:
            self.pool = nn.AvgPool2d(2, ceil_mode=True) if stride > 1 else nn.Identity()
            self.proj = WSConv2d(cin, cout, 1)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        out = F.relu(x) * GAMMA_RELU / self.beta
        shortcut = self.proj(self.pool(out)) if self.transition else x
        out = self.conv1(out)
        out = self.conv2(F.relu(out) * GAMMA_RELU)
        out = self.conv3(F.relu(out) * GAMMA_RELU)
        return out * self.skip_gain * self.alpha + shortcut


class NFNet(nn.Module):
    def __init__(self, widths=(32, 64), depths=(2, 2), alpha=0.2, classes=10):
        super().__init__()
        self.stem = WSConv2d(3, 16, 3, 1, 1)
        blocks, c, var = [], 16, 1.0
        for s, (w, d) in enumerate(zip(widths, depths)):
            for i in range(d):
                blocks.append(NFBlock(c, w, 2 if s > 0 and i == 0 else 1, alpha, beta=var ** 0.5))
                # variance at the output: a transition block starts from 1 again
                if blocks[-1].transition:
                    var = 1.0
                var += alpha ** 2
                c = w
        self.body = nn.Sequential(*blocks)
        self.fc = nn.Linear(c, classes)

    def forward(self, x):
        h = self.body(self.stem(x))
        h = F.relu(h) * GAMMA_RELU
        return self.fc(h.mean((2, 3)))
