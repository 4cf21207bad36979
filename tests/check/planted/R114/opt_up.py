# residua-test: wrong target=GBlock
import torch.nn as nn
import torch.nn.functional as F


class GBlock(nn.Module):
    def __init__(self, cin, cout, upsample=False):
        super().__init__()
        self.upsample = upsample
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.b1, self.b2 = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout)
        self.sc = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        h = F.relu(self.b1(x))
        if self.upsample:
            h = F.interpolate(h, scale_factor=2)  # expect
        h = self.c2(F.relu(self.b2(self.c1(h))))
        return h + self.sc(x)  # expect: R114
