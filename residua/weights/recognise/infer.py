"""What network do these tensors make? Every reading that fits, the most likely first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from residua.errors import SpecError, WeightsError
from residua.pickles.stored import Stored
from residua.plan import squeeze_channels
from residua.spec import EXPANSION, ResNetSpec
from residua.weights.recognise.grammar import Sentence, parse
from residua.weights.recognise.layers import Part, find_parts, tokens
from residua.weights.recognise.norm_placement import (
    PLACEMENTS,
    Placement,
    name_parts,
    projects_everywhere,
    stage_starts,
)
from residua.weights.recognise.order import orders
from residua.weights.recognise.our_names import NORM_ROLES, expected

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Reading:
    """One network that the tensors can be: its spec, where each tensor goes, and why.

    keys: {our parameter's name: the name in the file}. folded: convolutions carry a bias and there is no norm.
    """

    spec: ResNetSpec
    keys: Mapping[str, str] = field(repr=False)
    because: str
    folded: bool = False


PLAUSIBLE = 0.7  # how far below the best score a placement of norms is still worth mentioning


def infer(state_dict: Mapping[str, Stored | Tensor]) -> ResNetSpec:
    """Return the spec of the network whose tensors these are, as far as tensors can tell.

    What they cannot tell (stride place, ε, padding, …) has its default; `readings` returns the other answers.
    Raises WeightsError when they are not those of a residual network.
    """
    found = readings({name: _stored(value) for name, value in state_dict.items()})
    if not found:
        raise WeightsError("these tensors are not those of a residual network")
    return found[0].spec


def _stored(value: Any) -> Stored:
    if isinstance(value, Stored):
        return value
    dtype = str(value.dtype).removeprefix("torch.")
    return Stored(tuple(value.shape), dtype, lambda: value.detach().cpu().float().numpy())


def readings(tensors: Mapping[str, Stored], registered: bool = True, hwio: bool = False) -> list[Reading]:
    """Return every network that `tensors` can be, the most likely first; an empty list when they are none.

    registered: their order is that in which a program made the layers. hwio: kernels are (H, W, in, out).
    """
    parts = find_parts(tensors, hwio)
    if not parts:
        return []
    for because, ordered in orders(parts, registered):
        found = list(_in_order(ordered, because))
        if found:
            return found
    return []


def _in_order(ordered: Sequence[Part], because: str) -> Iterator[Reading]:
    norms = [part for part in ordered if part.kind == "norm"]
    sentences = parse([part for part in ordered if part.kind != "norm"])
    seen: list[ResNetSpec] = []
    for sentence in sentences:
        placed: list[tuple[Placement | None, dict[str, Part] | None]]
        placed = [(at, name_parts(sentence, norms, ordered, at)) for at in PLACEMENTS] if norms else []
        if not norms:
            placed = [(None, _without_norms(sentence))]
        scores = [_likely(sentence, ordered, at, named) for at, named in placed]
        for score, (at, named) in sorted(zip(scores, placed, strict=True), key=lambda pair: -pair[0]):
            if named is None or score < max(scores) - PLAUSIBLE:
                continue
            for spec in _specs(sentence, at or Placement(False, True), named):
                keys = _keys(spec, named, folded=at is None)
                if keys is not None and spec not in seen:
                    seen.append(spec)
                    yield Reading(spec, keys, f"shapes, in {because}", folded=at is None)


def _likely(
    sentence: Sentence, ordered: Sequence[Part], at: Placement | None, named: Mapping[str, Part] | None
) -> float:
    """Return how well a placement of norms agrees with names and order; only its ranking means anything.

    A block's norms share the block's name; a norm straight behind the stem is the stem's; networks with their norms
    first leave projections without one; biases in front of norms go with norms behind the convolutions,
    and biases here and there with no rule of ours.
    """
    if at is None:
        return 0.0
    if named is None:
        return -1.0
    score = 0.0
    for name, part in named.items():
        block = name.rpartition(".")[0]
        if part.kind == "norm" and block.startswith("layer") and "downsample" not in name:
            first = tokens(named[f"{block}.conv1"].path)
            last = tokens(named[f"{block}.conv2"].path)
            shared = [one for one, other in zip(first, last, strict=False) if one == other]
            score += bool(shared) and tokens(part.path)[: len(shared)] == shared
    behind = ordered[ordered.index(sentence.stem[-1]) + 1 :]
    if behind and behind[0].kind != "norm" and at.preactivation:
        score += 0.75
    biased = "bias" in sentence.blocks[0].main[0].keys
    usual = {Placement(False, True): 1.0, Placement(True, False): 0.5}
    unruly = _biased(sentence, at) is True and not all("bias" in conv.keys for conv in _convolutions(sentence))
    return score + usual.get(at, 0.0) + 0.6 * (biased and not at.preactivation) - 0.6 * unruly


def _without_norms(sentence: Sentence) -> dict[str, Part] | None:
    """Name the parts of a network whose norms have been folded into its convolutions."""
    convs = [*sentence.stem, *(conv for block in sentence.blocks for conv in block.main)]
    if not all("bias" in conv.keys for conv in convs):
        return None
    imagined = list(_imagined_norms(sentence))
    projections = [block.projection for block in sentence.blocks if block.projection is not None]
    named = name_parts(sentence, imagined, [*convs, *projections, *imagined], Placement(False, True))
    return None if named is None else {name: part for name, part in named.items() if part.path != IMAGINED}


IMAGINED = "<folded>"


def _imagined_norms(sentence: Sentence) -> Iterator[Part]:
    for conv in (*sentence.stem, *((sentence.pool,) if sentence.pool else ())):
        yield _imagine(conv)
    for block in sentence.blocks:
        for step, conv in enumerate(block.main):
            if block.projection is not None and block.projection_place == step:
                yield _imagine(block.projection)
            yield _imagine(conv)
        if block.projection is not None and block.projection_place >= len(block.main):
            yield _imagine(block.projection)


def _imagine(conv: Part) -> Part:
    return Part("norm", IMAGINED, (conv.out,), {"weight": f"{IMAGINED}{conv.keys['weight']}"})


def _specs(sentence: Sentence, at: Placement, named: Mapping[str, Part]) -> Iterator[ResNetSpec]:
    """Yield the specs that the sentence can be: several where tensors leave a choice."""
    blocks, starts = sentence.blocks, stage_starts(sentence.blocks)
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
    norms = [part for part in named.values() if part.kind == "norm"]
    if norms:
        fields["conv_bias"] = _biased(sentence, at)
    kinds = ("group", "batch") if norms and len(norms[0].keys) == 2 else ("batch",)  # an affine map is a frozen norm
    fields |= _groups(sentence)
    for shortcut in _shortcuts(sentence):
        for gate in _gates(sentence):
            if shortcut["shortcut"] in ("B", "C", "D") and any(block.projection for block in blocks):
                shortcut = shortcut | {"projection_norm": at.projection_norm}
            for kind in kinds:
                try:
                    yield ResNetSpec(**fields, **shortcut, **gate, norm=kind)
                except SpecError:
                    continue


def _biased(sentence: Sentence, at: Placement) -> bool | str:
    """Return the spec's `conv_bias`: none, all, the stem's, or those no norm follows.

    All, where others are a part of them; convolutions without a bias then get zeros.
    """
    blocks = sentence.blocks
    last = {id(block.main[-1]) for block in blocks} if at.preactivation else set()
    stem = {id(conv) for conv in sentence.stem}
    unnormed = last | ({id(sentence.stem[-1])} if at.preactivation else set())
    if not at.projection_norm:
        unnormed |= {id(block.projection) for block in blocks if block.projection is not None}
    biased = {id(conv) for conv in _convolutions(sentence) if "bias" in conv.keys}
    return "stem" if biased == stem else "unnormed" if biased and biased == unnormed else bool(biased)


def _convolutions(sentence: Sentence) -> list[Part]:
    blocks = (conv for block in sentence.blocks for conv in (*block.main, block.projection) if conv is not None)
    return [*sentence.stem, *blocks]


def _groups(sentence: Sentence) -> dict[str, int]:
    if sentence.block_kind == "basic":
        return {}
    first = sentence.blocks[0]
    inner, width = first.main[1].out, first.out_channels // 4
    cardinality = inner // first.main[1].shape[1]
    return {"cardinality": cardinality, "base_width": max(64 * inner // (width * cardinality), 1)}


def _shortcuts(sentence: Sentence) -> list[dict[str, Any]]:
    """Return the shortcuts that fit: zeros or none where nothing projects, and a pool before it that nobody can see."""
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
    ratios = [ratio for ratio in (1 / 16, 1 / 8, 1 / 4, 1 / 2, exact) if _squeezed_so(sentence, ratio)]
    return [{"attention": "se", "se_ratio": ratios[0]}] if ratios else []


def _squeezed_so(sentence: Sentence, ratio: float) -> bool:
    spec = ResNetSpec(attention="se", se_ratio=ratio)
    return all(block.gates[0].out == squeeze_channels(spec, block.out_channels) for block in sentence.blocks)


def _keys(spec: ResNetSpec, named: Mapping[str, Part], folded: bool) -> dict[str, str] | None:
    """Return {our parameter: the file's}, or None unless all shapes are the spec's and nothing is left over."""
    pooled = spec.shortcut == "D"
    keys: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for name, part in named.items():
        ours = name
        if pooled and name.endswith(("downsample.0", "downsample.1")):
            ours = f"{name[:-1]}{int(name[-1]) + 1}"
        for role, key in part.keys.items():
            shape = part.shape if role == "weight" else (part.out,)
            if ".se.fc" in ours and len(shape) == 2:
                shape = (*shape, 1, 1)
            keys[f"{ours}.{role}"], shapes[f"{ours}.{role}"] = key, shape
    wanted = expected(spec)
    if folded:
        extra = {name for name in shapes if name not in wanted and name.endswith(".bias")}
        shapes = {name: shape for name, shape in shapes.items() if name not in extra}
        wanted = {name: shape for name, shape in wanted.items() if not _of_norm(name, wanted)}
    lacking = {name for name in wanted if _may_lack(name, spec) and not _of_norm(name, wanted)} - set(shapes)
    if not any(name.endswith(NORM_ROLES[2]) for name in shapes):
        lacking |= {name for name in wanted if name.endswith(NORM_ROLES[2:])}
    wanted = {name: shape for name, shape in wanted.items() if name not in lacking}
    return {name: keys[name] for name in keys} if shapes == wanted else None


def _may_lack(name: str, spec: ResNetSpec) -> bool:
    """Return whether zeros can stand in for a tensor: a head's or gate's bias, a convolution's if others have one."""
    return name.endswith(".bias") and (name.startswith("fc.") or ".se." in name or spec.conv_bias is True)


def _of_norm(name: str, wanted: Mapping[str, tuple[int, ...]]) -> bool:
    module = name.rpartition(".")[0]
    return len(wanted[f"{module}.weight"]) == 1


__all__ = ["NORM_ROLES", "Reading", "infer", "readings"]
