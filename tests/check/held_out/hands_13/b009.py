# residua-test: right target=ShuffleUnit
import torch
import torch.nn as nn


def channel_shuffle(x, groups: int):
    b, c, h, w = x.shape
    return x.view(b, groups, c // groups, h, w).transpose(1, 2).reshape(b, c, h, w)


class ShuffleUnit(nn.Module):
    """ShuffleNetV2 unit. stride 1: half of the channels passes untouched, concat instead of sum."""

    def __init__(self, inp: int = 48, oup: int = 48, stride: int = 1):
        super().__init__()
        if stride == 1 and inp != oup:
            raise ValueError("stride 1 keeps the number of channels")
        self.stride = stride
        half = oup // 2

        self.branch1 = None
        if stride > 1:
            self.branch1 = nn.Sequential(
                nn.Conv2d(inp, inp, 3, stride, 1, groups=inp, bias=False), nn.BatchNorm2d(inp),
                nn.Conv2d(inp, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
            )
        cin = inp if stride > 1 else half
        self.branch2 = nn.Sequential(
            nn.Conv2d(cin, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
            nn.Conv2d(half, half, 3, stride, 1, groups=half, bias=False), nn.BatchNorm2d(half),
            nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
        )

    def forward(self, x):
        if self.stride == 1:
            keep, work = x.chunk(2, dim=1)
        else:
            keep, work = self.branch1(x), x
        return channel_shuffle(torch.cat((keep, self.branch2(work)), dim=1), 2)
