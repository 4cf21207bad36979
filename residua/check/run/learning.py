"""What do some steps of gradient descent show: weights that never wake up, a network that does not learn one batch?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import nn

from residua.check.run.forward import copied, random_state, runs, same_state, untouched_world
from residua.check.run.randomness import rest_dropout
from residua.check.run.trial import Trial
from residua.record.recorder import as_tensors
from residua.targets.inputs import Signal, draw

DESCENT_STEPS = 6
# A convolution of eight channels and its head need 55 steps (tests/check/right/networks/co_late_ok); a broken path
# is where it was after 100.
STEPS, MOST_STEPS, IMAGES, SIDE = 20, 100, 8, 32
ENOUGH = 0.5  # of the first loss, and of chance: below it nobody doubts after twenty steps that a network learns
DOUBTFUL = 0.75  # of the same: what ends below it on one batch needs no second, as R162 asks for 0.8
SEEDS = (0, 1)  # the images are our choice: what one batch does not teach is tried with another before it counts


def dead_for_ever(trial: Trial) -> tuple[str, ...]:
    """Return the parameters whose gradient is exactly zero at every step; none when no weight is among them.

    A residual that starts at zero by one factor wakes up in the second step; one of two zero factors never does. One
    image shows that. What stays asleep on one is tried on the whole batch, as a norm over one image gives zeros, and
    without chance where the code takes some: what was dropped each time is not dead.
    """
    if not trial.at_zero or trial.signal is None:
        return ()
    before, whole = random_state(), trial.signal
    if not whole.given and _asleep(trial, replace(whole, batch=1)) == ():
        return ()
    dead, training = _asleep(trial, whole), True
    if dead and not same_state(before, random_state()):
        dead, training = _asleep(trial, whole, training=False), False
    for seed in _REDRAWS:
        other = _asleep(trial, whole, training, seed) if dead else None
        dead = dead if other is None else tuple(name for name in dead or () if name in other)
    matrices = {name for name, parameter in trial.module.named_parameters() if parameter.dim() > 1}
    return dead if dead and not matrices.isdisjoint(dead) else ()


_REDRAWS = (1, 2, 3)  # of few ReLU behind a zero all may be off by their biases: with other signs some are not


def _asleep(trial: Trial, signal: Signal, training: bool = True, signs: int = 0) -> tuple[str, ...] | None:
    """Return what the steps leave without gradient; None where they fail, as they are ours, and so is what they break.

    The trial's own backward pass is the first of them. signs: a seed of other signs for all initial weights.
    """
    own = copied(trial.module).eval()
    if training:
        rest_dropout(own)
    if signs:
        _change_signs(own, signs)
    matrices = {name for name, parameter in own.named_parameters() if parameter.dim() > 1}
    dead = {name for name, _ in own.named_parameters()} if signs else _without_gradient(own, trial.gradients)
    for step in range(1, DESCENT_STEPS):
        if not dead & matrices:
            return ()
        try:
            dead &= _without_gradient(own, _gradients(own, signal, step))
        except Exception:  # of the user's code, on an image alone or in the other mode
            return None
    return tuple(sorted(dead)) if dead & matrices else ()


def _change_signs(module: nn.Module, seed: int) -> None:
    """Draw the sign of every weight anew: what is zero stays so, and the sizes are those of the code."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(torch.randint(2, parameter.shape, generator=generator) * 2 - 1)


def _gradients(module: nn.Module, signal: Signal, seed: int) -> dict[str, torch.Tensor]:
    """Return the gradients of a random linear function of the output."""
    generator = torch.Generator().manual_seed(seed)
    outputs = [tensor for tensor in as_tensors(module(*draw(module, signal, seed))) if tensor.requires_grad]
    module.zero_grad(set_to_none=True)
    torch.stack([(each * torch.randn(each.shape, generator=generator)).sum() for each in outputs]).sum().backward()
    return {name: parameter.grad for name, parameter in module.named_parameters() if parameter.grad is not None}


def _without_gradient(module: nn.Module, gradients: Mapping[str, torch.Tensor]) -> set[str]:
    """Do one step of descent along these gradients; return the parameters that it leaves."""
    found = set()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            largest = float(gradients[name].abs().max()) if name in gradients else 1.0
            if largest == 0:
                found.add(name)
            elif name in gradients:
                parameter.sub_(gradients[name], alpha=0.05 / largest)
    return found


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
    """Train a copy of a classifier on one batch of eight images; None when it is none, or cannot be trained."""
    if len(trial.out_shape) != 2 or trial.out_shape[1] < 2 or trial.signal is None:
        return None
    classes = trial.out_shape[1]
    attempts: list[OneBatch] = []
    try:
        with untouched_world():
            for seed in SEEDS:
                losses, spread = overfit(copied(trial.module), trial.signal, classes, seed)
                attempts += [OneBatch(tuple(losses), spread, classes)] if losses else []
                if not losses or not losses[-1] >= DOUBTFUL * min(losses[0], math.log(classes)):
                    break
    except RuntimeError:
        return None  # a network that cannot run or go backwards has its finding already
    return min(attempts, key=lambda learnt: learnt.losses[-1]) if attempts else None


def overfit(module: nn.Module, signal: Signal, classes: int, seed: int = 0) -> tuple[list[float], float]:
    """Train `module` itself on one batch; return the loss of each step, and the first logits' standard deviation.

    signal: the image that is known to run; a side of 32 is used where that runs too. Frozen parameters stay so; the
    list is empty when all are. Twenty steps where they are enough, else a hundred.
    """
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not parameters:
        return [], 0.0
    offers = [Signal(signal.channels, min(signal.side, SIDE), signal.axes, IMAGES), replace(signal, batch=IMAGES)]
    chosen = next((offer for offer in offers if runs(module, offer)), offers[-1])
    module.train()
    torch.manual_seed(seed)
    images = _each_of_its_colour(draw(module, chosen, seed))
    labels = torch.arange(IMAGES) % classes
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    losses: list[float] = []
    spread = 0.0
    while len(losses) < STEPS or (len(losses) < MOST_STEPS and losses[-1] > ENOUGH * min(losses[0], math.log(classes))):
        logits = as_tensors(module(*[tensor.clone() for tensor in images]))[0]
        spread = spread or float(logits.detach().std())
        loss = F.cross_entropy(logits.float(), labels)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]) or not loss.requires_grad:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses, spread


def _each_of_its_colour(given: list[torch.Tensor]) -> list[torch.Tensor]:
    """Add to each image a number a channel: images of noise alone look alike to a network that averages its maps."""
    first = given[0]
    if not first.is_floating_point() or first.dim() < 3:
        return given
    colours = torch.randn(first.shape[:2]).to(first.dtype)
    return [first + colours.reshape(*first.shape[:2], *[1] * (first.dim() - 2)), *given[1:]]
