"""In which configurations is a target probed, and how are they built?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from residua.check.run.forward import attempt, copied, runs
from residua.check.run.trial import Kind, Trial, failure, measure
from residua.errors import CheckError, TargetError
from residua.targets import Built, Candidate, Role, construct
from residua.targets.inputs import Signal, axes_of, first_channels, signals, variants

WIDTH = 64
OTHER_WIDTHS = (96, 240, 128)


@dataclass(frozen=True)
class Shape:
    """How a constructor spells a block's shape: which roles it has, and by how much the output is wider than asked."""

    roles: dict[str, Role]
    expansion: int = 1
    width: int = WIDTH

    def has(self, role: Role) -> bool:
        """Tell whether an argument of this role exists."""
        return role in self.roles.values()


def trials_of(candidate: Candidate, args: Mapping[str, Any]) -> list[Trial]:
    """Probe `candidate` with the same shape, other channels, a stride, and both, as far as its arguments allow.

    Raises CheckError when no configuration can be constructed.
    """
    if isinstance(candidate.value, nn.Module):
        return [_probe(Trial(Kind.AS_GIVEN), Built(candidate.value, {}, {}), None)]
    free = {name: role for name, role in candidate.signature.roles.items() if name not in args}
    shape = Shape(free, candidate.signature.expansion)
    first, shape = _first(candidate, args, shape)
    if first.built is None:
        return [_never(candidate, args, first)]
    found = [first]
    plans = _changes(shape, first.module)
    for plan in plans:
        trial = _changed(candidate, args, shape, plan, first)
        if trial is not None:
            found.append(trial)
    return found


def _first(candidate: Candidate, args: Mapping[str, Any], shape: Shape) -> tuple[Trial, Shape]:
    """Probe the same shape at the first width that the constructor takes: groups may not divide the usual one."""
    for width in (WIDTH, *OTHER_WIDTHS):
        first, found = _same(candidate, args, replace(shape, width=width))
        error = first.failure.error if first.failure is not None else None
        if first.built is not None or not isinstance(error, (ValueError, RuntimeError, AssertionError)):
            break
    return first, found


def _never(candidate: Candidate, args: Mapping[str, Any], trial: Trial) -> Trial:
    """Return a trial that no constructor argument could save; raises CheckError where the fault may be our guess."""
    assert trial.failure is not None
    signature = candidate.signature
    guessed = [n for n in signature.required() if n not in args and signature.roles[n] is Role.OTHER]
    slip = isinstance(trial.failure.error, NameError) or "before Module.__init__()" in trial.failure.text
    if trial.failure.frames and (slip or not (guessed or _inexact(trial))):
        trial.kind = Kind.NEVER
    elif not trial.failure.frames or isinstance(trial.failure.error, TypeError):
        raise CheckError(_how_to_construct(candidate, trial.failure.text))
    return trial


def _inexact(trial: Trial) -> bool:
    """Tell a TypeError whose innermost line is not one of a constructor: another kind of argument may be meant."""
    assert trial.failure is not None
    return isinstance(trial.failure.error, TypeError) and trial.failure.frames[0].function != "__init__"


def _how_to_construct(candidate: Candidate, text: str) -> str:
    names = ", ".join(f"{n}=…" for n, r in candidate.signature.roles.items() if r is not Role.OTHER) or "name=value"
    return f"{candidate.target} could not be constructed ({text}); give its arguments, as in --args {names}."


def _changes(shape: Shape, module: nn.Module) -> list[tuple[Kind, bool, bool]]:
    wide = (shape.has(Role.IN) and shape.has(Role.OUT)) or (shape.expansion > 1)
    step = shape.has(Role.STRIDE) and not (axes_of(module) == 1 and "dilation" in shape.roles)  # causal: never strided
    plans = [(Kind.CHANNELS, True, False)] * wide + [(Kind.STRIDE, False, True)] * step
    plans += [(Kind.BOTH, True, True)] * (wide and step)
    plans += [(Kind.ODD, wide, True)] * step
    plans += [(Kind.EXPANDED, True, False)] * (shape.expansion > 1 and shape.has(Role.IN))
    return plans


def _same(candidate: Candidate, args: Mapping[str, Any], shape: Shape) -> tuple[Trial, Shape]:
    """Build and probe the configuration whose output has the input's shape; find the expansion on the way."""
    trial = Trial(Kind.SAME)
    tried = [(shape.width * shape.expansion, shape.expansion)]
    if shape.expansion == 1 and shape.has(Role.OUT) and shape.has(Role.IN):
        tried += [(shape.width * 4, 4), (shape.width * 2, 2)]
    best: Trial | None = None
    for width, expansion in tried:
        built = _build(
            trial, candidate, args, {Role.IN: width, Role.OUT: shape.width, Role.BOTH: shape.width, Role.STRIDE: 1}
        )
        if built is None:
            return best or trial, shape
        known = width if shape.has(Role.IN) else shape.width if shape.has(Role.BOTH) else None
        probed = _probe(Trial(Kind.SAME, wanted={"in": width, "out": width, "stride": 1}), built, known)
        if best is None:
            best = probed
        if probed.ran and probed.out_shape == probed.in_shape:
            return probed, replace(shape, expansion=expansion)
        if probed.ran and expansion == 1 and len(probed.out_shape) > 1:
            ratio = probed.out_shape[1] / shape.width
            if ratio not in (2, 4):
                break
    assert best is not None
    return best, shape


