"""Does an error stay where what we guessed is something else: a number, the channels, a further input?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.influence import Influence
from residua.check.evidence.places import Place
from residua.check.rules.root_causes import severity_of
from residua.check.run.limit import clock
from residua.check.run.trial import Kind, Trial
from residua.errors import CheckError
from residua.targets import Candidate, Role
from residua.targets.given import Input
from residua.targets.inputs import draw, required_inputs

_SECONDS = 6.0  # of the ten that a class of a folder has
_MOST = 12
_NARROW = 8  # channels: numbers in the code that 64 is too large for, as in `16 // channels`, are larger
_LEAST_SIZE = 8  # smaller numbers count blocks or heads
_FORMS = ("channels", "vectors", "numbers", "labels", "named")
_SHARES = {0.0: 0.3, 1.0: 0.5}

Again = Callable[[Candidate, Mapping[str, Any]], Evidence]
Show = Callable[[Candidate, Evidence], list[Hit]]


@dataclass(frozen=True)
class Other:
    """Another guess: the candidate and the arguments that make it, and what was said first and is said instead.

    first_alone: it is tried in the first configuration only, as an input of one shape is. crashes_alone: it says
    nothing of what ran, as what is measured over few channels is another number.
    """

    candidate: Candidate
    args: Mapping[str, Any]
    was: str
    instead: str
    give: str
    first_alone: bool = False
    crashes_alone: bool = False


@dataclass(frozen=True)
class Doubts:
    """The hits that stay an error, or were none, and why the others are not known; empty where all are."""

    hits: list[Hit]
    reason: str = ""


def doubted(
    candidate: Candidate, args: Mapping[str, Any], evidence: Evidence, hits: Sequence[Hit], again: Again, show: Show
) -> Doubts:
    """Check anew with other guesses where there are errors, and leave out those that are gone with one of them.

    An error that comes and goes with a guess tells of the guess; one of an option that the code offers, or of further
    passes, is not tried again. again: gathers in haste. show: the hits before one is taken for the cause of another.
    """
    began, gone = time.process_time(), dict[int, str]()
    errors = [hit for hit in hits if severity_of(hit) == "error"]
    if errors:
        hasty = replace(evidence, options=(), unresized=(), uneven=None, oblong=None, passes=None, one_batch=None)
        seen = {(hit.rule, hit.place) for hit in show(candidate, hasty)}
        errors = [hit for hit in errors if (hit.rule, hit.place) in seen and _is_of(hit, evidence)]
    for count, other in enumerate(others(candidate, args, evidence, errors) if errors else ()):
        spent = time.process_time() - began
        if count >= _MOST or spent + spent / max(count, 1) > _SECONDS or len(gone) == len(errors):
            break
        try:
            with clock.undivided():
                its = again(other.candidate, other.args)
                shown = show(other.candidate, its)
        except CheckError:
            continue
        except clock.OverTime:  # a rule that had no time says nothing of a guess
            break
        for hit in errors:
            if id(hit) not in gone and _is_gone(hit, evidence, other, its, shown):
                gone[id(hit)] = _said(hit, other)
    kept = [hit for hit in hits if id(hit) not in gone]
    left = any(severity_of(hit) == "error" for hit in kept)
    return Doubts(kept, "" if left or not gone else next(iter(gone.values())))


def _said(hit: Hit, other: Other) -> str:
    where = f" in line {hit.place[1]}" if hit.place is not None else ""
    return f"{hit.rule}{where} hangs on a guess of ours, {other.was}: with {other.instead} it is gone; {other.give}"


def _is_of(hit: Hit, evidence: Evidence) -> bool:
    return hit.trial is None or any(hit.trial is trial for trial in evidence.trials)


def _is_gone(hit: Hit, evidence: Evidence, other: Other, its: Evidence, shown: Sequence[Hit]) -> bool:
    """Tell an error that is not there where the same configuration ran, and nothing else is wrong in its line."""
    first, before = its.trials[0], evidence.trials[0]
    trial = hit.trial or before
    if (other.first_alone and trial is not before) or (other.crashes_alone and trial.ran):
        return False
    same = next((each for each in its.trials if each.kind is trial.kind or (each is first and trial is before)), None)
    if same is None or not same.ran or not first.ran or first.failure is not None:
        return False
    if any(not parameter.numel() for parameter in same.module.parameters()):
        return False
    if not other.first_alone and same.in_shape[2:] != trial.in_shape[2:]:
        return False  # a norm over the width runs on a map of as many pixels
    if trial.ran and hit.rule != "R133" and _keeps_shape(trial) != _keeps_shape(same):
        return False
    return not any(each.rule == hit.rule or (each.place == hit.place and severity_of(each) != "note") for each in shown)


def _keeps_shape(trial: Trial) -> bool | None:
    """Tell whether a block's output has its input's shape; of a network that says nothing."""
    return None if trial.kind is Kind.NETWORK else trial.in_shape == trial.out_shape


def others(candidate: Candidate, args: Mapping[str, Any], evidence: Evidence, errors: Sequence[Hit]) -> Iterator[Other]:
    """Yield other guesses for what nobody gave: by the numbers of an error, then others; last the further inputs."""
    first = evidence.trials[0]
    if not isinstance(candidate.value, nn.Module):
        yield from _other_numbers(candidate, args, evidence, errors)
        yield from _other_channels(candidate, args, evidence)
    yield from _other_inputs(candidate, args, first)


def _other_numbers(
    candidate: Candidate, args: Mapping[str, Any], evidence: Evidence, errors: Sequence[Hit]
) -> Iterator[Other]:
    """Yield other numbers, those of arguments that an error's line names, or depends on, before the rest."""
    numbers = _numbers(candidate, args, evidence.trials[0], evidence.is_network)
    held = {value for value in _held(evidence.trials[0]).values() if type(value) is int}
    places = [hit.place for hit in errors if hit.place is not None]
    lines = " ".join(source.text_of(*place) for place in places)
    read = [names for names in numbers if _decide(evidence, names, places)]
    read.sort(key=lambda names: names[0] not in lines)
    for names in read:
        for each in _by_ratio(numbers[names], errors, evidence, held):
            yield _with(candidate, args, names, numbers[names], each)
    for names in (*read, *(names for names in numbers if names not in read)):
        another = _another(names[0], numbers[names], held)
        if another is not None:
            yield _with(candidate, args, names, numbers[names], another)


