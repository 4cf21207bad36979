"""Which smaller input shows the same, where a pass on the usual one takes too much of the time that is left?"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from residua.check.run.forward import attempt, seconds_of
from residua.check.run.limit import clock
from residua.targets.inputs import Signal

TOO_LONG = "a pass takes too long"
_PASSES = 8  # what is measured on one input, forward and backward, recorded and not, takes as many plain passes
_PART = 0.25  # of the time that is left: a pass that takes more leaves nothing to measure in
_LEAST = {1: 64, 2: 32, 3: 16}  # the shortest side of a network's input by its axes: of five halvings one pixel is left


def tried(module: nn.Module, offer: Signal) -> tuple[list[Tensor], str]:
    """Attempt one input of several: TOO_LONG where a pass would leave no time to measure in."""
    try:
        with clock.within(_PART * clock.left()):
            return attempt(module, offer)
    except clock.OverTime:
        if clock.left() <= 0:
            raise
        return [], TOO_LONG


def lighter(module: nn.Module, offer: Signal, outputs: list[Tensor], error: str) -> tuple[Signal, list[Tensor], str]:
    """Return an offer, and what came of it, on half the sides while what is measured with it does not end in time."""
    found = offer, outputs, error
    while error == TOO_LONG or (outputs and _PASSES * seconds_of(module) > clock.left()):
        smaller = _halved(offer)
        if smaller is None:
            break
        offer = smaller
        outputs, error = tried(module, offer)
        if outputs or error == TOO_LONG:
            found = offer, outputs, error
    return found


def _halved(offer: Signal) -> Signal | None:
    """Return an offer of half the sides; None where it has none, or they are short."""
    if offer.given:
        first, *others = offer.given
        if others or min(first.shape[2:], default=0) < _LEAST[3]:
            return None
        return replace(
            offer, given=(replace(first, shape=(*first.shape[:2], *(side // 2 for side in first.shape[2:]))),)
        )
    if not offer.axes or offer.side // 2 < _LEAST[offer.axes]:
        return None
    return replace(offer, side=offer.side // 2, stretch=offer.stretch // 2)
