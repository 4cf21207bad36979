"""How is malloc set: does the process keep the memory of a step for the next one, or give it back?"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping

# Of malloc.h: bytes from which a block is mapped, how many blocks may be, and bytes free at the end that are kept.
MMAP_THRESHOLD, MMAP_MAX, TRIM_THRESHOLD = -3, -4, -1
DEFAULTS = {MMAP_MAX: 65536, TRIM_THRESHOLD: 1 << 17}


def keep_freed_memory() -> None:
    """Have the C library of Linux keep all freed blocks, in this process from now on.

    A step's activations then lie where the last step's did, and the system need not clear as many pages anew
    (`bench/step_bench.py` measures what that saves). Elsewhere, nothing happens.
    """
    _set({MMAP_MAX: 0, TRIM_THRESHOLD: 2**31 - 1})


def return_freed_memory() -> None:
    """Have the C library of Linux give large freed blocks back at once, in this process from now on.

    It would keep them for the next one of the same size, and where maps of many sizes come and go, holds several times
    what is in use. Steps become about a quarter slower. Elsewhere, nothing happens.
    """
    _set(DEFAULTS | {MMAP_THRESHOLD: 1 << 17})


def _set(options: Mapping[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)
