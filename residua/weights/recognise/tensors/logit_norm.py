"""Does a batch norm stand behind the classifier? It is folded into that: evaluation computes the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from residua.pickles.stored import HALVES, Array, Stored
from residua.spec import ResNetSpec
from residua.weights.recognise.infer import networks_of
from residua.weights.recognise.layers import Layer, find_layers
from residua.weights.recognise.our_names import NORM_ROLES
from residua.weights.recognise.recognised import Recognised


def fold_logit_norm(so_far: Recognised) -> Recognised:
    """Where the layers are no network, fold the norm into the classifier that nothing else can give its input.

    Per class: w' = w·γ/√(σ²+ε), b' = β + (b−μ)·γ/√(σ²+ε), with the ε that is declared, or torch's.
    """
    pair = _behind_classifier(so_far.layers)
    if so_far.readings or pair is None:
        return so_far
    matrix, norm = pair
    folded = _folded(matrix, norm, so_far)
    gone = set(norm.keys.values())
    kept = {name: tensor for name, tensor in so_far.kept.items() if name not in gone} | folded
    layers = find_layers(kept, so_far.hwio) or []
    found = networks_of(layers, so_far.registered)
    if not found:
        return so_far
    tensors = {name: tensor for name, tensor in so_far.tensors.items() if name not in gone} | folded
    note = f"{matrix.keys['weight']} is folded with the norm behind it, {norm.path}"
    return replace(
        so_far, tensors=tensors, kept=kept, layers=tuple(layers), readings=tuple(found),
        folded=(*so_far.folded, note),
    )  # fmt: skip


def _behind_classifier(layers: Sequence[Layer]) -> tuple[Layer, Layer] | None:
    """Return the only matrix and the norm of its outputs, None where something else may give that norm its input."""
    matrices = [layer for layer in layers if layer.kind == "linear"]
    if len(matrices) != 1:
        return None
    classes = matrices[0].out
    norms = [layer for layer in layers if layer.kind == "norm" and layer.out == classes]
    given = any(layer.kind == "conv" and classes in layer.shape[:2] for layer in layers)
    whole = len(norms) == 1 and set(NORM_ROLES[2:]) <= set(norms[0].keys)
    return (matrices[0], norms[0]) if whole and not given else None


def _folded(matrix: Layer, norm: Layer, so_far: Recognised) -> dict[str, Stored]:
    """Return the classifier's two tensors, by their names, that compute what it and the norm do."""
    tensors, name = so_far.kept, matrix.keys["weight"]
    eps, _ = so_far.declared.get("norm_eps", (ResNetSpec.model_fields["norm_eps"].default, ""))
    parts = {role: tensors[key] for role, key in norm.keys.items()}
    weight, bias = tensors[name], tensors[matrix.keys["bias"]] if "bias" in matrix.keys else None
    turned = weight.shape != matrix.shape
    kind = "float32" if weight.dtype in HALVES else weight.dtype

    def in_double(role: str, absent: float) -> Array:
        own: Array = parts[role].array().astype(np.float64) if role in parts else np.full(matrix.out, absent)
        return own

    def scale() -> Array:
        own: Array = in_double("weight", 1.0) / np.sqrt(in_double("running_var", 1.0) + eps)
        return own

    def new_weight() -> Array:
        own: Array = weight.array().astype(np.float64) * (scale() if turned else scale()[:, None])
        return own.astype(kind)

    def new_bias() -> Array:
        before = 0.0 if bias is None else bias.array().astype(np.float64)
        own: Array = in_double("bias", 0.0) + (before - in_double("running_mean", 0.0)) * scale()
        return own.astype(kind)

    beside = matrix.keys.get("bias", f"{matrix.path}.bias")
    return {name: Stored(weight.shape, kind, new_weight), beside: Stored((matrix.out,), kind, new_bias)}
