"""What happens when a module runs in one configuration: forward, backward, twice, and beside another image?"""

from __future__ import annotations

import copy
import random
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.evidence.flow import Flow
from residua.check.evidence.joins import Join, find_joins
from residua.record.recorder import recording, user_frames
from residua.record.tape import Frame, Op, Tape
from residua.targets import Built
from residua.targets.inputs import Signal, draw
from residua.targets.sites import Site
from residua.text import one_line


@dataclass(frozen=True)
class Failure:
    """An exception from the user's code: at which stage, of which kind, and from which lines."""

    stage: str
    error: Exception
    frames: tuple[Frame, ...]

    @property
    def text(self) -> str:
        """The exception on one line."""
        return f"{type(self.error).__name__}: {one_line(self.error, 200)}"


class Kind(StrEnum):
    """Which configuration a trial is; the values are the words that messages use."""

    SAME = "same shape"
    AS_GIVEN = "as given"
    CHANNELS = "other channels"
    STRIDE = "stride 2"
    BOTH = "other channels and stride 2"
    ODD = "odd side"
    EXPANDED = "expanded"  # the channels that come in equal those asked for, as in the first block of ResNet-50
    NETWORK = "network"
    NEVER = "never constructed"
    OPTION = "an option at another value"
    RANDOM = "at random"


@dataclass
class Trial:
    """One configuration of a target, and everything measured on it.

    option: the optional argument, and its value, in which a trial of this kind differs from the first one.
    """

    kind: Kind
    built: Built | None = None
    signal: Signal | None = None
    wanted: dict[str, int] = field(default_factory=dict)
    failure: Failure | None = None
    tape: Tape = field(default_factory=Tape)
    eval_tape: Tape = field(default_factory=Tape)
    module: nn.Module = field(default_factory=nn.Identity)
    mutated: bool = False
    without_grad: tuple[str, ...] = ()
    inplace_gap: float = 0.0
    eval_gap: float = 0.0
    neighbour_gap: float = 0.0
    output: Tensor | None = None
    extra_outputs: int = 0
    brief: bool = False
    idle_channels: tuple[int, ...] = ()
    at_zero: tuple[str, ...] = ()
    option: tuple[str, Any] | None = None

    @cached_property
    def flow(self) -> Flow:
        """The whole training pass; after a crash, what leads to the operation that failed."""
        return _flow(self.tape)

    @cached_property
    def eval_flow(self) -> Flow:
        """The whole pass in eval mode."""
        return _flow(self.eval_tape)

    @cached_property
    def joins(self) -> list[Join]:
        """The residual additions that reach the output."""
        return find_joins(self.flow)

    @cached_property
    def dead_joins(self) -> list[Join]:
        """Residual additions whose result nobody uses."""
        return find_joins(self.flow, alive=False)

    @property
    def name(self) -> str:
        """The words for this configuration in a message."""
        return f"{self.option[0]}={self.option[1]!r}" if self.option is not None else self.kind.value

    def path_of(self, op: Op) -> str:
        """Return the dotted path of the module that executed an operation, empty for the target itself."""
        return self.tape.calls[op.calls[-1]].path if op.calls else op.name

    def sites(self, module: nn.Module) -> tuple[Site, ...]:
        """Return the places that constructed a module, the innermost first; none when an instance was given."""
        return self.built.sites.get(id(module), ()) if self.built is not None else ()

    @property
    def ran(self) -> bool:
        """True when the forward pass finished."""
        return self.output is not None

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of the first input."""
        return self.signal.shape if self.signal else ()

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the first output tensor; empty when the forward pass failed."""
        return tuple(self.output.shape) if self.output is not None else ()


def _flow(tape: Tape) -> Flow:
    root = tape.calls[0] if tape.calls else None
    first = tuple(v for v, name in tape.leaf.items() if name == "input0")
    outputs = root.outputs if root else ()
    if tape.failed is not None:
        outputs = tape.failed.inputs
    return Flow(tape, 0, len(tape.ops), first, outputs)


@contextmanager
def untouched_world() -> Iterator[None]:
    """Put random states, default dtype, grad mode and byte-code writing back as they were."""
    states = torch.get_rng_state(), random.getstate(), torch.get_default_dtype(), sys.dont_write_bytecode
    numpy = sys.modules.get("numpy")
    numpy_state = numpy.random.get_state() if numpy is not None else None
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        torch.set_default_dtype(states[2])
        sys.dont_write_bytecode = states[3]
        if numpy is not None:
            numpy.random.set_state(numpy_state)


def tensors_in(result: Any) -> list[Tensor]:
    """Return every tensor in a module's result, in order."""
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [t for each in result for t in tensors_in(each)]
    return []


def runs(module: nn.Module, signal: Signal) -> bool:
    """Tell whether a forward pass in eval mode finishes on this signal."""
    return bool(attempt(module, signal)[0])


def attempt(module: nn.Module, signal: Signal) -> tuple[list[Tensor], str]:
    """Return what a forward pass in eval mode puts out on this signal, or nothing and what it raised."""
    mode = module.training
    try:
        with torch.no_grad():
            return tensors_in(module.eval()(*draw(module, signal))), ""
    except Exception as error:
        return [], str(error)
    finally:
        module.train(mode)


def copied(module: nn.Module) -> nn.Module:
    """Return a copy to experiment on; hooks that cannot be copied are left out by copying the state alone."""
    try:
        return copy.deepcopy(module)
    except Exception:
        return module


