"""Are kernels kept as (out, H, W, in), as MLX keeps them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from residua.pickles.stored import Array
from residua.weights.recognise.layers import SIDES
from residua.weights.recognise.recognised import Recognised


def turn_channels_last(so_far: Recognised) -> Recognised:
    """Turn kernels of (out, H, W, in) to torch's order, where all of them can be that and not all can be torch's."""
    kernels = {name: tensor for name, tensor in so_far.tensors.items() if len(tensor.shape) == 4}
    shapes = [tensor.shape for tensor in kernels.values()]
    if not all(_square(shape[1:3]) for shape in shapes) or all(_square(shape[2:]) for shape in shapes):
        return so_far
    turned = {
        name: tensor.mapped((tensor.shape[0], tensor.shape[3], *tensor.shape[1:3]), _channels_first)
        for name, tensor in kernels.items()
    }
    tensors = {name: turned.get(name, tensor) for name, tensor in so_far.tensors.items()}
    note = "kernels from (out, H, W, in) to (out, in, H, W)"
    return replace(so_far, tensors=tensors, hwio=False, folded=(*so_far.folded, note))


def _square(sides: Sequence[int]) -> bool:
    return sides[0] == sides[1] and sides[0] in SIDES


def _channels_first(kernel: Array) -> Array:
    return np.ascontiguousarray(kernel.transpose(0, 3, 1, 2))
