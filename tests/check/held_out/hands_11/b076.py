# residua-test: wrong target=GPTBlock
# What is wrong: the attention sub-block adds its output to the normalised input instead of the raw one, so the residual stream is cut by the LayerNorm.
import torch
import torch.nn as nn


class GPTBlock(nn.Module):
    """transformer block for trajectory modelling, pre-LN"""

    def __init__(self, embed_dim, num_heads, seq_len, attn_dropout=0.1, resid_dropout=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim)
        self.norm2 = nn.LayerNorm(embed_dim)
        self.drop = nn.Dropout(resid_dropout)
        self.attention = nn.MultiheadAttention(
            embed_dim, num_heads, attn_dropout, batch_first=True
        )
        self.mlp = nn.Sequential(
            nn.Linear(embed_dim, 4 * embed_dim),
            nn.GELU(),
            nn.Linear(4 * embed_dim, embed_dim),
            nn.Dropout(resid_dropout),
        )
        # True -> this position is not allowed to be attended
        self.register_buffer(
            "attn_mask", ~torch.tril(torch.ones(seq_len, seq_len)).bool()
        )

    def forward(self, x):
        T = x.size(1)
        x_norm = self.norm1(x)
        attn, _ = self.attention(
            x_norm, x_norm, x_norm, attn_mask=self.attn_mask[:T, :T], need_weights=False
        )
        x = x_norm + self.drop(attn)  # expect: R198
        x = x + self.mlp(self.norm2(x))
        return x
