# residua-test: wrong target=CaiTBlock
# What is wrong: multiplying the nn.Parameter makes gamma_1 / gamma_2 plain tensors: they are not registered, never trained, saved or moved
import torch
import torch.nn as nn


class CaiTBlock(nn.Module):
    """Transformer block with LayerScale (Touvron et al. 2021)."""

    def __init__(self, dim, num_heads, mlp_ratio=4.0, init_values=1e-5):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        hidden = int(dim * mlp_ratio)
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))
        # learnable per-channel scales
        self.gamma_1 = nn.Parameter(torch.ones(dim)) * init_values  # expect: R168
        self.gamma_2 = nn.Parameter(torch.ones(dim)) * init_values  # expect: R168

    def forward(self, x):
        h = self.norm1(x)
        h, _ = self.attn(h, h, h, need_weights=False)
        x = x + self.gamma_1 * h
        x = x + self.gamma_2 * self.mlp(self.norm2(x))
        return x
