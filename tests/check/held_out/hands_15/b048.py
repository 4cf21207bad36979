# residua-test: wrong target=SDBlock
# What is wrong: the mask keeps a sample with probability drop_prob instead of 1 - drop_prob
import torch
import torch.nn as nn


def drop_connect(x, drop_prob, training):
    """per-sample stochastic depth, expectation kept"""
    if not training or drop_prob == 0.:
        return x
    keep_prob = 1.0 - drop_prob
    mask = torch.rand([x.shape[0], 1, 1, 1], dtype=x.dtype, device=x.device) < drop_prob  # expect: R169
    return x / keep_prob * mask.to(x.dtype)


class SDBlock(nn.Module):
    def __init__(self, dim, drop_prob=0.0, expand=4):
        super().__init__()
        hid = dim * expand
        self.drop_prob = drop_prob
        self.pw1 = nn.Conv2d(dim, hid, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hid)
        self.dw = nn.Conv2d(hid, hid, 3, padding=1, groups=hid, bias=False)
        self.bn2 = nn.BatchNorm2d(hid)
        self.pw2 = nn.Conv2d(hid, dim, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(dim)
        self.act = nn.SiLU()

    def forward(self, x):
        y = self.act(self.bn1(self.pw1(x)))
        y = self.act(self.bn2(self.dw(y)))
        y = self.bn3(self.pw2(y))
        return x + drop_connect(y, self.drop_prob, self.training)
