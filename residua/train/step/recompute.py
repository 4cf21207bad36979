"""How does a deep network train in little memory? Activations inside groups of blocks are computed twice.

Chen 2016: with about √n groups of n blocks, memory grows with √n, for one more forward pass.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator

import torch.nn as nn
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from residua.nn import ResNet

MAPS = 5  # that a block holds for its backward pass, where a group holds one: n/g + 5·g is least at g = √(n/5)
Pass = contextlib.AbstractContextManager[None]


class Recomputing(nn.Module):
    """The forward pass of `model`, holding one map for each group of blocks instead of every layer's.

    (N, C, H, W) → logits, the same numbers. Batch norm's running statistics are updated once, in the first pass.
    """

    def __init__(self, model: ResNet) -> None:
        super().__init__()
        self.model = model
        self.group = max(1, round(math.sqrt(sum(model.spec.depths) / MAPS)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.model.stem(x)
        for _, layer in self.model.layers():
            blocks = list(layer)
            for at in range(0, len(blocks), self.group):
                group = nn.Sequential(*blocks[at : at + self.group])
                x = checkpoint(group, x, use_reentrant=False, context_fn=functools.partial(_passes, group))
        return self.model.head(x)


def _passes(group: nn.Module) -> tuple[Pass, Pass]:
    """Return the contexts of the first pass through `group` and of the second."""
    return contextlib.nullcontext(), still(group)


@contextlib.contextmanager
def still(model: nn.Module) -> Iterator[None]:
    """Leave the running statistics of every batch norm in `model` as they are, in a pass that normalises by batch."""
    norms = [each for each in model.modules() if isinstance(each, nn.BatchNorm2d)]
    before = [(each, each.momentum, _count(each)) for each in norms]
    for each in norms:
        each.momentum = 0.0  # running·(1 − 0) + batch·0: the same bits
    try:
        yield
    finally:
        for each, momentum, count in before:
            each.momentum = momentum
            if each.num_batches_tracked is not None and count is not None:
                each.num_batches_tracked.copy_(count)


def _count(norm: nn.BatchNorm2d) -> Tensor | None:
    return None if norm.num_batches_tracked is None else norm.num_batches_tracked.clone()
