"""How is it said what the norms' statistics decided, what they leave open, and what they contradict?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residua.weights.recognise.recognised import Recognised

UNTRAINED = (
    "every norm has mean 0 and variance 1, as at the beginning: never trained? What no tensor shows is then not known"
)


def doubts(recognised: Recognised) -> Iterator[str]:
    """Yield, a line each, what may make the network another one than is in the file."""
    yield from recognised.doubts
    for decision in recognised.decisions:
        if decision.open:
            yield (
                f"{in_words(decision.chosen)} is assumed: it could also be "
                f"{' or '.join(map(in_words, decision.others))}, and {decision.because}"
            )


def decided_fields(recognised: Recognised) -> Iterator[tuple[str, Any, str]]:
    """Yield (field, value, because) of what the norms' statistics have decided."""
    for decision in recognised.decisions:
        if not decision.open:
            yield from ((name, value, decision.because) for name, value in decision.chosen.items())


def in_words(fields: Mapping[str, Any]) -> str:
    """Return "stride_on=1x1, antialias=True"."""
    return ", ".join(f"{name}={value}" for name, value in fields.items())


def hardly_trained(part: float) -> str:
    """Return in words that a part of the norms' statistics is still what they began with."""
    return (
        f"the norms have counted few batches: {part:.0%} of their statistics is what they began with; hardly trained?"
    )
