"""Which operations did a module execute, on which values, in which line of whose file?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cache
from types import CodeType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.utils._python_dispatch import TorchDispatchMode

_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OURS = tuple(os.path.join(_PACKAGE, name) + os.sep for name in ("check", "record", "targets"))
_FRAMES_KEPT = 8
_REAL: dict[str, str | None] = {}
CONVOLUTIONS = frozenset({"convolution", "_convolution", "mkldnn_convolution", "convolution_overrideable"})


@dataclass(frozen=True)
class Frame:
    """A place in a file that is not torch's: where a call was made from."""

    file: str
    line: int
    function: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Op:
    """One executed aten operation; values are numbers, so that a write in place has a before and an after.

    arguments: what was given, by the operator's own names, tensors as Arg; defaults that nobody gave are not in it.
    """

    index: int
    name: str
    inputs: tuple[int, ...]
    arguments: Mapping[str, Any]
    outputs: tuple[int, ...]
    frames: tuple[Frame, ...]
    calls: tuple[int, ...]
    writes: tuple[tuple[int, int], ...] = ()
    recording_grad: bool = True
    cut: tuple[int, ...] = ()

    @property
    def side(self) -> int:
        """The largest side of a convolution's kernel; 1 for every other operation."""
        return 1


@dataclass(frozen=True, kw_only=True)
class Convolution(Op):
    """An executed convolution: the values of its operands, and one number an axis of the rest.

    depthwise: each filter reads one channel; of a transposed one, each channel makes one.
    """

    data: int
    weight: int
    has_bias: bool
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    groups: int
    depthwise: bool

    @property
    def side(self) -> int:
        """The largest side of the kernel."""
        return max(self.kernel)

    @property
    def strided(self) -> bool:
        """True where the map gets smaller, or larger when transposed, along some axis."""
        return max(self.stride) > 1


@dataclass
class Call:
    """One call of a module's forward: which operations ran inside, and what went in and came out."""

    index: int
    module: nn.Module
    path: str
    parent: int | None
    start: int
    frames: tuple[Frame, ...]
    inputs: tuple[int, ...] = ()
    end: int = 0
    outputs: tuple[int, ...] = ()
    finished: bool = False


class Failed(NamedTuple):
    """The operation that raised: its operands, the user's lines, and the module calls around it."""

    name: str
    inputs: tuple[int, ...]
    frames: tuple[Frame, ...]
    calls: tuple[int, ...]


@dataclass
class Tape:
    """All operations of one forward pass, in order."""

    ops: list[Op] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    producer: dict[int, int] = field(default_factory=dict)
    leaf: dict[int, str] = field(default_factory=dict)
    shape: dict[int, tuple[int, ...]] = field(default_factory=dict)
    tensor: dict[int, Tensor] = field(default_factory=dict)
    failed: Failed | None = None


@dataclass(frozen=True)
class Arg:
    """A tensor among an operation's arguments, by the number of its value."""

    value: int


def user_frames(frame: Any) -> tuple[Frame, ...]:
    """Return the places outside torch and this checker that lead to `frame`, the innermost first."""
    found: list[Frame] = []
    while frame is not None and len(found) < _FRAMES_KEPT:
        code: CodeType = frame.f_code
        name = code.co_filename
        if name not in _REAL:
            _REAL[name] = None if _is_machinery(name) else name
        if _REAL[name] is not None and code.co_name not in ("__call__", "_call_impl"):
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            found.append(Frame(name, frame.f_lineno, code.co_name, names))
        frame = frame.f_back
    return tuple(found)


def _is_machinery(name: str) -> bool:
    return name.startswith(("<frozen", "<string>", _TORCH, *_OURS)) or name.endswith(
        (os.sep + "contextlib.py", os.sep + "functools.py", os.sep + "threading.py")
    )


def _key(tensor: Tensor) -> tuple[Any, ...]:
    return (tensor.untyped_storage()._cdata, tensor.storage_offset(), tuple(tensor.shape), tensor.stride())


