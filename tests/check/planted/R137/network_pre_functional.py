# residua-test: wrong target=PreActNet right=networks/pre_functional slow
import torch
import torch.nn as nn
import torch.nn.functional as F


def bn_relu(norms, i, x):
    return F.relu(norms[i](x))


class PreActUnit(nn.Module):
    def __init__(self, nin, nout, stride):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(nout, nin, 3, 3) * 0.05)
        self.w2 = nn.Parameter(torch.randn(nout, nout, 3, 3) * 0.05)
        self.ws = nn.Parameter(torch.randn(nout, nin, 1, 1) * 0.1) if nin != nout or stride > 1 else None
        self.norms = nn.ModuleList([nn.BatchNorm2d(nin), nn.BatchNorm2d(nout)])
        self.stride = stride

    def forward(self, x):
        h = bn_relu(self.norms, 0, x)
        s = x if self.ws is None else F.conv2d(h, self.ws, stride=self.stride)
        h = F.conv2d(h, self.w1, stride=self.stride, padding=1)
        h = F.conv2d(bn_relu(self.norms, 1, h), self.w2, padding=1)
        return h + s


class PreActNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.stem = nn.Parameter(torch.randn(16, 3, 3, 3) * 0.2)
        self.units = nn.ModuleList(PreActUnit(a, b, s) for a, b, s in [(16, 16, 1), (16, 32, 2), (32, 64, 2)])
        self.classify = nn.Linear(64, n_classes)

    def forward(self, x):
        h = F.conv2d(x, self.stem, padding=1)
        for unit in self.units:
            h = unit(h)
        h = F.adaptive_avg_pool2d(h, 1)[:, :, 0, 0]  # expect: R137
        return self.classify(h)
