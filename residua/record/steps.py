"""What does one tensor operation of torch do to shapes, MACs and the receptive field?

Operations are read at torch's lowest level (aten), so that `nn.Conv2d`, `F.conv2d` and an unregistered layer in a
list are all the same convolution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from residua.errors import SpecError
from residua.record.tape import Arg, Convolution, Op
from residua.record.window import Axes, Field, Window, widest

_MAX_POOLS = ("max_pool2d_with_indices", "max_pool3d_with_indices", "max_pool2d")
_AVG_POOLS = ("avg_pool2d", "avg_pool3d")
_ADAPTIVE_POOLS = tuple(f"{name}{n}d" for name in ("_adaptive_avg_pool", "adaptive_max_pool") for n in (2, 3))
_REDUCTIONS = ("mean", "sum", "amax", "max", "var", "logsumexp")
_ADDS = ("add", "add_")
_LINEAR = ("addmm", "mm")
_TAPS = {"nearest": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}  # of interpolation, an axis


@dataclass(frozen=True)
class Step:
    """One operation with the numbers that its arithmetic needs.

    kind: "conv", "pool", "linear", "add" or "other". Shapes include the batch of one.
    fields: the receptive fields of the maps that came in; field: that of what goes out.
    """

    kind: str
    inputs: tuple[Axes, ...]
    output: Axes
    fields: tuple[Field, ...]
    field: Field
    macs: int = 0
    window: Window | None = None
    weight: Axes = ()
    groups: int = 1


class Reading:
    """One executed operation with the shapes of what it read, and the receptive fields of the maps among that."""

    def __init__(self, op: Op, shapes: Mapping[int, Axes], fields: Mapping[int, Field]) -> None:
        self.op = op
        self.shapes = tuple(shapes[value] for value in op.inputs)
        self.fields = tuple(fields.get(value) for value in op.inputs)
        self.sources = tuple(field for field in self.fields if field is not None)
        self.window = self._find_window()

    def require_lawful(self, where: str) -> None:
        """Raise SpecError, with the layer `where` and the shapes, when torch could not compute it or should not.

        Should not: torch adds a 1×1 map to a larger one by repeating it, and a shortcut of the wrong size goes unseen.
        """
        if self.op.name in _ADDS:
            self._require_same_maps(where)
        elif isinstance(self.op, Convolution):
            self._require_channels(where, self.op)
        elif self.op.name in _LINEAR:
            self._require_features(where)
        if self.window is not None:
            self._require_pixels(where, self.window)
            self._require_stride_fits(where, self.window)

    def step(self, output: Axes) -> Step:
        """Return what the operation did; `output` is the shape of its result."""
        field = widest(self.sources)
        weight: Axes = ()
        if isinstance(self.op, Convolution):
            weight = self.shapes[1]
        elif self.op.name in _LINEAR:
            weight = self.shapes[-1]
        return Step(
            kind=self._kind(),
            inputs=self.shapes,
            output=output,
            fields=self.sources,
            field=self._field(field, output),
            macs=self._macs(output, weight),
            window=self.window,
            weight=weight,
            groups=self.op.groups if isinstance(self.op, Convolution) else 1,
        )

    def _find_window(self) -> Window | None:
        """Return the window that slides over the first argument, if one does."""
        op, given = self.op, self.op.arguments
        if isinstance(op, Convolution):
            axes = len(op.kernel)
            stride, padding, dilation, extra = (
                _axes(numbers, axes) for numbers in (op.stride, op.padding, op.dilation, op.output_padding)
            )
            return Window(op.kernel, stride, padding, dilation, transposed=op.transposed, extra=extra)
        if op.name in _MAX_POOLS + _AVG_POOLS:
            axes = 3 if "3d" in op.name else 2
            kernel = _axes(given["kernel_size"], axes)
            stride = _axes(given["stride"], axes) if given["stride"] else kernel
            dilation = _axes(given.get("dilation") or (1,), axes)
            return Window(kernel, stride, _axes(given["padding"], axes), dilation, ceil=bool(given["ceil_mode"]))
        return None

    def _kind(self) -> str:
        if isinstance(self.op, Convolution):
            return "conv"
        if self.op.name in _LINEAR:
            return "linear"
        if self.op.name in _MAX_POOLS + _AVG_POOLS + _ADAPTIVE_POOLS:
            return "pool"
        return "add" if self.op.name in _ADDS and len(self.sources) > 1 else "other"

    def _macs(self, output: Axes, weight: Axes) -> int:
        if isinstance(self.op, Convolution):
            spread = self.shapes[0] if self.op.transposed else output
            return math.prod(spread) * math.prod(weight[1:])
        return math.prod(output) * weight[0] if weight else 0

    def _field(self, field: Field, output: Axes) -> Field:
        name, given = self.op.name, self.op.arguments
        if not self.shapes or field.pooled:
            return field
        before, window = self.shapes[0], self.window
        if window is not None:
            covers = not isinstance(self.op, Convolution) and _covers(window, self._map(window))
            return Field(field.size, field.stride, pooled=True) if covers else field.through(window)
        if name in _ADAPTIVE_POOLS:
            after = output[-len(field.size) :]
            return _adapted(field, before[-len(field.size) :], after)
        if name.startswith("upsample_"):
            taps = next(count for word, count in _TAPS.items() if f"_{word}" in name)
            return field.resized(before[2:], output[2:], taps)
        if name == "slice":
            return field.sliced(given["dim"] % len(before) - 2, given["step"])
        if name in _REDUCTIONS and self._reduces_pixels(len(before)):
            return Field(field.size, field.stride, pooled=True)
        return field

    def _reduces_pixels(self, dims: int) -> bool:
        """Say whether a mean, sum or maximum goes over pixels and not only over channels."""
        if self.op.name == "max" and isinstance(self.op.arguments.get("other"), Arg):
            return False
        over = self.op.arguments.get("dim")
        axes = [over] if isinstance(over, int) else over
        return not axes or any(axis % dims >= 2 for axis in axes)

    def _map(self, window: Window) -> Axes:
        return self.shapes[0][-len(window.kernel) :]

    def _require_same_maps(self, where: str) -> None:
        if len(self.shapes) != 2:
            return
        left, right = self.shapes
        if len(left) != len(right) or len(left) < 3 or any(field is None or field.pooled for field in self.fields):
            return
        if left[2:] != right[2:] or (left[1] != right[1] and 1 not in (left[1], right[1])):
            raise SpecError(
                f"{where}: the maps to be added disagree: {_times(left[1:])} and {_times(right[1:])}; branch and "
                "shortcut must have one shape at this input size"
            )

    def _require_pixels(self, where: str, window: Window) -> None:
        after = window.output_size(self._map(window))
        if min(after) < 1:
            raise SpecError(
                f"{where}: nothing is left of the map: a {_times(window.kernel)} window with stride "
                f"{_times(window.stride)} and padding {_times(window.padding)} over {_shape(self.shapes[0])} "
                f"gives {_times(tuple(max(length, 0) for length in after))}; use larger images"
            )

    def _require_stride_fits(self, where: str, window: Window) -> None:
        """Refuse to halve a map of one pixel: torch returns one pixel again, made of padding for the most part."""
        size, field = self._map(window), self.fields[0]
        if field is None or field.pooled or window.transposed:
            return
        for length, stride, so_far in zip(size[::-1], window.stride[::-1], field.stride[::-1], strict=False):
            if length == 1 and stride > 1:
                raise SpecError(
                    f"{where}: the map has vanished: {_shape(self.shapes[0])} comes in, one pixel, and the stride of "
                    f"{stride} asks for less (total stride {so_far} so far); use larger images"
                )

    def _require_channels(self, where: str, conv: Convolution) -> None:
        given, weight = self.shapes[:2]
        if len(given) != len(weight):
            return
        expected = weight[0] if conv.transposed else weight[1] * conv.groups
        if given[1] != expected:
            raise SpecError(f"{where}: takes {expected} channels, gets {given[1]}: {_shape(given)}")

    def _require_features(self, where: str) -> None:
        rows, matrix = self.shapes[-2:]
        if rows[-1] != matrix[0]:
            raise SpecError(
                f"{where}: takes {matrix[0]} features, gets {rows[-1]}: the map that was flattened has "
                "another size at this input size, or another number of channels"
            )


def blank_result(name: str, given: Mapping[str, Any]) -> Any:
    """Return the result of an operation on `meta` tensors that keeps the shape, or None where torch must say.

    Only for the three operations that residual networks consist of besides convolutions; torch works out the same
    shapes in Python, ten times slower.
    """
    first = given.get("self", given.get("input"))
    if not isinstance(first, Tensor) or first.device.type != "meta":
        return None
    if name in ("relu", "relu_"):
        return first if name.endswith("_") else blank_like(first)
    if name == "native_batch_norm" and not given["training"]:
        return blank_like(first), *(torch.empty(0, device="meta") for _ in range(2))
    other = given.get("other")
    if name in _ADDS and isinstance(other, Tensor) and first.shape == other.shape and first.dtype == other.dtype:
        return first if name.endswith("_") else blank_like(first)
    return None


def blank_like(tensor: Tensor) -> Tensor:
    """Return a tensor of the same shape, strides and dtype on `meta`, where `empty_like` is a hundred times slower."""
    if tensor.layout != torch.strided:
        return torch.empty_like(tensor, device="meta")
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")


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


def _times(numbers: Axes) -> str:
    return "×".join(map(str, numbers))


def _shape(shape: Axes) -> str:
    return _times(shape[1:])
