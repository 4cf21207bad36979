"""Which operations does a module execute, on which values, inside which modules, in which line of whose file?"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from residua.record.tape import CONVOLUTIONS, Arg, Call, Convolution, Frame, FunctionCall, Op, Tape

Shortcut = Callable[[str, Mapping[str, Any]], Any]

_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OURS = tuple(os.path.join(_PACKAGE, name) + os.sep for name in ("check", "record", "targets"))
_FRAMES_KEPT = 8
_CALLS = ("__call__", "_call_impl")


def record_call(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    tape: Tape,
    *,
    frames: bool = False,
    functions: bool = False,
    shortcut: Shortcut | None = None,
) -> Any:
    """Call `module` with `inputs`, in their order, fill `tape` with what runs, and return the result.

    module: its parameters, buffers and submodules are named in the tape by their dotted path, inputs by their keys.
    frames: note the user's lines behind every operation and call, which takes as long as running small operations.
    functions: note calls of torch's functions too. shortcut: called with an operator's name and arguments; it may
    return the result in torch's place, or None. What the module raises is passed on; the tape then ends there.
    """
    names: dict[int, str] = {id(parameter): f"param:{name}" for name, parameter in module.named_parameters()}
    names.update({id(buffer): f"buffer:{name}" for name, buffer in module.named_buffers()})
    names.update({id(layer): name for name, layer in module.named_modules()})
    recorder = _Recorder(tape, names, frames, shortcut)
    with ExitStack() as stack:
        for handle in (
            module_hooks.register_module_forward_pre_hook(recorder.enter),
            module_hooks.register_module_forward_hook(recorder.leave),
        ):
            stack.callback(handle.remove)
        stack.callback(recorder.end)
        if functions:
            stack.enter_context(_Functions(recorder))
        stack.enter_context(recorder)
        for name, tensor in inputs.items():
            tape.leaf[recorder.value_of(tensor)] = name
        return module(*inputs.values())


def frames_of(error: BaseException) -> tuple[Frame, ...]:
    """Return the places outside torch and this package that an exception came through, the innermost first."""
    walked = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(code, line) for code, line in walked if not _is_machinery(code.co_filename) and code.co_name not in _CALLS]
    return tuple(_frame(code, line) for code, line in reversed(own))


def frames_around(frame: FrameType | None) -> tuple[Frame, ...]:
    """Return the places outside torch and this package that lead to `frame`, the innermost first."""
    found: list[Frame] = []
    while frame is not None and len(found) < _FRAMES_KEPT:
        code = frame.f_code
        if not _is_machinery(code.co_filename) and code.co_name not in _CALLS:
            found.append(_frame(code, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def _frame(code: CodeType, line: int) -> Frame:
    return Frame(code.co_filename, line, code.co_name, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


@cache
def _is_machinery(file: str) -> bool:
    return file.startswith(("<frozen", "<string>", _TORCH, *_OURS)) or file.endswith(
        (os.sep + "contextlib.py", os.sep + "functools.py", os.sep + "threading.py")
    )


def as_tensors(value: Any) -> list[Tensor]:
    """Return the tensors in `value`: a tensor, or any nesting of tuples, lists and dicts."""
    if isinstance(value, Tensor):
        return [value] if type(value) not in _WITHOUT_SHAPE else []
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in as_tensors(item)]
    leaves = torch.utils._pytree.tree_leaves(value)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor) and type(leaf) not in _WITHOUT_SHAPE]


_WITHOUT_SHAPE = (UninitializedParameter, UninitializedBuffer)  # weights of a lazy layer before its first call
_Key = tuple[Any, ...]


def _key(tensor: Tensor) -> _Key:
    """Return what two tensor objects share when they are the same stretch of memory."""
    return (tensor.untyped_storage()._cdata, tensor.storage_offset(), tuple(tensor.shape), tensor.stride())


class _Recorder(TorchDispatchMode):
    """Fills a Tape while it is active; keeps every tensor it saw alive, so that storages are not used twice."""

    def __init__(self, tape: Tape, names: dict[int, str], frames: bool, shortcut: Shortcut | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch gives it no types
        self.tape = tape
        self.names = names
        self.frames = frames
        self.shortcut = shortcut
        self.current: dict[_Key, int] = {}
        self.views: dict[int, list[_Key]] = {}
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
        self.tape.shape[self.count] = key[2]
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

    def values_of(self, item: Any) -> tuple[int, ...]:
        """Return the numbers of all tensors in `item`."""
        return tuple(self.value_of(tensor) for tensor in as_tensors(item))

    def enter(self, module: nn.Module, args: Any) -> None:
        """Note that `module` is being called."""
        tape = self.tape
        parent = self.stack[-1] if self.stack else None
        call = Call(len(tape.calls), module, self.names.get(id(module), ""), parent, len(tape.ops), self._frames())
        call.inputs, call.of_torch = self.values_of(args), type(module).__module__.startswith("torch.")
        tape.calls.append(call)
        self.stack.append(call.index)

    def leave(self, module: nn.Module, args: Any, result: Any) -> None:
        """Note that `module` has returned `result`."""
        while self.stack:
            call = self.tape.calls[self.stack.pop()]
            call.end = len(self.tape.ops)
            if call.module is module:
                call.outputs = self.values_of(result)
                call.finished = True
                return

    def end(self) -> None:
        """Close what an exception left open."""
        self.tape.unfinished = tuple(self.stack)
        for index in self.stack:
            self.tape.calls[index].end = len(self.tape.ops)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tape, name = self.tape, func._schema.name.split("::")[-1]
        words, defaults, written = _signature(func)
        given = dict(zip(words, args, strict=False)) | kwargs
        before: list[Tensor] = []
        arguments = defaults | {word: self._pack(item, before) for word, item in given.items()}
        inputs = tuple(self.value_of(tensor) for tensor in before)
        cut = tuple(value for value, tensor in zip(inputs, before, strict=True) if not tensor.requires_grad)
        op = Op(
            len(tape.ops),
            name,
            inputs,
            arguments,
            (),
            self._frames(),
            tuple(self.stack),
            recording_grad=torch.is_grad_enabled(),
            cut=cut,
        )
        op = self._as_convolution(op) if name in CONVOLUTIONS else op
        old = [(tensor, self.value_of(tensor)) for word in written for tensor in as_tensors(given.get(word))]
        try:
            result = self.shortcut(name, given) if self.shortcut is not None else None
            if result is None:
                result = func(*args, **kwargs)
        except Exception:
            if tape.failed is None:
                tape.failed = op
            raise
        self._store(op, old, result)
        return result

    def _frames(self) -> tuple[Frame, ...]:
        return frames_around(sys._getframe(2)) if self.frames else ()

    def _pack(self, item: Any, seen: list[Tensor]) -> Any:
        if isinstance(item, Tensor):
            if type(item) in _WITHOUT_SHAPE:
                return item
            seen.append(item)
            return Arg(self.value_of(item))
        if isinstance(item, (list, tuple)):
            return tuple(self._pack(each, seen) for each in item)
        return item

    def _as_convolution(self, op: Op) -> Convolution:
        """Give a convolution's arguments their names; the data stand first, under a name that differs by operator."""
        given = op.arguments
        weight = given["weight"].value
        shape = self.tape.shape[weight]
        return Convolution(
            **vars(op) | {"side": max(shape[2:], default=1)},
            data=op.inputs[0],
            weight=weight,
            has_bias=given.get("bias") is not None,
            kernel=shape[2:],
            stride=tuple(given["stride"]),
            padding=tuple(given["padding"]),
            dilation=tuple(given["dilation"]),
            transposed=bool(given.get("transposed", False)),
            output_padding=tuple(given.get("output_padding", ())),
            groups=given["groups"],
            depthwise=shape[1:2] == (1,),
            strided=max(given["stride"], default=1) > 1,
        )

    def _store(self, op: Op, written: list[tuple[Tensor, int]], result: Any) -> None:
        writes = tuple((old, self.new_value(tensor)) for tensor, old in written)
        new = [value for _, value in writes]
        outputs: list[int] = []
        for tensor in as_tensors(result):
            known = self.current.get(_key(tensor))
            if known is None or (known not in op.inputs and known not in new):
                known = self.new_value(tensor)
            outputs.append(known)
        op = replace(op, outputs=tuple(dict.fromkeys([*outputs, *new])), writes=writes)
        self._append(op)
        for old, fresh in writes:
            self._refresh_views(old, fresh)

    def _append(self, op: Op) -> None:
        self.tape.ops.append(op)
        for value in op.outputs:
            if value not in op.inputs:
                self.tape.producer[value] = op.index

    def _alias(self, sources: tuple[int, ...], value: int) -> None:
        """Note that `value` is another view of what the sources hold; no operator ran."""
        self._append(Op(len(self.tape.ops), "alias", sources, {}, (value,), (), tuple(self.stack)))

    def _refresh_views(self, old: int, new: int) -> None:
        """After a write in place, let every other view of the same storage hold a new value that depends on it."""
        written = _key(self.tape.tensor[new])
        for key in list(self.views.get(written[0], ())):
            if key == written or self.current[key] in (old, new):
                continue
            before = self.current[key]
            value = self.new_value(self.tape.tensor[before])
            self._alias((before, new), value)


