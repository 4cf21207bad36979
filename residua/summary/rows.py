"""Which layers does a network run for one image, in which order, and on which shapes?

A row is a leaf layer, a function of torch called outside one, or an operation that neither announces. The network is
copied without its weights and run once on torch's `meta` device, where tensors have shapes but no numbers: a
ResNet-152 costs no memory and about a second. What cannot run there (control flow that looks at values, tensors made
on another device) is copied with its weights and run for real. The original is never touched.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from residua.errors import SpecError, TargetError
from residua.record.recorder import record_call
from residua.record.steps import Reading, Step, blank_like, blank_result
from residua.record.tape import Call, FunctionCall, Op, Tape
from residua.record.window import Field, whole_pixel

_SPELLINGS = {"iadd": "add", "radd": "add", "imul": "mul", "rmul": "mul", "isub": "sub", "itruediv": "div",
              "truediv": "div", "getitem": "slice"}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One leaf layer, or one function called outside any, that made something from the image.

    parents: (name, class) of the modules around it, the outermost first.
    """

    name: str
    type: str
    parents: tuple[tuple[str, str], ...]
    owner: nn.Module | None
    steps: tuple[Step, ...]
    output: tuple[int, ...]
    params: int
    activation_bytes: int


@dataclass(frozen=True)
class Trace:
    """What one run showed: the rows in order of execution, and what is worth a remark."""

    rows: tuple[Row, ...]
    params: int
    notes: tuple[str, ...]


def run_once(model: nn.Module, input_size: tuple[int, ...]) -> Trace:
    """Run a copy of `model` in eval mode on one blank image of `input_size` (channels, height, width).

    Raises SpecError with the layer and its shapes when the network does not fit this size, TargetError when it
    cannot be copied.
    """
    model = getattr(model, "_orig_mod", model)  # what torch.compile wraps
    if isinstance(model, torch.jit.ScriptModule):
        raise TargetError("a TorchScript module has no layers to watch; measure the module that was scripted")
    with torch.no_grad():
        try:
            return _record(skeleton(model), input_size, torch.device("meta"))
        except _Stopped:
            tensors = [*model.parameters(), *model.buffers()]
            device = tensors[0].device if tensors else torch.device("cpu")
            with torch.random.fork_rng(devices=[]):
                try:
                    return _record(_copy(model, {}), input_size, device)
                except _Stopped as stopped:
                    raise SpecError(str(stopped)) from stopped.__cause__


class _Stopped(Exception):
    """The network's own code raised; the message names the layer."""


