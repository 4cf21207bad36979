# residua-test: wrong target=WaveNet
# What is wrong: the skip outputs are overwritten in the loop (skip = s) instead of summed: only the last layer's skip reaches the output and the other skip convs get no gradient.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedLayer(nn.Module):
    def __init__(self, res_ch, skip_ch, dilation, last=False):
        super().__init__()
        self.dilation = dilation
        self.dil_conv = nn.Conv1d(res_ch, 2 * res_ch, 2, dilation=dilation)
        self.res_conv = None if last else nn.Conv1d(res_ch, res_ch, 1)
        self.skip_conv = nn.Conv1d(res_ch, skip_ch, 1)

    def forward(self, x):
        h = self.dil_conv(F.pad(x, (self.dilation, 0)))
        a, b = h.chunk(2, dim=1)
        z = torch.tanh(a) * torch.sigmoid(b)
        if self.res_conv is not None:
            x = x + self.res_conv(z)
        return x, self.skip_conv(z)


class WaveNet(nn.Module):
    def __init__(self, classes=64, res_ch=24, skip_ch=32, blocks=2, layers=4):
        super().__init__()
        self.start = nn.Conv1d(1, res_ch, 1)
        dilations = [2 ** i for _ in range(blocks) for i in range(layers)]
        self.layers = nn.ModuleList(
            GatedLayer(res_ch, skip_ch, d, last=n == len(dilations) - 1)
            for n, d in enumerate(dilations)
        )
        self.end1 = nn.Conv1d(skip_ch, skip_ch, 1)
        self.end2 = nn.Conv1d(skip_ch, classes, 1)

    def forward(self, x):
        x = self.start(x)
        skip = 0
        for layer in self.layers:
            x, s = layer(x)
            skip = s  # expect: R155
        y = self.end1(F.relu(skip))
        return self.end2(F.relu(y))
