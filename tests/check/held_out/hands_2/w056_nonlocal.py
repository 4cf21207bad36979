# residua-test: wrong target=NonLocalBlock
# What is wrong: view(b, n, c) instead of a transpose: theta (and the output) mix channels and positions
import torch
from torch import nn


class NonLocalBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        inter = ch // 2
        self.theta = nn.Conv2d(ch, inter, 1)
        self.phi = nn.Conv2d(ch, inter, 1)
        self.g = nn.Conv2d(ch, inter, 1)
        self.out = nn.Conv2d(inter, ch, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        theta = self.theta(x).view(b, h * w, -1)  # expect: R164
        phi = self.phi(x).flatten(2)
        g = self.g(x).flatten(2).transpose(1, 2)
        att = torch.softmax(theta @ phi, dim=-1)
        y = att @ g
        return x + self.out(y.view(b, -1, h, w))  # expect
