"""What does a block that acts at random in training put out, draw by draw, beside what it does in eval mode?"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.evidence.flow import RANDOM
from residua.check.run.forward import copied, random_state, same_state, untouched_world
from residua.check.run.options import KEPT, Chance, rebuilt
from residua.check.run.trial import Kind, Trial, measure
from residua.record.recorder import as_tensors
from residua.record.tape import Call, Op
from residua.targets.inputs import Signal, draw

DRAWS, IMAGES = 20, 5
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Draws:
    """Many passes in train mode, norms and dropout at rest, so that only chance of the user's own code is left.

    train: one tensor a pass, (images, …). dropped: (passes, images), True where the weights had no influence.
    """

    given: Tensor
    train: Tensor
    rest: Tensor
    dropped: Tensor

    @property
    def keep(self) -> float:
        """The fraction of images whose residual took part."""
        return 1 - float(self.dropped.double().mean())

    def one_of_each(self, image: int) -> tuple[Tensor, Tensor] | None:
        """Return an image's output when dropped and when kept; None where there are further outcomes."""
        lost, kept = self.train[self.dropped[:, image], image], self.train[~self.dropped[:, image], image]
        if not len(lost) or not len(kept) or not _alike(lost) or not _alike(kept):
            return None
        return lost[0], kept[0]

    @property
    def blank(self) -> bool:
        """True when the output of some pass is zero everywhere, although it is not in eval mode."""
        flat = self.train.flatten(2).abs().amax(2)
        return bool((flat == 0).any()) and bool((self.rest.flatten(1).abs().amax(1) > 0).all())

    def gain(self) -> float | None:
        """Return by how much more a kept residual counts in training than in eval mode; None when that is no number."""
        ratios = []
        for image in range(self.train.shape[1]):
            pair = self.one_of_each(image)
            if pair is None:
                return None
            lost, kept, rest = pair[0], pair[1], self.rest[image]
            plain = (lost != 0) & (kept != 0) & (rest != 0) & ((rest - lost).abs() > 1e-6 * (rest - lost).abs().max())
            ratios.append(((kept - lost) / (rest - lost))[plain])
        every = torch.cat(ratios)
        if every.numel() < 20:
            return None
        middle = float(every.median())
        return middle if float((every - middle).abs().median()) < 1e-3 * abs(middle) else None


def _alike(states: Tensor) -> bool:
    return float((states - states[0]).abs().max()) <= _TOLERANCE * max(1.0, float(states[0].abs().max()))


@dataclass(frozen=True)
class Passes:
    """What many passes in train mode show of a block that takes chances of its own.

    varying: what goes wrong in some passes only, empty when nothing does. drawn: None when it is, or could not be.
    """

    trial: Trial
    arguments: Mapping[str, float]
    varying: str
    drawn: Draws | None

    @property
    def stated(self) -> float | None:
        """How often the arguments say that the residual is kept; None where several probabilities share in it."""
        return KEPT if len(self.arguments) == 1 else None


def many_passes(chance: Chance, others: Sequence[Trial]) -> Passes | None:
    """Run a block many times in train mode; None for one that takes no chances. `others`: its other configurations."""
    trial = chance.trial
    with untouched_world():
        if trial.signal is None or not takes_chances(trial.module, trial.signal):
            return None
        varying = shapes_vary(trial.module, trial.signal) or _in_other_shapes(chance, others)
        drawn = None if varying else draws(trial.module, trial.signal)
        if not trial.tape.ops:
            measure(trial)
    return Passes(trial, chance.arguments, varying, drawn)


def _in_other_shapes(chance: Chance, others: Sequence[Trial]) -> str:
    """Return what goes wrong in some passes of a configuration whose output has another shape than its input."""
    changed = [trial for trial in others if trial.out_shape != trial.in_shape and trial.signal is not None]
    for trial in changed[-1:]:
        built = rebuilt(chance.candidate, trial, chance.arguments)
        if built is not None and trial.signal is not None:
            return shapes_vary(built.module, trial.signal)
    return ""


def takes_chances(module: nn.Module, signal: Signal) -> bool:
    """Tell whether a pass in train mode, norms and dropout at rest, asks a generator for random numbers."""
    mode = [(each, each.training) for each in module.modules()]
    try:
        rest_dropout(module)
        given = draw(module, replace(signal, batch=2))
        before = random_state()
        with torch.no_grad():
            module(*given)
        return not same_state(before, random_state())
    except Exception:
        return False
    finally:
        for each, training in mode:
            each.training = training


def modes_agree(module: nn.Module, signal: Signal) -> bool:
    """Tell whether a module computes the same in training as in eval mode, when its norms and dropouts are at rest."""
    pair = _in_both_modes(module, signal)
    return pair is not None and bool(torch.allclose(*pair, rtol=1e-3, atol=1e-5))


def gap_of_modes(module: nn.Module, signal: Signal) -> float | None:
    """Return by how much the modes differ, relative to the largest value; None where that cannot be told."""
    pair = _in_both_modes(module, signal)
    return float((pair[0] - pair[1]).abs().max() / pair[1].abs().max().clamp_min(1e-12)) if pair is not None else None


