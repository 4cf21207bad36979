# residua-test: right target=FuseBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


def cb(i, o, k, s=1, relu=False):
    l = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o, momentum=0.01)]
    if relu:
        l.append(nn.ReLU(inplace=True))
    return nn.Sequential(*l)


class FuseBlock(nn.Module):
    def __init__(self, c_hi=16, c_lo=32):
        super().__init__()
        self.hi = nn.Sequential(cb(c_hi, c_hi, 3, relu=True), cb(c_hi, c_hi, 3))
        self.lo = nn.Sequential(cb(c_lo, c_lo, 3, relu=True), cb(c_lo, c_lo, 3))
        self.lo2hi = cb(c_lo, c_hi, 1)
        self.hi2lo = cb(c_hi, c_lo, 3, 2)
        self.relu = nn.ReLU()

    def forward(self, hi, lo):
        hi = self.relu(hi + self.hi(hi))
        lo = self.relu(lo + self.lo(lo))
        up = F.interpolate(self.lo2hi(lo), size=hi.shape[2:], mode='bilinear', align_corners=True)
        return self.relu(hi + up), self.relu(lo + self.hi2lo(hi))
