# residua-test: right target=RRDB
# Why it is right: ESRGAN's residual in residual dense block: no norm, both the dense blocks and the outer sum are scaled by 0.2.
import torch
import torch.nn as nn


class DenseBlock(nn.Module):
    def __init__(self, nf=32, gc=16, beta=0.2):
        super().__init__()
        self.beta = beta
        self.convs = nn.ModuleList(
            nn.Conv2d(nf + i * gc, gc if i < 4 else nf, 3, 1, 1) for i in range(5))
        self.act = nn.LeakyReLU(0.2, inplace=True)
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight)
            conv.weight.data *= 0.1

    def forward(self, x):
        feats = [x]
        for conv in self.convs[:-1]:
            feats.append(self.act(conv(torch.cat(feats, 1))))
        return x + self.beta * self.convs[-1](torch.cat(feats, 1))


class RRDB(nn.Module):
    def __init__(self, nf=32, gc=16, n=3, beta=0.2):
        super().__init__()
        self.body = nn.Sequential(*[DenseBlock(nf, gc, beta) for _ in range(n)])
        self.beta = beta

    def forward(self, x):
        return self.body(x).mul(self.beta).add(x)
