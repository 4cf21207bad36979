# residua-test: right target=UViT
import torch
from torch import nn


class UViT(nn.Module):
    def __init__(self, img_size=32, patch_size=4, in_chans=3, embed_dim=64, depth=5, num_heads=4):
        super().__init__()
        self.patch_size = patch_size
        self.in_chans = in_chans
        self.patch_embed = nn.Conv2d(in_chans, embed_dim, patch_size, patch_size)
        n = (img_size // patch_size) ** 2
        self.pos_embed = nn.Parameter(torch.randn(1, n, embed_dim) * 0.02)
        block = lambda: nn.TransformerEncoderLayer(embed_dim, num_heads, 4 * embed_dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.in_blocks = nn.ModuleList([block() for _ in range(depth // 2)])
        self.mid_block = block()
        self.out_blocks = nn.ModuleList([block() for _ in range(depth // 2)])
        self.skip_linears = nn.ModuleList([nn.Linear(2 * embed_dim, embed_dim) for _ in range(depth // 2)])
        self.norm = nn.LayerNorm(embed_dim)
        self.decoder_pred = nn.Linear(embed_dim, patch_size**2 * in_chans)

    def forward(self, x):
        b, c, h, w = x.shape
        x = self.patch_embed(x)
        gh, gw = x.shape[-2:]
        x = x.flatten(2).transpose(1, 2) + self.pos_embed
        skips = []
        for blk in self.in_blocks:
            x = blk(x)
            skips.append(x)
        x = self.mid_block(x)
        for blk, lin in zip(self.out_blocks, self.skip_linears):
            x = lin(torch.cat([x, skips.pop()], dim=-1))
            x = blk(x)
        x = self.decoder_pred(self.norm(x))
        p = self.patch_size
        x = x.view(b, gh, gw, p, p, self.in_chans).permute(0, 5, 1, 3, 2, 4)
        return x.reshape(b, self.in_chans, h, w)
