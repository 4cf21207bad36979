# residua-test: wrong target=PoseBackbone
# What is wrong: The next stage reads b instead of c, so the third block of the stage is computed for nothing.
import torch
from torch import nn
import torch.nn.functional as F


def conv_bn(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2, bias=False), nn.BatchNorm2d(cout))


class Unit(nn.Module):
    def __init__(self, cin, mid, cout, stride=1):
        super().__init__()
        self.a = conv_bn(cin, mid, 1, stride)
        self.b = conv_bn(mid, mid, 3)
        self.c = conv_bn(mid, cout, 1)
        self.side = conv_bn(cin, cout, 1, stride) if (cin != cout or stride > 1) else None

    def forward(self, x):
        y = F.relu(self.a(x))
        y = F.relu(self.b(y))
        y = self.c(y)
        s = x if self.side is None else self.side(x)
        return F.relu(y + s)


class PoseBackbone(nn.Module):
    """Head-map regressor for single-person 3D pose: heat map plus x, y, z location maps."""

    def __init__(self, joints=21):
        super().__init__()
        self.joints = joints
        self.conv1 = conv_bn(3, 32, 7, 2)
        self.res2a = Unit(32, 16, 64)
        self.res2b = Unit(64, 16, 64)
        self.res2c = Unit(64, 16, 64)
        self.res3a = Unit(64, 32, 128, stride=2)
        self.res3b = Unit(128, 32, 128)
        self.out = nn.Conv2d(128, joints * 4, 1)

    def forward(self, img):
        x = F.max_pool2d(F.relu(self.conv1(img)), 3, 2, 1)
        a = self.res2a(x)
        b = self.res2b(a)
        c = self.res2c(b)  # found: R155
        d = self.res3a(b)  # expect
        e = self.res3b(d)
        return torch.split(self.out(e), self.joints, dim=1)
