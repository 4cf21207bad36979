# residua-test: wrong target=WDSR
# What is wrong: The residual scaling is applied to the sum (skip included) and not to the branch before the sum, so every block shrinks the identity path by res_scale.
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm


def wn_conv(cin, cout, k):
    return weight_norm(nn.Conv2d(cin, cout, k, padding=k // 2))


class BlockB(nn.Module):
    def __init__(self, num_filters, expansion=6, res_scale=0.1):
        super().__init__()
        linear = 0.8
        self.c1 = wn_conv(num_filters, num_filters * expansion, 1)
        self.c2 = wn_conv(num_filters * expansion, int(num_filters * linear), 1)
        self.c3 = wn_conv(int(num_filters * linear), num_filters, 3)
        self.res_scale = res_scale

    def forward(self, x):
        y = torch.relu(self.c1(x))
        y = self.c2(y)
        y = self.c3(y)
        y = x + y
        if self.res_scale:
            y = y * self.res_scale  # expect: R152
        return y


class WDSR(nn.Module):
    def __init__(self, scale=2, num_filters=32, num_res_blocks=4, res_scale=0.1):
        super().__init__()
        self.head = wn_conv(3, num_filters, 3)
        self.body = nn.Sequential(*[BlockB(num_filters, res_scale=res_scale) for _ in range(num_res_blocks)])
        self.tail = nn.Sequential(wn_conv(num_filters, 3 * scale ** 2, 3), nn.PixelShuffle(scale))
        self.skip = nn.Sequential(wn_conv(3, 3 * scale ** 2, 5), nn.PixelShuffle(scale))

    def forward(self, x):
        # global skip works in image space
        m = self.tail(self.body(self.head(x)))
        return m + self.skip(x)
