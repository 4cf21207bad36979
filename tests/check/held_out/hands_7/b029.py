# residua-test: wrong target=SegEncoder
# What is wrong: The stages sit in a plain dict, so their parameters are not registered: the optimizer, .to() and state_dict do not see them.
import torch
from torch import nn


class ResUnit(nn.Module):
    def __init__(self, cin, cout, down):
        super().__init__()
        s = 2 if down else 1
        self.a = nn.Sequential(nn.Conv2d(cin, cout, 3, s, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, s, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.b(self.a(x)) + self.sc(x))


class SegEncoder(nn.Module):
    """Gives the feature maps of every level, finest first."""

    LEVELS = ('c1', 'c2', 'c3')

    def __init__(self, in_channels=3, base=16):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, base, 7, 2, 3, bias=False)
        self.stem_bn = nn.BatchNorm2d(base)
        self.stages = {}  # expect: R125
        c = base
        for i, name in enumerate(self.LEVELS):
            out = base * 2 ** i
            self.stages[name] = nn.Sequential(ResUnit(c, out, down=i > 0), ResUnit(out, out, down=False))
            c = out

    def forward(self, x):
        x = torch.relu(self.stem_bn(self.stem(x)))
        feats = []
        for name in self.LEVELS:
            x = self.stages[name](x)
            feats.append(x)
        return feats
