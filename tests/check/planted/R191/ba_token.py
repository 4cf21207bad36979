# residua-test: wrong target=ViT
import torch
import torch.nn as nn


class ViT(nn.Module):
    def __init__(self, dim=32, num_classes=10, img_size=32, patch=8):
        super().__init__()
        self.embed = nn.Conv2d(3, dim, patch, patch)
        self.cls = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.pos = nn.Parameter(torch.randn(1, (img_size // patch) ** 2 + 1, dim) * 0.02)
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(256, -1, -1), x], 1) + self.pos  # expect: R191
        y = self.norm(x)
        x = x + self.attn(y, y, y)[0]
        return self.head(x[:, 0])
