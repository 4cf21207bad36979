# residua-test: wrong target=DecisionBlock
# What is wrong: The normalised tensor replaces x before the addition, so the residual stream itself is layer-normalised and the identity path is lost.
import torch
import torch.nn as nn


class MLP(nn.Sequential):
    def __init__(self, dim, drop):
        super().__init__(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim), nn.Dropout(drop))


class DecisionBlock(nn.Module):
    """Pre-norm GPT block for offline RL on (return, state, action) tokens: (B, T, dim)."""

    def __init__(self, dim=64, num_heads=4, drop=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, num_heads, dropout=drop, batch_first=True)
        self.drop = nn.Dropout(drop)
        self.mlp = MLP(dim, drop)

    def forward(self, x):
        t = x.size(1)
        causal = torch.triu(torch.ones(t, t, dtype=torch.bool, device=x.device), diagonal=1)

        x = self.norm1(x)  # expect: R198
        a, _ = self.attention(x, x, x, attn_mask=causal, need_weights=False)  # expect
        x = x + self.drop(a)  # expect

        x = x + self.mlp(self.norm2(x))
        return x
