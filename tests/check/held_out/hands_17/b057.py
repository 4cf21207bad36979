# residua-test: wrong target=EnlargeNet
# What is wrong: nn.PReLU() in the signature is made once: all units of all networks share one slope
import torch
from torch import nn


class SharpUnit(nn.Module):
    def __init__(self, maps: int, nonlinearity: nn.Module = nn.PReLU()):  # expect: R196
        super().__init__()
        self.before = nn.Conv2d(maps, maps, 3, padding=1)
        self.nonlinearity = nonlinearity
        self.after = nn.Conv2d(maps, maps, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.after(self.nonlinearity(self.before(x)))


class EnlargeNet(nn.Module):
    """Enlarges a picture by two or four."""

    def __init__(self, maps: int = 32, units: int = 5, factor: int = 2):
        super().__init__()
        self.shallow = nn.Conv2d(3, maps, 5, padding=2)
        self.deep = nn.Sequential(*(SharpUnit(maps) for _ in range(units)))
        self.expand = nn.Conv2d(maps, 3 * factor**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(factor)

    def forward(self, low: torch.Tensor) -> torch.Tensor:
        s = self.shallow(low)
        return self.shuffle(self.expand(s + self.deep(s)))
