# residua-test: wrong target=ShrinkingUnit
import torch.nn as nn
import torch.nn.functional as F


class ShrinkingUnit(nn.Module):
    """Two depthwise stages; the shortcut is pooled, then projected."""

    def __init__(self, before, after, stride=1):
        super().__init__()
        self.spatial = nn.Conv2d(before, before, 5, stride, 2, groups=before, bias=False)
        self.norm = nn.BatchNorm2d(before)
        self.mix = nn.Conv2d(before, after, 1, bias=False)
        self.out = nn.BatchNorm2d(after)
        self.pool = nn.MaxPool2d(stride) if stride > 1 else nn.Identity()  # expect: R148
        self.match = nn.Identity()
        if before != after:
            self.match = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = self.out(self.mix(F.relu(self.norm(self.spatial(x)))))
        return F.relu(y + self.match(self.pool(x)))
