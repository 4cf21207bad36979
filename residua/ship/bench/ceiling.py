"""How much arithmetic does this processor do at most, as far as a large matrix product shows it?"""

from __future__ import annotations

import time
from functools import cache

SIDE = 1024  # 2 GFLOP a product: the blocks of a BLAS are full, and it takes some hundredths of a second
REPEATS = 4


@cache
def macs_per_cpu_second(precision: str) -> float | None:
    """Return multiply-accumulates per CPU-second of a product of square matrices, the best of some; None if unknown.

    A poor ceiling for convolutions in fp32, which on some processors are faster than torch's products.
    """
    import torch

    kinds = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}
    if precision not in kinds:
        return None
    left = torch.ones(SIDE, SIDE).to(kinds[precision])
    right = left.t().contiguous()
    multiply = torch._int_mm if precision == "int8" else torch.mm
    best = 0.0
    try:
        multiply(left, right)
        for _ in range(REPEATS):
            began = time.process_time()
            multiply(left, right)
            best = max(best, SIDE**3 / max(time.process_time() - began, 1e-9))
    except RuntimeError:  # a build of torch without products of 8-bit numbers
        return None
    return best
