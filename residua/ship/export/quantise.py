"""How does a network come down to 8 bits, and which layers are given their precision back when that costs accuracy?"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from residua import extras
from residua.preprocessing import Pixels
from residua.ship.engine import BATCH, INPUT, Engine, Floats, OpenVino
from residua.ship.export.graph import quiet

_FAKE = "FakeQuantize"


def quantised(model: Any, pixels: Pixels) -> Any:
    """Return the model with quantisers whose ranges come from (N, size, size, channels) uint8 pixels (Jacob 2018).

    Weights get a scale a channel, activations one a tensor; symmetric, so that every processor takes its fastest way.
    """
    nncf = extras.require("nncf")
    return _with_quantisers(model, nncf.Dataset([picture[None] for picture in pixels]), len(pixels))


def quantised_onnx(model: Any, pixels: Pixels) -> Any:
    """Return the same of a model in ONNX, whose quantisers are pairs of QuantizeLinear and DequantizeLinear."""
    nncf = extras.require("nncf")
    return _with_quantisers(model, nncf.Dataset([{INPUT: picture[None]} for picture in pixels]), len(pixels))


def _with_quantisers(model: Any, pictures: Any, count: int) -> Any:
    nncf = extras.require("nncf")
    with quiet(), _silenced("nncf"):
        return nncf.quantize(model, pictures, preset=nncf.QuantizationPreset.PERFORMANCE, subset_size=count)


def costliest_layers(model: Any, pixels: Pixels, reference: Floats) -> list[tuple[str, float]]:
    """Return the quantised layers with the error that each puts into the logits, the costliest first.

    A layer's error is by how much the mean squared distance to the `reference` logits of these pixels falls when it
    alone computes in float32 again.
    """
    whole = _error(OpenVino(model, "int8"), pixels, reference)
    found = []
    for name in layers(model):
        found.append((name, whole - _error(OpenVino(with_floats(model, [name]), "int8"), pixels, reference)))
    return sorted(found, key=lambda pair: -pair[1])


def layers(model: Any) -> list[str]:
    """Return the names of the operations that read quantised tensors, convolutions, sums and pools, in graph order."""
    return [op.get_friendly_name() for op in model.get_ordered_ops() if _quantisers(op)]


def with_floats(model: Any, names: Sequence[str]) -> Any:
    """Return a copy of a quantised model in which these layers read what their quantisers read."""
    copied = model.clone()
    for op in copied.get_ordered_ops():
        if op.get_friendly_name() in names:
            for position, fake in _quantisers(op):
                op.input(position).replace_source_output(fake.input_value(0))
    copied.validate_nodes_and_infer_types()
    return copied


def _quantisers(op: Any) -> list[tuple[int, Any]]:
    """Return the quantisers that an operation reads, each with the number of its input."""
    sources = [(value.get_index(), value.get_source_output().get_node()) for value in op.inputs()]
    return [(position, node) for position, node in sources if node.get_type_name() == _FAKE]


def _error(engine: Engine, pixels: Pixels, reference: Floats) -> float:
    batches = [pixels[at : at + BATCH] for at in range(0, len(pixels), BATCH)]
    logits = np.concatenate([answers.logits for answers in engine.stream(batches)])
    return float(np.square(logits - reference, dtype=np.float64).mean())


@contextlib.contextmanager
def _silenced(name: str) -> Iterator[None]:
    """Keep a library's log off the user's screen."""
    logger = logging.getLogger(name)
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
