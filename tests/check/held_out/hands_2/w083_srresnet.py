# residua-test: wrong target=SRResNet
# What is wrong: x is overwritten by the trunk before the global skip, so the trunk output is added to itself and the head features are lost
import torch
import torch.nn as nn


class SRBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(nf, nf, 3, 1, 1), nn.BatchNorm2d(nf), nn.PReLU(),
            nn.Conv2d(nf, nf, 3, 1, 1), nn.BatchNorm2d(nf))

    def forward(self, x):
        return x + self.body(x)


class SRResNet(nn.Module):
    def __init__(self, nf=64, n_blocks=4, scale=2):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, nf, 9, 1, 4), nn.PReLU())
        self.trunk = nn.Sequential(*[SRBlock(nf) for _ in range(n_blocks)],
                                   nn.Conv2d(nf, nf, 3, 1, 1), nn.BatchNorm2d(nf))
        self.upscale = nn.Sequential(nn.Conv2d(nf, nf * scale ** 2, 3, 1, 1), nn.PixelShuffle(scale), nn.PReLU())
        self.tail = nn.Conv2d(nf, 3, 9, 1, 4)

    def forward(self, lr):
        x = self.head(lr)
        x = self.trunk(x)  # expect
        x = x + x  # expect: R104
        return self.tail(self.upscale(x))
