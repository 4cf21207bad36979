# residua-test: wrong target=SRGenerator
# What is wrong: the long skip adds the blocks' output instead of the features of the head, which were overwritten
import torch
import torch.nn as nn


class SRResBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(nf)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(nf)

    def forward(self, x):
        res = self.prelu(self.bn1(self.conv1(x)))
        res = self.bn2(self.conv2(res))
        return x + res


class SRGenerator(nn.Module):
    """SRGAN generator (x2). Long skip: head features + conv(body(head features))."""

    def __init__(self, nf=32, n_res=4):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, nf, 9, 1, 4), nn.PReLU())
        self.body = nn.Sequential(*[SRResBlock(nf) for _ in range(n_res)])
        self.after_body = nn.Sequential(nn.Conv2d(nf, nf, 3, 1, 1), nn.BatchNorm2d(nf))
        self.up = nn.Sequential(nn.Conv2d(nf, nf * 4, 3, 1, 1), nn.PixelShuffle(2), nn.PReLU())
        self.tail = nn.Conv2d(nf, 3, 9, 1, 4)

    def forward(self, lr):
        x = self.head(lr)  # expect
        x = self.body(x)
        x = self.after_body(x) + x  # found: R228
        x = self.up(x)
        return torch.tanh(self.tail(x))
