"""What happens when a module runs in one configuration: forward, backward, twice, and beside another image?"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.evidence.flow import Flow
from residua.check.evidence.joins import Join, find_joins
from residua.check.run.batches import Alone, WrittenBatch, alone, drops_first
from residua.check.run.forward import awake, doubles_batch, kept, random_state, restore, same_state, settle_lazy_layers
from residua.record.recorder import as_tensors, frames_of, record_call
from residua.record.tape import Frame, Op, Tape
from residua.targets import Built
from residua.targets.inputs import Signal, draw, takes_list
from residua.targets.parts import is_apart_in_one_mode
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
        said = one_line(self.error, 200)
        return f"{type(self.error).__name__}: {said}" if said else type(self.error).__name__

    @property
    def is_strided_same(self) -> bool:
        """True where torch refused `padding="same"` beside a stride, whoever asked for the stride."""
        return "padding='same' is not supported for strided" in str(self.error)


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

    options: the optional arguments in which a trial of this kind differs from the first one. seconds: the processor's.
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
    brief: bool = False
    idle_channels: tuple[int, ...] = ()
    gradients: Mapping[str, Tensor] = field(default_factory=dict)
    at_zero: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    batch: WrittenBatch | None = None
    alone: Alone | None = None
    seconds: float = 0.0

    @cached_property
    def flow(self) -> Flow:
        """The whole training pass; after a crash, what leads to the operation that failed."""
        return flow_of(self.tape)

    @cached_property
    def eval_flow(self) -> Flow:
        """The whole pass in eval mode."""
        return flow_of(self.eval_tape)

    @cached_property
    def joins(self) -> list[Join]:
        """The residual additions that reach the output."""
        return find_joins(self.flow)

    @property
    def name(self) -> str:
        """The words for this configuration in a message."""
        pairs = self.options.items()
        said = {name: value.__name__ if isinstance(value, type) else repr(value) for name, value in pairs}
        return ", ".join(f"{name}={value}" for name, value in said.items()) or self.kind.value

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


def flow_of(tape: Tape) -> Flow:
    """Return what a pass computes from its first input; after a crash, what leads to the operation that failed."""
    root = tape.calls[0] if tape.calls else None
    first = tuple(value for value, name in tape.leaf.items() if name == "input0")
    outputs = root.outputs if root else ()
    if tape.failed is not None:
        outputs = tape.failed.inputs
    return Flow(tape, 0, len(tape.ops), first, outputs)


def measure(trial: Trial) -> Trial:
    """Run every probe of a trial that has a module and a signal; failures are kept in the trial."""
    assert trial.signal is not None
    module = trial.module
    settle_lazy_layers(module, trial.signal)
    saved, begun = kept(module), time.process_time()
    try:
        _train_pass(trial, module, trial.signal)
        if trial.ran and not trial.brief:
            restore(module, saved)
            _eval_passes(trial, module, trial.signal)
    except Exception as error:
        trial.failure = trial.failure or failure("forward", error)
    finally:
        with suppress(Exception):
            restore(module, saved)
        trial.seconds = time.process_time() - begun
    return trial


class Misread(ValueError):
    """No shape of an input that we guessed has the axes that the code reads; nobody's fault."""


def without_misreading(trial: Trial) -> Trial:
    """Return a trial, as failed where what ran is not what the code reads: a guess of ours that suits by chance.

    That is where the code made another axis of the input and was then broadcast over the images, and where it took the
    images for the members of a list, or for what goes in beside them in training.
    """
    if trial.output is None or trial.signal is None or (trial.built is not None and trial.built.inputs):
        return trial
    if is_apart_in_one_mode(trial.module):
        trial.output, trial.failure = None, failure("forward", Misread("forward unpacks its input in one mode alone"))
        return trial
    ops, axes = trial.flow.ops, len(trial.in_shape)
    made = any(op.name in _VIEWS and len(trial.flow.shapes[op.outputs[0]]) > axes for op in ops)
    listed = any(op.name == "unbind" and op.inputs[0] in trial.flow.inputs and not op.arguments["dim"] for op in ops)
    if made and doubles_batch(trial.module, trial.signal, [trial.output]):
        trial.failure = failure("forward", Misread("the code reads more axes than the input has"))
    elif listed and trial.out_shape[:1] != trial.in_shape[:1] and takes_list(trial.module):
        trial.failure = failure("forward", Misread("forward takes a list of tensors and not one"))
    trial.output = None if trial.failure is not None and isinstance(trial.failure.error, Misread) else trial.output
    return trial


_VIEWS = ("view", "_unsafe_view", "reshape")


def failure(stage: str, error: Exception) -> Failure:
    """Describe an exception by the user's lines it came through, the innermost first."""
    return Failure(stage, error, frames_of(error))


