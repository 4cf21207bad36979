# residua-test: wrong target=ResNetOfLists right=networks/neck_functional slow
import torch
import torch.nn as nn
import torch.nn.functional as F


def weight(cout, cin, k):
    return nn.Parameter(torch.randn(cout, cin, k, k) * (2 / (cin * k * k)) ** 0.5)


class NeckUnit(nn.Module):
    def __init__(self, nin, mid, nout, stride):
        super().__init__()
        self.w = nn.ParameterList([
            weight(mid, nin, 1),
            weight(mid, mid, 3),
            weight(nout, mid, 1),
            weight(nout, nin, 1),
        ])
        self.n = nn.ModuleList(nn.BatchNorm2d(c) for c in (mid, mid, nout, nout))
        self.stride = stride

    def forward(self, x):
        h = F.relu(self.n[0](F.conv2d(x, self.w[0])))
        h = F.relu(self.n[1](F.conv2d(h, self.w[1], stride=self.stride, padding=1)))
        h = F.conv2d(h, self.w[2])
        s = F.conv2d(x, self.w[3], stride=self.stride)
        return F.relu(self.n[2](h) + self.n[3](s))


class ResNetOfLists(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        sizes = [(16, 16, 32, 1), (32, 32, 64, 2), (64, 64, 128, 2), (128, 128, 256, 2)]  # expect: R141
        self.stem, self.norm = weight(16, 3, 3), nn.BatchNorm2d(16)
        self.units = nn.ModuleList(NeckUnit(*size) for size in sizes)
        self.classify = nn.Linear(256, n_classes)

    def forward(self, x):
        h = F.relu(self.norm(F.conv2d(x, self.stem, padding=1)))
        for unit in self.units:
            h = unit(h)
        return self.classify(h.mean((2, 3)))