def measure(trial: Trial) -> Trial:
    """Run every probe of a trial that has a module and a signal; failures are kept in the trial."""
    assert trial.signal is not None
    module = trial.module
    saved = {k: v.detach().clone() for k, v in module.state_dict().items()}
    try:
        _train_pass(trial, module)
        if trial.ran and not trial.brief:
            module.load_state_dict(saved)
            _eval_passes(trial, module)
    except Exception as error:
        trial.failure = trial.failure or failure("forward", error)
    finally:
        with suppress(Exception):
            module.load_state_dict(saved)
    return trial


def failure(stage: str, error: Exception) -> Failure:
    """Describe an exception by the user's lines it came through, the innermost first."""
    frames = [f for f, _ in traceback.walk_tb(error.__traceback__)]
    found = tuple(user_frames(f)[:1][0] for f in reversed(frames) if _is_user(f))
    lines = {f.f_code.co_filename + f.f_code.co_name: n for f, n in traceback.walk_tb(error.__traceback__)}
    fixed = tuple(Frame(f.file, lines.get(f.file + f.function, f.line), f.function, f.parameters) for f in found)
    return Failure(stage, error, fixed)


def _is_user(frame: Any) -> bool:
    own = user_frames(frame)[:1]
    return bool(own) and own[0].file == frame.f_code.co_filename and own[0].function == frame.f_code.co_name


def _train_pass(trial: Trial, module: nn.Module) -> None:
    assert trial.signal is not None
    module.train()
    given = draw(module, trial.signal)
    before = given[0].clone()
    leaves = [t.clone().requires_grad_(t.is_floating_point()) for t in given]
    entered = [t * 1 if t.requires_grad else t for t in leaves]
    torch.default_generator.manual_seed(0)  # torch.manual_seed also writes down the stack for every other device
    try:
        with recording(module, trial.tape, frames=True) as name_input:
            for index, tensor in enumerate(entered):
                name_input(tensor, f"input{index}")
            result = module(*entered)
    except Exception as error:
        trial.failure = failure("forward", error)
        return
    outputs = tensors_in(result)
    if not outputs:
        raise TypeError(f"forward returned {type(result).__name__} instead of a tensor")
    trial.output, trial.extra_outputs = _main_output(outputs, before), len(outputs) - 1
    trial.output = trial.output.detach()
    trial.mutated = not torch.equal(entered[0].detach(), before)
    if trial.kind is not Kind.ODD:
        _backward(trial, module, outputs, leaves[0])


def _main_output(outputs: list[Tensor], given: Tensor) -> Tensor:
    same = [t for t in outputs if t.shape == given.shape]
    return same[0] if same else outputs[0]


def _backward(trial: Trial, module: nn.Module, outputs: list[Tensor], given: Tensor) -> None:
    module.zero_grad(set_to_none=True)
    learned = [t for t in outputs if t.requires_grad]
    wanted = {n: p for n, p in module.named_parameters() if p.requires_grad}
    if not learned:
        trial.without_grad = tuple(wanted)
        return
    try:
        torch.stack([(t.float() * torch.randn(t.shape)).sum() for t in learned]).sum().backward()
    except RuntimeError as error:
        trial.failure = failure("backward", error)
        return
    trial.without_grad = tuple(n for n, p in wanted.items() if p.grad is None)
    trial.at_zero = tuple(n for n, p in wanted.items() if p.grad is not None and p.dim() > 1 and not p.grad.any())
    if given.grad is not None and given.dim() > 2:
        reached = given.grad.abs().transpose(0, 1).flatten(1).amax(1) > 0
        trial.idle_channels = tuple((~reached).nonzero().flatten().tolist()) if reached.any() else ()
    module.zero_grad(set_to_none=True)


def _eval_passes(trial: Trial, module: nn.Module) -> None:
    assert trial.signal is not None
    module.eval()
    given = draw(module, trial.signal)
    with torch.no_grad():
        with recording(module, trial.eval_tape, frames=True) as name_input:
            fresh = [t.clone() for t in given]
            for index, tensor in enumerate(fresh):
                name_input(tensor, f"input{index}")
            first = tensors_in(module(*fresh))
        if len(given) > 1 and len(first) > 1:
            first = first[:1]
        again = tensors_in(module(*[t.clone() for t in given]))
        trial.eval_gap = _gap(first, again)
        other = [t.clone() for t in given]
        for tensor in other:
            if tensor.shape[0] > 1 and tensor.is_floating_point():
                tensor[1:] = tensor[1:].roll(1, -1) * 1.7 + 0.3  # a norm undoes the scale, not the order
        if trial.eval_gap == 0:
            trial.neighbour_gap = _gap(
                [t[:1] for t in first if t.dim()], [t[:1] for t in tensors_in(module(*other)) if t.dim()]
            )
            trial.inplace_gap = _inplace_gap(module, given, first)


def _inplace_gap(module: nn.Module, given: list[Tensor], reference: list[Tensor]) -> float:
    changed = [m for m in module.modules() if getattr(m, "inplace", False) is True]
    if not changed:
        return 0.0
    for each in changed:
        each.inplace = False  # type: ignore[assignment]  # torch's stubs know only tensors and modules
    try:
        return _gap(reference, tensors_in(module(*[t.clone() for t in given])))
    finally:
        for each in changed:
            each.inplace = True  # type: ignore[assignment]  # the same


def _gap(one: list[Tensor], two: list[Tensor]) -> float:
    """Return the largest difference relative to the largest magnitude; rounding counts as none."""
    worst = 0.0
    for a, b in zip(one, two, strict=False):
        if a.shape != b.shape:
            return float("inf")
        if not a.is_floating_point() or not a.numel():
            continue
        scale = max(float(a.abs().max()), 1e-12)
        gap = float((a - b).abs().max()) / scale
        worst = max(worst, gap if gap > 1e-5 else 0.0)
    return worst
