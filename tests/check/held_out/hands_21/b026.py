# residua-test: right target=RRDB
# Why it is right: As in ESRGAN: dense blocks inside, the branch is scaled by 0.2 at both levels, and the last convolution has no activation.
import torch
import torch.nn as nn


class DenseBlock(nn.Module):
    def __init__(self, nf, gc):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(nf + i * gc, gc if i < 4 else nf, 3, 1, 1) for i in range(5)
        )
        self.lrelu = nn.LeakyReLU(0.2, True)
        for m in self.convs:
            nn.init.kaiming_normal_(m.weight, a=0, mode="fan_in")
            m.weight.data *= 0.1
            nn.init.zeros_(m.bias)

    def forward(self, x):
        feats = [x]
        for conv in self.convs[:-1]:
            feats.append(self.lrelu(conv(torch.cat(feats, 1))))
        return self.convs[-1](torch.cat(feats, 1)) * 0.2 + x


class RRDB(nn.Module):
    """Residual in residual dense block, x: (B, nf, H, W)."""

    def __init__(self, nf=32, gc=16):
        super().__init__()
        for i in (1, 2, 3):
            setattr(self, f"rdb{i}", DenseBlock(nf, gc))

    def forward(self, x):
        out = self.rdb3(self.rdb2(self.rdb1(x)))
        return out * 0.2 + x
