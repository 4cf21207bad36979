# residua-test: right target=MBBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class MBBlock(nn.Module):
    """EfficientNet MBConv; the squeeze ratio refers to the block's input channels."""

    def __init__(self, cin=40, cout=40, k=5, stride=1, expand=6, se_ratio=0.25, drop_connect=0.2):
        super().__init__()
        mid, squeezed = cin * expand, max(1, int(cin * se_ratio))
        bn = dict(momentum=0.01, eps=1e-3)
        self._expand = nn.Conv2d(cin, mid, 1, bias=False) if expand != 1 else None
        self._bn0 = nn.BatchNorm2d(mid, **bn) if expand != 1 else None
        self._depthwise = nn.Conv2d(mid, mid, k, stride, k // 2, groups=mid, bias=False)
        self._bn1 = nn.BatchNorm2d(mid, **bn)
        self._se_reduce = nn.Conv2d(mid, squeezed, 1)
        self._se_expand = nn.Conv2d(squeezed, mid, 1)
        self._project = nn.Conv2d(mid, cout, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(cout, **bn)
        self.id_skip = stride == 1 and cin == cout
        self.rate = drop_connect

    def forward(self, inputs):
        x = inputs
        if self._expand is not None:
            x = F.silu(self._bn0(self._expand(x)))
        x = F.silu(self._bn1(self._depthwise(x)))
        s = F.adaptive_avg_pool2d(x, 1)
        s = self._se_expand(F.silu(self._se_reduce(s)))
        x = torch.sigmoid(s) * x
        x = self._bn2(self._project(x))
        if self.id_skip:
            if self.rate and self.training:
                keep = 1 - self.rate
                mask = torch.floor(keep + torch.rand(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device))
                x = x / keep * mask
            x = x + inputs
        return x
