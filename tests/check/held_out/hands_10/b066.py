# residua-test: wrong target=TimeUNet1D args='in_channels=2, channels=(32, 64)'
# What is wrong: The Fourier projection's size is hard-coded to 8 while the time MLP's input is 2 * channels[0], so every width other than channels[0] = 8 fails.
from typing import Sequence

import math

import torch
from torch import nn, Tensor


class GaussianFourierProjection(nn.Module):
    def __init__(self, embedding_size: int, scale: float = 16.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(embedding_size) * scale, requires_grad=False)

    def forward(self, t: Tensor) -> Tensor:
        proj = t[:, None].float() * self.weight[None] * 2 * math.pi
        return torch.cat([proj.sin(), proj.cos()], dim=-1)


class ResBlock1D(nn.Module):
    def __init__(self, cin: int, cout: int, temb_dim: int):
        super().__init__()
        self.conv1 = nn.Conv1d(cin, cout, 5, padding=2)
        self.norm1 = nn.GroupNorm(1, cout)
        self.temb = nn.Sequential(nn.SiLU(), nn.Linear(temb_dim, cout))
        self.conv2 = nn.Conv1d(cout, cout, 5, padding=2)
        self.norm2 = nn.GroupNorm(1, cout)
        self.act = nn.SiLU()
        self.skip = nn.Conv1d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x: Tensor, temb: Tensor) -> Tensor:
        h = self.act(self.norm1(self.conv1(x)))
        h = h + self.temb(temb).unsqueeze(-1)
        h = self.norm2(self.conv2(h))
        return self.act(h + self.skip(x))


class TimeUNet1D(nn.Module):
    """small waveform denoiser with one down- and one up-sampling per extra channel entry"""

    def __init__(self, in_channels: int = 2, channels: Sequence[int] = (32, 64)):
        super().__init__()
        self.time_proj = GaussianFourierProjection(embedding_size=8)  # expect
        timestep_input_dim = 2 * channels[0]
        temb_dim = 4 * channels[0]
        self.time_mlp = nn.Sequential(
            nn.Linear(timestep_input_dim, temb_dim), nn.SiLU(), nn.Linear(temb_dim, temb_dim)
        )
        self.inp = nn.Conv1d(in_channels, channels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for a, b in zip(channels[:-1], channels[1:]):
            self.down.append(nn.ModuleList([ResBlock1D(a, a, temb_dim), nn.Conv1d(a, b, 4, 2, 1)]))
            self.up.insert(0, nn.ModuleList([nn.ConvTranspose1d(b, a, 4, 2, 1), ResBlock1D(2 * a, a, temb_dim)]))
        self.mid = ResBlock1D(channels[-1], channels[-1], temb_dim)
        self.out = nn.Conv1d(channels[0], in_channels, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        temb = self.time_mlp(self.time_proj(t))
        h, skips = self.inp(x), []
        for res, down in self.down:
            h = res(h, temb)
            skips.append(h)
            h = down(h)
        h = self.mid(h, temb)
        for up, res in self.up:
            h = res(torch.cat([up(h), skips.pop()], dim=1), temb)
        return self.out(h)
