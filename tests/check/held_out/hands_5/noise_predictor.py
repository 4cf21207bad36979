# residua-test: wrong target=NoisePredictor
# What is wrong: The time embedding ends in a Linear and each block projects it with another Linear with no activation between, so the two collapse into one linear map
import math
import torch
from torch import nn


class TimeEmbedding(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.lin1 = nn.Linear(dim // 4, dim)
        self.act = nn.SiLU()
        self.lin2 = nn.Linear(dim, dim)

    def forward(self, t):
        half = self.dim // 8
        freq = torch.exp(torch.arange(half, device=t.device) * -(math.log(10_000) / (half - 1)))
        emb = t.float()[:, None] * freq[None, :]
        emb = torch.cat((emb.sin(), emb.cos()), dim=1)
        return self.lin2(self.act(self.lin1(emb)))  # expect


class TimeResBlock(nn.Module):
    """GroupNorm-SiLU-conv twice, time embedding added in between."""

    def __init__(self, cin, cout, time_dim):
        super().__init__()
        self.norm1, self.act1 = nn.GroupNorm(8, cin), nn.SiLU()
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.time_emb = nn.Linear(time_dim, cout)  # expect
        self.norm2, self.act2 = nn.GroupNorm(8, cout), nn.SiLU()
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.shortcut = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(self.act1(self.norm1(x)))
        h = h + self.time_emb(t)[:, :, None, None]  # expect: R197
        h = self.conv2(self.act2(self.norm2(h)))
        return h + self.shortcut(x)


class NoisePredictor(nn.Module):
    def __init__(self, channels=3, width=32):
        super().__init__()
        self.temb = TimeEmbedding(width * 4)
        self.inp = nn.Conv2d(channels, width, 3, padding=1)
        self.b1 = TimeResBlock(width, width * 2, width * 4)
        self.b2 = TimeResBlock(width * 2, width, width * 4)
        self.out = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, x, t):
        t = self.temb(t)
        return self.out(self.b2(self.b1(self.inp(x), t), t))
