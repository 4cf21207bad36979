"""How are checkpoints written while the training goes on?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch


class Writer:
    """One thread that writes in the order of asking; what failed is raised at the next request, or at the end."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "residua-checkpoint")
        self._last: Future[None] | None = None

    def submit(self, write: Callable[[], None]) -> None:
        """Have `write` called once what was asked for before is written. Raises what went wrong there."""
        self.settle()
        self._last = self._thread.submit(write)

    def settle(self) -> None:
        """Wait until all is written. Raises what went wrong."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def close(self) -> None:
        """Wait for what is being written, and end the thread; errors are left to `settle`."""
        self._thread.shutdown(wait=True)


def snapshot(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return copies of `tensors` on the CPU that later steps do not change, contiguous as files want them."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
