# residua-test: right target=RepMixer args=dim=32
import torch
from torch import nn


class RepMixer(nn.Module):
    """Token mixing of FastViT: what the mixer adds to the normalised input, scaled, is added to the input."""

    def __init__(self, dim, kernel_size=3):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)
        self.mixer = nn.Sequential(
            nn.Conv2d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim, bias=False), nn.BatchNorm2d(dim)
        )
        self.gamma = nn.Parameter(1e-5 * torch.ones(dim, 1, 1))

    def forward(self, x):
        return x + self.gamma * (self.mixer(x) - self.norm(x))
