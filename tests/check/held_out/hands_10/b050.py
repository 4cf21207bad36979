# residua-test: right target=PoseHourglass
import torch
from torch import nn
import torch.nn.functional as F


def brc(a, b, k):
    return nn.Sequential(nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, k, padding=k // 2))


class Unit(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.f = nn.Sequential(brc(a, b // 2, 1), brc(b // 2, b // 2, 3), brc(b // 2, b, 1))
        self.g = nn.Conv2d(a, b, 1) if a != b else nn.Identity()

    def forward(self, x):
        return self.f(x) + self.g(x)


class Glass(nn.Module):
    """depth levels, built recursively; `inner` is a plain unit at the bottom"""

    def __init__(self, depth, ch, extra):
        super().__init__()
        self.keep = Unit(ch, ch)
        self.enter = Unit(ch, ch + extra)
        self.inner = Glass(depth - 1, ch + extra, extra) if depth > 1 else Unit(ch + extra, ch + extra)
        self.leave = Unit(ch + extra, ch)

    def forward(self, x):
        low = F.max_pool2d(x, 2)
        low = self.leave(self.inner(self.enter(low)))
        return self.keep(x) + F.interpolate(low, scale_factor=2)


class PoseHourglass(nn.Module):
    def __init__(self, stacks, ch, joints, extra=8, depth=3):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 7, 2, 3), nn.BatchNorm2d(16), nn.ReLU(), Unit(16, ch))
        self.glasses = nn.ModuleList(Glass(depth, ch, extra) for _ in range(stacks))
        self.feats = nn.ModuleList(
            nn.Sequential(Unit(ch, ch), nn.Conv2d(ch, ch, 1), nn.BatchNorm2d(ch), nn.ReLU()) for _ in range(stacks))
        self.heat = nn.ModuleList(nn.Conv2d(ch, joints, 1) for _ in range(stacks))
        # nothing to merge after the last stack
        self.back_f = nn.ModuleList(nn.Conv2d(ch, ch, 1) for _ in range(stacks - 1))
        self.back_h = nn.ModuleList(nn.Conv2d(joints, ch, 1) for _ in range(stacks - 1))

    def forward(self, img):
        x = self.stem(img)
        maps = []
        for i, (glass, feat, heat) in enumerate(zip(self.glasses, self.feats, self.heat)):
            f = feat(glass(x))
            maps.append(heat(f))
            if i < len(self.back_f):
                x = x + self.back_f[i](f) + self.back_h[i](maps[-1])
        return torch.stack(maps, dim=1)
