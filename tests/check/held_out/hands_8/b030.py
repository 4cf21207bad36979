# residua-test: wrong target=ScaledBlock
# What is wrong: reset_parameters fills gamma with ones and ignores init_values, so the layer scale starts at 1 and not at the small value asked for
from functools import partial
from typing import Optional

import torch
import torch.nn as nn


class LayerScale(nn.Module):
    def __init__(self, dim: int, init_values: float = 1e-5, inplace: bool = False, device=None, dtype=None) -> None:
        super().__init__()
        self.init_values = init_values
        self.inplace = inplace
        self.gamma = nn.Parameter(torch.empty(dim, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.ones_(self.gamma)  # expect: R189

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mul_(self.gamma) if self.inplace else x * self.gamma


class ScaledBlock(nn.Module):
    """ResMLP-like channel block of a CaiT trunk"""

    def __init__(
            self,
            dim: int = 48,
            mlp_ratio: float = 4.0,
            init_values: Optional[float] = 1e-5,
            act_layer=nn.GELU,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
    ) -> None:
        super().__init__()
        hidden = int(dim * mlp_ratio)
        self.norm = norm_layer(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.act = act_layer()
        self.fc2 = nn.Linear(hidden, dim)
        self.ls = LayerScale(dim, init_values=init_values) if init_values else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.ls(self.fc2(self.act(self.fc1(self.norm(x)))))
