# residua-test: wrong target=CondResBlock args=in_ch=32,out_ch=64,emb_dim=256
# What is wrong: The embedding projection is built for a fixed 128 inputs instead of emb_dim, so any other emb_dim crashes
import torch
import torch.nn as nn


class CondResBlock(nn.Module):
    """U-Net residual block conditioned on an embedding of size ``emb_dim``."""

    def __init__(self, in_ch, out_ch, emb_dim=128, groups=8):
        super().__init__()
        self.block1 = nn.Sequential(nn.GroupNorm(groups, in_ch), nn.SiLU(), nn.Conv2d(in_ch, out_ch, 3, padding=1))
        self.emb = nn.Sequential(nn.SiLU(), nn.Linear(128, out_ch))  # expect: R189
        self.block2 = nn.Sequential(nn.GroupNorm(groups, out_ch), nn.SiLU(), nn.Conv2d(out_ch, out_ch, 3, padding=1))
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()
        self.emb_dim = emb_dim  # expect

    def forward(self, x, emb):
        h = self.block1(x)
        h = h + self.emb(emb)[:, :, None, None]  # expect
        h = self.block2(h)
        return h + self.skip(x)
