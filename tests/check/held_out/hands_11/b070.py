# residua-test: wrong target=LayerScaleBlock
# What is wrong: nn.Parameter(...) * 1e-4 is a plain tensor, not a Parameter: the layer scale is not registered, never trained (and fixed at 1e-4).
import torch
from torch import nn


class LayerScaleBlock(nn.Module):
    """CaiT-style: x + g1 * attn(ln(x)); x + g2 * ffn(ln(x))"""

    def __init__(self, dim, heads, init_values=1e-4, mlp_ratio=4):
        super().__init__()
        self.ln1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.ln2 = nn.LayerNorm(dim)
        self.ffn = nn.Sequential(
            nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Linear(dim * mlp_ratio, dim)
        )
        self.gamma_1 = nn.Parameter(torch.ones(dim)) * init_values  # expect: R168
        self.gamma_2 = nn.Parameter(torch.ones(dim)) * init_values  # expect: R168

    def forward(self, x):
        h = self.ln1(x)
        x = x + self.gamma_1 * self.attn(h, h, h, need_weights=False)[0]
        x = x + self.gamma_2 * self.ffn(self.ln2(x))
        return x
