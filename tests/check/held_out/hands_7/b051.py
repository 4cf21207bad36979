# residua-test: right target=PreActNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreAct(nn.Module):
    """kernels gives the convolutions of the branch, (3, 3) or (1, 3, 1); the first 3x3 strides"""

    def __init__(self, cin, mid, cout, stride, kernels):
        super().__init__()
        chans = [cin] + [mid] * (len(kernels) - 1) + [cout]
        where = kernels.index(3)
        for i, k in enumerate(kernels):
            self.add_module(f"bn{i}", nn.BatchNorm2d(chans[i]))
            self.add_module(f"conv{i}", nn.Conv2d(chans[i], chans[i + 1], k, stride if i == where else 1, k // 2, bias=False))
        self.n = len(kernels)
        if cin != cout or stride > 1:
            self.shortcut = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        short = x
        for i in range(self.n):
            x = F.relu(getattr(self, f"bn{i}")(x))
            if i == 0 and hasattr(self, "shortcut"):
                short = self.shortcut(x)
            x = getattr(self, f"conv{i}")(x)
        return x + short


class PreActNet(nn.Module):
    def __init__(self, kind="basic", blocks=(2, 2, 2), width=16, num_classes=10):
        super().__init__()
        kernels, expansion = {"basic": ((3, 3), 1), "bottleneck": ((1, 3, 1), 4)}[kind]
        c, mods = width, []
        for stage, n in enumerate(blocks):
            mid = width * 2 ** stage
            for i in range(n):
                mods.append(PreAct(c, mid, mid * expansion, 2 if stage and i == 0 else 1, kernels))
                c = mid * expansion
        self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.mods = nn.ModuleList(mods)
        self.bn = nn.BatchNorm2d(c)
        self.linear = nn.Linear(c, num_classes)

    def forward(self, x):
        x = self.conv(x)
        for m in self.mods:
            x = m(x)
        x = F.relu(self.bn(x))
        return self.linear(x.flatten(2).mean(-1))
