# residua-test: wrong target=ResBlock args=ni=16,nf=32,stride=4
# What is wrong: The pooled shortcut always pools by 2 whatever the stride, so strides above 2 give mismatching sizes
import torch
from torch import nn


def init_cnn(m):
    if getattr(m, 'bias', None) is not None:
        nn.init.constant_(m.bias, 0)
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(m.weight)
    for l in m.children():
        init_cnn(l)


def conv(ni, nf, ks=3, stride=1):
    return nn.Conv2d(ni, nf, kernel_size=ks, stride=stride, padding=ks // 2, bias=False)


def noop(x):
    return x


act_fn = nn.ReLU(inplace=True)


def conv_layer(ni, nf, ks=3, stride=1, zero_bn=False, act=True):
    bn = nn.BatchNorm2d(nf)
    nn.init.constant_(bn.weight, 0. if zero_bn else 1.)
    layers = [conv(ni, nf, ks, stride=stride), bn]
    if act:
        layers.append(act_fn)
    return nn.Sequential(*layers)


class ResBlock(nn.Module):
    def __init__(self, ni: int, nf: int, expansion: int = 1, stride: int = 1):
        super().__init__()
        nf, ni = nf * expansion, ni * expansion
        nh = nf // expansion
        layers = ([conv_layer(ni, nf, stride=stride), conv_layer(nf, nf, zero_bn=True, act=False)]
            if expansion == 1 else [
                conv_layer(ni, nh, 1),
                conv_layer(nh, nh, stride=stride),
                conv_layer(nh, nf, 1, zero_bn=True, act=False)])
        self.convs = nn.Sequential(*layers)
        self.idconv = noop if ni == nf else conv_layer(ni, nf, 1, act=False)
        self.pool = noop if stride == 1 else nn.AvgPool2d(2, ceil_mode=True)  # expect: R110

    def forward(self, x):
        return act_fn(self.convs(x) + self.idconv(self.pool(x)))  # expect


if __name__ == '__main__':
    blk = ResBlock(16, 32, stride=2)
    init_cnn(blk)
    print(blk(torch.randn(2, 16, 32, 32)).shape)
