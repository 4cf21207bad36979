# residua-test: wrong target=DownBlock
# What is wrong: AvgPool2d(2) rounds down while the stride-2 3x3 conv with padding 1 rounds up: odd input sizes make the sum fail (needs ceil_mode=True).
import torch
import torch.nn as nn


def conv_bn(cin, cout, k, s=1, act=True):
    mods = [nn.Conv2d(cin, cout, k, s, k // 2, bias=False), nn.BatchNorm2d(cout)]
    if act:
        mods.append(nn.ReLU(inplace=True))
    return nn.Sequential(*mods)


class DownBlock(nn.Module):
    # resnet-d: average pooling in the shortcut instead of a strided 1x1
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Sequential(
            conv_bn(cin, cout, 3, 2),
            conv_bn(cout, cout, 3, act=False),
        )
        self.idconv = nn.Sequential(
            nn.AvgPool2d(2, 2),  # expect: R148
            conv_bn(cin, cout, 1, act=False),
        )
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.conv(x) + self.idconv(x))
