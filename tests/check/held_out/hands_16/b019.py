# residua-test: wrong target=WaveNet
# What is wrong: skips is overwritten in each layer instead of accumulated, so only the last layer's skip output reaches the head.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedLayer(nn.Module):
    def __init__(self, res_ch, skip_ch, dilation, kernel_size=2):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(res_ch, 2 * res_ch, kernel_size, dilation=dilation)
        self.res = nn.Conv1d(res_ch, res_ch, 1)
        self.skip = nn.Conv1d(res_ch, skip_ch, 1)

    def forward(self, x):
        h = self.conv(F.pad(x, (self.pad, 0)))
        a, b = h.chunk(2, dim=1)
        h = torch.tanh(a) * torch.sigmoid(b)
        return x + self.res(h), self.skip(h)


class WaveNet(nn.Module):
    """raw audio (B, 1, T) -> logits (B, 256, T). The head reads the sum of all layers' skip outputs."""

    def __init__(self, res_ch=64, skip_ch=64, head_ch=128, layers=10, stacks=3, classes=256):
        super().__init__()
        self.first = nn.Conv1d(1, res_ch, 1)
        self.layers = nn.ModuleList()
        for _ in range(stacks):
            for i in range(layers):
                self.layers.append(GatedLayer(res_ch, skip_ch, 2 ** i))
        self.head1 = nn.Conv1d(skip_ch, head_ch, 1)
        self.head2 = nn.Conv1d(head_ch, classes, 1)

    def forward(self, x):
        x = self.first(x)
        skips = 0
        for layer in self.layers:
            x, s = layer(x)
            skips = s  # expect: R155
        y = F.relu(skips)
        y = F.relu(self.head1(y))
        return self.head2(y)
