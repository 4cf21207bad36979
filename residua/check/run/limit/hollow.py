"""Do the shapes of a forward pass fit each other, without the arithmetic that takes its time?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

_LARGE = 10_000  # numbers: smaller results are computed, as code may read sizes and places from them


def pass_hollow(module: nn.Module, given: list[Tensor]) -> None:
    """Run a forward pass in which heavy operations give zeros; sizes that do not fit each other raise as they do."""
    with torch.no_grad(), _Hollow():  # type: ignore[no-untyped-call]  # torch's own
        module(*given)


class _Hollow(TorchDispatchMode):
    """Answers heavy operations by zeros of the shape that they give; where they would refuse, they are run and do.

    The shapes are computed here: on its meta device torch would import half of its compiler first, for a second.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise the first operation imports torch._dynamo

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        shape = _SHAPES[name](*args) if name in _SHAPES and not kwargs else None
        if shape is None or (name not in _ALWAYS and shape.numel() < _LARGE):
            return func(*args, **(kwargs or {}))
        if name.endswith("_"):
            return args[0]
        first = next(each for each in (args[0] if name == "cat" else args) if isinstance(each, Tensor))
        zeros = torch.zeros(shape, dtype=first.dtype)
        return (zeros, zeros.new_zeros(0), zeros.new_zeros(0)) if name == "native_batch_norm" else zeros


def _of_convolution(x: Tensor, weight: Tensor, _: Any, *settings: Any) -> torch.Size | None:
    stride, padding, dilation, transposed, more, groups = settings
    wanted, given = (weight.shape[0], weight.shape[1] * groups) if transposed else weight.shape[:2]
    taken = wanted if transposed else given * groups
    if x.dim() != weight.dim() or x.shape[1] != taken:
        return None
    sides = list[int]()
    for axis, side in enumerate(x.shape[2:]):
        step, pad, reach = (each[axis % len(each)] for each in (stride, padding, dilation))
        reach = reach * (weight.shape[2 + axis] - 1)
        if transposed:
            sides.append((side - 1) * step - 2 * pad + reach + more[axis % len(more)] + 1)
        else:
            sides.append((side + 2 * pad - reach - 1) // step + 1)
    return torch.Size((x.shape[0], given if transposed else wanted, *sides)) if min(sides, default=1) > 0 else None


def _of_product(x: Tensor, weight: Tensor) -> torch.Size | None:
    return torch.Size((*x.shape[:-1], weight.shape[-1])) if x.shape[-1] == weight.shape[-2] else None


def _of_products(x: Tensor, other: Tensor) -> torch.Size | None:
    return _of_product(x, other) if x.shape[0] == other.shape[0] else None


def _of_norm(x: Tensor, weight: Tensor | None, *others: Any) -> torch.Size | None:
    known = [each for each in (weight, *others) if isinstance(each, Tensor)]
    return x.shape if all(each.shape == x.shape[1:2] for each in known) else None


def _of_one(x: Tensor, *_: Any) -> torch.Size | None:
    return x.shape if x.is_floating_point() else None


def _of_two(x: Any, other: Any) -> torch.Size | None:
    if not (isinstance(x, Tensor) and isinstance(other, Tensor) and x.dtype == other.dtype):
        return None
    try:
        return torch.Size(torch.broadcast_shapes(x.shape, other.shape))
    except RuntimeError:
        return None


def _of_two_in_place(x: Tensor, other: Any) -> torch.Size | None:
    return x.shape if _of_two(x, other) == x.shape else None


def _of_list(parts: list[Tensor], axis: int = 0) -> torch.Size | None:
    first = parts[0]
    shapes = {(*each.shape[:axis], *each.shape[axis:][1:]) for each in parts if axis >= 0}
    if len(shapes) != 1 or len({(each.dim(), each.dtype) for each in parts}) != 1:
        return None
    return torch.Size((*first.shape[:axis], sum(each.shape[axis] for each in parts), *first.shape[axis + 1 :]))


_ALWAYS = frozenset({"convolution", "mm", "addmm", "bmm"})
_SHAPES: dict[str, Callable[..., torch.Size | None]] = {
    "convolution": _of_convolution,
    "mm": _of_product,
    "addmm": lambda _, x, weight: _of_product(x, weight),
    "bmm": _of_products,
    "native_batch_norm": _of_norm,
    "cat": _of_list,
    **dict.fromkeys(("add", "mul", "sub", "div"), _of_two),
    **dict.fromkeys(("add_", "mul_", "sub_", "div_"), _of_two_in_place),
    **dict.fromkeys(("relu", "gelu", "silu", "sigmoid", "tanh", "hardtanh", "leaky_relu", "elu", "clone"), _of_one),
    **dict.fromkeys(("relu_", "silu_", "sigmoid_", "hardtanh_", "leaky_relu_", "elu_"), _of_one),
}
