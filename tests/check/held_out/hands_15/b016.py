# residua-test: right target=MRIResNet3d
import torch
import torch.nn as nn
from functools import partial

GN = partial(nn.GroupNorm, 8)


class Res3d(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv3d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.norm1 = GN(cout)
        self.conv2 = nn.Conv3d(cout, cout, 3, padding=1, bias=False)
        self.norm2 = GN(cout)
        self.act = nn.LeakyReLU(0.01, inplace=True)
        same = cin == cout and all(s == 1 for s in stride)
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv3d(cin, cout, 1, stride=stride, bias=False), GN(cout))

    def forward(self, x):
        out = self.act(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        return self.act(out + self.shortcut(x))


class MRIResNet3d(nn.Module):
    """thick slices: the slice axis is strided once only"""

    def __init__(self, in_channels=1, n_classes=3):
        super().__init__()
        self.stem = nn.Conv3d(in_channels, 16, (1, 5, 5), padding=(0, 2, 2))
        self.layers = nn.Sequential(
            Res3d(16, 16, (1, 1, 1)),
            Res3d(16, 32, (1, 2, 2)),
            Res3d(32, 64, (2, 2, 2)),
            Res3d(64, 64, (1, 1, 1)),
        )
        self.fc = nn.Linear(64, n_classes)

    def forward(self, x):
        x = self.layers(self.stem(x))
        return self.fc(x.mean(dim=(2, 3, 4)))
