# residua-test: wrong target=WrongReturnsBranch
from torch import nn
from torch.nn import functional as F


def conv_bn(i, o, k=3, s=1, act=True):
    layers = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    if act:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class WrongReturnsBranch(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.f = nn.Sequential(conv_bn(in_channels, out_channels, 3, stride), conv_bn(out_channels, out_channels, act=False))
        self.s = nn.Sequential() if stride == 1 and in_channels == out_channels else conv_bn(in_channels, out_channels, 1, stride, act=False)

    def forward(self, x):
        f = self.f(x)
        s = self.s(x)
        y = f + s
        return F.relu(f)  # expect: R101
