# residua-test: wrong target=GPTBlock
# What is wrong: The attention residual adds the normalised input instead of the raw one, although this is a pre-norm block (the MLP half does it right)
import torch
import torch.nn as nn


class GPTBlock(nn.Module):
    """
    Pre-LN transformer decoder block for the trajectory transformer.

    x -> x + attn(ln(x)) -> x + mlp(ln(x))
    """

    def __init__(self, embedding_dim, num_heads, residual_dropout=0.1, attention_dropout=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(embedding_dim)
        self.norm2 = nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(residual_dropout)
        self.attn = nn.MultiheadAttention(
            embedding_dim, num_heads, dropout=attention_dropout, batch_first=True
        )
        self.mlp = nn.Sequential(
            nn.Linear(embedding_dim, 4 * embedding_dim),
            nn.GELU(),
            nn.Linear(4 * embedding_dim, embedding_dim),
            nn.Dropout(residual_dropout),
        )

    def forward(self, x):
        seq_len = x.shape[1]
        mask = torch.triu(
            torch.ones(seq_len, seq_len, dtype=torch.bool, device=x.device), diagonal=1
        )
        norm_x = self.norm1(x)
        attn_out, _ = self.attn(norm_x, norm_x, norm_x, attn_mask=mask, need_weights=False)

        x = norm_x + self.drop(attn_out)  # expect: R198
        x = x + self.mlp(self.norm2(x))
        return x