def _train_pass(trial: Trial, module: nn.Module, signal: Signal) -> None:
    module.train()
    given = draw(module, signal)
    before = given[0].clone()
    leaves = [tensor.clone().requires_grad_(tensor.is_floating_point()) for tensor in given]
    entered = [leaf * 1 if leaf.requires_grad else leaf for leaf in leaves]
    _settle_chances()
    try:
        result = _recorded(trial.tape, module, entered)
    except Exception as error:
        trial.failure = failure("forward", error)
        return
    outputs = as_tensors(result)
    if not outputs:
        raise TypeError(f"forward returned {type(result).__name__} instead of a tensor")
    same = [tensor for tensor in outputs if tensor.shape == before.shape]
    trial.output = (same or outputs)[0].detach()
    trial.mutated = not torch.equal(entered[0].detach(), before)
    if trial.kind is not Kind.ODD:
        _backward(trial, module, outputs, leaves[0])


def _settle_chances() -> None:
    """Let every training pass draw the same numbers, whatever was drawn before, and the first ones drop nothing.

    The first sixteen numbers of the seeds of random and numpy lie between a quarter and three quarters, the first of
    torch's is 0.5: stochastic depth keeps its residual, at a chance to be kept of 0.8 as to be dropped of 0.2.
    """
    torch.default_generator.manual_seed(0)  # torch.manual_seed also writes down the stack for every other device
    random.seed(38850)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(72246)


def _recorded(tape: Tape, module: nn.Module, given: list[Tensor]) -> Any:
    """Return what the module makes of its inputs, which are named input0, input1, … on the tape."""
    return record_call(module, {f"input{index}": tensor for index, tensor in enumerate(given)}, tape, frames=True)


def _backward(trial: Trial, module: nn.Module, outputs: list[Tensor], given: Tensor) -> None:
    module.zero_grad(set_to_none=True)
    learned = [tensor for tensor in outputs if tensor.requires_grad]
    wanted = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    if not learned:
        trial.without_grad = tuple(wanted)
        return
    try:
        torch.stack([(tensor.float() * torch.randn(tensor.shape)).sum() for tensor in learned]).sum().backward()
    except RuntimeError as error:
        trial.failure = failure("backward", error)
        return
    gradients = {name: parameter.grad for name, parameter in wanted.items() if parameter.grad is not None}
    trial.gradients = {} if trial.brief else gradients
    trial.without_grad = tuple(name for name in wanted if name not in gradients)
    trial.at_zero = tuple(name for name, grad in gradients.items() if grad.dim() > 1 and not grad.any())
    if given.grad is not None and given.dim() > 2:
        reached = given.grad.abs().transpose(0, 1).flatten(1).amax(1) > 0
        trial.idle_channels = tuple((~reached).nonzero().flatten().tolist()) if reached.any() else ()
    module.zero_grad(set_to_none=True)


def _eval_passes(trial: Trial, module: nn.Module, signal: Signal) -> None:
    """Run in eval mode: recorded, beside other images, and without writes in place.

    What starts at zero gets small numbers first, as behind it nothing shows. A second pass like the first is run only
    where the first asked for random numbers, with the weights as they start: noise behind a zero is meant.
    """
    asleep = {name: parameter.detach().clone() for name, parameter in module.named_parameters() if not parameter.any()}
    sleeps = any(
        not name.endswith("bias") and tensor.numel() for name, tensor in asleep.items()
    )  # biases do everywhere
    module.eval()
    given = draw(module, signal)
    with torch.no_grad():
        if sleeps:
            awake(module)
        _settle_chances()
        before = random_state()
        first = as_tensors(_recorded(trial.eval_tape, module, _fresh(given)))
        if len(given) > 1 and len(first) > 1:
            first = first[:1]
        if not same_state(before, random_state()):
            trial.eval_gap = _as_it_starts(module, asleep if sleeps else {}, given)
        if _in_batches(given) and any(map(drops_first, trial.tape.ops)):
            trial.alone = alone(lambda tape, own: _recorded(tape, module, own), given, first)
        if trial.eval_gap == 0:
            trial.inplace_gap = _inplace_gap(module, given, first)
            trial.neighbour_gap = _neighbour_gap(module, given, first) if _in_batches(given) else 0.0
            if trial.neighbour_gap and len(given) > 1 and not (trial.built is not None and trial.built.inputs):
                trial.neighbour_gap = _gap_by_the_first(module, given, first)


