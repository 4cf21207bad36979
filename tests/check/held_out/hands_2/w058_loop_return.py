# residua-test: wrong target=PreNormStack
# What is wrong: the return stands inside the loop: only the first layer is executed
from torch import nn


class PreNormStack(nn.Module):
    """n pre-activated convolutions bridged by one identity."""

    def __init__(self, ch, n=3):
        super().__init__()
        mods = []
        for _ in range(n):
            mods.append(nn.Sequential(nn.GroupNorm(4, ch), nn.SiLU(), nn.Conv2d(ch, ch, 3, padding=1)))  # expect: R126
        self.mods = nn.ModuleList(mods)  # expect

    def forward(self, x):
        h = x
        for m in self.mods:
            h = m(h)  # expect
            return x + h  # expect
