# residua-test: wrong target=DeblurNet
# What is wrong: Multiplying the list repeats one and the same block, so all eight positions share a single set of weights.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return x + self.conv2(self.act(self.conv1(x)))


class DeblurNet(nn.Module):
    def __init__(self, in_ch=3, nf=32, nb=8):
        super().__init__()
        self.first = nn.Conv2d(in_ch, nf, 5, 1, 2)
        self.blocks = nn.Sequential(*([ResBlock(nf)] * nb))  # expect: R122
        self.fuse = nn.Conv2d(nf, nf, 3, 1, 1)
        self.last = nn.Conv2d(nf, in_ch, 5, 1, 2)

    def forward(self, blurred):
        feat = self.first(blurred)
        feat = feat + self.fuse(self.blocks(feat))
        return blurred + self.last(feat)
