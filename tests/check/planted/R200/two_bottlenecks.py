# residua-test: wrong target=DoubleBottleneck
import torch.nn.functional as F
from torch import nn


class DoubleBottleneck(nn.Module):
    def __init__(self, channels):
        super().__init__()
        mid = channels // 4
        sizes = [(channels, mid, 1), (mid, mid, 3), (mid, channels, 1)] * 2
        self.convs = nn.ModuleList([nn.Conv2d(cin, cout, side, padding=side // 2, bias=False) for cin, cout, side in sizes])
        self.norms = nn.ModuleList([nn.BatchNorm2d(cout) for _, cout, _ in sizes])

    def forward(self, x):
        out = x
        for conv, norm in zip(self.convs[:-1], self.norms[:-1]):
            out = F.relu(norm(conv(out)))
        out = self.norms[-1](self.convs[-1](out))
        return F.relu(x + out)  # expect: R200
