"""In which configurations is a block probed, and how are they built?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from inspect import Parameter
from typing import Any

from torch import Tensor, nn

from residua.check.evidence.source import statement_at
from residua.check.run.batches import WrittenBatch, batch_written_for, in_pieces
from residua.check.run.forward import attempt, copied, doubles_batch, too_small
from residua.check.run.inputs.said import as_said
from residua.check.run.inputs.wanted import asked_for
from residua.check.run.limit import clock
from residua.check.run.limit.lighter import lighter, tried
from residua.check.run.slips import Suspect, always_raised, is_slip, shuts_out_its_layers, what_to_give
from residua.check.run.trial import Failure, Kind, Misread, Trial, failure, measure, without_misreading
from residua.errors import CheckError, TargetError
from residua.targets import Built, Candidate, Role, construct
from residua.targets.guess import asks_to_add
from residua.targets.inputs import (
    Signal,
    axes_of,
    hands_shortcut_in,
    is_taken_apart,
    required_inputs,
    signals,
    variants,
)
from residua.targets.roles import is_placed, says_in

WIDTH = 64
OTHER_WIDTHS = (96, 240, 128)  # groups may not divide the usual one
PADDINGS = (2, 0)  # beside 1: of causal convolutions, which cut off what is too long, and of unpadded ones
EXPANSIONS = (4, 2)  # by how much bottlenecks whose class says nothing of it may widen what they are asked for


@dataclass(frozen=True)
class Maker:
    """A block's constructor, the arguments that the user gave, and the roles of those that are free.

    width: the channels to ask for. expansion: by how much the output is wider than asked.
    """

    candidate: Candidate
    args: Mapping[str, Any]
    roles: Mapping[str, Role]
    expansion: int = 1
    width: int = WIDTH

    def has(self, role: Role) -> bool:
        """Tell whether a free argument of this role exists."""
        return role in self.roles.values()

    def free(self) -> list[Parameter]:
        """Return the parameters that the user gave no argument for."""
        return [each for name, each in self.candidate.signature.parameters.items() if name not in self.args]

    def build(self, fill: Mapping[Role, Any]) -> Built | Failure:
        """Construct the block with these values for the free arguments, or return what the constructor raised."""
        try:
            return construct(self.candidate, self.args, fill=fill)
        except TargetError:
            raise
        except Exception as error:
            return failure("construct", error)


@dataclass(frozen=True)
class Plan:
    """A configuration to try: with other channels behind than in front, and with which stride."""

    kind: Kind
    wider: bool
    stride: int


def trials_of(candidate: Candidate, args: Mapping[str, Any]) -> list[Trial]:
    """Probe `candidate` with the same shape, other channels, a stride, and both, as far as its arguments allow.

    Raises CheckError when no configuration can be constructed.
    """
    if isinstance(candidate.value, nn.Module):
        return [_probed(Trial(Kind.AS_GIVEN), construct(candidate), None)]
    signature = candidate.signature
    free = {name: role for name, role in signature.roles.items() if name not in args}
    first, maker = _first(Maker(candidate, args, free, signature.expansion))
    if first.built is None:
        return [_never(candidate, args, first)]
    misread = first.failure is not None and isinstance(first.failure.error, Misread)
    given = candidate.inputs or (first.signal is not None and first.signal.given)
    fixed = misread or given or is_taken_apart(first.module)  # of several streams nobody knows which channels go where
    plans = [] if fixed else _plans(maker, first.module)  # other shapes need other inputs than those given
    trials = [first]
    for plan in plans:
        with clock.optional("other shapes", 0.5):
            clock.need(first.seconds)
            trial = _changed(maker, plan, first)
            trials += [trial] if trial is not None else []
    return trials


def _first(maker: Maker) -> tuple[Trial, Maker]:
    """Probe the same shape at the first width that the constructor takes, and with the first padding that fits."""
    first, found = _at_first_width(maker)
    required = [name for name in maker.candidate.signature.required() if name not in maker.args]
    for name in [name for name in required if "pad" in name.lower()] if first.built and not first.ran else ():
        for padding in PADDINGS:
            other, its = _at_first_width(replace(maker, args={**maker.args, name: padding}))
            if other.ran and other.out_shape == other.in_shape:
                return other, its
    return first, found


def _at_first_width(maker: Maker) -> tuple[Trial, Maker]:
    """Probe the same shape at the first width that the constructor takes."""
    given, asked = maker.candidate.inputs, maker.candidate.width
    usual = (asked,) if asked else (WIDTH, *OTHER_WIDTHS, *_own_width(maker))
    for width in (given[0].shape[1],) if given and len(given[0].shape) > 1 else usual:
        first, found = _same_shape(replace(maker, width=width))
        error = first.failure.error if first.failure is not None else None
        if first.built is not None or not isinstance(error, (ValueError, RuntimeError, AssertionError)):
            break
    return first, found


def _own_width(maker: Maker) -> list[int]:
    """Return the channels that the class takes by default: other defaults may have to agree with them."""
    parameters, roles = maker.candidate.signature.parameters, maker.roles
    found = [parameters[name].default for name, role in roles.items() if role in (Role.IN, Role.BOTH)]
    return [each for each in found if type(each) is int and each > 1][:1]


def _same_shape(maker: Maker) -> tuple[Trial, Maker]:
    """Probe the configuration whose output has the input's shape; find the expansion on the way."""
    expansions = [maker.expansion]
    if maker.expansion == 1 and maker.has(Role.OUT) and maker.has(Role.IN):
        expansions += EXPANSIONS
    best: Trial | None = None
    for expansion in expansions:
        width = maker.width * expansion
        built = maker.build({Role.IN: width, Role.OUT: maker.width, Role.BOTH: maker.width, Role.STRIDE: 1})
        if isinstance(built, Failure):
            return best or Trial(Kind.SAME, failure=built), maker
        if maker.expansion > 1 and hands_shortcut_in(built.module) and 1 not in expansions:
            expansions.append(1)  # such blocks, as of DLA, may narrow inside by what others widen
        wanted = {"in": width, "out": width, "stride": 1} | _wanted_by(maker, expansion)
        trial = _probed(Trial(Kind.SAME, wanted=wanted), built, _channels_asked(maker, built))
        best = best or trial
        if trial.ran and trial.out_shape == trial.in_shape:
            return trial, replace(maker, expansion=expansion)
        widened = trial.out_shape[1] / maker.width if len(trial.out_shape) > 1 else None
        if trial.ran and expansion == 1 and widened is not None and widened not in EXPANSIONS:
            break
    assert best is not None
    return best, maker