def _build(trial: Trial, candidate: Candidate, args: Mapping[str, Any], fill: dict[Role, Any]) -> Built | None:
    try:
        return construct(candidate, args, fill=fill)
    except TargetError:
        raise
    except Exception as error:
        trial.failure = failure("construct", error)
        return None


def _probe(trial: Trial, built: Built, expected: int | None, side: int | None = None) -> Trial:
    """Measure `built` on the first signal that it accepts; on the likeliest when it accepts none."""
    trial.built, trial.module = built, copied(built.module) if not built.sites else built.module
    offers = list(signals(built.module, expected))
    if side is not None:
        offers = [Signal(o.channels, side, o.axes) for o in offers[:1]]
    chosen = _fitting(built.module, offers)
    trial.signal = chosen
    trial.wanted.setdefault("in", chosen.channels)
    return measure(trial)


def _fitting(module: nn.Module, offers: list[Signal]) -> Signal:
    """Return the first offer whose result has the input's rank; else the first that runs; else the likeliest."""
    works: Signal | None = None
    for offer in variants(module, offers):
        outputs = attempt(module, offer)[0]
        if any(t.dim() == len(offer.shape) for t in outputs):
            return offer
        if outputs and works is None:
            works = offer
            if len(variants(module, offers)) == len(offers):
                break
    return works or offers[0]


def _changed(
    candidate: Candidate, args: Mapping[str, Any], shape: Shape, plan: tuple[Kind, bool, bool], first: Trial
) -> Trial | None:
    """Probe one changed configuration; None when the constructor refuses it, or asks for something we cannot give."""
    kind, wider, step = plan
    assert first.signal is not None
    low, high = (shape.width, 2 * shape.width) if wider else (shape.width * shape.expansion, shape.width)
    high = shape.width if kind is Kind.EXPANDED else high
    out = high * shape.expansion
    fill: dict[Role, Any] = {Role.IN: low, Role.OUT: high, Role.BOTH: shape.width, Role.STRIDE: 2 if step else 1}
    if shape.has(Role.IN) is False:
        low = first.signal.channels
        out = first.out_shape[1] if len(first.out_shape) > 1 else low
    axes = first.signal.axes
    offers: list[dict[Role, Any]] = [{Role.PROJECT: True}]
    if shape.has(Role.DOWN):
        offers = [{Role.DOWN: projection(axes, low, out, 2 if step else 1), Role.PROJECT: True}, {Role.PROJECT: True}]
    last: Trial | None = None
    for offer in offers:
        trial = Trial(kind, wanted={"in": low, "out": out, "stride": 2 if step else 1}, brief=first.ran)
        built = _build(trial, candidate, args, {**fill, **offer})
        if built is None:
            if last is None and not shape.has(Role.DOWN):
                return trial if not is_refusal(trial) else None
            continue
        side = first.signal.side
        odd = side - 1 if kind is Kind.ODD else side
        trial = _probe_at(trial, built, replace(first.signal, channels=low, side=odd, axes=axes))
        if trial.ran:
            return trial
        last = last or trial
    if last is not None and last.failure is not None and is_refusal(last):
        return None
    return last


def _probe_at(trial: Trial, built: Built, signal: Signal) -> Trial:
    trial.built, trial.module, trial.signal = built, built.module, signal
    return measure(trial)  # a brief trial leaves the passes in eval mode to the first one


def is_refusal(trial: Trial) -> bool:
    """An `assert` or `raise` written by the user is a statement about what the block supports, not a mistake."""
    from residua.check.evidence.source import statement_at

    if trial.failure is None:
        return False
    if trial.failure.stage == "construct":
        return trial.kind not in (Kind.NETWORK, Kind.NEVER)
    frames = trial.failure.frames
    return bool(frames) and statement_at(frames[0].file, frames[0].line) in ("Raise", "Assert")


def projection(axes: int, channels: int, out: int, step: int) -> nn.Module:
    """Return the projection shortcut that a network would pass to its block."""
    conv = {0: nn.Linear, 1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[axes]
    norm = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[axes]
    if axes == 0:
        return nn.Sequential(nn.Linear(channels, out), norm(out))
    return nn.Sequential(conv(channels, out, 1, stride=step, bias=False), norm(out))


def network_trial(built: Built, side: int | None = None) -> Trial:
    """Probe a whole network on the smallest usual image it accepts."""
    trial = Trial(Kind.NETWORK, built=built, module=built.module if built.sites else copied(built.module))
    channels = first_channels(built.module)[0]
    offers = list(signals(built.module, channels, network=True))
    if side is not None:
        offers = [Signal(channels, side, axes_of(built.module)), *offers]
    trial.signal = _accepted(trial.module, variants(trial.module, offers))
    trial.wanted = {"in": trial.signal.channels}
    return measure(trial)


def _accepted(module: nn.Module, offers: list[Signal]) -> Signal:
    """Return the first offer that runs; where a linear layer wants another size, the side that gives it."""
    for offer in offers:
        outputs, error = attempt(module, offer)
        if outputs:
            return offer
        sizes = re.search(r"mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)", error)
        if sizes and offer.axes:
            ratio = int(sizes.group(2)) / int(sizes.group(1))
            side = max(1, round(offer.side * ratio ** (1 / offer.axes)))
            near = [replace(offer, side=s) for s in (side, side + 1, side - 1, side + 2, side + 3, side + 4) if s > 0]
            fits = next((o for o in near if side != offer.side and runs(module, o)), None)
            if fits is not None:
                return fits
    return offers[0]


def expected_side(side: int, step: int) -> int:
    """Return the side of a map after a stride: ⌈side / stride⌉."""
    return math.ceil(side / step)
