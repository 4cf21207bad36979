"""Which layers does a network run for one image, in which order, and on which shapes?

The network is copied without its weights and run once on torch's `meta` device, where tensors have shapes but no
numbers: a ResNet-152 costs no memory and about a second. What cannot run there (control flow that looks at
values, tensors made on another device) is copied with its weights and run for real. The original is never touched.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from residua.errors import SpecError, TargetError
from residua.record.steps import Operation, Step, as_tensors, blank_like, blank_result
from residua.record.window import whole_pixel

_SPELLINGS = {"iadd": "add", "radd": "add", "imul": "mul", "rmul": "mul", "isub": "sub", "itruediv": "div",
              "truediv": "div", "getitem": "slice"}  # fmt: skip


@dataclass
class Row:
    """One leaf layer, or one function called outside any leaf layer, while it runs and after."""

    name: str
    type: str
    parents: tuple[tuple[str, str], ...]  # (name, class) of the modules around it, outermost first
    owner: nn.Module | None = None
    steps: list[Step] = field(default_factory=list)
    output: tuple[int, ...] = ()
    params: int = 0
    activation_bytes: int = 0
    made: set[int] = field(default_factory=set)  # storages that came into being inside


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
            return _record(_skeleton(model), input_size, torch.device("meta"))
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


def _skeleton(model: nn.Module) -> nn.Module:
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
    floats = (p.dtype for p in model.parameters() if p.dtype.is_floating_point)
    image = torch.zeros((1, *input_size), dtype=next(floats, torch.float32), device=device)
    recorder = _Recorder(model)
    recorder.fields[image] = whole_pixel(len(input_size) - 1)
    with recorder.watching(model):
        try:
            model(image)
        except SpecError:
            raise
        except Exception as error:
            message = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise _Stopped(f"{recorder.where()}: {message}{recorder.shapes()}") from error
    return Trace(tuple(recorder.rows), sum(p.numel() for p in model.parameters()), recorder.notes(model))


class _Recorder:
    """The rows so far, the row that is open, and the receptive field of every live map."""

    def __init__(self, model: nn.Module) -> None:
        self.rows: list[Row] = []
        self.row: Row | None = None
        self.fields: Any = WeakTensorKeyDictionary()
        self.seen: tuple[tuple[int, ...], ...] = ()  # shapes that the open row was called with
        self.unclaimed = {id(parameter): name for name, parameter in model.named_parameters()}
        self.registered = frozenset(self.unclaimed)
        self.foreign: dict[int, tuple[str, Tensor]] = {}
        self.remarks: list[str] = []
        self._pending = 0  # parameters read by operations that do not touch the image, such as a weight's norm
        self._stack: list[tuple[str, str]] = []

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator[None]:
        """Hook every module of the copy and watch functions and operations until the end of the block."""
        for name, module in model.named_modules():
            leaf = module is not model and all(child == "parametrizations" for child, _ in module.named_children())
            module.register_forward_pre_hook(self._entering(name, leaf), with_kwargs=True)
            module.register_forward_hook(self._leaving())
        with _Functions(self), _Operations(self):
            yield

    def _entering(self, name: str, leaf: bool) -> Callable[..., None]:
        def hook(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            if self.row is not None:
                return
            self._stack.append((name, type(module).__name__))
            if leaf:
                parents = tuple(self._stack[:-1])
                self.open(Row(name, type(module).__name__, parents, module), (args, kwargs))

        return hook

    def _leaving(self) -> Callable[..., None]:
        def hook(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            if self.row is not None:
                if self.row.owner is not module:
                    return
                self.close(output)
            self._stack.pop()

        return hook

    def called(self, spelling: str) -> Row:
        """Return a row for a function that was called in the module that is running now."""
        word = spelling.strip("_")
        word = _SPELLINGS.get(word, word)
        around = self._stack[-1][0] if self._stack else ""
        return Row(f"{around}.{word}" if around else word, word, tuple(self._stack))

    def open(self, row: Row, arguments: Any) -> None:
        """Start a row; what runs until `close` belongs to it."""
        self.row = row
        self.seen = tuple(tuple(tensor.shape) for tensor in as_tensors(arguments))

    def close(self, output: Any) -> None:
        """End the open row, and keep it when its output was made from the image."""
        row = self.row
        assert row is not None
        made = [tensor for tensor in as_tensors(output) if tensor in self.fields]
        if row.owner is not None:
            for parameter in row.owner.parameters():
                self.claim(parameter)
        if made and (row.steps or _says_something(row.owner)):
            row.output = tuple(made[0].shape)
            row.activation_bytes = sum(t.nbytes for t in made if t.untyped_storage()._cdata in row.made)
            row.params += self._pending
            self._pending = 0
            if not row.steps:
                fields = (self.fields[made[0]],)
                row.steps.append(Step("other", (row.output,), row.output, fields, fields[0]))
            self.rows.append(row)
        else:
            self._pending += row.params
        self.row = None

    def claim(self, tensor: Tensor) -> None:
        """Count a parameter for the first row that reads it."""
        assert self.row is not None
        if id(tensor) in self.unclaimed:
            del self.unclaimed[id(tensor)]
            self.row.params += tensor.numel()
        elif isinstance(tensor, nn.Parameter) and id(tensor) not in self.registered:
            self.foreign.setdefault(id(tensor), (self.row.name, tensor))

    def where(self) -> str:
        """Name the layer that is running."""
        if self.row is not None:
            return self.row.name
        name, kind = self._stack[-1] if self._stack else ("", "network")
        return name or kind

    def shapes(self) -> str:
        """Say what the open row was called with, for a message."""
        shapes = " and ".join("×".join(map(str, shape[1:])) or str(shape) for shape in self.seen)
        return f" (called with {shapes})" if self.row is not None and shapes else ""

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


class _Functions(TorchFunctionMode):
    """Opens a row for each function called outside a leaf layer."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        recorder, kwargs = self._recorder, kwargs or {}
        name = getattr(func, "__name__", "function")
        if recorder.row is not None or name in ("__get__", "__set__"):
            return func(*args, **kwargs)
        recorder.open(recorder.called(name), (args, kwargs))
        output = func(*args, **kwargs)
        recorder.close(output)
        return output


