# residua-test: right target=GResBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class GResBlock(nn.Module):
    """Generator block of the WGAN-GP code, residual scaled by 0.3 for stability,
    upsampling in both branches (before the conv in the main one)."""

    def __init__(self, dim_in=32, dim_out=16, k=3, upsample=True, res_scale=0.3):
        super(GResBlock, self).__init__()
        self.upsample = upsample
        self.res_scale = res_scale
        self.bn1 = nn.BatchNorm2d(dim_in)
        self.c1 = nn.Conv2d(dim_in, dim_out, k, padding=k // 2, bias=False)
        self.bn2 = nn.BatchNorm2d(dim_out)
        self.c2 = nn.Conv2d(dim_out, dim_out, k, padding=k // 2)
        self.sc = None
        if dim_in != dim_out:
            self.sc = nn.Conv2d(dim_in, dim_out, 1)

    def up(self, t):
        return F.interpolate(t, scale_factor=2, mode="nearest") if self.upsample else t

    def forward(self, x):
        shortcut = self.up(x)
        if self.sc is not None:
            shortcut = self.sc(shortcut)

        out = F.relu(self.bn1(x))
        out = self.c1(self.up(out))
        out = F.relu(self.bn2(out))
        out = self.c2(out)

        return shortcut + self.res_scale * out
