"""What do two decisions about a training step on a CPU gain: kept memory, and Muon's iteration in float32?

    python bench/step_bench.py

Memory is measured in processes of their own: user and system seconds of a step, with freed memory kept and without.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time

import torch
import torch.nn.functional as F

from residua import build
from residua.train.step.malloc import keep_freed_memory
from residua.train.step.muon import orthogonalised

STEPS = 4


def step_seconds(network: str, pixels: int, batch: int, kept: bool) -> tuple[float, float]:
    """Return the user and system seconds of a step on one core."""
    torch.set_num_threads(1)
    if kept:
        keep_freed_memory()
    model = build(network).to(memory_format=torch.channels_last).train()
    images = torch.randn(batch, 3, pixels, pixels).to(memory_format=torch.channels_last)
    labels = torch.zeros(batch, dtype=torch.int64)
    for step in range(STEPS + 1):
        if step == 1:  # the first one warms up
            before = resource.getrusage(resource.RUSAGE_SELF)
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return (after.ru_utime - before.ru_utime) / STEPS, (after.ru_stime - before.ru_stime) / STEPS


def iteration_ms(precision: torch.dtype) -> float:
    """Return the median milliseconds of orthogonalising a 256 × 2304 matrix on one core."""
    torch.set_num_threads(1)
    matrix, taken = torch.randn(256, 2304), []
    witness = torch.optim._muon._zeropower_via_newtonschulz
    for _ in range(6):
        began = time.perf_counter()
        if precision == torch.float32:
            orthogonalised(matrix[None])
        else:
            witness(matrix, (3.4445, -4.7750, 2.0315), 5, 1e-7)
        taken.append(1e3 * (time.perf_counter() - began))
    return statistics.median(taken[1:])


def main() -> None:
    """Measure and print."""
    context = multiprocessing.get_context("spawn")
    for case in (("resnet20", 32, 128), ("resnet18", 224, 16)):
        for kept in (False, True):
            with context.Pool(1) as pool:
                user, system = pool.apply(step_seconds, (*case, kept))
            said = "kept" if kept else "given back"
            print(f"{case[0]:<9} freed memory {said:<10}  user {user:.2f} s  system {system:.2f} s", flush=True)
    for name, precision in (("bfloat16, torch's own", torch.bfloat16), ("float32, ours", torch.float32)):
        print(f"Muon's iteration in {name:<22} {iteration_ms(precision):6.0f} ms")


if __name__ == "__main__":
    main()