def _wanted_by(maker: Maker, expansion: int) -> dict[str, int]:
    """Return the channels and the stride that the user's own arguments ask for."""
    roles, factors = maker.candidate.signature.roles, {Role.IN: 1, Role.OUT: expansion, Role.STRIDE: 1}
    names = {Role.IN: "in", Role.OUT: "out", Role.STRIDE: "stride"}
    given = [(roles.get(name), value) for name, value in maker.args.items() if type(value) is int]
    return {names[role]: value * factors[role] for role, value in given if role in names}


def _channels_asked(maker: Maker, built: Built) -> int | None:
    """Return the channels of the input by the constructor's arguments, ours or the user's; None where none says so."""
    roles = maker.candidate.signature.roles
    for role in (Role.IN, Role.BOTH):
        values = (value for name, value in built.arguments.items() if roles.get(name) is role)
        found = next((value for value in values if isinstance(value, int) and value > 0), None)
        if found is not None:
            return found
    return None


def _probed(trial: Trial, built: Built, expected: int | None) -> Trial:
    """Measure `built` on the first signal that it accepts; on the likeliest when it accepts none."""
    trial.built, trial.module = built, built.module if built.sites else copied(built.module)
    offers = [Signal.of(built.inputs)] if built.inputs else list(signals(built.module, expected))
    trial.signal, trial.batch = _fitting(built, offers)
    trial.wanted.setdefault("in", trial.signal.channels)
    return without_misreading(measure(trial))


