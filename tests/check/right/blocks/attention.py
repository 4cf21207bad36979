# residua-test: right target=Attention style='linear-output basic'
import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        a = torch.softmax(q @ k.transpose(1, 2) / c**0.5, dim=-1)
        y = self.out(a @ v)
        return x + y.transpose(1, 2).reshape(b, c, h, w)
