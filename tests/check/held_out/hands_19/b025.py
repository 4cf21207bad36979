# residua-test: wrong target=FlowBottleneck
# What is wrong: the second convolution of the residual block reads x again, so the first convolution's output is never used.
import torch
import torch.nn as nn


def conv_norm(ch, k=3):
    return nn.Sequential(nn.Conv2d(ch, ch, k, padding=k // 2, bias=False), nn.InstanceNorm2d(ch, affine=True))


class Residual(nn.Module):
    """two conv layers and a skip, used between encoder and decoder of the novel-view network"""

    def __init__(self, ch):
        super().__init__()
        self.res1 = conv_norm(ch)
        self.res2 = conv_norm(ch)
        self.act = nn.LeakyReLU(0.2)

    def forward(self, x):
        h = self.act(self.res1(x))
        h = self.res2(x)  # expect: R103
        return self.act(h + x)


class FlowBottleneck(nn.Module):
    def __init__(self, ch=64, n=4):
        super().__init__()
        self.blocks = nn.ModuleList([Residual(ch) for _ in range(n)])
        self.flow = nn.Conv2d(ch, 2, 3, padding=1)

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return torch.tanh(self.flow(x))
