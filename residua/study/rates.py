"""At which learning rate does each network of a study learn, and what chose it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """The peak of a learning rate, and the epochs over which it rises there from zero."""

    lr: float
    warmup_epochs: float = 1.0

    def __str__(self) -> str:
        return f"{self.lr:g}{f' after {self.warmup_epochs:g} epoch of warm-up' if self.warmup_epochs else ''}"


# Before anything was tried: the rate of He 2016a §4.2, and a quarter of four epochs of warm-up. He 2016a began with a
# tenth of the rate for 110 layers; without either, ResNet-56 ends its first epoch here above the loss of chance.
USUAL = Rate(0.1)
STARTS = (0.05, 0.1)
# Twice He 2016a's rate left both networks of 20 layers behind in four epochs: a training loss of 1.40 instead of 1.31
# (plain), 0.95 instead of 0.91 (residual). An eighth of it bounds the search, and no network got there.
LOWEST, HIGHEST = 0.0125, 0.1


def bracketed(loss_of: Callable[[float], float]) -> dict[float, float]:
    """Return losses by rates, each twice the next lower one, until the best has been tried on both of its sides.

    At LOWEST and HIGHEST the search ends. loss_of: what a network ends with at a rate.
    """
    found = {lr: loss_of(lr) for lr in STARTS}
    while True:
        best = min(found, key=lambda lr: found[lr])
        beside = [lr for lr in (best / 2, best * 2) if lr not in found and LOWEST <= lr <= HIGHEST]
        if not beside:
            return dict(sorted(found.items()))
        found[beside[0]] = loss_of(beside[0])


# What is planned for before it is known how far the search goes.
EXPECTED = tuple(Rate(lr) for lr in STARTS)


def nearest(rates: Mapping[tuple[str, int], Rate], kind: str, layers: int) -> Rate:
    """Return the rate of a kind of network with the nearest number of layers, or the usual one."""
    own = {count: rate for (name, count), rate in rates.items() if name == kind}
    return own[min(own, key=lambda count: abs(count - layers))] if own else USUAL
