# residua-test: wrong target=MBConv
# What is wrong: the block input is overwritten, so the "skip" adds the branch output to itself (x + x)
import torch
import torch.nn as nn


class SqueezeExcite(nn.Module):
    def __init__(self, ch, rd):
        super().__init__()
        self.reduce = nn.Conv2d(ch, rd, 1)
        self.expand = nn.Conv2d(rd, ch, 1)

    def forward(self, x):
        s = x.mean((2, 3), keepdim=True)
        s = self.expand(nn.functional.silu(self.reduce(s)))
        return x * s.sigmoid()


class MBConv(nn.Module):
    """EfficientNet building block."""

    def __init__(self, in_ch, out_ch, expansion=4, stride=1, p=0.0):
        super().__init__()
        mid = in_ch * expansion
        self.expand = None
        if expansion != 1:
            self.expand = nn.Sequential(nn.Conv2d(in_ch, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.dw = nn.Sequential(nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.se = SqueezeExcite(mid, max(1, in_ch // 4))
        self.project = nn.Sequential(nn.Conv2d(mid, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch))
        self.use_skip = stride == 1 and in_ch == out_ch
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        x = self.expand(x) if self.expand is not None else x  # expect
        x = self.se(self.dw(x))
        x = self.project(x)  # expect
        if self.use_skip:
            x = x + self.dropout(x)  # expect: R104
        return x
