# residua-test: right target=UViT
import torch
from torch import nn


class ResUViTBlock(nn.Module):
    def __init__(self, dim, heads=4, skip=False):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(dim, heads, dim * 4, dropout=0.0, batch_first=True, norm_first=True)
        self.skip_linear = nn.Linear(2 * dim, dim) if skip else None

    def forward(self, x, skip=None):
        if self.skip_linear is not None:
            x = self.skip_linear(torch.cat([x, skip], dim=-1))
        return self.layer(x)


class UViT(nn.Module):
    def __init__(self, patch=4, channels=3, dim=64, depth=5, heads=4):
        super().__init__()
        self.embed = nn.Conv2d(channels, dim, patch, patch)
        self.in_blocks = nn.ModuleList([ResUViTBlock(dim, heads) for _ in range(depth // 2)])
        self.mid = ResUViTBlock(dim, heads)
        self.out_blocks = nn.ModuleList([ResUViTBlock(dim, heads, skip=True) for _ in range(depth // 2)])
        self.head = nn.ConvTranspose2d(dim, channels, patch, patch)

    def forward(self, img):
        x = self.embed(img)
        b, c, h, w = x.shape
        x = x.flatten(2).transpose(1, 2)
        skips = []
        for blk in self.in_blocks:
            x = blk(x)
            skips.append(x)
        x = self.mid(x)
        for blk in self.out_blocks:
            x = blk(x, skips.pop())
        return self.head(x.transpose(1, 2).reshape(b, c, h, w))
