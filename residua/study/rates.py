"""At which learning rate does each network of a study learn, and which ones were tried?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """The peak of a learning rate, and the epochs over which it rises there from zero."""

    lr: float
    warmup_epochs: float = 1.0

    def __str__(self) -> str:
        return f"{self.lr:g}{f' after {self.warmup_epochs:g} epoch of warm-up' if self.warmup_epochs else ''}"


# That of He 2016a §4.2, and half of it. Twice as much left both networks of 20 layers behind in four epochs: a training
# loss of 1.40 instead of 1.31 (plain), 0.95 instead of 0.91 (residual). All rise over one epoch, where He 2016a began
# with a tenth for 110 layers: without it ResNet-56 ended its first epoch above the loss of chance.
USUAL = Rate(0.1)
TRIED = (Rate(0.05), USUAL)


def nearest(rates: Mapping[tuple[str, int], Rate], kind: str, layers: int) -> Rate:
    """Return the rate of a kind of network with the nearest number of layers, or the usual one."""
    own = {count: rate for (name, count), rate in rates.items() if name == kind}
    return own[min(own, key=lambda count: abs(count - layers))] if own else USUAL