def _other_channels(candidate: Candidate, args: Mapping[str, Any], evidence: Evidence) -> Iterator[Other]:
    """Yield a block that is asked for few channels."""
    roles, held = candidate.signature.roles, _held(evidence.trials[0])
    wide = [name for name, role in roles.items() if role in (Role.IN, Role.BOTH) and name not in args]
    if wide and not evidence.is_network and not candidate.inputs and held.get(wide[0]) != _NARROW:
        was, instead = f"{wide[0]}={held.get(wide[0], 64)}", f"{wide[0]}={_NARROW}"
        give = f"give --args {wide[0]}=…"
        yield Other(replace(candidate, width=_NARROW), args, was, instead, give, crashes_alone=True)


def _decide(evidence: Evidence, names: Sequence[str], places: Sequence[Place]) -> bool:
    """Tell whether a line in which an error stands depends on some arguments, as far as can be read."""
    influence = Influence.of(evidence.file, evidence.class_name, names)
    return any(influence.decides(*place) for place in places)


def _held(trial: Trial) -> Mapping[str, Any]:
    return trial.built.arguments if trial.built is not None else {}


def _with(candidate: Candidate, args: Mapping[str, Any], names: Sequence[str], value: Any, other: Any) -> Other:
    was, instead, give = (", ".join(f"{name}={each}" for name in names) for each in (value, other, "…"))
    return Other(candidate, {**args, **dict.fromkeys(names, other)}, was, instead, f"give --args {give}")


_Numbers = dict[tuple[str, ...], int | float]


def _numbers(candidate: Candidate, args: Mapping[str, Any], trial: Trial, is_network: bool) -> _Numbers:
    """Return the numbers that we gave for what is required: those without a role, of a network all but an image's.

    What is named alike but for its end, `size_of_value` and `size_of_policy`, goes together.
    """
    roles, held = candidate.signature.roles, _held(trial)
    required = [name for name in candidate.signature.required() if name not in args]
    free = [name for name in required if roles[name] is Role.OTHER or (is_network and held.get(name) != 3)]
    alike = dict[tuple[str, Any], list[str]]()
    for name in free:
        if type(held.get(name)) in (int, float):
            alike.setdefault((re.sub(r"(_[a-z]+|_?\d+)$", "", name), held[name]), []).append(name)
    return {tuple(names): value for (_, value), names in alike.items()}


def _by_ratio(value: float, errors: Sequence[Hit], evidence: Evidence, held: set[int]) -> list[int]:
    """Return what a number would be if two numbers of an error, as of rows and images, had to be one.

    Never a number that another argument has: two layers that fit each other then may do so for that alone.
    """
    found = list[int]()
    for hit in errors if type(value) is int and value >= _LEAST_SIZE else ():
        trial = hit.trial or evidence.trials[0]
        pairs = [(trial.out_shape[0], trial.in_shape[0])] if hit.rule == "R133" and trial.out_shape else []
        said = [int(each) for each in re.findall(r"\d+", trial.failure.text)] if trial.failure is not None else []
        sizes = [each for each in dict.fromkeys(said) if each > 1][:6]
        pairs += [(one, other) for one in sizes for other in sizes if one > other]
        found += [int(value) * one // other for one, other in pairs if value * one % other == 0]
    return [each for each in dict.fromkeys(found) if each not in held and each > 1][:3]


def _another(name: str, value: float, held: set[int]) -> float | None:
    """Return another number of the same kind: odd for a kernel, between none and all for a share."""
    if type(value) is float:
        return _SHARES.get(value)
    if "kernel" in name or name in ("k", "ks", "ksize"):
        return value + 2
    return next((each for each in (value * 2, value + 1, value * 3) if each not in held and each > 1), None)


def _other_inputs(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> Iterator[Other]:
    """Yield the further inputs of forward in the other forms that they are tried in, where they were guessed."""
    signal, names = first.signal, required_inputs(first.module)
    if candidate.inputs or signal is None or signal.given or len(names) < 2:
        return
    drawn = {form: _drawn(first, form) for form in dict.fromkeys((signal.extras, *_FORMS))}
    seen = [drawn[signal.extras]]
    for inputs in drawn.values():
        if inputs and inputs not in seen:
            seen.append(inputs)
            was, instead = _named(names, seen[0]), _named(names, inputs)
            yield Other(replace(candidate, inputs=inputs), args, was, instead, "give --input", first_alone=True)


def _named(names: Sequence[str], inputs: Sequence[Input]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, each.shape))}" for name, each in zip(names, inputs, strict=True))


def _drawn(first: Trial, form: str) -> tuple[Input, ...]:
    """Return the inputs in a form; none where they cannot be made."""
    assert first.signal is not None
    try:
        tensors = draw(first.module, replace(first.signal, extras=form))
    except Exception:  # of a layer that the user wrote
        return ()
    return tuple(Input(tuple(each.shape), "float" if each.is_floating_point() else "long") for each in tensors)
