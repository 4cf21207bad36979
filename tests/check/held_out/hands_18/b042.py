# residua-test: right target=GBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class CondBN(nn.Module):
    def __init__(self, c, n_classes):
        super().__init__()
        self.c = c
        self.bn = nn.BatchNorm2d(c, affine=False)
        self.embed = nn.Embedding(n_classes, 2 * c)
        self.embed.weight.data[:, :c].fill_(1.0)
        self.embed.weight.data[:, c:].zero_()

    def forward(self, x, y):
        g, b = self.embed(y).split(self.c, dim=1)
        return self.bn(x) * g[..., None, None] + b[..., None, None]


class GBlock(nn.Module):
    def __init__(self, in_ch, out_ch, n_classes, upsample=True):
        super().__init__()
        self.up = upsample
        self.b1, self.b2 = CondBN(in_ch, n_classes), CondBN(out_ch, n_classes)
        self.c1 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.c2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.sc = nn.Conv2d(in_ch, out_ch, 1) if upsample or in_ch != out_ch else None

    def _up(self, t):
        return F.interpolate(t, scale_factor=2) if self.up else t

    def forward(self, x, y):
        h = self._up(F.relu(self.b1(x, y)))
        h = self.c2(F.relu(self.b2(self.c1(h), y)))
        s = self._up(x)
        if self.sc is not None:
            s = self.sc(s)
        return h + s
