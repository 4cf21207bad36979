"""Can the network learn one batch in twenty steps, and does it start from chance?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import nn

from residua.check.run.trial import Trial, copied, runs, tensors_in, untouched_world
from residua.targets.inputs import Signal, draw

STEPS, IMAGES, SIDE = 20, 8, 32


@dataclass(frozen=True)
class OneBatch:
    """The loss of each step on one batch, and the standard deviation of the first logits."""

    losses: tuple[float, ...]
    spread: float
    classes: int

    @property
    def chance(self) -> float:
        """The loss of a classifier that gives every class the same probability."""
        return math.log(self.classes)


def learn_one_batch(trial: Trial) -> OneBatch | None:
    """Train a copy of a classifier for twenty steps on eight images; None when it is none, or cannot be trained."""
    if len(trial.out_shape) != 2 or trial.out_shape[1] < 2 or trial.signal is None:
        return None
    classes = trial.out_shape[1]
    try:
        with untouched_world():
            losses, spread = overfit(copied(trial.module), trial.signal, classes)
    except RuntimeError:
        return None  # a network that cannot run or go backwards has its finding already
    return OneBatch(tuple(losses), spread, classes) if losses else None


def overfit(module: nn.Module, signal: Signal, classes: int) -> tuple[list[float], float]:
    """Train `module` itself on one batch; return the loss of each step, and the first logits' standard deviation.

    signal: the image that is known to run; a side of 32 is used where that runs too. Frozen parameters stay so; the
    list is empty when all are.
    """
    parameters = [p for p in module.parameters() if p.requires_grad]
    if not parameters:
        return [], 0.0
    offers = [Signal(signal.channels, min(signal.side, SIDE), signal.axes, IMAGES), replace(signal, batch=IMAGES)]
    chosen = next((o for o in offers if runs(module, o)), offers[-1])
    module.train()
    torch.manual_seed(0)
    images = draw(module, chosen)
    labels = torch.arange(IMAGES) % classes
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    losses, spread = [], 0.0
    for _ in range(STEPS):
        logits = tensors_in(module(*[t.clone() for t in images]))[0]
        spread = spread or float(logits.detach().std())
        loss = F.cross_entropy(logits.float(), labels)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]) or not loss.requires_grad:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses, spread
