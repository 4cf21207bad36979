# residua-test: wrong target=DenseSRBlock
# What is wrong: The last conv concatenates c twice and leaves d out, so conv_d is computed but never used and gets no gradient.
import torch
from torch import nn


class DenseSRBlock(nn.Module):
    def __init__(self, feats=64, grow=32, scale=0.2):
        super().__init__()
        self.scale = scale
        self.conv_a = nn.Conv2d(feats, grow, 3, padding=1)
        self.conv_b = nn.Conv2d(feats + grow, grow, 3, padding=1)
        self.conv_c = nn.Conv2d(feats + 2 * grow, grow, 3, padding=1)
        self.conv_d = nn.Conv2d(feats + 3 * grow, grow, 3, padding=1)
        self.conv_out = nn.Conv2d(feats + 4 * grow, feats, 3, padding=1)
        self.act = nn.LeakyReLU(0.2)
        self.apply(self.small_init)

    @staticmethod
    def small_init(m):
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, a=0.2)
            m.weight.data.mul_(0.1)
            nn.init.zeros_(m.bias)

    def forward(self, x):
        a = self.act(self.conv_a(x))
        b = self.act(self.conv_b(torch.cat([x, a], dim=1)))
        c = self.act(self.conv_c(torch.cat([x, a, b], dim=1)))
        d = self.act(self.conv_d(torch.cat([x, a, b, c], dim=1)))
        out = self.conv_out(torch.cat([x, a, b, c, c], dim=1))  # expect: R155  # expect: R174
        return x + self.scale * out
