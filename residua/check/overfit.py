"""Can the network learn one batch in twenty steps, and does it start from chance?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F

from residua.check.evidence import Evidence, Hit
from residua.check.inputs import draw
from residua.check.probe import Trial, copied, tensors_in

STEPS = 20


def overfit_hits(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Train a copy for twenty steps on eight images; R162 when it does not learn, R163 when it starts far off."""
    if len(trial.out_shape) != 2 or trial.out_shape[1] < 2 or trial.signal is None:
        return
    module = copied(trial.module).train()
    torch.manual_seed(0)
    signal = type(trial.signal)(trial.signal.channels, trial.signal.side, trial.signal.axes, 8)
    images = draw(module, signal)
    classes = trial.out_shape[1]
    labels = torch.arange(8) % classes
    optimizer = torch.optim.Adam([p for p in module.parameters() if p.requires_grad], lr=1e-3)
    losses, spread = [], 0.0
    for _ in range(STEPS):
        logits = tensors_in(module(*[t.clone() for t in images]))[0]
        spread = spread or float(logits.detach().std())
        loss = F.cross_entropy(logits, labels)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    chance, first, last = math.log(classes), losses[0], losses[-1]
    facts: dict[str, Any] = {
        "first": f"{first:.3g}",
        "last": f"{last:.3g}",
        "chance": f"{chance:.3g}",
        "steps": len(losses),
    }
    if not math.isfinite(last) or last > 0.7 * min(first, chance):
        yield evidence.hit("R162", None, trial, **facts)
    if math.isfinite(first) and abs(first - chance) > 1.0 + 0.5 * chance:
        yield evidence.hit("R163", None, trial, classes=classes, spread=f"{spread:.3g}", **facts)
