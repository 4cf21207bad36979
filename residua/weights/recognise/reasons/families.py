"""Of which other kind of network are these tensors, where they show it themselves?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from residua.pickles.stored import Stored
from residua.weights.files.names import words_of
from residua.weights.recognise.infer import networks_of
from residua.weights.recognise.layers import Layer, as_torch, find_layers
from residua.weights.recognise.title import title
from residua.weights.unwrap.wrappers import without_counters

DEPTHWISE = 1 / 6  # of the convolutions: EfficientNet-B0 has 16 of 81, gates among them
DIMENSIONS = {3: "1-d: signals", 5: "3-d: volumes or videos"}
OF_TRANSFORMERS = {
    "cls_token", "class_token", "pos_embed", "patch_embed", "query", "qkv", "q_proj", "self_attn", "self_attention",
    "attn", "attention",
}  # fmt: skip
RESIDUAL = re.compile(r"res(idual|_?block|net)?\d*$", re.IGNORECASE)
FEWEST = 5  # convolutions that make an order; IMPALA's smallest network has three times as many
DETECTORS = {"rpn", "fpn", "roi_heads", "box_head", "bbox_head", "rpn_head", "class_embed", "bbox_embed"}
DECODERS = {"decode_head", "decoder", "aspp", "up1", "segmentation_head"}


def describe_family(tensors: Mapping[str, Stored], hwio: bool = False) -> str:
    """Return in words what the tensors are, on positive evidence alone; empty where they show none."""
    shapes = {name: _shape(tensor, hwio) for name, tensor in without_counters(tensors).items()}
    kernels = {name: shape for name, shape in shapes.items() if len(shape) > 2}
    matrices = [shape for shape in shapes.values() if len(shape) == 2]
    said = _by_words(tensors, kernels, matrices)
    if said:
        return said
    flat = next((name for name in shapes if name.rpartition(".")[2] in ("flat_param", "_flat_param")), None)
    if flat is not None:
        return (
            f"{flat!r} is a flat parameter of FSDP, of which no shape is kept; save the full state dict "
            "(StateDictType.FULL_STATE_DICT)"
        )
    if not kernels:
        if len(matrices) > 1:
            return f"it looks like a multi-layer perceptron: {len(matrices)} matrices and no convolution"
        return f"it has {len(shapes)} tensors and no convolution among them"
    for dimensions, what in DIMENSIONS.items():
        named = [name for name, shape in kernels.items() if len(shape) == dimensions and min(shape[:2]) > 1]
        if len(named) > len(kernels) / 2:
            twin = _twin(tensors, dimensions)
            return (
                f"its convolutions, of which {named[0]!r} {kernels[named[0]]} is the first, are {what}"
                f"{f' (over images it would be like {twin})' if twin else ''}; residua builds networks for images"
            )
    return _by_groups({name: shape for name, shape in kernels.items() if not _is_filter(tensors[name])})


def _twin(tensors: Mapping[str, Stored], dimensions: int) -> str:
    """Return the name of the network that kernels of these dimensions would be as squares, empty for none."""
    squares = {
        name: replace(tensor, shape=(*tensor.shape[:3], tensor.shape[2])) if len(tensor.shape) == dimensions else tensor
        for name, tensor in tensors.items()
    }
    found = networks_of(find_layers(squares) or [], True, orders_tried=1)
    return title(found[0].spec) if found else ""


def _shape(tensor: Stored, hwio: bool) -> tuple[int, ...]:
    return as_torch(tensor.shape) if hwio else tensor.shape


def _by_words(
    tensors: Mapping[str, Stored], kernels: Mapping[str, tuple[int, ...]], matrices: Sequence[tuple[int, ...]]
) -> str:
    """Return what whole words of names say, where the shapes do not speak against it."""
    words = {word.lower(): name for name in tensors for word in (*name.replace("/", ".").split("."), *words_of(name))}
    if len(matrices) > 2 * len(kernels) and (seen := next((word for word in words if word in OF_TRANSFORMERS), None)):
        return f"it looks like a transformer ({words[seen]!r}), which has no residual convolutions"
    if "~" in words and "mean_ema" in words:
        return (
            f"it has Haiku's names and norms ({words['mean_ema']!r}), which residua does not read; write each norm as "
            "scale, bias, mean and var, as Flax does"
        )
    if "attnpool" in words:
        return f"it is CLIP's network: {words['attnpool']!r} pools by attention, for which no network here has a place"
    return ""


def _is_filter(tensor: Stored) -> bool:
    """Return whether a kernel does the same to every channel alone: a blur that somebody has stored, and not learnt."""
    if len(tensor.shape) != 4 or tensor.shape[1] != 1 or tensor.shape[0] == 1:
        return False
    rows = tensor.array()
    return bool(np.all(rows == rows[:1]))


def _by_groups(kernels: Mapping[str, tuple[int, ...]]) -> str:
    """Return whether depthwise convolutions of 3×3 or 5×5 stand between 1×1 ones, as in MobileNet's blocks."""
    depthwise = [
        name for name, shape in kernels.items() if len(shape) == 4 and shape[1] == 1 and shape[2] >= 3 and shape[0] > 8
    ]
    pointwise = [name for name, shape in kernels.items() if len(shape) == 4 and shape[2] == 1]
    if len(depthwise) > DEPTHWISE * len(kernels) and len(pointwise) >= len(depthwise):
        return (
            f"it looks like a MobileNet or EfficientNet: {len(depthwise)} of {len(kernels)} convolutions are depthwise,"
            f" {depthwise[0]!r} the first"
        )
    return ""


def describe_chain(ordered: Sequence[Layer]) -> str:
    """Return which family's order of convolutions this is, where no block of ours begins it; empty for none known.

    A network of ours with one tensor more has such an order too, so that this is asked last.
    """
    convs = [layer for layer in ordered if layer.kind == "conv"]
    if len(convs) < FEWEST:
        return ""
    joined = [layer for layer, after in pairwise(convs) if layer.kernel == 3 and after.shape[1] > layer.out]
    growth = Counter(layer.out for layer in joined)
    if growth and max(growth.values()) >= len(convs) / 3:
        return f"it looks like a DenseNet: what {joined[0].path!r} gives is joined to its input and not added"
    in_a_row = all(layer.kernel == 3 and layer.shape[1] == before.out for before, layer in pairwise(convs))
    if not in_a_row:
        return ""
    if not any(RESIDUAL.match(word) for layer in convs for word in layer.words):
        return f"it looks like a VGG: {len(convs)} 3×3 convolutions in a row, and no shortcut's word in their names"
    if convs[1].out == convs[1].shape[1]:
        return "it looks like IMPALA's network: each stage begins with a convolution of its own, and a pool"
    return "it looks like a ResNet-9 (DAWN): convolutions of their own stand between its blocks"


def describe_task(tensors: Mapping[str, Stored]) -> str:
    """Return which task's whole network the names say it is; empty where they say none."""
    words = {word.lower(): name for name in tensors for word in name.replace("/", ".").split(".")}
    for what, known in (
        ("a detector", DETECTORS),
        ("a network for segmentation, or another one that decodes", DECODERS),
    ):
        seen = next((word for word in words if word in known), None)
        if seen is not None:
            return f"it is {what} ({words[seen]!r})"
    return ""