def _in_both_modes(module: nn.Module, signal: Signal) -> tuple[Tensor, Tensor] | None:
    """Return the first result in eval mode, and in training with norms and dropouts at rest."""
    try:
        own, given = copied(module), draw(module, signal)
        with untouched_world(), torch.no_grad():
            rest = as_tensors(own.eval()(*[tensor.clone() for tensor in given]))[0]
            rest_dropout(own)
            train = as_tensors(own(*[tensor.clone() for tensor in given]))[0]
        return (rest, train) if rest.shape == train.shape else None
    except Exception:  # of the user's code, in a mix of modes that it need not support
        return None


def draws(module: nn.Module, signal: Signal) -> Draws | None:
    """Run a copy of the module many times; None when it fails, or its shape changes from pass to pass."""
    try:
        return _drawn(module, signal)
    except Exception:  # of the user's code in double precision, such as a float made in forward
        return None


def _drawn(module: nn.Module, signal: Signal) -> Draws | None:
    own = copied(module).double()
    given = [each.double() if each.is_floating_point() else each for each in draw(own, replace(signal, batch=IMAGES))]
    with torch.no_grad():
        rest = as_tensors(own.eval()(*given))[0]
        rest_dropout(own.train())
        train = _passes(own, given)
        for parameter in own.parameters():
            if parameter.dim() > 1:
                parameter.copy_(parameter.flip(0) * 1.25)  # a norm undoes a scale, not another order
        other = _passes(own, given)
    if train is None or other is None or train.shape[1:] != rest.shape:
        return None
    scale = rest.abs().max().clamp_min(1e-12)
    gap = (train - other).flatten(2).abs().amax(2)
    moved = gap.amax(0) > _TOLERANCE * scale
    return Draws(given[0], train, rest, (gap <= _TOLERANCE * scale) & moved)


def _passes(module: nn.Module, given: list[Tensor]) -> Tensor | None:
    found = []
    for seed in range(DRAWS):
        _seed(seed)
        found.append(as_tensors(module(*[tensor.clone() for tensor in given]))[0].clone())
    return torch.stack(found) if len({tensor.shape for tensor in found}) == 1 else None


@dataclass(frozen=True)
class Gain:
    """What a layer that drops makes of ones: the value of those kept, their share, and the value in eval mode."""

    kept: float
    keep: float
    rest: float


def gain_on_ones(module: nn.Module, rank: int) -> Gain | None:
    """Let a layer without weights drop among many ones; None where that is not all that it does."""
    own, ones = copied(module), torch.ones(4096, *[1] * (rank - 1))
    try:
        with untouched_world(), torch.no_grad():
            _seed(0)
            train, rest = own.train()(ones.clone()), own.eval()(ones.clone())
    except Exception:  # it takes more than one tensor, or one of other sizes
        return None
    if not isinstance(train, Tensor) or train.shape != ones.shape or rest.shape != ones.shape:
        return None
    kept = train[train != 0]
    if not len(kept) or len(kept) == len(train) or not _alike(kept.double()) or not _alike(rest.flatten().double()):
        return None
    share = len(kept) / len(train)
    return Gain(float(kept[0]), share, float(rest.flatten()[0])) if float(rest.flatten()[0]) > 0 else None


def drawing_calls(trial: Trial) -> list[Call]:
    """Return the last call of each class of the user's that itself asks for random numbers: deep blocks drop most."""
    drawn = [op for op in trial.tape.ops if op.name in RANDOM and not _in_torch(trial, op)]
    owners = {owner for op in drawn if (owner := trial.tape.owner(op))}
    return list({type(trial.tape.calls[index].module): trial.tape.calls[index] for index in sorted(owners)}.values())


def _in_torch(trial: Trial, op: Op) -> bool:
    return bool(op.calls) and trial.tape.calls[op.calls[-1]].of_torch


def passes_of_block(trial: Trial, owners: Sequence[Call]) -> Passes | None:
    """Run the first of a network's blocks that draws by itself many times, on a small map of its own channels."""
    for call in owners:
        shape = trial.tape.shape[call.inputs[0]] if call.inputs else ()
        if len(shape) < 2 or next(call.module.parameters(), None) is None:
            continue
        signal = Signal(shape[1], min([8, *shape[2:]]), len(shape) - 2)
        part = Trial(Kind.RANDOM, trial.built, signal, module=copied(call.module), brief=True)
        with untouched_world():
            if not takes_chances(part.module, signal):
                continue
            drawn = draws(part.module, signal)
            measure(part)
        return Passes(part, {}, "", drawn) if part.ran and drawn is not None else None
    return None


def shapes_vary(module: nn.Module, signal: Signal) -> str:
    """Return what goes wrong in some passes only: an exception, or outputs of two shapes; empty when nothing does."""
    own = copied(module)
    rest_dropout(own.train())
    given = draw(own, signal)
    shapes: list[Any] = []
    with torch.no_grad():
        for seed in range(DRAWS):
            _seed(seed)
            try:
                shapes.append(tuple(as_tensors(own(*[tensor.clone() for tensor in given]))[0].shape))
            except Exception as error:
                shapes.append(type(error).__name__)
    kinds = list(dict.fromkeys(shapes))
    return " or ".join(map(str, kinds)) if len(kinds) > 1 else ""


def rest_dropout(module: nn.Module) -> None:
    """Set torch's own norms and dropouts to eval mode, everything else to train mode."""
    for each in module.modules():
        kinds = [kind.__name__ for kind in type(each).__mro__ if kind.__module__.startswith("torch.nn.modules")]
        each.training = not any("Norm" in name or "Dropout" in name for name in kinds)


def _seed(number: int) -> None:
    torch.default_generator.manual_seed(number)
    random.seed(number)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(number)
