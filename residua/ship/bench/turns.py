"""How long does each contestant take, measured so that others on the machine favour none of them?

They take turns, a slice each, until each has had its seconds. Beside the clock stands the processor time of the whole
process, all its threads: images per CPU-second hold on a shared machine, where the clock does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from residua.preprocessing import Pixels
from residua.ship.engine import Floats

Run = Callable[[Pixels], Floats]  # (N, size, size, channels) uint8 → (N, classes) logits
SLICE_SECONDS = 0.25  # of a turn: long beside one batch, short beside what disturbs a machine


@dataclass
class Timed:
    """What one contestant took with one batch size. latencies: seconds of each batch, by the clock."""

    batch: int
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def images_per_second(self) -> float:
        """By the clock."""
        return self.batch * len(self.latencies) / sum(self.latencies)

    @property
    def images_per_cpu_second(self) -> float:
        """By processor time of all threads."""
        return self.batch * len(self.latencies) / max(self.cpu_seconds, 1e-9)

    def latency_ms(self) -> dict[str, float]:
        """Return percentiles of a batch's milliseconds."""
        marks = np.percentile(np.array(self.latencies) * 1000, [50, 95, 99])
        return {f"p{mark}": round(float(value), 3) for mark, value in zip((50, 95, 99), marks, strict=True)}


def take_turns(runs: Sequence[Run], pixels: Pixels, batches: Sequence[int], seconds: float) -> list[list[Timed]]:
    """Return for each run what each batch size took, at least one batch and about `seconds` of each.

    pixels: images that fill the batches, repeated as needed; a run has seen each size once before it is timed.
    """
    filled = {batch: np.resize(pixels, (batch, *pixels.shape[1:])) for batch in batches}
    timed = [[Timed(batch) for batch in batches] for _ in runs]
    for run in runs:
        for given in filled.values():
            run(given)
    rounds = max(1, round(seconds / SLICE_SECONDS))
    for _ in range(rounds):
        for run, sizes in zip(runs, timed, strict=True):
            for each in sizes:
                _slice(run, filled[each.batch], each, min(seconds, SLICE_SECONDS))
    return timed


def _slice(run: Run, pixels: Pixels, timed: Timed, seconds: float) -> None:
    run(pixels)  # not timed: threads of the contestant before wait actively for work for some time after its last batch
    began, processor = time.perf_counter(), time.process_time()
    last = began
    while True:
        run(pixels)
        now = time.perf_counter()
        timed.latencies.append(now - last)
        last = now
        if now - began >= seconds:
            break
    timed.cpu_seconds += time.process_time() - processor
