# residua-test: right target=ResNeXtBlock
import torch.nn as nn
def cba(i, o, k, s=1, g=1, act=True):
    l = [nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o)]
    if act: l.append(nn.ReLU(inplace=True))
    return nn.Sequential(*l)
class ResNeXtBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, cardinality=8):
        super().__init__()
        d = out_channels // 2
        self.branch = nn.Sequential(cba(in_channels, d, 1), cba(d, d, 3, stride, cardinality), cba(d, out_channels, 1, act=False))
        self.identity = nn.Sequential() if in_channels == out_channels and stride == 1 else cba(in_channels, out_channels, 1, stride, act=False)
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        return self.relu(self.branch(x).add(self.identity(x)))