def _as_it_starts(module: nn.Module, asleep: Mapping[str, Tensor], given: list[Tensor]) -> float:
    """Return by how much passes differ from the first where these parameters are as they were."""
    parameters = dict(module.named_parameters())
    woken = {name: parameters[name].detach().clone() for name in asleep}
    for name, tensor in asleep.items():
        parameters[name].copy_(tensor)
    first = as_tensors(module(*_fresh(given)))
    others = (as_tensors(module(*_fresh(given))) for _ in range(24))  # a tenth of two images falls in 99 of 100 such
    gap = next((found for other in others if (found := _gap(first, other))), 0.0)
    for name, tensor in woken.items():
        parameters[name].copy_(tensor)
    return gap


def _neighbour_gap(module: nn.Module, given: list[Tensor], first: list[Tensor]) -> float:
    """Return by how much other images beside the first one change what it gives, at the same random numbers.

    A module that gives something else at every call, as it counts or keeps what it saw, shows nothing of that.
    """
    _settle_chances()
    beside = as_tensors(module(*_with_other_neighbours(given)))
    gap = _gap(_first_images(first, given), _first_images(beside, given))
    if not gap or not _rows_are_images(module, given, first):
        return 0.0
    _settle_chances()
    return 0.0 if _gap(first, as_tensors(module(*_fresh(given)))) else gap


def _gap_by_the_first(module: nn.Module, given: list[Tensor], first: list[Tensor]) -> float:
    """Return what other images in the first input alone change: how the axes of further ones are meant is a guess."""
    _settle_chances()
    beside = as_tensors(module(_with_other_neighbours(given)[0], *_fresh(given[1:])))
    return _gap(_first_images(first, given), _first_images(beside, given))


def _in_batches(given: list[Tensor]) -> bool:
    """Tell whether the inputs' first axes agree; nodes beside edges, as a list or a matrix, are no batch, and mix."""
    count = len(given[0]) if given and given[0].dim() else 0
    adjacent = any(tensor.shape == (count, count) or _lists_edges(tensor, given[0]) for tensor in given[1:])
    return not adjacent and len({len(tensor) for tensor in given if tensor.dim()}) < 2


def _lists_edges(tensor: Tensor, nodes: Tensor) -> bool:
    return tensor.dim() == nodes.dim() == 2 == len(tensor) and nodes.is_floating_point() > tensor.is_floating_point()


def _fresh(given: list[Tensor]) -> list[Tensor]:
    return [tensor.clone() for tensor in given]


def _with_other_neighbours(given: list[Tensor]) -> list[Tensor]:
    """Return the inputs with other images beside the first one."""
    other = _fresh(given)
    for tensor in other:
        if tensor.shape[0] > 1 and tensor.is_floating_point():
            tensor[1:] = tensor[1:].roll(1, -1) * 1.7 + 0.3  # a norm undoes the scale, not the order
    return other


def _rows_are_images(module: nn.Module, given: list[Tensor], outputs: list[Tensor]) -> bool:
    """Tell whether one image more gives more rows: else as many came in by chance, as of a bank of two filters."""
    more = [torch.cat([tensor, tensor[:1]]) if tensor.dim() else tensor for tensor in given]
    try:
        others = as_tensors(module(*_fresh(more)))
    except Exception:
        return True  # a batch of another size fails: these rows are images for all that is known
    return any(one.shape[:1] != other.shape[:1] for one, other in zip(outputs, others, strict=False))


def _first_images(outputs: list[Tensor], given: list[Tensor]) -> list[Tensor]:
    """Return what belongs to the first image; of outputs beside those of one row an image, a loss, nothing."""
    whole = [tensor for tensor in outputs if tensor.dim()]
    rows = [tensor for tensor in whole if len(tensor) == len(given[0])]
    return [tensor[:1] for tensor in rows or whole]


def _inplace_gap(module: nn.Module, given: list[Tensor], reference: list[Tensor]) -> float:
    changed = [each for each in module.modules() if getattr(each, "inplace", False) is True]
    if not changed:
        return 0.0
    for each in changed:
        each.inplace = False  # type: ignore[assignment]  # torch's stubs know only tensors and modules
    try:
        return _gap(reference, as_tensors(module(*_fresh(given))))
    finally:
        for each in changed:
            each.inplace = True  # type: ignore[assignment]  # the same


def _gap(first: list[Tensor], second: list[Tensor]) -> float:
    """Return the largest difference relative to the largest magnitude; rounding counts as none."""
    worst = 0.0
    for one, other in zip(first, second, strict=False):
        if one.shape != other.shape:
            return float("inf")
        if not one.is_floating_point() or not one.numel():
            continue
        scale = max(float(one.abs().max()), 1e-12)
        gap = float((one - other).abs().max()) / scale
        worst = max(worst, gap if gap > 1e-5 else 0.0)
    return worst
