# residua-test: right target=ResnetBlockUpDown
import torch
from torch import nn
import torch.nn.functional as F


class ResnetBlockUpDown(nn.Module):
    """sample: None, "up" or "down" """

    def __init__(self, c_in, c_out, c_emb, dropout=0.1, sample=None, groups=16):
        super().__init__()
        assert sample in (None, "up", "down")
        self.sample = sample
        self.norm1 = nn.GroupNorm(groups, c_in)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.emb_proj = nn.Linear(c_emb, c_out)
        self.norm2 = nn.GroupNorm(groups, c_out)
        self.drop = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)
        self.skip = nn.Conv2d(c_in, c_out, 1) if c_in != c_out else nn.Identity()

    def resample(self, t):
        if self.sample == "up":
            return F.interpolate(t, scale_factor=2, mode="nearest")
        if self.sample == "down":
            return F.avg_pool2d(t, 2)
        return t

    def forward(self, x, emb):
        h = self.resample(F.silu(self.norm1(x)))
        h = self.conv1(h)
        h = h + self.emb_proj(F.silu(emb))[:, :, None, None]
        h = self.conv2(self.drop(F.silu(self.norm2(h))))
        return self.skip(self.resample(x)) + h
