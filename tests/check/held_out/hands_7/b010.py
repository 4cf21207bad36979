# residua-test: wrong target=ImpalaTorso
# What is wrong: Each stage builds two residual units but runs the first one twice; res1 is never used.
import torch
import torch.nn as nn
import torch.nn.functional as F


class _Unit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv0 = nn.Conv2d(ch, ch, 3, padding=1)
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        y = self.conv0(F.relu(x))
        y = self.conv1(F.relu(y))
        return x + y


class _Stage(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.res0 = _Unit(cout)
        self.res1 = _Unit(cout)  # expect

    def forward(self, x):
        x = self.conv(x)
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        x = self.res0(x)
        x = self.res0(x)  # found: R121
        return x


class ImpalaTorso(nn.Module):
    """Large IMPALA network, frames are floats in [0, 1], (B, C, 64, 64)."""

    def __init__(self, obs_shape=(3, 64, 64), depths=(16, 32, 32), out_dim=256):
        super().__init__()
        c, h, w = obs_shape
        stages = []
        for d in depths:
            stages.append(_Stage(c, d))
            c = d
            h, w = (h + 1) // 2, (w + 1) // 2
        self.stages = nn.ModuleList(stages)
        self.fc = nn.Linear(c * h * w, out_dim)

    def forward(self, obs):
        x = obs
        for s in self.stages:
            x = s(x)
        x = F.relu(x).flatten(1)
        return F.relu(self.fc(x))