def _fitting(built: Built, offers: list[Signal]) -> tuple[Signal, WrittenBatch | None]:
    """Return the first offer whose result has the input's rank; else the first that runs; else the likeliest.

    With it comes the size of batch that the code demands, where it runs with no other. What the code's own words say
    goes before guesses where there are several inputs, and after them where there is one.
    """
    module = built.module
    several = len(required_inputs(module)) > 1 and not built.inputs
    said = as_said(module, built.arguments) if several else None
    if said is not None:
        return said, None
    every = variants(module, offers)
    works: Signal | None = None
    errors: dict[Signal, str] = {}
    for asked in every:
        offer, (outputs, error) = asked, tried(module, asked)
        if not built.inputs:
            offer, outputs, error = lighter(module, asked, outputs, error)
        errors[asked] = error
        if any(tensor.dim() == len(offer.shape) for tensor in outputs):
            return offer, None
        if outputs and works is None and not doubles_batch(module, offer, outputs):
            works = offer
            if len(every) == len(offers) and not _has_more_axes(outputs, offer):
                break
    guessed = works is None and not every[0].given
    found = batch_written_for(module, every) if guessed else None
    if found is not None or not guessed:
        return found or (works or offers[0], None)
    pieces = in_pieces(module, every)
    if pieces is not None:
        return pieces, None
    said = None if several else as_said(module, built.arguments)
    return _doubled(module, offers[0]) or said or asked_for(module, offers[0]) or _furthest(errors), None


def _has_more_axes(outputs: list[Tensor], offer: Signal) -> bool:
    """Tell results that a parameter of more axes was broadcast into: the code may read one axis more."""
    return all(len(offer.shape) < tensor.dim() for tensor in outputs)


def _furthest(errors: Mapping[Signal, str]) -> Signal:
    """Return the first offer; where that has other channels than a layer takes, one that those take."""
    first = next(iter(errors))
    same = (offer for offer in errors if (offer.axes, offer.extras) == (first.axes, first.extras))
    return next((offer for offer in same if f"but got {offer.channels} channels" not in errors[offer]), first)


