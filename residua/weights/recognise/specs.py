"""Which networks can these blocks be, with their norms in these places, and which tensor is which parameter?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residua.errors import SpecError
from residua.plan import squeeze_channels
from residua.spec import EXPANSION, ResNetSpec
from residua.weights.recognise.grammar import Sentence
from residua.weights.recognise.norm_placement import Placed, conv_bias, projects_everywhere, stage_starts
from residua.weights.recognise.our_names import NORM_ROLES, Shape, expected
from residua.weights.recognise.recognised import Reading


def readings_of(sentence: Sentence, placed: Placed, because: str) -> Iterator[Reading]:
    """Yield the networks whose tensors are exactly those of the sentence: several where these leave a choice."""
    for spec in _specs(sentence, placed):
        wanted = expected(spec)
        keys = _keys(spec, wanted, placed)
        if keys is not None:
            yield Reading(spec, keys, because, wanted, placed.folded)


def _specs(sentence: Sentence, placed: Placed) -> Iterator[ResNetSpec]:
    """Yield the specs that the sentence can be."""
    at, blocks, starts = placed.at, sentence.blocks, stage_starts(sentence.blocks)
    fields: dict[str, Any] = {
        "block": sentence.block_kind,
        "depths": tuple(end - start for start, end in zip(starts, (*starts[1:], len(blocks)), strict=True)),
        "widths": tuple(blocks[start].out_channels // EXPANSION[sentence.block_kind] for start in starts),
        "stem": sentence.stem_kind,
        "stem_width": sentence.stem[0 if sentence.stem_kind != "deep-tiered" else 1].out,
        "in_channels": sentence.stem[0].shape[1],
        "num_classes": sentence.head.out if sentence.head else 0,
        "preactivation": at.preactivation,
        "last_norm": at.last_norm,
    }
    if sentence.pool is not None:
        fields["stem_pool"] = "conv"
    norms = [layer for layer in placed.named.values() if layer.kind == "norm"]
    if norms:
        fields["conv_bias"] = conv_bias(sentence, at)
    if len({frozenset(norm.keys) for norm in norms}) > 1:
        return  # norms of two kinds: one of them is somebody's own
    kinds = (
        ("group", "batch") if norms and set(norms[0].keys) == set(NORM_ROLES[:2]) else ("batch",)
    )  # an affine map is a frozen norm
    fields |= _groups(sentence)
    kernels = {block.projection.kernel for block in blocks if block.projection is not None}
    if len(kernels) > 1:
        return  # projections of two kinds
    for shortcut in _shortcuts(sentence):
        for gate in _gates(sentence):
            if shortcut["shortcut"] in ("B", "C", "D") and any(block.projection for block in blocks):
                shortcut = shortcut | {"projection_norm": at.projection_norm, "projection_kernel": max(kernels)}
            for kind in kinds:
                try:
                    yield ResNetSpec(**fields, **shortcut, **gate, norm=kind)
                except SpecError:
                    continue


def _groups(sentence: Sentence) -> dict[str, int]:
    if sentence.block_kind == "basic":
        return {}
    first = sentence.blocks[0]
    inner, width = first.main[1].out, first.out_channels // 4
    cardinality = inner // first.main[1].shape[1]
    return {"cardinality": cardinality, "base_width": max(64 * inner // (width * cardinality), 1)}


def _shortcuts(sentence: Sentence) -> list[dict[str, Any]]:
    """Return the shortcuts that fit: zeros or none where nothing projects, and a pool before it that has no tensor."""
    blocks = sentence.blocks
    if not any(block.projection for block in blocks):
        changes = any(block.in_channels != block.out_channels for block in blocks)
        return [{"shortcut": kind} for kind in (("A", "none") if changes else ("B", "A", "none"))]
    if projects_everywhere(blocks):
        return [{"shortcut": "C"}]
    first = blocks[0].projection is not None and blocks[0].in_channels == blocks[0].out_channels
    extra = {"project_first": True} if first else {}
    deep = sentence.stem_kind.startswith("deep")
    return [{"shortcut": kind} | extra for kind in (("D", "B") if deep else ("B", "D"))]


def _gates(sentence: Sentence) -> list[dict[str, Any]]:
    gates = {len(block.gates) for block in sentence.blocks}
    if gates == {0}:
        return [{}]
    if gates == {1}:
        return [{"attention": "eca"}]
    if gates != {2}:
        return []
    last = sentence.blocks[-1]
    exact = last.gates[0].out / last.out_channels
    for step in (8, 1):  # timm's, the paper's
        for ratio in (1 / 16, 1 / 8, 1 / 4, 1 / 2, exact):
            if _squeezed_so(sentence, ratio, step):
                return [{"attention": "se", "se_ratio": ratio, "se_round": step}]
    return []


def _squeezed_so(sentence: Sentence, ratio: float, step: int) -> bool:
    spec = ResNetSpec(attention="se", se_ratio=ratio, se_round=step)
    return all(block.gates[0].out == squeeze_channels(spec, block.out_channels) for block in sentence.blocks)


def _keys(spec: ResNetSpec, wanted: Mapping[str, Shape], placed: Placed) -> dict[str, str] | None:
    """Return {our parameter: the file's}, or None unless all shapes are the spec's and nothing is left over."""
    keys, shapes = _in_our_names(spec, placed)
    absent = _may_be_absent(spec, wanted, shapes)
    if placed.folded:
        absent |= {name for name in wanted if _is_norms(name, wanted)}
        shapes = {name: shape for name, shape in shapes.items() if name in wanted or not name.endswith(".bias")}
    required = {name: shape for name, shape in wanted.items() if name not in absent}
    return keys if shapes == required else None


def _in_our_names(spec: ResNetSpec, placed: Placed) -> tuple[dict[str, str], dict[str, Shape]]:
    """Return the file's names and the shapes of the placed layers' tensors, each by our parameter's name."""
    keys, shapes = {}, {}
    for name, layer in placed.named.items():
        module = _behind_pool(name) if spec.shortcut == "D" else name
        for role, key in layer.keys.items():
            shape = layer.shape if role == "weight" else (layer.out,)
            if ".se.fc" in module and len(shape) == 2:
                shape = (*shape, 1, 1)  # a gate's matrix is a 1×1 convolution here
            keys[f"{module}.{role}"], shapes[f"{module}.{role}"] = key, shape
    return keys, shapes


def _behind_pool(module: str) -> str:
    """Return what a projection or its norm is called where an average pool is `downsample.0`."""
    before, _, number = module.rpartition("downsample.")
    return f"{before}downsample.{int(number) + 1}" if before and number in ("0", "1") else module


def _may_be_absent(spec: ResNetSpec, wanted: Mapping[str, Shape], shapes: Mapping[str, Shape]) -> set[str]:
    """Return the parameters of the spec that the file lacks and whose value is known without it.

    Zeros stand for the bias of a head or gate, and for a convolution's where others have one; an affine map (a frozen
    norm) has no running statistics, and then no norm has; a norm with statistics alone has scale 1 and shift 0.
    """
    optional = {
        name
        for name in wanted
        if name.endswith(".bias")
        and not _is_norms(name, wanted)
        and (name.startswith("fc.") or ".se." in name or spec.conv_bias is True)
    }
    affine = not any(name.endswith(NORM_ROLES[2]) for name in shapes)
    statistics = {name for name in wanted if affine and name.endswith(NORM_ROLES[2:])}
    plain = {
        name
        for name in wanted
        if name.endswith(NORM_ROLES[:2])
        and f"{name.rpartition('.')[0]}.{NORM_ROLES[2]}" in shapes
        and name not in shapes
    }
    return (optional - set(shapes)) | statistics | plain


def _is_norms(name: str, wanted: Mapping[str, Shape]) -> bool:
    """Return whether a parameter is a norm's: its module's weight is a vector."""
    return len(wanted[f"{name.rpartition('.')[0]}.weight"]) == 1