def skeleton(model: nn.Module) -> nn.Module:
    """Return a copy of `model` whose tensors have shapes and no memory."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        held = [*module._parameters.values(), *module._buffers.values(), *vars(module).values()]
        for tensor in held:
            if isinstance(tensor, (UninitializedParameter, UninitializedBuffer)):
                memo[id(tensor)] = type(tensor)(device="meta", dtype=tensor.dtype)  # type: ignore[call-arg]  # not in stubs
            elif isinstance(tensor, nn.Parameter):
                memo[id(tensor)] = nn.Parameter(blank_like(tensor), tensor.requires_grad)
            elif isinstance(tensor, Tensor):
                memo[id(tensor)] = blank_like(tensor)
    return _copy(model, memo)


def _copy(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    """Return a copy in eval mode, without the caller's hooks (which would see our tensors), with torch's own."""
    try:
        copied = copy.deepcopy(model, memo).eval()
    except Exception as error:
        raise TargetError(f"{type(model).__name__} cannot be copied, and is not measured in place: {error}") from error
    for module in copied.modules():
        for hooks in (module._forward_pre_hooks, module._forward_hooks):
            for key, hook in list(hooks.items()):
                if not str(getattr(hook, "__module__", "")).startswith("torch."):  # such as a weight norm's
                    del hooks[key]
    return copied


def _record(model: nn.Module, input_size: tuple[int, ...], device: torch.device) -> Trace:
    """Run `model`, a copy that is ours, and return its trace."""
    floats = (parameter.dtype for parameter in model.parameters() if parameter.dtype.is_floating_point)
    image = torch.zeros((1, *input_size), dtype=next(floats, torch.float32), device=device)
    tape, failure = Tape(), None
    rows = _Rows(tape, model)
    try:
        record_call(model, {"image": image}, tape, functions=True, shortcut=blank_result)
    except Exception as error:
        failure = error
    [given] = (value for value, name in tape.leaf.items() if name == "image")
    rows.fields[given] = whole_pixel(len(input_size) - 1)
    where, shapes = rows.read()
    if isinstance(failure, SpecError):
        raise failure
    if failure is not None:
        message = (str(failure).strip() or type(failure).__name__).splitlines()[0]
        raise _Stopped(f"{where}: {message}{shapes}") from failure
    params = sum(parameter.numel() for parameter in model.parameters())
    return Trace(tuple(rows.rows), params, rows.notes(model))


@dataclass(frozen=True)
class _Stretch:
    """The operations of one row: what it is, where it stands on the tape, what went in and came out."""

    name: str
    type: str
    parents: tuple[tuple[str, str], ...]
    start: int
    end: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...] = ()
    owner: nn.Module | None = None
    finished: bool = True


class _Stretches:
    """Cuts a tape into stretches: leaf layers, functions outside them, and operations outside both."""

    def __init__(self, tape: Tape, model: nn.Module) -> None:
        self.tape = tape
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.leaves = {id(module) for module in model.modules() if module is not model and _is_leaf(module)}

    def __iter__(self) -> Iterator[_Stretch]:
        done = 0
        for stretch in self._announced():
            if stretch.start < done:
                continue  # a layer that a function called
            yield from (self._lone(op, op.index) for op in self.tape.ops[done : stretch.start])
            yield stretch
            done = stretch.end
        yield from (self._lone(op, op.index) for op in self.tape.ops[done:])
        failed, ends = self.tape.failed, len(self.tape.ops)
        in_function = any(not call.finished for call in self.tape.functions)
        if failed is None or in_function or self._in_leaf(failed.calls):
            return
        if self.tape.unfinished == failed.calls:
            yield replace(self._lone(failed, ends), end=ends, finished=False)

    def _announced(self) -> list[_Stretch]:
        """Return layers and functions in the order in which they began.

        Of two that begin at one operation the one that was called first: a function whose position is `n` came after
        the first `n` module calls and before the next, whose index is `n`.
        """
        found = [
            ((call.start, 2 * call.index + 1), self._of_call(call))
            for call in self.tape.calls
            if id(call.module) in self.leaves and not self._in_leaf(self._around(call))
        ]
        found += [
            ((call.start, 2 * call.position), self._of_function(call))
            for call in self.tape.functions
            if not self._in_leaf(call.calls)
        ]
        return [stretch for _, stretch in sorted(found, key=lambda pair: pair[0])]

    def _of_call(self, call: Call) -> _Stretch:
        module, path = call.module, self.paths[id(call.module)]
        parents = self.parents(self._around(call))
        return _Stretch(
            path, type(module).__name__, parents, call.start, call.end, call.inputs, call.outputs, module, call.finished
        )

    def _of_function(self, call: FunctionCall) -> _Stretch:
        name, word, parents = self._called(call.name, call.calls)
        return _Stretch(name, word, parents, call.start, call.end, call.inputs, call.outputs, finished=call.finished)

    def _lone(self, op: Op, start: int) -> _Stretch:
        """Return the stretch of an operation of compiled code, which no function announces."""
        name, word, parents = self._called(op.name, op.calls)
        return _Stretch(name, word, parents, start, start + 1, op.inputs, op.outputs)

    def _called(self, spelling: str, calls: tuple[int, ...]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        word = spelling.strip("_")
        word = _SPELLINGS.get(word, word)
        parents = self.parents(calls)
        around = parents[-1][0] if parents else ""
        return f"{around}.{word}" if around else word, word, parents

    def parents(self, calls: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
        """Return (name, class) of the model's own modules among the calls, the outermost first."""
        modules = [self.tape.calls[index].module for index in calls]
        return tuple((self.paths[id(each)], type(each).__name__) for each in modules if id(each) in self.paths)

    def _around(self, call: Call) -> tuple[int, ...]:
        """Return the calls around a call, the outermost first."""
        found: list[int] = []
        parent = call.parent
        while parent is not None:
            found.insert(0, parent)
            parent = self.tape.calls[parent].parent
        return tuple(found)

    def _in_leaf(self, calls: tuple[int, ...]) -> bool:
        return any(id(self.tape.calls[index].module) in self.leaves for index in calls)


def _is_leaf(module: nn.Module) -> bool:
    return all(child == "parametrizations" for child, _ in module.named_children())


