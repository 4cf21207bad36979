# residua-test: wrong target=PatchAttention
# What is wrong: nn.MultiheadAttention is built without batch_first=True though the input is (batch, tokens, dim), so it attends over the batch.
import torch
import torch.nn as nn


class PatchAttention(nn.Module):
    """
    Encoder layer on flattened image patches.
    x: (batch_size, num_patches, dim) -> same shape
    """

    def __init__(self, dim=48, heads=4, mlp_dim=96, dropout=0.0):
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.self_attn = nn.MultiheadAttention(dim, heads, dropout=dropout)  # expect: R210
        self.ln_2 = nn.LayerNorm(dim)
        self.linear1 = nn.Linear(dim, mlp_dim)
        self.act = nn.GELU()
        self.linear2 = nn.Linear(mlp_dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        y = self.ln_1(x)
        y, _ = self.self_attn(y, y, y)
        x = x + self.dropout(y)
        y = self.linear2(self.act(self.linear1(self.ln_2(x))))
        return x + self.dropout(y)
