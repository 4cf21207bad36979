"""Can the network learn one batch in twenty steps, and does it start from chance?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from residua.check.evidence.evidence import Evidence, Hit, Place
from residua.check.evidence.flow import SAME
from residua.check.run.trial import Trial, copied, runs, tensors_in
from residua.record.tape import Op
from residua.targets.inputs import Signal, draw

STEPS, IMAGES, SIDE = 20, 8, 32
LEARNT = 0.7


def overfit_hits(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Train a copy for twenty steps on eight images; R162 when it does not learn, R163 when it starts far off."""
    if len(trial.out_shape) != 2 or trial.out_shape[1] < 2 or trial.signal is None:
        return
    try:
        losses, spread = overfit(copied(trial.module), trial.signal, trial.out_shape[1])
    except RuntimeError:
        return  # a network that cannot run or go backwards has its finding already
    if not losses:
        return  # nothing to train: every parameter is frozen
    chance, first, last = math.log(trial.out_shape[1]), losses[0], losses[-1]
    facts: dict[str, Any] = {
        "first": f"{first:.3g}",
        "last": f"{last:.3g}",
        "chance": f"{chance:.3g}",
        "steps": len(losses),
    }
    frozen = any(not p.requires_grad for p in trial.module.parameters())
    if not math.isfinite(last) or last > (0.95 if frozen else LEARNT) * min(first, chance):
        yield evidence.hit("R162", _after_head(evidence, trial), trial, **facts)
    if math.isfinite(first) and abs(first - chance) > 1.0 + chance:
        classes = trial.out_shape[1]
        yield evidence.hit("R163", _head(evidence, trial), trial, classes=classes, spread=f"{spread:.3g}", **facts)


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


def _last(trial: Trial) -> Op | None:
    """Return the operation that made the logits, changes of view left out."""
    op = trial.flow.maker(trial.flow.outputs[0]) if trial.flow.outputs else None
    while op is not None and op.name in SAME and op.inputs:
        op = trial.flow.maker(op.inputs[0])
    return op


def _after_head(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of what is done to the logits after the last layer; without that there is no one line."""
    op = _last(trial)
    return None if op is None or trial.flow.weighted(op) else evidence.op_place(op, trial)


def _head(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of the last layer."""
    layers = [op for op in trial.flow.ops if trial.flow.weighted(op) and trial.flow.is_live(op)]
    return evidence.layer_place(layers[-1], trial) if layers else None
