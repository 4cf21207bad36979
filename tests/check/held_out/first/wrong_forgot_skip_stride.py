# residua-test: wrong target=WrongForgotSkipStride
from torch import nn
from torch.nn import functional as F


def conv_bn(i, o, k=3, s=1, act=True):
    layers = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    if act:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class WrongForgotSkipStride(nn.Module):
    def __init__(self, c1, c2, s=1):
        super().__init__()
        self.cv1, self.cv2 = conv_bn(c1, c2, 3, s), conv_bn(c2, c2, 3, act=False)
        self.short = conv_bn(c1, c2, 1, act=False) if c1 != c2 or s != 1 else nn.Identity()  # expect: R110

    def forward(self, x):
        return F.relu(self.cv2(self.cv1(x)) + self.short(x))
