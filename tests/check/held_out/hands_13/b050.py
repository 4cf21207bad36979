# residua-test: right target=PreActNet
import torch
from torch import nn


class PreActNet(nn.Module):
    """CIFAR sized net, norm and ReLU come before each conv.

    Where a block changes size or width the 1x1 projection takes the activated tensor,
    everywhere else the raw input is carried on.
    """

    class Unit(nn.Module):
        def __init__(self, c_in, c_out, stride):
            super().__init__()
            self.pre = nn.Sequential(nn.BatchNorm2d(c_in), nn.ReLU())
            self.main = nn.Sequential(
                nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False),
                nn.BatchNorm2d(c_out),
                nn.ReLU(inplace=True),
                nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
            )
            if stride > 1 or c_in != c_out:
                self.proj = nn.Conv2d(c_in, c_out, 1, stride, bias=False)

        def forward(self, x):
            a = self.pre(x)
            skip = self.proj(a) if hasattr(self, "proj") else x
            return skip + self.main(a)

    def __init__(self, per_stage=(1, 1, 1), num_classes=10):
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        units = []
        width = 16
        for stage, count in enumerate(per_stage):
            for k in range(count):
                nxt = 16 << stage
                units.append(self.Unit(width, nxt, 2 if stage and not k else 1))
                width = nxt
        self.units = nn.Sequential(*units)
        self.final = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        self.classify = nn.Linear(width, num_classes)

    def forward(self, img):
        feat = self.final(self.units(self.first(img)))
        return self.classify(feat.mean((-2, -1)))
