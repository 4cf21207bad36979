# residua-test: right target=VDBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


def get_conv(cin, cout, k, pad, zero_weights=False):
    c = nn.Conv2d(cin, cout, k, 1, pad)
    if zero_weights:
        c.weight.data *= 0.0
    return c


class VDBlock(nn.Module):
    def __init__(self, in_width, middle_width, out_width, down_rate=None, residual=False, use_3x3=True,
                 zero_last=False, n_blocks=10):
        super().__init__()
        self.down_rate = down_rate
        self.residual = residual
        if residual:
            assert in_width == out_width
        k, p = (3, 1) if use_3x3 else (1, 0)
        self.c1 = get_conv(in_width, middle_width, 1, 0)
        self.c2 = get_conv(middle_width, middle_width, k, p)
        self.c3 = get_conv(middle_width, middle_width, k, p)
        self.c4 = get_conv(middle_width, out_width, 1, 0, zero_weights=zero_last)
        self.c4.weight.data *= n_blocks ** -0.5

    def forward(self, x):
        xhat = self.c1(F.gelu(x))
        xhat = self.c2(F.gelu(xhat))
        xhat = self.c3(F.gelu(xhat))
        xhat = self.c4(F.gelu(xhat))
        out = x + xhat if self.residual else xhat
        if self.down_rate is not None:
            out = F.avg_pool2d(out, kernel_size=self.down_rate, stride=self.down_rate)
        return out
