# residua-test: right target=MBConv
import torch
from torch import nn
from torch.nn import functional as F


def drop_connect(x, p, training):
    """tf efficientnet calls it drop connect: whole samples of the branch are dropped"""
    if not training or p == 0:
        return x
    keep = 1 - p
    alive = torch.floor(keep + torch.rand(x.size(0), 1, 1, 1, dtype=x.dtype, device=x.device))
    return x / keep * alive


class MBConv(nn.Module):
    def __init__(self, inp, oup, k=5, s=1, expand=6, se_ratio=0.25, drop_rate=0.1,
                 bn_mom=1 - 0.99, bn_eps=1e-3):
        super().__init__()
        self.drop_rate = drop_rate
        self.id_skip = (s == 1 and inp == oup)
        mid = inp * expand
        self.expand = expand
        if expand != 1:
            self._expand_conv = nn.Conv2d(inp, mid, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(mid, momentum=bn_mom, eps=bn_eps)
        self._depthwise_conv = nn.Conv2d(mid, mid, k, s, padding=(k - 1) // 2, groups=mid, bias=False)
        self._bn1 = nn.BatchNorm2d(mid, momentum=bn_mom, eps=bn_eps)
        sq = max(1, int(inp * se_ratio))
        self._se_reduce = nn.Conv2d(mid, sq, 1)
        self._se_expand = nn.Conv2d(sq, mid, 1)
        self._project_conv = nn.Conv2d(mid, oup, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(oup, momentum=bn_mom, eps=bn_eps)

    def forward(self, inputs):
        x = inputs
        if self.expand != 1:
            x = F.silu(self._bn0(self._expand_conv(x)))
        x = F.silu(self._bn1(self._depthwise_conv(x)))

        s = F.adaptive_avg_pool2d(x, 1)
        s = self._se_expand(F.silu(self._se_reduce(s)))
        x = torch.sigmoid(s) * x

        x = self._bn2(self._project_conv(x))
        if self.id_skip:
            x = drop_connect(x, self.drop_rate, self.training)
            x = x + inputs
        return x
