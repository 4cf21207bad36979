# residua-test: wrong target=LayerScaleViTBlock
# What is wrong: the layer scale vectors are plain tensors of 1e-5, not nn.Parameters, so they are never trained, saved or moved and the branches stay scaled by 1e-5 for ever.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, dim, num_heads=8):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, C // self.num_heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        x = F.scaled_dot_product_attention(q, k, v)
        return self.proj(x.transpose(1, 2).reshape(B, N, C))


class LayerScaleViTBlock(nn.Module):
    """CaiT / DeiT-III style block with learnable per channel LayerScale."""

    def __init__(self, dim, num_heads, mlp_ratio=4.0, init_values=1e-5):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(dim, int(dim * mlp_ratio)), nn.GELU(), nn.Linear(int(dim * mlp_ratio), dim)
        )
        self.gamma_1 = init_values * torch.ones(dim)  # expect: R168
        self.gamma_2 = init_values * torch.ones(dim)  # expect: R168

    def forward(self, x):
        x = x + self.gamma_1.to(x) * self.attn(self.norm1(x))
        x = x + self.gamma_2.to(x) * self.mlp(self.norm2(x))
        return x