class _Rows:
    """The rows read so far, and the receptive field of every value that was made from the image."""

    def __init__(self, tape: Tape, model: nn.Module) -> None:
        self.tape = tape
        self.stretches = _Stretches(tape, model)
        self.rows: list[Row] = []
        self.fields: dict[int, Field] = {}
        self.unclaimed = {id(parameter): name for name, parameter in model.named_parameters()}
        self.registered = frozenset(self.unclaimed)
        self.foreign: dict[int, tuple[str, Tensor]] = {}
        self.remarks: list[str] = []
        self._pending = 0  # parameters read by operations that do not touch the image, such as a weight's norm

    def read(self) -> tuple[str, str]:
        """Read the whole tape; return the layer where it breaks off, and words for what that was called with.

        Raises SpecError at the first operation that is not lawful.
        """
        opened: _Stretch | None = None
        for stretch in self.stretches:
            self._add(stretch)
            opened = opened if stretch.finished else stretch
        if opened is not None:
            shapes = " and ".join(map(_sides, (self.tape.shape[value] for value in opened.inputs)))
            return opened.name, f" (called with {shapes})" if shapes else ""
        name, kind = (self.stretches.parents(self.tape.unfinished) or (("", "network"),))[-1]
        return name or kind, ""

    def notes(self, model: nn.Module) -> tuple[str, ...]:
        """Return the remarks: parameters that never ran, weights that are not the model's, maps that were repeated."""
        remarks = list(dict.fromkeys(self.remarks))
        if self.unclaimed:
            idle = [parameter.numel() for parameter in model.parameters() if id(parameter) in self.unclaimed]
            first = next(iter(self.unclaimed.values()))
            remarks.append(f"{sum(idle):,} parameters in {len(idle)} tensors did not run, {first} first")
        if self.foreign:
            weights = sum(tensor.numel() for _, tensor in self.foreign.values())
            first = next(iter(self.foreign.values()))[0]
            remarks.append(
                f"{weights:,} weights are not parameters of the model, those of {first} first: are its layers in a "
                "plain list? nn.ModuleList would register them"
            )
        return tuple(remarks)

    def _add(self, stretch: _Stretch) -> None:
        """Read one stretch, and keep a row when its output was made from the image."""
        steps: list[Step] = []
        fresh: set[int] = set()  # storages that came into being inside
        params = 0
        for op in self.tape.ops[stretch.start : stretch.end]:
            params += sum(self._claim(self.tape.tensor[value], stretch.name) for value in op.inputs)
            fresh |= {self._storage(value) for value in op.outputs} - {self._storage(value) for value in op.inputs}
            steps += self._step(op, stretch.name)
        if not stretch.finished:
            if self.tape.failed is not None:
                self._step(self.tape.failed, stretch.name)
            return
        own = stretch.owner.parameters() if stretch.owner is not None else ()
        params += sum(self._claim(parameter, stretch.name) for parameter in own)
        made = [value for value in stretch.outputs if value in self.fields]
        if not made or not (steps or _says_something(stretch.owner)):
            self._pending += params
            return
        output = self.tape.shape[made[0]]
        if not steps:
            field = self.fields[made[0]]
            steps.append(Step("other", (output,), output, (field,), field))
        held = sum(self._bytes(value) for value in made if self._storage(value) in fresh)
        self.rows.append(
            Row(
                stretch.name,
                stretch.type,
                stretch.parents,
                stretch.owner,
                tuple(steps),
                output,
                params + self._pending,
                held,
            )
        )
        self._pending = 0

    def _step(self, op: Op, where: str) -> list[Step]:
        """Return what an operation on the image did, and give its results their receptive field."""
        if not op.arguments:  # a view of what another value holds, not an operation
            if op.inputs[0] in self.fields:
                self.fields.update(dict.fromkeys(op.outputs, self.fields[op.inputs[0]]))
            return []
        reading = Reading(op, self.tape.shape, self.fields)
        if not reading.sources:
            return []
        reading.require_lawful(where)
        self._remark(reading, where)
        if not op.outputs:
            return []
        step = reading.step(self.tape.shape[op.outputs[0]])
        self.fields.update(dict.fromkeys(op.outputs, step.field))
        return [step]

    def _claim(self, tensor: Tensor, where: str) -> int:
        """Count a parameter for the first row that reads it; return how many numbers it adds to that row."""
        if id(tensor) in self.unclaimed:
            del self.unclaimed[id(tensor)]
            return tensor.numel()
        if isinstance(tensor, nn.Parameter) and id(tensor) not in self.registered:
            self.foreign.setdefault(id(tensor), (where, tensor))
        return 0

    def _storage(self, value: int) -> int:
        return int(self.tape.tensor[value].untyped_storage()._cdata)

    def _bytes(self, value: int) -> int:
        return math.prod(self.tape.shape[value]) * self.tape.tensor[value].element_size()

    def _remark(self, reading: Reading, where: str) -> None:
        """Note an addition of two maps in which the channels of one are repeated."""
        maps = [shape for shape, field in zip(reading.shapes, reading.fields, strict=True) if field is not None]
        if reading.op.name in ("add", "add_") and len(maps) == 2:
            left, right = maps
            if len(left) == len(right) >= 3 and left[2:] == right[2:] and left[1] != right[1]:
                self.remarks.append(f"{where} repeats one channel: it adds {left[1]} and {right[1]} channels")


def _sides(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape[1:])) or str(shape)


def _says_something(owner: nn.Module | None) -> bool:
    """Say whether a layer that computed nothing still deserves a row: dropout does, an identity does not."""
    return owner is not None and not isinstance(owner, (nn.Identity, nn.Sequential, nn.ModuleList))
