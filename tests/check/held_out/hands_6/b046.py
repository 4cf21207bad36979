# residua-test: wrong target=TrajectoryBlock
# What is wrong: In the pre-norm path x itself is overwritten by its norm before the sum, so the skip carries the normalised x and not the residual stream.
import torch
import torch.nn as nn


class TrajectoryBlock(nn.Module):
    """GPT block for trajectories, pre-norm as in minGPT. Input (batch, seq, hidden)."""

    def __init__(self, hidden_dim=64, num_heads=4, seq_len=32, dropout=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(hidden_dim)
        self.norm2 = nn.LayerNorm(hidden_dim)
        self.drop = nn.Dropout(dropout)
        self.attention = nn.MultiheadAttention(hidden_dim, num_heads, dropout, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(hidden_dim, 4 * hidden_dim),
            nn.GELU(),
            nn.Linear(4 * hidden_dim, hidden_dim),
            nn.Dropout(dropout),
        )
        self.register_buffer(
            "causal_mask", ~torch.tril(torch.ones(seq_len, seq_len)).to(torch.bool)
        )

    def forward(self, x):
        n = x.size(1)
        x = self.norm1(x)  # expect: R198
        attn, _ = self.attention(x, x, x, attn_mask=self.causal_mask[:n, :n], need_weights=False)
        x = x + self.drop(attn)
        x = x + self.mlp(self.norm2(x))
        return x
