"""Does a module's own inverse give back what its forward was given, and if not, from which line on?"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.run.forward import awake, copied, untouched_world
from residua.check.run.trial import Trial
from residua.record.recorder import as_tensors, record_call
from residua.record.tape import Call, Frame, Op, Tape
from residua.targets.inputs import draw, forward_of

INVERSE_METHODS = (
    "inverse", "invert", "inv", "reverse", "inverse_forward", "forward_inverse", "backward_pass", "_inverse",
    "reconstruct",
)  # fmt: skip
_FLAGS = ("reverse", "rev", "inverse", "invert", "inv")
# In float64 a right inverse is right to 1e-9; from 1e-6 to 1e-2 every finding on tests/check is the same.
_OFF_BY = 1e-4


@dataclass(frozen=True)
class Broken:
    """An inverse that gives back something else: how it is called, by how much it is off, and where that begins."""

    name: str
    gap: float
    frames: tuple[Frame, ...]
    code: Callable[..., Any]


def broken_inverses(trial: Trial) -> Iterator[Broken]:
    """Yield the inverses, of the target or of modules inside it, that do not invert; one a class.

    Everything runs on a copy in float64 and eval mode whose parameters that are all zero got small numbers: behind a
    last layer that starts at zero every inverse is right.
    """
    yield from _of_each(trial, _tried)


def kept_determinants(trial: Trial) -> Iterator[Broken]:
    """Yield the inverses that invert, and give log|det J| of forward for that of their own way; run as the others.

    gap: that determinant of the first row, which is measured.
    """
    yield from _of_each(trial, _tried_volume)


def _of_each(trial: Trial, tried: Callable[[nn.Module, tuple[Any, ...]], Broken | None]) -> Iterator[Broken]:
    if trial.signal is None or not any(_way_back(module) for module in trial.module.modules()):
        return
    root = copied(trial.module)
    if root is trial.module:
        return
    with untouched_world(), torch.no_grad():
        try:
            given = [each.double() if each.is_floating_point() else each for each in draw(root, trial.signal)]
            awake(root.double().eval())
            calls = _calls_of(root, given)
        except Exception:  # what forward raises is another rule's matter
            return
        for module, inputs in calls:
            found = tried(module, inputs)
            if found is not None:
                yield found


def _way_back(module: nn.Module) -> str:
    """Return the name of the method, or of forward's flag, that inverts a module of the user's; empty without one."""
    kind = type(module)
    if kind.__module__.startswith("torch."):
        return ""
    for name in INVERSE_METHODS:
        method = getattr(kind, name, None)
        if inspect.isfunction(method) and not method.__module__.startswith("torch.") and not _iterates(method):
            return name
    try:
        parameters = inspect.signature(forward_of(kind)).parameters
    except (TypeError, ValueError):
        return ""
    return next((name for name in _FLAGS if name in parameters and parameters[name].default is False), "")


def _iterates(method: Callable[..., Any]) -> bool:
    """Tell an inverse found by iteration, which is as near as its steps are many (Behrmann 2019)."""
    code = method.__code__
    around = source.function_at(code.co_filename, code.co_firstlineno)
    loops = [node for node in ast.walk(around) if isinstance(node, (ast.For, ast.While))] if around else []
    return any(isinstance(node, ast.While) or "reversed" not in ast.unparse(node.iter) for node in loops)


def _calls_of(root: nn.Module, given: list[Tensor]) -> list[tuple[nn.Module, tuple[Any, ...]]]:
    """Return the modules that can be inverted with what forward gave them, one a class, the target first."""
    found: dict[type, tuple[nn.Module, tuple[Any, ...]]] = {}
    handles = []

    def noted(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        found.setdefault(type(module), (module, inputs))

    root(*given)  # layers that set themselves up on their first input do so here
    for module in root.modules():
        if _way_back(module):
            handles.append(module.register_forward_pre_hook(noted))
    try:
        root(*given)
    finally:
        for handle in handles:
            handle.remove()
    return list(found.values())


class _Called(nn.Module):
    """A way to record a method that is no forward."""

    def __init__(self, module: nn.Module, call: Callable[..., Any]) -> None:
        super().__init__()
        self.module, self.call = module, call

    def forward(self, *tensors: Tensor) -> Any:
        """Call the method."""
        return self.call(*tensors)


@dataclass(frozen=True)
class _Both:
    """Both ways of a module: what forward made, what the way back made of it, and by how much that is off."""

    made: list[Tensor]
    again: list[Tensor]
    gap: float
    forth: Tape
    back: Tape
    said: str
    code: Callable[..., Any]


def _both_ways(module: nn.Module, inputs: tuple[Any, ...]) -> _Both | None:
    name = _way_back(module)
    forth, back = Tape(), Tape()
    if not inputs or not all(isinstance(each, Tensor) for each in inputs):
        return None
    try:
        made = as_tensors(_recorded(module, module, list(inputs), forth))
        taken = _taken(module, name, made, inputs)
        method = getattr(module, name) if inspect.isfunction(getattr(type(module), name, None)) else None
        call = method or (lambda *tensors: module(*tensors, **{name: True}))
        again = as_tensors(_recorded(module, call, taken, back)) if taken else []
    except Exception:  # our guess of how it is called may be wrong
        return None
    pairs = [(one, other) for one, other in zip(inputs, again, strict=False) if one.shape == other.shape]
    if not again or not pairs or again[0].shape != inputs[0].shape:
        return None
    gap = max(float((one - other).abs().max() / one.abs().max().clamp_min(1e-12)) for one, other in pairs)
    code = getattr(type(module), name if method else "forward")
    said = f"{name}()" if method else f"forward({name}=True)"
    return _Both(made, again, gap, forth, back, said, code)


def _tried(module: nn.Module, inputs: tuple[Any, ...]) -> Broken | None:
    both = _both_ways(module, inputs)
    if both is None or not both.gap > _OFF_BY:  # NaN is somebody else's
        return None
    return Broken(both.said, both.gap, _first_wrong(both.forth, both.back, both.code.__name__, module), both.code)


_ENTRIES = 512  # of a row: its Jacobian is that many passes and numbers squared


def _cropped(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a map that comes alone with fewer pixels, so that it has no more entries; everything else as it is."""
    if len(inputs) != 1 or not isinstance(inputs[0], Tensor) or inputs[0].dim() < 3:
        return inputs
    for side in (8, 4, 2):
        sides = (slice(None), slice(None), *[slice(side)] * (inputs[0].dim() - 2))
        cut = inputs[0][sides].clone()
        if cut[0].numel() <= _ENTRIES:
            return (cut,)
    return inputs


