# residua-test: wrong target=AttnRes
# What is wrong: softmax over the batch dim (dim=0) in a self-attention residual
import torch
import torch.nn as nn

class AttnRes(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, dim * 3)
        self.out = nn.Linear(dim, dim)
        self.scale = dim ** -0.5
    def forward(self, x):          # B N C
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        a = torch.softmax(q @ k.transpose(-2, -1) * self.scale, dim=0)  # expect: R135
        return x + self.out(a @ v)
