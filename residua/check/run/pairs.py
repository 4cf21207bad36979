"""Which options fail beside a stride, other channels or another size, or where a block itself changes the shape?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from residua.check.evidence.flow import ADDS
from residua.check.run.configurations import is_refusal, projection
from residua.check.run.forward import attempt
from residua.check.run.options import do_not_fit, names_nothing, rebuilt, variations
from residua.check.run.trial import Kind, Trial, measure
from residua.record.tape import Convolution
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


def reshaping_trials(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> list[Trial]:
    """Probe a block whose output has not the input's shape with each flag and word at another value.

    Of these only crashes count, as of a network: what such a block should give with an option nobody knows. Where other
    channels were asked for than come in, a block without its resizing need not fit them.
    """
    found: list[Trial] = []
    keeps = first.wanted.get("in") == first.wanted.get("out", first.wanted.get("in"))
    every = [changes for changes in variations(candidate, args) if len(changes) == 1 and _decides(changes)]
    for changes in every[:_MOST]:
        built = rebuilt(candidate, first, changes)
        if built is None or first.signal is None or attempt(built.module, first.signal)[0]:
            continue
        signal, wanted = first.signal, dict(first.wanted)
        trial = measure(Trial(Kind.OPTION, built, signal, wanted, module=built.module, brief=True, options=changes))
        of_code = (keeps and _adds_what_differs(trial)) or names_nothing(candidate, args, trial)
        found += [trial] if of_code and not is_refusal(trial) else []
    return found


def _decides(changes: Mapping[str, Any]) -> bool:
    return all(isinstance(value, (bool, str)) for value in changes.values())


def _adds_what_differs(trial: Trial) -> bool:
    """Tell a sum of two values of the input; a layer that does not fit may be meant for another input."""
    failed = trial.tape.failed
    adds = do_not_fit(trial) and failed is not None and failed.name in ADDS
    return adds and failed is not None and all(value in trial.flow.from_input for value in failed.inputs[:2])


def unresized_trials(candidate: Candidate, args: Mapping[str, Any], trials: Sequence[Trial]) -> Iterator[Trial]:
    """Yield the block of other channels without its resizing, where its shortcut is then left without projection.

    A flag that asks for half, or twice, the size also decides on a pointwise convolution of stride 1 here, which has
    nothing to do with the size. Where a strided projection does the resizing, the flag means that the shape changes.
    """
    first = trials[0]
    wide = next((trial for trial in trials if trial.kind is Kind.CHANNELS and trial.ran), None)
    if wide is None or wide.built is None or not first.ran or not _projects_beside_the_resizing(wide):
        return
    for name, parameter in candidate.signature.parameters.items():
        flag = isinstance(parameter.default, bool) and name not in args
        on = flag and wide.built.arguments.get(name, parameter.default) is True
        if on and _keeps_the_shape(candidate, first, name):
            yield from (trial for trial in _crashed(candidate, wide, {name: False}) if _adds_what_differs(trial))


def _projects_beside_the_resizing(wide: Trial) -> bool:
    if not wide.joins or len(wide.in_shape) < 3 or wide.out_shape[2:] == wide.in_shape[2:]:
        return False
    weighted = wide.joins[-1].shortcut.weighted
    return bool(weighted) and all(isinstance(op, Convolution) and op.side == 1 and not op.strided for op in weighted)


def _keeps_the_shape(candidate: Candidate, first: Trial, flag: str) -> bool:
    built = rebuilt(candidate, first, {flag: False})
    outputs, _ = attempt(built.module, first.signal) if built is not None and first.signal is not None else ([], "")
    return any(tensor.shape == first.in_shape for tensor in outputs)
