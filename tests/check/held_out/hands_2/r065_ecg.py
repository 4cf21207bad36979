# residua-test: right target=ECGResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ECGBlock(nn.Module):
    """Pre-activated 1-D block; max-pool + zero-channel shortcut (no parameters)."""

    def __init__(self, cin, cout, stride, k=15, first=False):
        super().__init__()
        self.stride, self.extra = stride, cout - cin
        self.pre = nn.Identity() if first else nn.Sequential(nn.BatchNorm1d(cin), nn.ReLU(), nn.Dropout(0.2))
        self.conv1 = nn.Conv1d(cin, cout, k, stride, k // 2, bias=False)
        self.mid = nn.Sequential(nn.BatchNorm1d(cout), nn.ReLU(), nn.Dropout(0.2))
        self.conv2 = nn.Conv1d(cout, cout, k, 1, k // 2, bias=False)

    def forward(self, x):
        s = x
        if self.stride > 1:
            s = F.max_pool1d(s, self.stride, ceil_mode=True)
        if self.extra > 0:
            s = F.pad(s, (0, 0, 0, self.extra))
        y = self.conv2(self.mid(self.conv1(self.pre(x))))
        return y + s


class ECGResNet(nn.Module):
    def __init__(self, in_channels=1, base=16, n_blocks=6, num_classes=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(in_channels, base, 15, 1, 7, bias=False), nn.BatchNorm1d(base), nn.ReLU())
        blocks, c = [], base
        for i in range(n_blocks):
            out = base * (1 + i // 2)
            blocks.append(ECGBlock(c, out, 2 if i % 2 else 1, first=i == 0))
            c = out
        self.blocks = nn.Sequential(*blocks)
        self.final = nn.Sequential(nn.BatchNorm1d(c), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(c, num_classes))

    def forward(self, x):
        return self.final(self.blocks(self.stem(x)))