class _Recorder(TorchDispatchMode):
    """Fills a Tape while it is active; keeps every tensor it saw alive, so that storages are not used twice."""

    def __init__(self, tape: Tape, names: dict[int, str]) -> None:
        super().__init__()
        self.tape = tape
        self.names = names
        self.current: dict[tuple[Any, ...], int] = {}
        self.views: dict[int, list[tuple[Any, ...]]] = {}
        self.stack: list[int] = []
        self.count = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise the first operation imports torch._dynamo, which takes seconds

    def new_value(self, tensor: Tensor) -> int:
        """Give `tensor`, as it is now, a number."""
        self.count += 1
        key = _key(tensor)
        if key not in self.current:
            self.views.setdefault(key[0], []).append(key)
        self.current[key] = self.count
        self.tape.shape[self.count] = tuple(tensor.shape)
        self.tape.tensor[self.count] = tensor
        return self.count

    def value_of(self, tensor: Tensor) -> int:
        """Return the number of what `tensor` holds now; an unseen one is a leaf, or a view of a known storage."""
        key = _key(tensor)
        known = self.current.get(key)
        if known is not None:
            return known
        relatives = self.views.get(key[0])
        value = self.new_value(tensor)
        if relatives:
            newest = max(self.current[other] for other in relatives if other != key)
            self._alias((newest,), value)
        else:
            kind = "param" if tensor.requires_grad and tensor.is_leaf else "const"
            self.tape.leaf[value] = self.names.get(id(tensor), f"{kind}:?")
        return value

    def _alias(self, sources: tuple[int, ...], value: int) -> None:
        """Note that `value` is another view of what the sources hold."""
        op = Op(len(self.tape.ops), "alias", sources, {}, (value,), (), tuple(self.stack))
        self.tape.ops.append(op)
        self.tape.producer[value] = op.index

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = func._schema.name.split("::")[-1]
        before: list[Tensor] = []
        given = dict(zip(_argument_names(func), args, strict=False)) | kwargs
        arguments = {word: self._pack(item, before) for word, item in given.items()}
        inputs = tuple(self.value_of(t) for t in before)
        frames = user_frames(sys._getframe(1))
        grad = torch.is_grad_enabled()
        cut = tuple(v for v, t in zip(inputs, before, strict=True) if not t.requires_grad)
        written = [(t, self.value_of(t)) for t in self._written(func, given)]
        try:
            result = func(*args, **kwargs)
        except Exception:
            if self.tape.failed is None:
                self.tape.failed = Failed(name, inputs, frames, tuple(self.stack))
            raise
        op = Op(len(self.tape.ops), name, inputs, arguments, (), frames, tuple(self.stack), (), grad, cut)
        self._store(self._as_convolution(op) if name in CONVOLUTIONS else op, written, result)
        return result

    def _as_convolution(self, op: Op) -> Convolution:
        """Give a convolution's arguments their names; the data stand first, under a name that differs by operator."""
        given = op.arguments
        weight = given["weight"].value
        shape = self.tape.shape[weight]
        return Convolution(
            **{field.name: getattr(op, field.name) for field in fields(op)},
            data=next(iter(given.values())).value,
            weight=weight,
            has_bias=given.get("bias") is not None,
            kernel=shape[2:],
            stride=tuple(given["stride"]),
            padding=tuple(given["padding"]),
            dilation=tuple(given["dilation"]),
            transposed=bool(given.get("transposed", False)),
            groups=given["groups"],
            depthwise=shape[1] == 1,
        )

    def _pack(self, item: Any, seen: list[Tensor]) -> Any:
        if isinstance(item, Tensor):
            seen.append(item)
            return Arg(self.value_of(item))
        if isinstance(item, (list, tuple)):
            return tuple(self._pack(each, seen) for each in item)
        return item

    def _written(self, func: Any, given: Mapping[str, Any]) -> list[Tensor]:
        """Return the arguments that `func` says it writes to."""
        arguments = func._schema.arguments
        written = [a.name for a in arguments if a.alias_info is not None and a.alias_info.is_write]
        return [tensor for name in written for tensor in self._tensors(given.get(name))]

    def _store(self, op: Op, written: list[tuple[Tensor, int]], result: Any) -> None:
        writes = tuple((old, self.new_value(tensor)) for tensor, old in written)
        new = [value for _, value in writes]
        outputs: list[int] = []
        for tensor in self._tensors(result):
            known = self.current.get(_key(tensor))
            if known is None or (known not in op.inputs and known not in new):
                known = self.new_value(tensor)
            outputs.append(known)
        op = replace(op, outputs=tuple(dict.fromkeys([*outputs, *new])), writes=writes)
        self.tape.ops.append(op)
        for value in op.outputs:
            if value not in op.inputs:
                self.tape.producer[value] = op.index
        for old, fresh in writes:
            self._refresh_views(old, fresh)

    def _tensors(self, result: Any) -> Iterator[Tensor]:
        if isinstance(result, Tensor):
            yield result
        elif isinstance(result, (list, tuple)):
            for each in result:
                yield from self._tensors(each)

    def _refresh_views(self, old: int, new: int) -> None:
        """After a write in place, let every other view of the same storage hold a new value that depends on it."""
        written = _key(self.tape.tensor[new])
        for key in list(self.views.get(written[0], ())):
            if key == written or self.current[key] in (old, new):
                continue
            before = self.current[key]
            value = self.new_value(self.tape.tensor[before])
            self._alias((before, new), value)

    def enter(self, module: nn.Module, args: Any) -> None:
        """Note that `module` is being called."""
        path = self.names.get(id(module), "")
        parent = self.stack[-1] if self.stack else None
        frames = user_frames(sys._getframe(2))
        call = Call(len(self.tape.calls), module, path, parent, len(self.tape.ops), frames)
        call.inputs = tuple(self.value_of(t) for t in self._tensors(args))
        self.tape.calls.append(call)
        self.stack.append(call.index)

    def leave(self, module: nn.Module, result: Any) -> None:
        """Note that `module` has returned `result`."""
        while self.stack:
            call = self.tape.calls[self.stack.pop()]
            call.end = len(self.tape.ops)
            if call.module is module:
                items = tuple(result.values()) if isinstance(result, dict) else result
                call.outputs = tuple(self.value_of(t) for t in self._tensors(items))
                call.finished = True
                return


