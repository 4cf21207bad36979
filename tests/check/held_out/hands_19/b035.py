# residua-test: right target=ShuffleUnit args='inp=32, oup=32, stride=1'
# Why it is right: the ShuffleNetV2 unit has no addition: half of the channels bypass the branch, are concatenated and shuffled with the other half.
import torch
from torch import nn


def channel_shuffle(x, groups):
    b, c, h, w = x.size()
    x = x.view(b, groups, c // groups, h, w).transpose(1, 2).contiguous()
    return x.view(b, -1, h, w)


class ShuffleUnit(nn.Module):
    def __init__(self, inp, oup, stride):
        super().__init__()
        self.stride = stride
        half = oup // 2
        assert stride == 2 or inp == half << 1

        if stride > 1:
            self.branch1 = nn.Sequential(
                self.dw(inp, stride), nn.BatchNorm2d(inp),
                nn.Conv2d(inp, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True))
        else:
            self.branch1 = nn.Sequential()
        c = inp if stride > 1 else half
        self.branch2 = nn.Sequential(
            nn.Conv2d(c, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
            self.dw(half, stride), nn.BatchNorm2d(half),
            nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True))

    @staticmethod
    def dw(c, stride):
        return nn.Conv2d(c, c, 3, stride, 1, groups=c, bias=False)

    def forward(self, x):
        if self.stride == 1:
            x1, x2 = x.chunk(2, dim=1)
            out = torch.cat((x1, self.branch2(x2)), dim=1)
        else:
            out = torch.cat((self.branch1(x), self.branch2(x)), dim=1)
        return channel_shuffle(out, 2)
