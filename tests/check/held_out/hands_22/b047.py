# residua-test: wrong target=ResnetBlock
# What is wrong: The sum with the projected time embedding is computed and thrown away, so the block ignores the timestep.
import torch
import torch.nn as nn


class ResnetBlock(nn.Module):
    """DDPM U-Net block. x: (B, dim, H, W), temb: (B, time_emb_dim)."""

    def __init__(self, dim, dim_out, time_emb_dim, groups=8, dropout=0.1):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, dim)
        self.conv1 = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.time_proj = nn.Linear(time_emb_dim, dim_out)
        self.norm2 = nn.GroupNorm(groups, dim_out)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(dim_out, dim_out, 3, padding=1)
        self.act = nn.SiLU()
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, temb):
        h = self.conv1(self.act(self.norm1(x)))
        h + self.time_proj(self.act(temb))[:, :, None, None]  # expect: R155
        h = self.conv2(self.dropout(self.act(self.norm2(h))))
        return h + self.res_conv(x)