@cache
def _argument_names(func: Any) -> tuple[str, ...]:
    return tuple(argument.name for argument in func._schema.arguments)


@contextmanager
def recording(module: nn.Module, tape: Tape) -> Iterator[Callable[[Tensor, str], int]]:
    """Record what runs inside the block into `tape`; yields a function that names an input tensor beforehand.

    module: its parameters, buffers and submodules are named in the tape by their dotted path.
    """
    names: dict[int, str] = {id(p): f"param:{n}" for n, p in module.named_parameters()}
    names.update({id(b): f"buffer:{n}" for n, b in module.named_buffers()})
    names.update({id(m): n for n, m in module.named_modules()})
    recorder = _Recorder(tape, names)

    def name_input(tensor: Tensor, name: str) -> int:
        value = recorder.value_of(tensor)
        tape.leaf[value] = name
        return value

    def before(called: nn.Module, args: Any, kwargs: Any = None) -> None:
        recorder.enter(called, args)

    def after(called: nn.Module, args: Any, result: Any) -> None:
        recorder.leave(called, result)

    handles = [
        module_hooks.register_module_forward_pre_hook(before),
        module_hooks.register_module_forward_hook(after),
    ]
    try:
        with recorder:
            yield name_input
    finally:
        for handle in handles:
            handle.remove()
        for index in recorder.stack:
            tape.calls[index].end = len(tape.ops)
