# residua-test: wrong target=ResBlockDown
# What is wrong: The scale/shift projection is split along the batch dimension (chunk without dim) instead of along the channels, so modulation fails.
import torch
import torch.nn as nn


class ResBlockDown(nn.Module):
    """UNet res block of the score model: GN -> SiLU -> (avg pool) -> conv -> FiLM by the step embedding -> conv.

    x: [B, in_ch, H, W], emb: [B, emb_dim]
    """

    def __init__(self, in_ch=32, out_ch=64, emb_dim=128, dropout=0.1, down=True):
        super().__init__()
        self.down = nn.AvgPool2d(2) if down else nn.Identity()
        self.in_norm = nn.GroupNorm(8, in_ch)
        self.in_conv = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.emb = nn.Sequential(nn.SiLU(), nn.Linear(emb_dim, 2 * out_ch))
        self.out_norm = nn.GroupNorm(8, out_ch)
        self.drop = nn.Dropout(dropout)
        self.out_conv = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.act = nn.SiLU()
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x, emb):
        h = self.act(self.in_norm(x))
        h = self.in_conv(self.down(h))

        e = self.emb(emb)[:, :, None, None]
        scale, shift = torch.chunk(e, 2)  # expect: R154
        h = self.out_norm(h) * (1 + scale) + shift
        h = self.out_conv(self.drop(self.act(h)))
        return h + self.skip(self.down(x))
