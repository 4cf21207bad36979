"""Which batches go through torch.compile?"""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch
from torch import Tensor

Forward = Callable[[Tensor], Tensor]
MOST_SHAPES = 64


class Compiled:
    """`inner` compiled for batches of the usual numbers of images; others, an epoch's last, take it as it is.

    Each count of images is compiled for itself, which takes a minute, and so is each size of growing images: more
    shapes than torch would compile before it gave up.
    """

    def __init__(self, inner: Forward, counts: Collection[int]) -> None:
        self.inner, self.counts = inner, counts
        torch._dynamo.config.recompile_limit = max(MOST_SHAPES, torch._dynamo.config.recompile_limit)
        self.compiled: Forward = torch.compile(inner, dynamic=False)

    def __call__(self, images: Tensor) -> Tensor:
        return self.compiled(images) if len(images) in self.counts else self.inner(images)
