# residua-test: wrong target=DecisionBlock
# What is wrong: The normalised x replaces the stream, so the skip carries ln_a(x) and not x (pre-norm says x + attn(norm(x))).
import torch
from torch import nn
import torch.nn.functional as F


class DecisionBlock(nn.Module):
    """
    Causal GPT block for trajectories, pre-norm:
        x = x + attn(ln_a(x))
        x = x + mlp(ln_b(x))
    """

    def __init__(self, width=64, n_heads=4, p_drop=0.0):
        super().__init__()
        assert width % n_heads == 0
        self.n_heads = n_heads
        self.ln_a = nn.LayerNorm(width)
        self.ln_b = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.p_drop = p_drop

    def attend(self, x):
        n, t, w = x.shape
        q, k, v = (
            part.view(n, t, self.n_heads, -1).transpose(1, 2) for part in self.to_qkv(x).chunk(3, dim=-1)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.merge(y.transpose(1, 2).reshape(n, t, w))

    def forward(self, x):
        # x: [batch, steps, width]
        x = self.ln_a(x)  # expect: R198
        x = x + F.dropout(self.attend(x), self.p_drop, self.training)
        x = x + F.dropout(self.mlp(self.ln_b(x)), self.p_drop, self.training)
        return x