class _Operations(TorchDispatchMode):
    """Follows every operation: is it lawful, and what becomes of the receptive field?"""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        recorder, kwargs = self._recorder, kwargs or {}
        operation = Operation(func, args, kwargs)
        alone = recorder.row is None  # compiled code, which no function announces
        if alone:
            recorder.open(recorder.called(operation.name.partition("::")[2]), (args, kwargs))
        output = self._follow(operation, func, args, kwargs)
        if alone:
            recorder.close(output)
        return output

    def _follow(self, operation: Operation, func: Any, args: Any, kwargs: Any) -> Any:
        recorder = self._recorder
        row = recorder.row
        assert row is not None
        sources = tuple(recorder.fields[tensor] for tensor in operation.tensors if tensor in recorder.fields)
        for tensor in operation.tensors:
            recorder.claim(tensor)
        if sources:
            operation.require_lawful(row.name, recorder.fields.get)
            self._remark(operation, row.name)
        old = {tensor.untyped_storage()._cdata for tensor in operation.tensors}
        output = blank_result(operation)
        output = func(*args, **kwargs) if output is None else output
        results = as_tensors(output)
        row.made |= {tensor.untyped_storage()._cdata for tensor in results} - old
        if sources and results:
            step = operation.step(results[0], sources)
            row.steps.append(step)
            for tensor in results:
                recorder.fields[tensor] = step.field
        return output

    def _remark(self, operation: Operation, where: str) -> None:
        """Note an addition of two maps in which the channels of one are repeated."""
        maps = [tensor for tensor in operation.tensors if tensor in self._recorder.fields]
        if operation.name in ("aten::add", "aten::add_") and len(maps) == 2:
            left, right = (tuple(tensor.shape) for tensor in maps)
            if len(left) == len(right) >= 3 and left[2:] == right[2:] and left[1] != right[1]:
                self._recorder.remarks.append(f"{where} repeats one channel: it adds {left[1]} and {right[1]} channels")


def _says_something(owner: nn.Module | None) -> bool:
    """Say whether a layer that computed nothing still deserves a row: dropout does, an identity does not."""
    return owner is not None and not isinstance(owner, (nn.Identity, nn.Sequential, nn.ModuleList))
