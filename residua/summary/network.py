"""What are a network's shapes, parameters, MACs and receptive fields, layer by layer?

>>> residua.summarize(residua.build("resnet18"), (3, 224, 224)).macs
1814073344
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from torch import nn

from residua.errors import SpecError, TargetError
from residua.record.window import whole_pixel
from residua.spec import ResNetSpec
from residua.summary import table
from residua.summary.arithmetic import formulas
from residua.summary.cost import Figure, LayerCost, NetworkCost
from residua.summary.rows import Row, run_once
from residua.summary.stages import grouped


class Summary(NetworkCost):
    """A network measured on one image; its repr is the table."""

    def as_text(self, width: int | None = None, *, arithmetic: bool = False) -> str:
        """Return the table for a screen of `width` columns (default: the terminal's)."""
        return table.as_text(self, width, arithmetic=arithmetic)

    def as_stages(self) -> str:
        """Return one line a stage, `Sequential output shape:⇥ torch.Size([1, 64, 56, 56])`."""
        return table.as_stages(self)

    def as_markdown(self, *, arithmetic: bool = False, stages: bool = False) -> str:
        """Return a Markdown table, a row a layer or a stage."""
        return table.as_markdown(self, arithmetic=arithmetic, stages=stages)

    def as_html(self, *, stages: bool = False) -> str:
        """Return a `<table>` element, a row a layer or a stage."""
        return table.as_html(self, stages=stages)

    def as_json(self, *, arithmetic: bool = False, stages: bool = False) -> dict[str, Any]:
        """Return the document that `residua summary --json` prints."""
        return table.as_json(self, arithmetic=arithmetic, stages=stages)

    def __repr__(self) -> str:
        return self.as_text()


def summarize(model: nn.Module, input_size: Sequence[int], *, target: str | None = None) -> Summary:
    """Measure `model` by running a copy of it once, without weights, on a blank image of `input_size`.

    model: takes (1, C, H, W) float images, or (1, C, L) signals for a size of two numbers. It is not changed: weights,
        BN statistics, training mode and hooks stay as they are. The copy runs in eval mode.
    target: what to call it; default: its class.
    Raises SpecError with the layer's name and shapes when the network does not fit this size (a map vanishes,
    shortcut and branch disagree), TargetError when `model` is not a module or cannot be copied.
    """
    if not isinstance(model, nn.Module):
        raise TargetError(f"summarize() measures a torch.nn.Module, not {type(model).__name__}")
    try:
        size = tuple(operator.index(length) for length in input_size)
    except TypeError:
        size = ()
    if len(size) < 2 or min(size) < 1:
        raise SpecError(f"input size {input_size!r} must be (channels, height, width), whole numbers from 1")
    trace = run_once(model, size)
    layers = tuple(_cost(row) for row in trace.rows)
    start = whole_pixel(len(size) - 1)
    return Summary(
        target=target or type(model).__name__,
        input_size=size,
        params=trace.params,
        macs=sum(layer.macs for layer in layers),
        receptive_field=layers[-1].receptive_field if layers else _figure(start.size),
        total_stride=layers[-1].stride if layers else _figure(start.stride),
        layers=layers,
        stages=tuple(_stage(name, kind, layers[first:last]) for name, kind, first, last in grouped(trace.rows)),
        notes=(*_conventions(model), *trace.notes),
    )


def usual_size(model: nn.Module, target: str) -> tuple[int, int, int]:
    """Return 224×224 for a network that takes an image, 56×56 for a block in the middle of one.

    Raises TargetError, with the name `target`, when no convolution shows how many channels it takes.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            pixels = 224 if module.in_channels <= 4 else 56
            return (module.in_channels, pixels, pixels)
    raise TargetError(f"{target} has no convolution that shows its input size; pass --input CHANNELSxHEIGHTxWIDTH")


def _conventions(model: nn.Module) -> tuple[str, ...]:
    """Say where a bottleneck of ours has its stride: networks of one name differ in it, and in nothing that shows."""
    spec = getattr(model, "spec", None)
    if not isinstance(spec, ResNetSpec) or spec.block != "bottleneck":
        return ()
    return ("bottleneck stride on the 3×3 (v1.5)" if spec.stride_on == "3x3" else "bottleneck stride on the 1×1 (v1)",)


def _cost(row: Row) -> LayerCost:
    steps = row.steps
    windows = [step.window for step in steps if step.window is not None]
    last = steps[-1].field
    return LayerCost(
        name=row.name,
        type=row.type,
        output_shape=row.output,
        params=row.params,
        macs=sum(step.macs for step in steps),
        activation_bytes=row.activation_bytes,
        receptive_field=_figure(last.size),
        stride=_figure(last.stride),
        window=windows[0] if windows else None,
        arithmetic=formulas(steps, row.params, row.activation_bytes),
    )


def _stage(name: str, kind: str, layers: Sequence[LayerCost]) -> LayerCost:
    """Add up the rows of one stage; shape, receptive field and stride are those of its last row."""
    last = layers[-1]
    return LayerCost(
        name=name,
        type=kind,
        output_shape=last.output_shape,
        params=sum(layer.params for layer in layers),
        macs=sum(layer.macs for layer in layers),
        activation_bytes=sum(layer.activation_bytes for layer in layers),
        receptive_field=last.receptive_field,
        stride=last.stride,
    )


def _figure(axes: tuple[Fraction, ...]) -> Figure:
    numbers = tuple(int(value) if value.denominator == 1 else float(value) for value in axes)
    return numbers[0] if len(set(numbers)) == 1 else numbers
