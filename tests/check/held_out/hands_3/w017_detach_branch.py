# residua-test: wrong target=SRResBlock
# What is wrong: the branch output is detached, so its layers never receive a gradient
import torch
import torch.nn as nn


class SRResBlock(nn.Module):
    """EDSR block: conv-relu-conv, scaled, no batch norm."""

    def __init__(self, n_feats, kernel_size=3, res_scale=0.1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2),
            nn.ReLU(True),
            nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2),
        )
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x).detach()  # expect: R127
        res = res.mul(self.res_scale)
        res += x  # expect
        return res
