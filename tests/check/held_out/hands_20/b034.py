# residua-test: wrong target=TrajectoryBlock
# What is wrong: This is a pre-norm block, but the residual sum starts from the normalised tensor instead of the raw stream, so the identity path is lost at every layer.
import torch
import torch.nn as nn


class TrajectoryBlock(nn.Module):
    """One GPT layer (pre-LN) over interleaved return / state / action tokens,
    used for offline reinforcement learning."""

    def __init__(self, embed_dim=64, num_heads=4, seq_len=60, drop=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim)
        self.norm2 = nn.LayerNorm(embed_dim)
        self.attention = nn.MultiheadAttention(
            embed_dim, num_heads, dropout=drop, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(embed_dim, 4 * embed_dim),
            nn.GELU(),
            nn.Linear(4 * embed_dim, embed_dim),
            nn.Dropout(drop),
        )
        self.drop = nn.Dropout(drop)
        mask = torch.ones(seq_len, seq_len, dtype=torch.bool).triu(1)
        self.register_buffer("causal_mask", mask)

    def forward(self, x):
        t = x.size(1)
        h = self.norm1(x)
        a, _ = self.attention(h, h, h, attn_mask=self.causal_mask[:t, :t],
                              need_weights=False)
        x = h + self.drop(a)  # expect: R198
        x = x + self.mlp(self.norm2(x))
        return x
