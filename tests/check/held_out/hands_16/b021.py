# residua-test: wrong target=TrajectoryBlock
# What is wrong: the input is replaced by its normalised copy before the residual sum, so the identity path of this pre-norm block goes through LayerNorm.
import torch
import torch.nn as nn


class TrajectoryBlock(nn.Module):
    # pre-LN GPT block
    def __init__(self, embed_dim, num_heads, seq_len, attn_dropout=0.1, resid_dropout=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim)
        self.norm2 = nn.LayerNorm(embed_dim)
        self.attention = nn.MultiheadAttention(embed_dim, num_heads, dropout=attn_dropout, batch_first=True)
        self.drop = nn.Dropout(resid_dropout)
        self.mlp = nn.Sequential(
            nn.Linear(embed_dim, 4 * embed_dim),
            nn.GELU(),
            nn.Linear(4 * embed_dim, embed_dim),
            nn.Dropout(resid_dropout),
        )
        # True above the diagonal = not allowed to look there
        self.register_buffer('causal_mask', ~torch.tril(torch.ones(seq_len, seq_len)).bool())

    def forward(self, x):
        n = x.shape[1]
        x = self.norm1(x)  # expect: R198
        attn_out, _ = self.attention(x, x, x, attn_mask=self.causal_mask[:n, :n], need_weights=False)
        x = x + self.drop(attn_out)
        x = x + self.mlp(self.norm2(x))
        return x
