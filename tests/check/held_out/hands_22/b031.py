# residua-test: right target=ClassAttentionBlock
# Why it is right: CaiT class attention updates only the class token; the patch tokens are read but come out unchanged by design.
import torch
import torch.nn as nn


class ClassAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, u):
        B, N, C = u.shape
        q = self.q(u[:, 0]).view(B, 1, self.heads, -1).transpose(1, 2) * self.scale
        k = self.k(u).view(B, N, self.heads, -1).transpose(1, 2)
        v = self.v(u).view(B, N, self.heads, -1).transpose(1, 2)
        attn = (q @ k.transpose(-2, -1)).softmax(dim=-1)
        return self.proj((attn @ v).transpose(1, 2).reshape(B, 1, C))


class ClassAttentionBlock(nn.Module):
    """x: patch tokens (B, N, dim), x_cls: (B, 1, dim). Returns the new class token."""

    def __init__(self, dim, heads=4, init_values=1e-4):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = ClassAttention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.gamma_1 = nn.Parameter(init_values * torch.ones(dim))
        self.gamma_2 = nn.Parameter(init_values * torch.ones(dim))

    def forward(self, x, x_cls):
        u = torch.cat((x_cls, x), dim=1)
        x_cls = x_cls + self.gamma_1 * self.attn(self.norm1(u))
        return x_cls + self.gamma_2 * self.mlp(self.norm2(x_cls))
