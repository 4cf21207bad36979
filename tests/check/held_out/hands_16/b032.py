# residua-test: wrong target=ImpalaEncoder
# What is wrong: the section applies res1 twice and never res2, so res2's parameters get no gradient and the depth is not what is built.
from typing import Sequence, Tuple

import torch
from torch import Tensor, nn


class _Res(nn.Module):
    def __init__(self, ch: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(ch, ch, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(ch, ch, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)


class _Section(nn.Module):
    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.res1 = _Res(cout)
        self.res2 = _Res(cout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.conv(x))
        x = self.res1(x)
        x = self.res1(x)  # expect: R121
        return x


class ImpalaEncoder(nn.Module):
    """Procgen encoder: every section is conv, max pool and two residual blocks."""

    def __init__(
        self,
        obs_shape: Tuple[int, int, int] = (3, 64, 64),
        depths: Sequence[int] = (16, 32, 32),
        features: int = 256,
    ):
        super().__init__()
        c, h, w = obs_shape
        sections = []
        for d in depths:
            sections.append(_Section(c, d))
            c, h, w = d, (h + 1) // 2, (w + 1) // 2
        self.sections = nn.Sequential(*sections)
        self.head = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(c * h * w, features), nn.ReLU())

    def forward(self, obs: Tensor) -> Tensor:
        return self.head(self.sections(obs))
