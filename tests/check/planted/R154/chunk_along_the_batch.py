# residua-test: wrong target=TokenMixing
import torch.nn as nn


class TokenMixing(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).chunk(3)  # expect: R154
        weights = (q @ k.transpose(-2, -1)).softmax(-1)
        return x + self.proj(weights @ v)
