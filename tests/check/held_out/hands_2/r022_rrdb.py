# residua-test: right target=RRDB
import torch
import torch.nn as nn


class ResidualDenseBlock(nn.Module):
    def __init__(self, nf=64, gc=32):
        super().__init__()
        for i in range(5):
            cout = nf if i == 4 else gc
            self.add_module(f"conv{i + 1}", nn.Conv2d(nf + i * gc, cout, 3, 1, 1))
        self.lrelu = nn.LeakyReLU(0.2, inplace=True)

    def forward(self, x):
        feats = [x]
        for i in range(1, 5):
            feats.append(self.lrelu(getattr(self, f"conv{i}")(torch.cat(feats, 1))))
        x5 = self.conv5(torch.cat(feats, 1))
        return x5 * 0.2 + x


class RRDB(nn.Module):
    """Residual in residual dense block (ESRGAN)."""

    def __init__(self, nf, gc=32):
        super().__init__()
        self.RDB1 = ResidualDenseBlock(nf, gc)
        self.RDB2 = ResidualDenseBlock(nf, gc)
        self.RDB3 = ResidualDenseBlock(nf, gc)

    def forward(self, x):
        out = self.RDB3(self.RDB2(self.RDB1(x)))
        return out * 0.2 + x
