"""Is this the state dict of one residual block, and which block is it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from residua.spec import ResNetSpec
from residua.weights.recognise.grammar import BlockFound, read_blocks
from residua.weights.recognise.layers import Layer, find_layers
from residua.weights.recognise.norm_placement import PLACEMENTS, Placement, name_block
from residua.weights.recognise.order import orders
from residua.weights.recognise.program import require_ours
from residua.weights.recognise.recognised import Recognised

if TYPE_CHECKING:
    from residua.nn.blocks import Block


@dataclass(frozen=True)
class BlockReading:
    """One residual block: what it is, and {our parameter: the name in the file}.

    stride is assumed: 2 where a basic block's channels change, since no tensor shows it.
    """

    spec: ResNetSpec
    in_channels: int
    out_channels: int
    stride: int
    keys: Mapping[str, str]


def read_single(so_far: Recognised) -> BlockReading | None:
    """Return the block that refused tensors make up, or None when they are not those of one block.

    Raises WeightsError where the file's program shows an operation that no block here has.
    """
    found = _read(find_layers(so_far.tensors, so_far.hwio) or [], so_far.registered)
    if found is not None:
        require_ours(so_far, gated=False)
    return found


def _read(layers: Sequence[Layer], registered: bool) -> BlockReading | None:
    for _, ordered in orders(layers, registered):
        norms = [layer for layer in ordered if layer.kind == "norm"]
        others = [layer for layer in ordered if layer.kind != "norm"]
        for kind in ("basic", "bottleneck"):
            for channels in dict.fromkeys(layer.shape[1] for layer in others if layer.kind == "conv"):
                blocks = read_blocks(others, kind, channels)
                if blocks is not None and len(blocks) == 1 and (found := _named(blocks[0], kind, norms, ordered)):
                    return found
    return None


def _named(block: BlockFound, kind: str, norms: Sequence[Layer], ordered: Sequence[Layer]) -> BlockReading | None:
    for at in PLACEMENTS:
        named = name_block(block, norms, ordered, at)
        if named is None or any(layer.kind == "gate" or name.startswith("se.") for name, layer in named.items()):
            continue
        keys = {f"{name}.{role}": key for name, layer in named.items() for role, key in layer.keys.items()}
        changes = block.in_channels != block.out_channels
        stride = 2 if kind == "basic" and changes else 1
        return BlockReading(_spec(block, kind, at), block.in_channels, block.out_channels, stride, keys)
    return None


def _spec(block: BlockFound, kind: str, at: Placement) -> ResNetSpec:
    fields: dict[str, object] = {"block": kind, "preactivation": at.preactivation}
    fields["conv_bias"] = "bias" in block.main[0].keys
    if block.projection is not None:
        same = block.in_channels == block.out_channels and kind == "basic"
        fields |= {"projection_norm": at.projection_norm, "shortcut": "C" if same else "B"}
    if kind == "bottleneck":
        inner, width = block.main[1].out, block.out_channels // 4
        cardinality = inner // block.main[1].shape[1]
        fields |= {"cardinality": cardinality, "base_width": 64 * inner // (width * cardinality)}
    return ResNetSpec(**fields)


def build_empty(reading: BlockReading) -> Block:
    """Return the block of `reading` in eval mode, its tensors without memory."""
    import torch

    from residua.nn.blocks import BLOCKS

    kind = BLOCKS[reading.spec.block, reading.spec.preactivation]
    with torch.device("meta"):
        return kind(reading.in_channels, reading.out_channels, reading.stride, spec=reading.spec).eval()
