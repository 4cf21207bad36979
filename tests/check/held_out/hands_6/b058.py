# residua-test: wrong target=MultiResolutionModule
# What is wrong: The fusion accumulates in place into the branch's own feature map (y = feats[i]; y += ...), which later outputs still need, so later fusions read changed features (and backward fails).
import torch
import torch.nn as nn
import torch.nn.functional as F


class Basic(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
            nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return torch.relu(x + self.f(x))


class MultiResolutionModule(nn.Module):
    """HRNet-like: one residual block per resolution, then every output is the sum over all
    resolutions. Takes an image feature map, builds the half resolution one itself."""

    def __init__(self, channels=(16, 32)):
        super().__init__()
        c0, c1 = channels
        self.to_low = nn.Conv2d(c0, c1, 3, stride=2, padding=1)
        self.branches = nn.ModuleList([Basic(c0), Basic(c1)])
        self.fuse = nn.ModuleDict({
            '01': nn.Sequential(nn.Conv2d(c1, c0, 1, bias=False), nn.BatchNorm2d(c0)),
            '10': nn.Sequential(nn.Conv2d(c0, c1, 3, 2, 1, bias=False), nn.BatchNorm2d(c1)),
        })
        self.last = nn.Conv2d(c0 + c1, c0, 1)

    def forward(self, x):
        feats = [x, self.to_low(x)]
        feats = [b(f) for b, f in zip(self.branches, feats)]
        outs = []
        for i in range(2):
            y = feats[i]
            for j in range(2):
                if i == j:
                    continue
                z = self.fuse['%d%d' % (i, j)](feats[j])
                if z.shape[-1] != y.shape[-1]:
                    z = F.interpolate(z, size=y.shape[-2:], mode='nearest')
                y += z  # expect: R109
            outs.append(torch.relu(y))
        up = F.interpolate(outs[1], size=outs[0].shape[-2:], mode='nearest')
        return self.last(torch.cat([outs[0], up], 1))
