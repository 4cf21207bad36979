"""Where tokens or vectors are added: has a layer made another number of features, or do they stand elsewhere?"""

from __future__ import annotations

import ast
import math
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, PRODUCTS, SCALINGS
from residua.check.evidence.geometry import weighted_before
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.projections import projection_test
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


def at_features(evidence: Evidence, trial: Trial, identity: int, residual: int) -> Hit | None:
    """Name the last layer of a residual of tokens whose features are not those of the identity: no input cures that.

    A bidirectional recurrent layer returns twice its hidden size, for one. Not where a test decides on a projection:
    then that may be wrong.
    """
    flow, failed = trial.flow, trial.tape.failed
    start, end = flow.shapes[identity], flow.shapes[residual]
    tokens = len(start) > 2 and start[:-1] == end[:-1] and start[-1] != end[-1]
    if (
        failed is None
        or trial.failure is None
        or failed.name not in ADDS
        or not tokens
        or identity not in flow.ancestors((residual,))
    ):
        return None
    before = weighted_before(flow, identity)
    layers = [op for op in weighted_before(flow, residual) if op not in before]
    last = next((op for op in reversed(layers) if _features(evidence, op, trial) == end[-1]), None)
    maps = any(isinstance(op, Convolution) for op in layers)
    if last is None or maps or projection_test(evidence, trial) is not None:
        return None
    layer, place = evidence.layer(last, trial), evidence.layer_place(last, trial, "features")
    if isinstance(layer, nn.RNNBase) and layer.bidirectional and "bidirectional=True" not in _text(place):
        return None  # who calls the class asks for both directions: the sum, or the layer, may be what forgot them
    mend = f"the same layer with {start[-1]} features going out"
    mend += ", both directions together" if isinstance(layer, nn.RNNBase) else ""
    facts: dict[str, Any] = {
        "mend": mend,
        "layer": trial.path_of(last),
        "got": end[-1],
        "expected": start[-1],
        "error": trial.failure.text,
    }
    return evidence.hit("R154", place, trial, **facts)


def _text(place: Place | None) -> str:
    statement = source.innermost(*place) if place is not None else None
    return ast.unparse(statement) if statement is not None else ""


def _features(evidence: Evidence, op: Op, trial: Trial) -> int:
    """Return how many features the layer behind an operation puts out: a recurrent one those of both directions."""
    layer = evidence.layer(op, trial)
    if isinstance(layer, nn.RNNBase):
        return (layer.proj_size or layer.hidden_size) * (2 if layer.bidirectional else 1)
    shape = trial.flow.shapes[op.outputs[0]] if op.outputs else ()
    return shape[-1] if shape else 0


def beside_channels(evidence: Evidence, trial: Trial) -> Hit | None:
    """Name a vector with one number for each channel of a map, made by a layer, that does not stand along them."""
    failed, flow = trial.tape.failed, trial.flow
    if failed is None or failed.name not in ADDS | SCALINGS or len(failed.inputs) != 2 or trial.failure is None:
        return None
    small, large = sorted(failed.inputs, key=lambda value: math.prod(flow.shapes[value]))
    shape, whole = flow.shapes[small], flow.shapes[large]
    right = (*whole[:2], *[1] * len(whole[2:]))
    if len(whole) < 3 or shape == right or math.prod(shape) != whole[0] * whole[1] or whole[1] not in shape:
        return None
    behind, before = flow.ancestors((small,)), flow.ancestors((large,))
    of_layer = any(op.name in PRODUCTS | {"embedding"} and not behind.isdisjoint(op.outputs) for op in flow.ops)
    is_map = any(isinstance(op, Convolution) and not before.isdisjoint(op.outputs) for op in flow.ops)
    if not of_layer or not is_map:
        return None
    facts: dict[str, Any] = {"small": shape, "large": whole, "right": right, "error": trial.failure.text}
    reshaping = (op for op in reversed(flow.ops) if op.name in _RESHAPES and not behind.isdisjoint(op.outputs))
    shaped = next((op for op in reshaping if op.frames and op.frames[0].file in evidence.files), None)
    place = evidence.line_of(shaped) if shaped is not None else None
    return evidence.hit("R206", place or first_frame(trial.failure.frames, evidence.files), trial, **facts)


_RESHAPES = ("unsqueeze", "view", "_unsafe_view", "reshape")
