# residua-test: right target=ADMResBlock
import torch
import torch.nn as nn


def zeroed(module):
    for p in module.parameters():
        p.detach().zero_()
    return module


class ADMResBlock(nn.Module):
    """Residual block of a diffusion U-Net with optional scale-shift conditioning and 2x down."""

    def __init__(self, cin=32, cout=64, emb_dim=None, down=False, p=0.0):
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(8, cin), nn.SiLU())
        self.resample = nn.AvgPool2d(2) if down else nn.Identity()
        self.conv_in = nn.Conv2d(cin, cout, 3, padding=1)
        self.emb = nn.Sequential(nn.SiLU(), nn.Linear(emb_dim, 2 * cout)) if emb_dim else None
        self.norm = nn.GroupNorm(8, cout)
        self.out_layers = nn.Sequential(nn.SiLU(), nn.Dropout(p), zeroed(nn.Conv2d(cout, cout, 3, padding=1)))
        self.skip = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, emb=None):
        h = self.conv_in(self.resample(self.in_layers(x)))
        h = self.norm(h)
        if self.emb is not None:
            scale, shift = self.emb(emb)[..., None, None].chunk(2, dim=1)
            h = h * (1 + scale) + shift
        return self.skip(self.resample(x)) + self.out_layers(h)