_QUESTIONS = ("__get__", "__set__", "untyped_storage", "storage_offset", "stride")  # attributes, and what _key() asks


class _Functions(TorchFunctionMode):
    """Notes the calls of torch's functions that no other such call made."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self.recorder = recorder
        self.inside = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "function")
        if self.inside or name in _QUESTIONS:
            return func(*args, **kwargs)
        recorder, tape = self.recorder, self.recorder.tape
        call = FunctionCall(name, tuple(recorder.stack), len(tape.calls), len(tape.ops))
        call.inputs = recorder.values_of((args, kwargs))
        tape.functions.append(call)
        self.inside = True
        try:
            result = func(*args, **kwargs)
            call.outputs, call.finished = recorder.values_of(result), True
        finally:
            self.inside = False
            call.end = len(tape.ops)
        return result


@cache
def _signature(func: Any) -> tuple[tuple[str, ...], dict[str, Any], tuple[str, ...]]:
    """Return the names of an operator's arguments, their defaults (None without one), and the names it writes to."""
    arguments = func._schema.arguments
    defaults = {argument.name: argument.default_value for argument in arguments}
    aliases = {argument.name: argument.alias_info for argument in arguments if argument.alias_info is not None}
    return tuple(defaults), defaults, tuple(name for name, alias in aliases.items() if alias.is_write)