def _doubled(module: nn.Module, offer: Signal) -> Signal | None:
    """Return an offer of more channels where a block that splits its channels wants them; None if that does not run."""
    found = re.search(r"to have (\d+) channels, but got (\d+) channels", attempt(module, offer)[1])
    if found is None or int(found.group(2)) == offer.channels or int(found.group(1)) != offer.channels:
        return None
    wider = replace(offer, channels=offer.channels * int(found.group(1)) // int(found.group(2)))
    return wider if attempt(module, wider)[0] else None


def _never(candidate: Candidate, args: Mapping[str, Any], trial: Trial) -> Trial:
    """Return a trial that no constructor argument could save; raises CheckError where the fault may be our guess."""
    suspect = Suspect.of(candidate, args, trial)
    failed = suspect.failure
    wrong_type = isinstance(failed.error, TypeError)
    # a TypeError from below a constructor: another kind of argument may be meant
    inexact = wrong_type and failed.frames and failed.frames[0].function != "__init__"
    if is_slip(suspect) or (failed.frames and not (inexact or suspect.stands_on(suspect.assumed))):
        trial.kind = Kind.NEVER
    elif not failed.frames or wrong_type:
        raise CheckError(f"{candidate.target}: {what_to_give(suspect)}.")
    return trial


def _plans(maker: Maker, module: nn.Module) -> Iterator[Plan]:
    """Yield the changed configurations that the arguments allow."""
    wide = (maker.has(Role.IN) and maker.has(Role.OUT)) or maker.expansion > 1
    causal = axes_of(module) == 1 and "dilation" in maker.roles  # such blocks are never strided
    strided = maker.has(Role.STRIDE) and not causal
    if hands_shortcut_in(module):
        return  # whoever calls it projects, where that is needed
    if wide:
        yield Plan(Kind.CHANNELS, wider=True, stride=1)
    if strided:
        yield Plan(Kind.STRIDE, wider=False, stride=2)
    if wide and strided:
        yield Plan(Kind.BOTH, wider=True, stride=2)
    if strided:
        yield Plan(Kind.ODD, wider=wide, stride=2)
    if maker.expansion > 1 and maker.has(Role.IN):
        yield Plan(Kind.EXPANDED, wider=True, stride=1)


def _changed(maker: Maker, plan: Plan, first: Trial) -> Trial | None:
    """Probe one changed configuration; None when the constructor refuses it, or asks for something we cannot give."""
    assert first.signal is not None
    asked = 2 * maker.width if plan.wider and plan.kind is not Kind.EXPANDED else maker.width
    low, out = maker.width if plan.wider else maker.width * maker.expansion, asked * maker.expansion
    fill: dict[Role, Any] = {Role.IN: low, Role.OUT: asked, Role.BOTH: maker.width, Role.STRIDE: plan.stride}
    fill[Role.PROJECT] = True
    if not maker.has(Role.IN):
        low = first.signal.channels
        out = first.out_shape[1] if len(first.out_shape) > 1 else low
    offers = [fill]
    if maker.has(Role.DOWN):
        offers.insert(0, {**fill, Role.DOWN: projection(first.signal.axes, low, out, plan.stride)})
    side = first.signal.side - 1 if plan.kind is Kind.ODD else first.signal.side
    signal = replace(first.signal, channels=low, side=side)
    last: Trial | None = None
    for offer in offers:
        built = maker.build(offer)
        wanted = {"in": low, "out": out, "stride": plan.stride} | _wanted_by(maker, maker.expansion)
        if isinstance(built, Failure):
            last = Trial(plan.kind, None, signal, wanted, built) if built.is_strided_same else last
            continue
        trial = Trial(plan.kind, built, signal, wanted, module=built.module, brief=first.ran)
        if measure(trial).ran:  # a brief trial leaves the passes in eval mode to the first one
            return trial
        if first.ran and trial.failure is not None and too_small(trial.failure.text):
            continue  # another stride asks for a larger map than suits the first
        of_batch = batch_written_for(built.module, [signal])
        if of_batch is not None:
            other = Trial(plan.kind, built, of_batch[0], wanted, module=built.module, brief=True, batch=of_batch[1])
            return measure(other)
        last = last or trial
    if last is None or is_refusal(last) or any(map(asks_to_add, maker.free())):
        return None
    # an odd side is held against what ran with an even one, and then the channels were right
    return None if plan.wider and plan.kind is not Kind.ODD and _is_by_place(maker, first) else last


def _is_by_place(maker: Maker, first: Trial) -> bool:
    """Tell channels whose meaning no spelling says, as of (seq_len, patch_len): other ones need not fit.

    Nor need those of which only the place says that they come in, where the first trial ran with others: `units`.
    """
    others = first.ran and first.signal is not None and first.signal.channels != first.wanted["in"]
    for name, parameter in maker.candidate.signature.parameters.items():
        role = maker.roles.get(name, Role.OTHER)
        if is_placed(parameter, role) or (others and role is Role.IN and not says_in(parameter)):
            return True
    return False


def projection(axes: int, channels: int, out: int, stride: int) -> nn.Module:
    """Return the projection shortcut that a network would pass to its block."""
    if axes == 0:
        return nn.Sequential(nn.Linear(channels, out), nn.BatchNorm1d(out))
    conv = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[axes]
    norm = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[axes]
    return nn.Sequential(conv(channels, out, 1, stride=stride, bias=False), norm(out))


def is_refusal(trial: Trial) -> bool:
    """An `assert` or `raise` written by the user is a statement about what the block supports, not a mistake."""
    if trial.failure is None or trial.failure.is_strided_same:
        return False
    if trial.failure.stage == "construct":
        return trial.kind not in (Kind.NETWORK, Kind.NEVER, Kind.OPTION)
    frames = trial.failure.frames
    on_purpose = bool(frames) and statement_at(frames[0].file, frames[0].line) in ("Raise", "Assert")
    return on_purpose and not always_raised(trial.failure) and not shuts_out_its_layers(trial)
