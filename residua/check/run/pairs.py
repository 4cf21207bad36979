"""Which options fail only beside a stride, other channels or another size, though each of the two runs alone?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from residua.check.run.configurations import is_refusal, projection
from residua.check.run.forward import attempt
from residua.check.run.options import rebuilt, variations
from residua.check.run.trial import Kind, Trial, measure
from residua.targets import Candidate, Role

_MOST = 6
_SHAPES = (Kind.BOTH, Kind.STRIDE, Kind.CHANNELS)
_SHOWN = (Role.IN, Role.OUT, Role.STRIDE)
# Flags that decide whether and how the shortcut follows the shape fail beside another one by their contract.
_OF_THE_SHAPE = re.compile(
    r"skip|short|res|ident|proj|conv|down|up|pool|match|expand|change|same|stride|first|last|dim|start|end", re.I
)


def paired_trials(candidate: Candidate, args: Mapping[str, Any], trials: Sequence[Trial]) -> list[Trial]:
    """Probe the block at its optional arguments' other values in the shape that changes most; crashes are returned.

    trials: those of the block as it is, the first of the same shape. Two sizes are tried beside each other, too, and
    causality beside each size: it is asked for at every kernel and dilation.
    """
    first = trials[0]
    shaped = next((trial for kind in _SHAPES for trial in trials if trial.kind is kind and trial.ran), None)
    single = [changes for changes in variations(candidate, args) if len(changes) == 1 and _decides_nothing(changes)]
    alone = [changes for changes in single if _runs(candidate, first, changes)]
    found: list[Trial] = []
    if shaped is not None:
        found += [trial for changes in alone[:_MOST] for trial in _crashed(candidate, shaped, changes)]
    sizes = [each for each in alone if _is_size(each)]
    flags = [
        name for name, each in candidate.signature.parameters.items() if each.default is False and name not in args
    ]
    causal = [{name: True} for name in flags if "causal" in name.lower() and _runs(candidate, first, {name: True})]
    pairs = itertools.chain(itertools.product(causal, sizes), itertools.combinations(sizes, 2))
    for one, two in itertools.islice(pairs, _MOST):
        if one.keys() != two.keys():
            found += _crashed(candidate, first, one | two)
    return [*found, *_at_other_widths(candidate, shaped)]


def _at_other_widths(candidate: Candidate, shaped: Trial | None) -> Iterator[Trial]:
    """Yield the trial with three times the channels that come in, where only twice as many hid a mistake.

    Not where the shortcut is padded: half of what is twice as much on either side is option A of the CIFAR networks.
    """
    padded = shaped is not None and any(op.name in ("constant_pad_nd", "cat") for op in shaped.flow.ops)
    if shaped is None or shaped.built is None or shaped.signal is None or padded:
        return
    roles, arguments = candidate.signature.roles, shaped.built.arguments
    asked = [name for name, value in arguments.items() if roles.get(name) is Role.OUT and type(value) is int]
    low, out = shaped.wanted.get("in"), shaped.wanted.get("out")
    if len(asked) != 1 or low is None or out != shaped.out_shape[1] or out % arguments[asked[0]]:
        return
    width = arguments[asked[0]] // 2 * 3
    wide = out // arguments[asked[0]] * width
    changes: dict[str, Any] = {asked[0]: width}
    for name, value in arguments.items():
        if isinstance(value, nn.Module) and roles.get(name) is Role.DOWN:
            changes[name] = projection(shaped.signal.axes, low, wide, shaped.wanted.get("stride", 1))
    built = rebuilt(candidate, shaped, changes)
    if built is None:
        return
    outputs, _ = attempt(built.module, shaped.signal)
    if outputs and outputs[0].shape[1:2] == (wide,):
        return
    shown = {name: value for name, value in built.arguments.items() if roles.get(name) in _SHOWN}
    wanted = {**shaped.wanted, "out": wide}
    trial = Trial(Kind.OPTION, built, shaped.signal, wanted, module=built.module, brief=True, options=shown)
    if not is_refusal(measure(trial)) and trial.out_shape[1:2] != (wide,):
        yield trial


def _decides_nothing(changes: Mapping[str, Any]) -> bool:
    return not any(type(value) is bool and _OF_THE_SHAPE.search(name) for name, value in changes.items())


def _is_size(changes: Mapping[str, Any]) -> bool:
    return all(type(value) is int for value in changes.values())


def _runs(candidate: Candidate, trial: Trial, changes: Mapping[str, Any]) -> bool:
    built = rebuilt(candidate, trial, changes)
    return built is not None and trial.signal is not None and bool(attempt(built.module, trial.signal)[0])


def _crashed(candidate: Candidate, base: Trial, changes: Mapping[str, Any]) -> Iterator[Trial]:
    """Yield the trial of `base` with some arguments changed, where it crashes and was not refused."""
    built = rebuilt(candidate, base, changes)
    if built is None or base.signal is None or attempt(built.module, base.signal)[0]:
        return
    roles = candidate.signature.roles
    asked = {name: value for name, value in built.arguments.items() if roles.get(name) in _SHOWN}
    options = {**changes, **({} if base.kind is Kind.SAME else asked)}
    trial = Trial(Kind.OPTION, built, base.signal, dict(base.wanted), module=built.module, brief=True, options=options)
    if not is_refusal(measure(trial)) and not trial.ran:
        yield trial
