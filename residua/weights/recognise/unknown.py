"""What do tensors look like that are no residual network, and what is to do?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from residua.errors import WeightsError
from residua.pickles.stored import Stored
from residua.weights.files.names import words_of
from residua.weights.recognise.layers import as_torch
from residua.weights.recognise.recognised import Recognised, UnknownNetworkError
from residua.weights.recognise.wrappers import networks_within

# Modules of timm's byobnet (gcresnet, resnet33ts, …): residual blocks whose activations are not ReLU, nearly always.
BYOB = re.compile(r"(^|\.)stages\.\d+\.\d+\.conv\d_(1x1|kxk)\.")
OF_TRANSFORMERS = ("cls_token", "pos_embed", "attn", "self_attention", "query", "patch_embed")


def refuse_byobnet(so_far: Recognised) -> Recognised:
    """Raise WeightsError for the names of timm's byobnet."""
    if any(BYOB.search(name) for name in so_far.tensors):
        raise WeightsError(f"{so_far.source} is not a residual network that residua knows: its names are those of "
                           "timm's byobnet, whose activations are not ReLU")  # fmt: skip
    return so_far


def refuse_unknown(so_far: Recognised) -> Recognised:
    """Raise UnknownNetworkError, saying what the tensors look like, when they can be no network of ours."""
    if not so_far.readings:
        raise UnknownNetworkError(f"{so_far.source} is not a residual network that residua knows: "
                                  f"{describe(so_far.tensors, so_far.hwio)}", so_far)  # fmt: skip
    return so_far


def describe(tensors: Mapping[str, Stored], hwio: bool = False) -> str:
    """Return in words what tensors look like that are no residual network, and what to do."""
    several = networks_within(tensors)
    if several:
        return f"it holds {len(several)} networks, {' and '.join(several)}; choose one with --prefix"
    shapes = [as_torch(tensor.shape) if hwio else tensor.shape for tensor in tensors.values()]
    kernels = [shape for shape in shapes if len(shape) == 4]
    matrices = [shape for shape in shapes if len(shape) == 2]
    if any(word in " ".join(tensors).lower() for word in OF_TRANSFORMERS):
        return "it looks like a transformer (attention, position embeddings), which has no residual convolutions"
    if not kernels and matrices:
        return f"it looks like a multi-layer perceptron: {len(matrices)} matrices and no convolution"
    if not kernels:
        return f"it has {len(shapes)} tensors and no convolution among them"
    return _describe_kernels(kernels, next((name for name in tensors if words_of(name)), "?"))


def _describe_kernels(kernels: Sequence[tuple[int, ...]], first: str) -> str:
    """Return in words what convolutions look like that make no residual network; `first` is the first tensor."""
    count = len(kernels)
    depthwise = [shape for shape in kernels if shape[1] == 1 and shape[0] > 8]
    if len(depthwise) > count / 4:
        return f"it looks like a MobileNet or EfficientNet: {len(depthwise)} of {count} convolutions are depthwise"
    odd = sorted({shape[2:] for shape in kernels} - {(1, 1), (3, 3), (7, 7)})
    if odd:
        return f"it has {count} convolutions, some with kernels of {odd[0]}, which no residual block here has"
    return f"{count} convolutions (the first tensor is {first!r}) that form no stem, stages of blocks, and classifier"
