# residua-test: right target=ADMRes style='pre-activation basic'
import torch
import torch.nn as nn


class ADMRes(nn.Module):
    def __init__(self, channels, emb_channels, out_channels=None):
        super().__init__()
        self.out_channels = out_channels or channels
        self.in_layers = nn.Sequential(nn.GroupNorm(32, channels), nn.SiLU(), nn.Conv2d(channels, self.out_channels, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, 2 * self.out_channels))
        self.out_norm, self.out_rest = nn.GroupNorm(32, self.out_channels), nn.Sequential(nn.SiLU(), nn.Dropout(0.0), nn.Conv2d(self.out_channels, self.out_channels, 3, padding=1))
        for p in self.out_rest[-1].parameters():
            p.detach().zero_()
        self.skip_connection = nn.Identity() if self.out_channels == channels else nn.Conv2d(channels, self.out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        scale, shift = torch.chunk(self.emb_layers(emb)[..., None, None], 2, dim=1)
        h = self.out_rest(self.out_norm(h) * (1 + scale) + shift)
        return self.skip_connection(x) + h
