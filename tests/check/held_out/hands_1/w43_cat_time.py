# residua-test: wrong target=DiffBlock
# What is wrong: time embedding projection broadcast on the wrong axis (added along width)
import torch
import torch.nn as nn
import torch.nn.functional as F

class DiffBlock(nn.Module):
    def __init__(self, in_ch=32, out_ch=32, time_dim=128):
        super().__init__()
        self.time = nn.Linear(time_dim, out_ch)
        self.norm1 = nn.GroupNorm(8, in_ch)
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, out_ch)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()
    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time(F.silu(t))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(x)))  # expect: R103
        return h + self.skip(x)
