"""Which formula gives a layer's size, parameters, MACs and receptive field, with its numbers filled in?

⌊(224 − 7 + 2·3)/2⌋ + 1 = 112        7·7·3·64 = 9408        7·7·3·64·112·112 = 118013952
"""

from __future__ import annotations

import math

from residua.record.steps import Step
from residua.record.window import Window


def formulas(steps: tuple[Step, ...], params: int, activation_bytes: int) -> dict[str, str]:
    """Return what → formula for one layer that ran `steps`; only what there is arithmetic for.

    Keys: `size`, or `height` and `width` where they differ (`length` in one dimension, `depth` in three);
    `params`; `macs`; `receptive_field` and `stride`, with `_height` and `_width` behind where they differ;
    `bytes`. A formula reads `expression = value`, the value in plain digits.
    """
    found: dict[str, str] = {}
    for step in steps:
        if step.window is not None:
            found |= _sizes(step.window, step.inputs[0], step.output)
        if step.kind in ("conv", "linear"):
            found["params"] = _params(step, params)
            found["macs"] = f"{_mac_product(step)} = {step.macs}"
        if not step.field.pooled:
            found |= _field(step)
    if params and "params" not in found:
        found["params"] = _norm_params(steps, params)
    if activation_bytes and steps:
        output = steps[-1].output
        width = activation_bytes // max(math.prod(output), 1)
        if math.prod(output) * width == activation_bytes:
            found["bytes"] = f"{_product([*output[1:], width])} = {activation_bytes}"
    return found


def _sizes(window: Window, before: tuple[int, ...], after: tuple[int, ...]) -> dict[str, str]:
    axes = len(window.kernel)
    names = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}[axes]
    texts = [_along(window, axis, before[axis - axes], after[axis - axes]) for axis in range(axes)]
    if len(set(texts)) == 1 and axes > 1:
        return {"size": texts[0]}
    return dict(zip(names, texts, strict=True))


def _along(window: Window, axis: int, before: int, after: int) -> str:
    kernel, stride, padding, dilation = (
        numbers[axis] for numbers in (window.kernel, window.stride, window.padding, window.dilation)
    )
    if window.transposed:
        reach = str(kernel) if dilation == 1 else f"{dilation}·({kernel} − 1) + 1"
        extra = f" + {window.extra[axis]}" if any(window.extra) else ""
        return f"({before} − 1)·{stride} − 2·{padding} + {reach}{extra} = {after}"
    reach = str(kernel) if dilation == 1 else f"{dilation}·({kernel} − 1) − 1"
    left, right = "⌈⌉" if window.ceil else "⌊⌋"
    text = f"{left}({before} − {reach} + 2·{padding})/{stride}{right} + 1"
    room = before + 2 * padding - window.reach(axis)
    if window.ceil and -(-room // stride) + 1 != after:
        text += " − 1"  # torch drops a last window that would start in the padding
    return f"{text} = {after}"


def _params(step: Step, params: int) -> str:
    """Return the product of a weight's sides, plus the bias; `0` for a layer whose weights were counted before."""
    if params == 0:
        return "0 (none of its own, or counted where they ran first)"
    weights = math.prod(step.weight)
    outputs = step.weight[-1] if step.kind == "linear" else step.weight[0]
    if step.window is not None and step.window.transposed:
        outputs = step.weight[1] * step.groups
    text = _weight_product(step)
    if params == weights + outputs:
        return f"{text} + {outputs} = {params}"
    return f"{text} = {params}" if params == weights else str(params)


def _weight_product(step: Step) -> str:
    if step.kind == "linear":
        return _product(step.weight)
    outputs, inputs, *kernel = step.weight
    per_group = f"({inputs * step.groups}/{step.groups})" if step.groups > 1 else str(inputs)
    if step.window is not None and step.window.transposed:
        per_group, outputs = str(outputs), inputs
    return _product([*kernel, per_group, outputs])


def _mac_product(step: Step) -> str:
    if step.kind == "linear":
        rows = math.prod(step.output[:-1])
        return _product(([rows] if rows > 1 else []) + list(step.weight))
    spread = step.inputs[0] if step.window is not None and step.window.transposed else step.output
    return f"{_weight_product(step)}·{_product(spread[2:])}"


def _field(step: Step) -> dict[str, str]:
    """Return receptive field and stride where this step changes them or chooses between paths, an axis each."""
    names = {1: ("",), 2: ("_height", "_width"), 3: ("_depth", "_height", "_width")}[len(step.field.size)]
    axes = [_field_along(step, axis - len(names)) for axis in range(len(names))]
    found: dict[str, str] = {}
    for what in axes[0]:
        texts = [axis[what] for axis in axes]
        found |= {what: texts[0]} if len(set(texts)) == 1 else {what + n: t for n, t in zip(names, texts, strict=True)}
    return found


def _field_along(step: Step, axis: int) -> dict[str, str]:
    """Return the formulas along one axis, counted from the last: −1 is the width."""
    size, stride = step.field.size[axis], step.field.stride[axis]
    if step.kind == "add" and len(step.fields) > 1:
        return {"receptive_field": f"max({', '.join(str(field.size[axis]) for field in step.fields)}) = {size}"}
    window = step.window
    if window is None or window.transposed or not step.fields or len(window.kernel) < -axis:
        return {}
    before, reach = step.fields[0], window.reach(axis)
    return {
        "receptive_field": f"{before.size[axis]} + ({reach} − 1)·{before.stride[axis]} = {size}",
        "stride": f"{before.stride[axis]}·{window.stride[axis]} = {stride}",
    }


def _norm_params(steps: tuple[Step, ...], params: int) -> str:
    """Return `2·C` for a layer with a scale and a shift for each channel."""
    channels = steps[-1].output[1] if steps and len(steps[-1].output) > 1 else 0
    return f"2·{channels} = {params}" if params == 2 * channels else str(params)


def _product(factors: object) -> str:
    assert isinstance(factors, (list, tuple))
    return "·".join(map(str, factors))
