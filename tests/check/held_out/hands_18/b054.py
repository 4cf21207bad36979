# residua-test: wrong target=ResNetFPN
# What is wrong: The top-down path upsamples by a fixed factor of 2, so for odd feature sizes the sum with the lateral fails; it should use the lateral's size.
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True),
            nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        self.s = nn.Sequential()
        if stride > 1 or i != o:
            self.s = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.f(x) + self.s(x))


class ResNetFPN(nn.Module):
    """Small fully convolutional detector backbone; takes images of any size >= 32."""

    def __init__(self, widths=(16, 32, 64), out_channels=24):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 3, 2, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU())
        c = widths[0]
        self.stages = nn.ModuleList()
        for k, w in enumerate(widths):
            self.stages.append(BasicBlock(c, w, 1 if k == 0 else 2))
            c = w
        self.lateral_convs = nn.ModuleList(nn.Conv2d(w, out_channels, 1) for w in widths)
        self.fpn_convs = nn.ModuleList(nn.Conv2d(out_channels, out_channels, 3, padding=1) for _ in widths)

    def forward(self, img):
        x = self.stem(img)
        feats = []
        for st in self.stages:
            x = st(x)
            feats.append(x)
        laterals = [l(f) for l, f in zip(self.lateral_convs, feats)]
        for i in range(len(laterals) - 1, 0, -1):
            up = F.interpolate(laterals[i], scale_factor=2, mode='nearest')
            laterals[i - 1] = laterals[i - 1] + up  # expect: R148
        return [c(l) for c, l in zip(self.fpn_convs, laterals)]
