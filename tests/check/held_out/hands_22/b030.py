# residua-test: right target=VDBlock
# Why it is right: VDVAE block: pre-activated 1-3-3-1 bottleneck without norms, the last weights scaled down, pooling after the sum.
import torch
import torch.nn as nn
import torch.nn.functional as F


def get_conv(cin, cout, k, zero_weights=False):
    c = nn.Conv2d(cin, cout, k, padding=k // 2)
    if zero_weights:
        c.weight.data *= 0.0
    return c


class VDBlock(nn.Module):
    def __init__(self, in_width, middle_width, out_width, down_rate=None, residual=True, n_blocks=6):
        super().__init__()
        self.down_rate = down_rate
        self.residual = residual and in_width == out_width
        self.c1 = get_conv(in_width, middle_width, 1)
        self.c2 = get_conv(middle_width, middle_width, 3)
        self.c3 = get_conv(middle_width, middle_width, 3)
        self.c4 = get_conv(middle_width, out_width, 1)
        self.c4.weight.data *= (1 / n_blocks) ** 0.5

    def forward(self, x):
        xhat = self.c1(F.gelu(x))
        xhat = self.c2(F.gelu(xhat))
        xhat = self.c3(F.gelu(xhat))
        xhat = self.c4(F.gelu(xhat))
        out = x + xhat if self.residual else xhat
        if self.down_rate is not None:
            out = F.avg_pool2d(out, kernel_size=self.down_rate, stride=self.down_rate)
        return out
