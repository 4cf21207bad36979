# residua-test: wrong target=Layer
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        causal = torch.full((t, t), float("-inf"), device=x.device).triu(0)  # expect: R232
        weights = ((q @ k.transpose(-1, -2)) * (d // self.heads) ** -0.5 + causal).softmax(-1)
        return x + self.out((weights @ v).transpose(1, 2).reshape(b, t, d))
