# residua-test: wrong target=ViTEncoder
# What is wrong: nn.MultiheadAttention is made without batch_first=True but gets (batch, tokens, dim), so attention runs over the batch axis: tokens never see each other and the class token (hence the output) never sees the image.
import torch
from torch import nn


class EncoderBlock(nn.Module):
    def __init__(self, dim, heads, mlp_dim):
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.self_attention = nn.MultiheadAttention(dim, heads)  # expect: R210
        self.ln_2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, mlp_dim), nn.GELU(), nn.Linear(mlp_dim, dim))

    def forward(self, tokens):
        y = self.ln_1(tokens)
        y, _ = self.self_attention(y, y, y, need_weights=False)
        tokens = tokens + y
        return tokens + self.mlp(self.ln_2(tokens))


class ViTEncoder(nn.Module):
    def __init__(self, img_size=32, patch=4, dim=64, depth=4, heads=4, num_classes=10):
        super().__init__()
        n = (img_size // patch) ** 2
        self.patchify = nn.Conv2d(3, dim, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, n + 1, dim) * 0.02)
        self.blocks = nn.ModuleList([EncoderBlock(dim, heads, dim * 4) for _ in range(depth)])
        self.ln = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, images):
        t = self.patchify(images).flatten(2).transpose(1, 2)   # (B, N, D)
        t = torch.cat([self.cls.expand(t.size(0), -1, -1), t], dim=1) + self.pos
        for blk in self.blocks:
            t = blk(t)
        return self.head(self.ln(t[:, 0]))
