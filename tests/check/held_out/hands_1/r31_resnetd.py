# residua-test: right target=BottleneckD
import torch.nn as nn
class BottleneckD(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        m = out_channels // 4
        self.body = nn.Sequential(nn.Conv2d(in_channels, m, 1, bias=False), nn.BatchNorm2d(m), nn.ReLU(inplace=True),
            nn.Conv2d(m, m, 3, stride, 1, bias=False), nn.BatchNorm2d(m), nn.ReLU(inplace=True), nn.Conv2d(m, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
        nn.init.zeros_(self.body[-1].weight)
        sc = []
        if stride > 1: sc.append(nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False))
        if in_channels != out_channels or stride > 1: sc += [nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)]
        self.short = nn.Sequential(*sc)
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        return self.relu(self.body(x) + self.short(x))
