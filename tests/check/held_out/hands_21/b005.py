# residua-test: right target=EDSRx4
# Why it is right: A standard EDSR: no batch norm, only the branch is scaled, a long skip, and two x2 pixel shuffles for x4.
import math
import torch.nn as nn


def conv(i, o, k=3):
    return nn.Conv2d(i, o, k, padding=k // 2)


class ResBlock(nn.Module):
    def __init__(self, nf, res_scale=0.1):
        super().__init__()
        self.body = nn.Sequential(conv(nf, nf), nn.ReLU(True), conv(nf, nf))
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x).mul(self.res_scale)
        res += x
        return res


class Upsampler(nn.Sequential):
    def __init__(self, scale, nf):
        steps = []
        for _ in range(int(math.log2(scale))):
            steps += [conv(nf, 4 * nf), nn.PixelShuffle(2)]
        super().__init__(*steps)


class EDSRx4(nn.Module):
    def __init__(self, nf=32, n_blocks=6):
        super().__init__()
        self.head = conv(3, nf)
        self.body = nn.Sequential(*[ResBlock(nf) for _ in range(n_blocks)], conv(nf, nf))
        self.tail = nn.Sequential(Upsampler(4, nf), conv(nf, 3))

    def forward(self, lr):
        f = self.head(lr)
        return self.tail(self.body(f) + f)
