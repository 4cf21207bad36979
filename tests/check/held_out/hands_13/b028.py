# residua-test: wrong target=NextBlock
# What is wrong: The response norm also runs over the batch (dim 0), so a sample's output depends on the others once gamma has left zero.
import torch
from torch import nn


class ResponseNorm(nn.Module):
    """global response norm of ConvNeXt V2, for (N, H, W, C)"""

    def __init__(self, c, eps=1e-6):
        super().__init__()
        self.g = nn.Parameter(torch.zeros(c))
        self.b = nn.Parameter(torch.zeros(c))
        self.eps = eps

    def forward(self, x):
        energy = x.pow(2).sum(dim=(0, 1, 2), keepdim=True).add(self.eps).sqrt()  # expect: R147
        ratio = energy / (energy.mean(dim=-1, keepdim=True) + self.eps)
        return x + self.g * (x * ratio) + self.b


class NextBlock(nn.Module):
    def __init__(self, c=32, expand=4, kernel=7):
        super().__init__()
        self.spatial = nn.Conv2d(c, c, kernel, padding=kernel // 2, groups=c)
        self.mix = nn.Sequential(
            nn.LayerNorm(c, eps=1e-6),
            nn.Linear(c, expand * c),
            nn.GELU(),
            ResponseNorm(expand * c),
            nn.Linear(expand * c, c),
        )

    def forward(self, x):
        y = self.spatial(x).movedim(1, -1)
        return x + self.mix(y).movedim(-1, 1)
