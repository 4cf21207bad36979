# residua-test: right target=MBBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


def unit(cin, cout, k, groups=1, act=nn.ReLU6):
    layers = [nn.Conv2d(cin, cout, k, 1, k // 2, groups=groups, bias=False), nn.BatchNorm2d(cout)]
    if act:
        layers.append(act(inplace=True))
    return nn.Sequential(*layers)


class MBBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            unit(channels, 6 * channels, 1),
            unit(6 * channels, 6 * channels, 5, groups=6 * channels),
            unit(6 * channels, channels, 1, act=None),
        )

    def forward(self, x):
        return self.body(x) + x