def _tried_volume(module: nn.Module, inputs: tuple[Any, ...]) -> Broken | None:
    inputs = _cropped(inputs)
    both = _both_ways(module, inputs)
    if both is None or not both.gap <= _OFF_BY or len(both.made) < 2 or len(both.made) != len(both.again):
        return None
    row, size = inputs[0][:1], inputs[0][0].numel()
    if size > _ENTRIES or both.made[0][:1].numel() != size:
        return None
    for index in range(1, len(both.made)):
        one, other = both.made[index], both.again[index]
        if one.numel() != len(inputs[0]) or not _equal(one, other) or float(one.abs().max()) < 1e-3:
            continue
        volume = _log_volume(module, row, tuple(each[:1] for each in inputs[1:]))
        if volume is not None and abs(float(one.flatten()[0]) - volume) < 1e-6 * (1 + abs(volume)):
            value = both.back.calls[0].outputs[index]
            maker = both.back.producer.get(value)
            return Broken(both.said, volume, both.back.ops[maker].frames if maker is not None else (), both.code)
    return None


def _log_volume(module: nn.Module, row: Tensor, beside: tuple[Tensor, ...]) -> float | None:
    """Return log|det J| of forward at one row; None where it has none, or cannot be told."""
    try:
        with torch.enable_grad():
            jacobian = torch.autograd.functional.jacobian(lambda x: as_tensors(module(x, *beside))[0], row)
        assert isinstance(jacobian, Tensor)
        return float(torch.linalg.slogdet(jacobian.reshape(row.numel(), row.numel()))[1])
    except Exception:  # a forward of one row that fails, or without gradient
        return None


def _recorded(module: nn.Module, call: Callable[..., Any], given: list[Tensor], tape: Tape) -> Any:
    entered = {f"input{index}": tensor.clone() for index, tensor in enumerate(given)}
    return record_call(_Called(module, call), entered, tape, frames=True)


def _taken(module: nn.Module, name: str, made: list[Tensor], inputs: tuple[Any, ...]) -> list[Tensor]:
    """Return what the way back is given: as many results as it takes, then what forward got beside the first input."""
    if not inspect.isfunction(getattr(type(module), name, None)):
        return [*made[: len(inputs)], *inputs[len(made) :]]
    parameters = inspect.signature(getattr(module, name)).parameters.values()
    wanted = sum(each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)
    have = made[: max(1, wanted)]
    return [*have, *inputs[len(have) : wanted]]


def _first_wrong(forth: Tape, back: Tape, name: str, own: nn.Module) -> tuple[Frame, ...]:
    """Return the frames of what first differs on the way back.

    That is a layer that reads what it never read on the way forth, or a sum or product of the method itself whose
    result is no value of the way forth, nor its opposite or reciprocal.
    """
    known: dict[int, list[Tensor]] = {}
    for call in forth.calls[1:]:
        known.setdefault(id(call.module), []).extend(_read(forth, call))
    found: list[tuple[int, tuple[Frame, ...]]] = []
    for call in back.calls[1:]:
        seen, now = known.get(id(call.module), []) if call.module is not own else [], _read(back, call)
        if seen and now and call.frames and not any(_equal(now[0], each) for each in seen):
            found.append((call.start, call.frames))
    values = [tensor for tensor in forth.tensor.values() if tensor.is_floating_point()]
    for op in back.ops:
        counts = bool(op.frames) and op.frames[0].function == name and op.name in _ARITHMETIC and _is_last(back, op)
        result = back.tensor[op.outputs[0]] if counts else torch.zeros(())
        if counts and not any(_equal(form, each) for form in (result, -result, 1 / result) for each in values):
            found.append((op.index, op.frames))
    return min(found, key=lambda place: place[0], default=(0, ()))[1]


_ARITHMETIC = frozenset({"add", "sub", "rsub", "mul", "div", "add_", "sub_", "mul_", "div_", "cat", "stack", "flip"})


def _is_last(tape: Tape, op: Op) -> bool:
    """Tell the last operation of its line: what an expression computes on the way is no value of forward's."""
    place = op.frames[0].file, op.frames[0].line
    later = [each for each in tape.ops[op.index + 1 :] if op.outputs[0] in each.inputs and each.frames]
    return not any((each.frames[0].file, each.frames[0].line) == place for each in later)


def _read(tape: Tape, call: Call) -> list[Tensor]:
    return [tape.tensor[value] for value in call.inputs[:1]]


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other.to(one.dtype), rtol=1e-6, atol=1e-8)
