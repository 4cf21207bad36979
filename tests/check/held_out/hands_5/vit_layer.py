# residua-test: wrong target=ViTLayer
# What is wrong: MultiheadAttention is left at batch_first=False while the input is (batch, tokens, dim), so attention runs across the samples of the batch
import torch
import torch.nn as nn


class FeedForward(nn.Module):
    def __init__(self, dim, hidden, p):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(p), nn.Linear(hidden, dim), nn.Dropout(p))

    def forward(self, x):
        return self.net(x)


class ViTLayer(nn.Module):
    """Pre-norm encoder layer; x is (batch, tokens, dim)."""

    def __init__(self, dim=64, heads=4, p=0.0):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, dropout=p)  # expect: R210
        self.norm2 = nn.LayerNorm(dim)
        self.ff = FeedForward(dim, dim * 4, p)

    def forward(self, x):
        y = self.norm1(x)
        y, _ = self.attn(y, y, y, need_weights=False)  # expect
        x = x + y
        return x + self.ff(self.norm2(x))


class TinyViT(nn.Module):
    def __init__(self, image=32, patch=4, dim=64, depth=4, classes=10):
        super().__init__()
        n = (image // patch) ** 2
        self.embed = nn.Conv2d(3, dim, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, n + 1, dim) * 0.02)
        self.layers = nn.Sequential(*[ViTLayer(dim) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, img):
        x = self.embed(img).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.size(0), -1, -1), x], 1) + self.pos
        return self.head(self.norm(self.layers(x))[:, 0])
