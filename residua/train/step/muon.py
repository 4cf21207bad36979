"""How does Muon (Jordan 2024b) update the kernels of convolutions?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn as nn
from torch import Tensor

from residua.train.settings.config import TrainConfig

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic that pulls singular values to about one (Jordan 2024b)
STEPS = 5


def takes(group: dict[str, Any]) -> bool:
    """Whether Muon updates the parameters of `group`: kernels, but not the first one's (Jordan 2024b)."""
    return bool(group["kind"] == "kernel")


class Muon(torch.optim.Optimizer):
    """Muon over convolution kernels, each seen as a matrix (output channels, all else) of the same memory.

    torch's own orthogonalises in bfloat16 everywhere. On a CPU this one does so in float32: faster where
    bfloat16 is emulated, and no step hangs on how its products were rounded.

    found_inf: as torch's fused optimizers have it: where it is 1, a step changes nothing, and nobody has to read it.
    groups: dicts with "params" (4-D kernels), "weight_decay" and "scale", as other optimizers take them.
    """

    def __init__(self, groups: list[dict[str, Any]], config: TrainConfig) -> None:
        self.found_inf: Tensor | None = None
        self.kernel_of: dict[nn.Parameter, nn.Parameter] = {}
        super().__init__(
            [group | {"params": [self._matrix(kernel) for kernel in group["params"]]} for group in groups],
            {"lr": config.lr, "momentum": config.momentum, "nesterov": config.nesterov},
        )

    def _matrix(self, kernel: nn.Parameter) -> nn.Parameter:
        matrix = nn.Parameter(_flat(kernel.detach()))
        assert matrix.data_ptr() == kernel.data_ptr()
        self.kernel_of[matrix] = kernel
        return matrix

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]  # torch overloads it
        """Update every kernel that has a gradient."""
        assert closure is None, "the gradients are there already"
        self.take_gradients()
        for group in self.param_groups:
            learning = [matrix for matrix in group["params"] if matrix.grad is not None]
            if learning:
                self._update(learning, group)
        return None

    def _update(self, matrices: list[Tensor], group: dict[str, Any]) -> None:
        """Update the matrices of one group together: a GPU takes longer to be asked than to answer for a narrow one."""
        gradients, momentum, lr = [_gradient(each) for each in matrices], group["momentum"], group["lr"]
        means = [self._mean(each) for each in matrices]
        kept: float | Tensor = 1.0
        if self.found_inf is not None:  # where it is 1 the means stay, and nothing is added to the matrices
            bad, kept = self.found_inf > 0, 1 - self.found_inf
            gradients = [torch.where(bad, *pair) for pair in zip(means, gradients, strict=True)]
        torch._foreach_lerp_(means, gradients, 1 - momentum)
        wanted = torch._foreach_lerp(gradients, means, momentum) if group["nesterov"] else means
        torch._foreach_mul_(matrices, 1 - lr * group["weight_decay"] * kept)
        alike: dict[torch.Size, list[int]] = {}
        for place, matrix in enumerate(matrices):
            alike.setdefault(matrix.shape, []).append(place)
        for (rows, columns), places in alike.items():
            first = wanted[places[0]]
            directions = orthogonalised(
                first[None] if len(places) == 1 else torch.stack([wanted[place] for place in places])
            )
            if self.found_inf is not None:
                directions = directions * kept
            rate = -lr * math.sqrt(max(1.0, rows / columns))
            torch._foreach_add_([matrices[place] for place in places], directions.unbind(), alpha=rate)

    def _mean(self, matrix: Tensor) -> Tensor:
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(_gradient(matrix))
        mean: Tensor = state["momentum_buffer"]
        return mean

    def take_gradients(self) -> None:
        """Let each matrix have its kernel's gradient, in the same memory."""
        for matrix, kernel in self.kernel_of.items():
            matrix.grad = None if kernel.grad is None else _flat(kernel.grad, like=kernel)


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return (n, rows, columns) matrices with the same singular vectors and singular values near one (0.5 to 1.5).

    Newton and Schulz's iteration (Jordan 2024b), in bfloat16 on a GPU.
    """
    a, b, c = COEFFICIENTS
    high = matrices.shape[1] > matrices.shape[2]
    wide = matrices.mT if high else matrices
    x = wide.bfloat16() if matrices.is_cuda else wide.float()
    x = x / torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(STEPS):
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if high else x).to(matrices.dtype)


def _gradient(matrix: Tensor) -> Tensor:
    assert matrix.grad is not None
    return matrix.grad


def _flat(kernel: Tensor, like: Tensor | None = None) -> Tensor:
    """Return (out, in, h, w) as a matrix of `out` rows in the order of memory, without a copy where strides agree."""
    like = kernel if like is None else like
    if like.is_contiguous():
        return kernel.reshape(len(kernel), -1)
    return kernel.permute(0, 2, 3, 1).reshape(len(kernel), -1)
