# residua-test: wrong target=ResBlock
# What is wrong: res_scale multiplies the whole sum, so the identity path is scaled to 0.1 in every block
import torch.nn as nn


def default_conv(in_channels, out_channels, kernel_size, bias=True):
    return nn.Conv2d(in_channels, out_channels, kernel_size, padding=(kernel_size // 2), bias=bias)


class ResBlock(nn.Module):
    """EDSR residual block with residual scaling (x + res_scale * body(x))."""

    def __init__(self, n_feats, kernel_size=3, bias=True, act=nn.ReLU(True), res_scale=0.1):
        super(ResBlock, self).__init__()
        m = []
        for i in range(2):
            m.append(default_conv(n_feats, n_feats, kernel_size, bias=bias))
            if i == 0:
                m.append(act)
        self.body = nn.Sequential(*m)
        self.res_scale = res_scale

    def forward(self, x):
        return (x + self.body(x)) * self.res_scale  # expect: R152
