# residua-test: wrong target=DecoderBlock
# What is wrong: In this pre-norm block the residual is taken after ln1 (x is overwritten by the normalised value), so the identity path goes through the norm
import torch
import torch.nn as nn


class DecoderBlock(nn.Module):
    """Pre-norm causal transformer block, GPT style."""

    def __init__(self, embed_dim=128, num_heads=4, dropout=0.1):
        super().__init__()
        self.ln1 = nn.LayerNorm(embed_dim)
        self.ln2 = nn.LayerNorm(embed_dim)
        self.attn = nn.MultiheadAttention(embed_dim, num_heads, dropout=dropout, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(embed_dim, 4 * embed_dim),
            nn.GELU(),
            nn.Linear(4 * embed_dim, embed_dim),
            nn.Dropout(dropout),
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        t = x.size(1)
        mask = torch.triu(torch.ones(t, t, dtype=torch.bool, device=x.device), diagonal=1)
        x = self.ln1(x)  # expect: R198
        a, _ = self.attn(x, x, x, attn_mask=mask, need_weights=False)
        x = x + self.drop(a)  # expect
        x = x + self.mlp(self.ln2(x))
        return x
