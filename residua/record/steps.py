"""What does one tensor operation of torch do to shapes, MACs and the receptive field?

Operations are read at torch's lowest level (aten), so that `nn.Conv2d`, `F.conv2d` and an unregistered layer in a
list are all the same convolution.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from residua.errors import SpecError
from residua.record.window import Axes, Field, Window, widest

_MAX_POOLS = ("aten::max_pool2d_with_indices", "aten::max_pool3d_with_indices", "aten::max_pool2d")
_AVG_POOLS = ("aten::avg_pool2d", "aten::avg_pool3d")
_ADAPTIVE_POOLS = tuple(f"aten::{name}{n}d" for name in ("_adaptive_avg_pool", "adaptive_max_pool") for n in (2, 3))
_REDUCTIONS = ("aten::mean", "aten::sum", "aten::amax", "aten::max", "aten::var", "aten::logsumexp")
_TAPS = {"nearest": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}  # of interpolation, an axis


@dataclass(frozen=True)
class Step:
    """One operation with the numbers that its arithmetic needs.

    kind: "conv", "pool", "linear", "add" or "other". Shapes include the batch of one.
    fields: the receptive fields of the maps that came in; field: that of what goes out.
    """

    kind: str
    inputs: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]
    fields: tuple[Field, ...]
    field: Field
    macs: int = 0
    window: Window | None = None
    weight: tuple[int, ...] = ()
    groups: int = 1


class Operation:
    """One call of an aten operator, its arguments by name."""

    def __init__(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.name: str = func._schema.name
        names, defaults = _signature(func)
        self.arguments: dict[str, Any] = defaults | dict(zip(names, args, strict=False)) | kwargs
        self.tensors: list[Tensor] = []
        for value in self.arguments.values():
            found = value if isinstance(value, (list, tuple)) else [value]
            self.tensors += [item for item in found if _is_made(item)]

    def require_lawful(self, where: str, field_of: Callable[[Tensor], Field | None]) -> None:
        """Raise SpecError, with the layer `where` and the shapes, when torch could not compute it or should not.

        Should not: torch adds a 1×1 map to a larger one by repeating it, and a shortcut of the wrong size goes unseen.
        """
        if self.name in ("aten::add", "aten::add_"):
            self._require_same_maps(where, field_of)
        elif self.name == "aten::convolution":
            self._require_channels(where)
        elif self.name in ("aten::addmm", "aten::mm"):
            self._require_features(where)
        window = self.window()
        if window is not None:
            size = self._map(window)
            after = window.output_size(size)
            if min(after) < 1:
                raise SpecError(
                    f"{where}: nothing is left of the map: a {_times(window.kernel)} window with stride "
                    f"{_times(window.stride)} and padding {_times(window.padding)} over {_shape(self.tensors[0])} "
                    f"gives {_times(tuple(max(length, 0) for length in after))}; use larger images"
                )
            self._require_stride_fits(where, window, size, field_of(self.tensors[0]))

    def step(self, output: Tensor, sources: tuple[Field, ...]) -> Step:
        """Return what the operation did: `output` is its result, `sources` the fields of the maps it read."""
        shapes = tuple(tuple(tensor.shape) for tensor in self.tensors)
        window, field = self.window(), widest(sources)
        after = self._field(field, window, tuple(output.shape))
        weight = tuple(self.arguments["weight"].shape) if self.name == "aten::convolution" else ()
        if self.name in ("aten::addmm", "aten::mm"):
            weight = shapes[-1]
        return Step(
            kind=self._kind(len(sources)),
            inputs=shapes,
            output=tuple(output.shape),
            fields=sources,
            field=after,
            macs=self._macs(tuple(output.shape), weight),
            window=window,
            weight=weight,
            groups=self.arguments.get("groups") or 1,
        )

    def window(self) -> Window | None:
        """Return the window that slides over the first argument, if one does."""
        given = self.arguments
        if self.name == "aten::convolution":
            axes = given["weight"].dim() - 2
            stride, padding, dilation = (_axes(given[key], axes) for key in ("stride", "padding", "dilation"))
            kernel = tuple(given["weight"].shape[2:])
            extra = _axes(given["output_padding"], axes)
            return Window(kernel, stride, padding, dilation, transposed=given["transposed"], extra=extra)
        if self.name in _MAX_POOLS + _AVG_POOLS:
            axes = 3 if "3d" in self.name else 2
            kernel = _axes(given["kernel_size"], axes)
            stride = _axes(given["stride"], axes) if given["stride"] else kernel
            dilation = _axes(given.get("dilation") or [1], axes)
            return Window(kernel, stride, _axes(given["padding"], axes), dilation, ceil=bool(given["ceil_mode"]))
        return None

    def _kind(self, sources: int) -> str:
        if self.name == "aten::convolution":
            return "conv"
        if self.name in ("aten::addmm", "aten::mm"):
            return "linear"
        if self.name in _MAX_POOLS + _AVG_POOLS + _ADAPTIVE_POOLS:
            return "pool"
        return "add" if self.name in ("aten::add", "aten::add_") and sources > 1 else "other"

    def _macs(self, output: tuple[int, ...], weight: tuple[int, ...]) -> int:
        if self.name == "aten::convolution":
            spread = self.tensors[0].shape if self.arguments["transposed"] else output
            return math.prod(spread) * math.prod(weight[1:])
        return math.prod(output) * weight[0] if weight else 0

    def _field(self, field: Field, window: Window | None, output: tuple[int, ...]) -> Field:
        if not self.tensors or field.pooled:
            return field
        before = tuple(self.tensors[0].shape)
        if window is not None:
            covers = self.name != "aten::convolution" and _covers(window, self._map(window))
            return Field(field.size, field.stride, pooled=True) if covers else field.through(window)
        if self.name in _ADAPTIVE_POOLS:
            after = output[-len(field.size) :]
            return _adapted(field, before[-len(field.size) :], after)
        if self.name.startswith("aten::upsample_"):
            taps = next(count for word, count in _TAPS.items() if f"_{word}" in self.name)
            return field.resized(before[2:], output[2:], taps)
        if self.name == "aten::slice":
            return field.sliced(self.arguments["dim"] % len(before) - 2, self.arguments["step"])
        if self.name in _REDUCTIONS and self._reduces_pixels(len(before)):
            return Field(field.size, field.stride, pooled=True)
        return field

    def _reduces_pixels(self, dims: int) -> bool:
        """Say whether a mean, sum or maximum goes over pixels and not only over channels."""
        if self.name == "aten::max" and isinstance(self.arguments.get("other"), Tensor):
            return False
        over = self.arguments.get("dim")
        axes = [over] if isinstance(over, int) else over
        return not axes or any(axis % dims >= 2 for axis in axes)

    def _map(self, window: Window) -> Axes:
        return tuple(self.tensors[0].shape[-len(window.kernel) :])

    def _require_same_maps(self, where: str, field_of: Callable[[Tensor], Field | None]) -> None:
        if len(self.tensors) != 2:
            return
        left, right = (tuple(tensor.shape) for tensor in self.tensors)
        fields = [field_of(tensor) for tensor in self.tensors]
        if len(left) != len(right) or len(left) < 3 or any(field is None or field.pooled for field in fields):
            return
        if left[2:] != right[2:] or (left[1] != right[1] and 1 not in (left[1], right[1])):
            raise SpecError(
                f"{where}: the maps to be added disagree: {_times(left[1:])} and {_times(right[1:])}; branch and "
                "shortcut must have one shape at this input size"
            )

    def _require_stride_fits(self, where: str, window: Window, size: Axes, field: Field | None) -> None:
        """Refuse to halve a map of one pixel: torch returns one pixel again, made of padding for the most part."""
        if field is None or field.pooled or window.transposed:
            return
        for length, stride, so_far in zip(size[::-1], window.stride[::-1], field.stride[::-1], strict=False):
            if length == 1 and stride > 1:
                raise SpecError(
                    f"{where}: the map has vanished: {_shape(self.tensors[0])} comes in, one pixel, and the stride of "
                    f"{stride} asks for less (total stride {so_far} so far); use larger images"
                )

    def _require_channels(self, where: str) -> None:
        given, weight = self.tensors[0], self.arguments["weight"]
        per_group = 0 if self.arguments["transposed"] else 1
        expected = weight.shape[per_group] * (self.arguments["groups"] if per_group else 1)
        if given.dim() == weight.dim() and given.shape[1] != expected:
            raise SpecError(f"{where}: takes {expected} channels, gets {given.shape[1]}: {_shape(given)}")

    def _require_features(self, where: str) -> None:
        rows, matrix = self.tensors[-2:]
        if rows.shape[-1] != matrix.shape[0]:
            raise SpecError(
                f"{where}: takes {matrix.shape[0]} features, gets {rows.shape[-1]}: the map that was flattened has "
                "another size at this input size, or another number of channels"
            )


def blank_result(operation: Operation) -> Any:
    """Return the result of an operation on `meta` tensors that keeps the shape, or None where torch must say.

    Only for the three operations that residual networks consist of besides convolutions; torch works out the same
    shapes in Python, ten times slower.
    """
    tensors = operation.tensors
    if not tensors or tensors[0].device.type != "meta":
        return None
    first = tensors[0]
    if operation.name in ("aten::relu", "aten::relu_"):
        return first if operation.name.endswith("_") else blank_like(first)
    if operation.name == "aten::native_batch_norm" and not operation.arguments["training"]:
        return blank_like(first), *(torch.empty(0, device="meta") for _ in range(2))
    if operation.name in ("aten::add", "aten::add_") and len(tensors) == 2:
        same = first.shape == tensors[1].shape and first.dtype == tensors[1].dtype
        return (first if operation.name.endswith("_") else blank_like(first)) if same else None
    return None


def blank_like(tensor: Tensor) -> Tensor:
    """Return a tensor of the same shape, strides and dtype on `meta`, where `empty_like` is a hundred times slower."""
    if tensor.layout != torch.strided:
        return torch.empty_like(tensor, device="meta")
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")


def as_tensors(value: Any) -> list[Tensor]:
    """Return the tensors in `value`: a tensor, or any nesting of tuples, lists and dicts."""
    if isinstance(value, Tensor):
        return [value] if _is_made(value) else []
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in as_tensors(item)]
    return [leaf for leaf in torch.utils._pytree.tree_leaves(value) if _is_made(leaf)]


def _is_made(value: Any) -> bool:
    """Say whether `value` is a tensor that has a shape already (a lazy layer's weights have none at first)."""
    return isinstance(value, Tensor) and type(value) not in (UninitializedParameter, UninitializedBuffer)


@functools.cache
def _signature(func: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names of an operator's arguments, and their defaults."""
    arguments = func._schema.arguments
    return tuple(a.name for a in arguments), {a.name: a.default_value for a in arguments}


def _axes(value: Any, axes: int) -> Axes:
    numbers = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    return numbers * axes if len(numbers) == 1 else numbers


def _covers(window: Window, size: Axes) -> bool:
    """Say whether the window takes in the whole of some axis at once, as a pool written for a fixed size does."""
    whole = [k >= n for k, n, p in zip(window.kernel, size, window.padding, strict=True) if p == 0 and n > 1]
    return any(whole) or max(size) == 1


def _adapted(field: Field, before: Axes, after: Axes) -> Field:
    """Return the field behind an adaptive pool, whose window is as large as the two sizes ask for."""
    if any(new == 1 and old > 1 for old, new in zip(before, after, strict=True)) or max(after) == 1:
        return Field(field.size, field.stride, pooled=True)
    bins = [
        max(-(-(i + 1) * old // new) - i * old // new for i in range(new))
        for old, new in zip(before, after, strict=True)
    ]
    strides = tuple(max(old // new, 1) for old, new in zip(before, after, strict=True))
    zeros, ones = (0,) * len(before), (1,) * len(before)
    return field.through(Window(tuple(bins), strides, zeros, ones))


def _times(numbers: tuple[int, ...]) -> str:
    return "×".join(map(str, numbers))


def _shape(tensor: Tensor) -> str:
    return _times(tuple(tensor.shape[1:]))
