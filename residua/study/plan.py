"""What will a study cost on this machine, and does that fit the minutes that it may take?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from residua.errors import SpecError
from residua.nn import build
from residua.plan import cost
from residua.spec import ResNetSpec
from residua.study.report import Report

Advance = Callable[[str, float], None]  # which part has gone on, and by which share of it
_BACKWARD = 2.0  # of the forward pass's MACs: a gradient for the weights and one for the map


@dataclass(frozen=True)
class Part:
    """One piece of work: so many images through a network at a size, and so often backward for each."""

    what: str
    spec: ResNetSpec
    pixels: int
    images: int
    backward: int = 1

    @property
    def macs(self) -> float:
        """Multiply-accumulates of the whole part."""
        forward = cost(self.spec, self.pixels, self.pixels).macs
        return float(forward) * self.images * (1 + _BACKWARD * self.backward)


@dataclass(frozen=True)
class Work:
    """What a study has to do: its parts, what works them off, and flags that make it shorter."""

    parts: Sequence[Part]
    run: Callable[[Advance], Report]
    shorter: str = ""


@dataclass(frozen=True)
class Plan:
    """All parts, and the rate at which this machine works them off, in MACs a second."""

    parts: Sequence[Part]
    rate: float

    @property
    def seconds(self) -> float:
        """The time that it will take, as far as MACs tell."""
        return sum(part.macs for part in self.parts) / self.rate

    def lines(self) -> list[str]:
        """Return what is printed before the start: a line a part, and the sum."""
        if not self.parts:
            return ["nothing is left to be trained or measured: all of it lies there"]
        each = [
            f"{part.what}: {part.images:,} images × {part.macs / part.images / 1e6:,.0f} M MACs"
            f", about {part.macs / self.rate:,.0f} s"
            for part in self.parts
        ]
        return [
            *each,
            f"together about {self.seconds / 60:.1f} min at {self.rate / 1e9:.1f} G MACs/s, as measured here",
        ]

    def require_fit(self, minutes: float, ways: str) -> None:
        """Raise SpecError, with `ways` to make it shorter, where the plan takes longer than `minutes`."""
        if self.seconds > 60 * minutes:
            raise SpecError(
                f"the plan takes about {self.seconds / 60:.1f} minutes, more than the {minutes:g} allowed; give "
                f"--minutes {math.ceil(self.seconds / 60 * 1.2)}{', or ' + ways if ways else ''}"
            )


def measured_rate(network: str = "resnet20", pixels: int = 16, images: int = 32) -> float:
    """Return the MACs a second that forward and backward of a network run at here, the best of three steps."""
    with torch.random.fork_rng(devices=[]):
        model = build(network)
    batch = torch.zeros(images, 3, pixels, pixels)
    macs = cost(model.spec, pixels, pixels).macs * images * (1 + _BACKWARD)
    times = []
    for _ in range(4):  # the first makes the caches
        start = time.perf_counter()
        model(batch).sum().backward()
        times.append(time.perf_counter() - start)
    return macs / min(times[1:])
