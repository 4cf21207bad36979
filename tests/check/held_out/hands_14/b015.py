# residua-test: right target=EffNet
import torch
from torch import nn
from torch.nn import functional as F
from collections import namedtuple

BlockArgs = namedtuple('BlockArgs', 'n k s e i o')

ARGS = [
    BlockArgs(1, 3, 1, 1, 16, 8),
    BlockArgs(2, 3, 2, 6, 8, 16),
    BlockArgs(2, 5, 2, 6, 16, 24),
    BlockArgs(2, 3, 2, 6, 24, 40),
]


def drop_connect(inputs, p, training):
    if not training:
        return inputs
    keep_prob = 1 - p
    r = keep_prob + torch.rand([inputs.shape[0], 1, 1, 1], dtype=inputs.dtype, device=inputs.device)
    return inputs / keep_prob * torch.floor(r)


class MBConvBlock(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.a = a
        self.id_skip = a.s == 1 and a.i == a.o
        oup = a.i * a.e
        if a.e != 1:
            self._expand_conv = nn.Conv2d(a.i, oup, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(oup, momentum=0.01, eps=1e-3)
        self._depthwise_conv = nn.Conv2d(oup, oup, a.k, a.s, a.k // 2, groups=oup, bias=False)
        self._bn1 = nn.BatchNorm2d(oup, momentum=0.01, eps=1e-3)
        sq = max(1, a.i // 4)
        self._se_reduce = nn.Conv2d(oup, sq, 1)
        self._se_expand = nn.Conv2d(sq, oup, 1)
        self._project_conv = nn.Conv2d(oup, a.o, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(a.o, momentum=0.01, eps=1e-3)

    def forward(self, inputs, drop_connect_rate=None):
        x = inputs
        if self.a.e != 1:
            x = F.silu(self._bn0(self._expand_conv(x)))
        x = F.silu(self._bn1(self._depthwise_conv(x)))

        s = F.adaptive_avg_pool2d(x, 1)
        s = self._se_expand(F.silu(self._se_reduce(s)))
        x = torch.sigmoid(s) * x

        x = self._bn2(self._project_conv(x))
        if self.id_skip:
            if drop_connect_rate:
                x = drop_connect(x, drop_connect_rate, self.training)
            x = x + inputs
        return x


class EffNet(nn.Module):
    def __init__(self, num_classes=10, drop_connect_rate=0.2):
        super().__init__()
        self.drop_connect_rate = drop_connect_rate
        self._conv_stem = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self._bn0 = nn.BatchNorm2d(16)
        self._blocks = nn.ModuleList([])
        for a in ARGS:
            self._blocks.append(MBConvBlock(a))
            for _ in range(a.n - 1):
                self._blocks.append(MBConvBlock(a._replace(i=a.o, s=1)))
        self._fc = nn.Linear(ARGS[-1].o, num_classes)

    def forward(self, inputs):
        x = F.silu(self._bn0(self._conv_stem(inputs)))
        for idx, block in enumerate(self._blocks):
            rate = self.drop_connect_rate
            if rate:
                rate *= float(idx) / len(self._blocks)   # 0 for the first one
            x = block(x, drop_connect_rate=rate)
        x = x.mean([2, 3])
        return self._fc(x)
