# residua-test: right target=ResNetD args='blocks_per_stage=2, base=8, num_classes=5'
import torch
import torch.nn as nn


def cbr(i, o, k=3, s=1, relu=True):
    seq = nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o))
    if relu:
        seq.append(nn.ReLU(inplace=True))
    return seq


class BlockD(nn.Module):
    expansion = 4

    def __init__(self, cin, width, stride=1):
        super().__init__()
        cout = width * self.expansion
        self.main = nn.Sequential(cbr(cin, width, 1), cbr(width, width, 3, stride), cbr(width, cout, 1, relu=False))
        side = []
        if stride == 2:
            side.append(nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False))
        if cin != cout:
            side.append(cbr(cin, cout, 1, relu=False))
        self.side = nn.Sequential(*side)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.main(x) + self.side(x))


class ResNetD(nn.Module):
    def __init__(self, blocks_per_stage=2, base=32, num_classes=1000):
        super().__init__()
        self.stem = nn.Sequential(cbr(3, base, s=2), cbr(base, base), cbr(base, base * 2), nn.MaxPool2d(3, 2, 1))
        c = base * 2
        stages = []
        for k in range(3):
            width = base * 2 ** k
            for b in range(blocks_per_stage):
                stages.append(BlockD(c, width, 2 if (b == 0 and k > 0) else 1))
                c = width * BlockD.expansion
        self.stages = nn.Sequential(*stages)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, num_classes))

    def forward(self, x):
        return self.head(self.stages(self.stem(x)))
