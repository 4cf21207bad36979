# residua-test: wrong target=EDSRBody
# What is wrong: res_scale multiplies the whole sum instead of the branch, so the stream shrinks by 0.1 in every block.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, n_feats, kernel_size=3, bias=True, act=nn.ReLU(True), res_scale=1.):
        super(ResBlock, self).__init__()
        m = []
        for i in range(2):
            m.append(nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2, bias=bias))
            if i == 0:
                m.append(act)
        self.body = nn.Sequential(*m)
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x)
        res = res + x
        return res.mul(self.res_scale)  # expect: R152


class EDSRBody(nn.Module):
    """trunk of EDSR: n residual blocks without norm, residual scaling, long skip"""

    def __init__(self, n_feats=32, n_resblocks=4, res_scale=0.1):
        super(EDSRBody, self).__init__()
        blocks = [ResBlock(n_feats, res_scale=res_scale) for _ in range(n_resblocks)]
        blocks.append(nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.body = nn.Sequential(*blocks)

    def forward(self, x):
        return self.body(x) + x
