"""How does Muon, which torch offers for matrices, update the kernels of convolutions?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn as nn

from residua.train.config import TrainConfig


def takes(group: dict[str, Any]) -> bool:
    """Whether Muon updates the parameters of `group`: kernels, but not the first one's (Jordan 2024)."""
    return group["kind"] == "kernel"


class Muon(torch.optim.Muon):
    """torch's Muon over convolution kernels, each seen as a matrix (output channels, all else) of the same memory.

    groups: dicts with "params" (4-D kernels), "weight_decay" and "scale", as other optimizers take them.
    """

    def __init__(self, groups: list[dict[str, Any]], config: TrainConfig) -> None:
        self.kernel_of: dict[nn.Parameter, nn.Parameter] = {}
        super().__init__(
            [group | {"params": [self._matrix(kernel) for kernel in group["params"]]} for group in groups],
            lr=config.lr,
            momentum=config.momentum,
            nesterov=config.nesterov,
        )

    def _matrix(self, kernel: nn.Parameter) -> nn.Parameter:
        matrix = nn.Parameter(_flat(kernel.detach()))
        assert matrix.data_ptr() == kernel.data_ptr()
        self.kernel_of[matrix] = kernel
        return matrix

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]  # torch overloads it
        """Update every kernel by its gradient, which must be there."""
        self.take_gradients()
        return super().step(closure)

    def take_gradients(self) -> None:
        """Let each matrix have its kernel's gradient, in the same memory."""
        for matrix, kernel in self.kernel_of.items():
            matrix.grad = None if kernel.grad is None else _flat(kernel.grad, like=kernel)


def _flat(kernel: torch.Tensor, like: torch.Tensor | None = None) -> torch.Tensor:
    """Return (out, in, h, w) as a matrix of `out` rows in the order of memory, without a copy where strides agree."""
    like = kernel if like is None else like
    if like.is_contiguous():
        return kernel.reshape(len(kernel), -1)
    return kernel.permute(0, 2, 3, 1).reshape(len(kernel), -1)
