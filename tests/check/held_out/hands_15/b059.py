# residua-test: right target=InvertedResidual
import torch.nn as nn


def conv_bn(i, o, k, s, g=1, act=True):
    mods = [nn.Conv2d(i, o, k, s, (k - 1) // 2, groups=g, bias=False), nn.BatchNorm2d(o)]
    if act:
        mods.append(nn.ReLU6(inplace=True))
    return mods


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio):
        super(InvertedResidual, self).__init__()
        assert stride in [1, 2]
        hidden_dim = int(round(inp * expand_ratio))
        self.use_res_connect = stride == 1 and inp == oup

        layers = []
        if expand_ratio != 1:
            # pw
            layers += conv_bn(inp, hidden_dim, 1, 1)
        # dw
        layers += conv_bn(hidden_dim, hidden_dim, 3, stride, g=hidden_dim)
        # pw-linear
        layers += conv_bn(hidden_dim, oup, 1, 1, act=False)
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        if self.use_res_connect:
            return x + self.conv(x)
        return self.conv(x)
