"""Which batches go through torch.compile?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Forward = Callable[[Tensor], Tensor]


class Compiled:
    """`inner` compiled for batches of the usual number of images; others, an epoch's last, take it as it is.

    Each count of images would be compiled anew, which takes a minute; each size of growing images is.
    """

    def __init__(self, inner: Forward, count: int) -> None:
        self.inner, self.count = inner, count
        self.compiled: Forward = torch.compile(inner, dynamic=False)

    def __call__(self, images: Tensor) -> Tensor:
        return self.compiled(images) if len(images) == self.count else self.inner(images)
