# residua-test: right target=ZeroGammaBlock
import torch.nn as nn


def bn(ch, zero_init=False):
    m = nn.BatchNorm2d(ch)
    nn.init.constant_(m.weight, 0. if zero_init else 1.)
    nn.init.zeros_(m.bias)
    return m


def conv_bn_relu(cin, cout, k, stride=1, groups=1):
    return [nn.Conv2d(cin, cout, k, stride=stride, padding=k // 2, groups=groups, bias=False), bn(cout), nn.ReLU()]


class ZeroGammaBlock(nn.Module):
    # resnext-ish bottleneck, stride on the grouped 3x3

    def __init__(self, ch_in, ch_mid=16, groups=4, stride=1):
        super().__init__()
        ch_out = 4 * ch_mid
        self.branch = nn.Sequential(
            *conv_bn_relu(ch_in, ch_mid, 1),
            *conv_bn_relu(ch_mid, ch_mid, 3, stride, groups),
            nn.Conv2d(ch_mid, ch_out, 1, bias=False),
            bn(ch_out, zero_init=True),
        )
        if ch_in == ch_out and stride == 1:
            self.short = nn.Identity()
        else:
            self.short = nn.Sequential(nn.Conv2d(ch_in, ch_out, 1, stride=stride, bias=False), bn(ch_out))
        self.out = nn.ReLU()

    def forward(self, l):
        return self.out(self.short(l) + self.branch(l))
