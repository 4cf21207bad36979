"""Which norm stands behind (or before) which convolution? Every placement that fits, the most likely first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from residua.weights.recognise.grammar import BlockFound, Sentence
from residua.weights.recognise.layers import Layer


@dataclass(frozen=True)
class Placement:
    """Where a network has norms: before the convolutions of a branch or behind them, behind projections, at the end."""

    preactivation: bool
    projection_norm: bool
    last_norm: bool = True

    @property
    def ends_in_norm(self) -> bool:
        """Whether a norm stands behind the last block."""
        return self.preactivation and self.last_norm


USUAL = Placement(preactivation=False, projection_norm=True)  # He 2016a
PREACTIVATED = Placement(preactivation=True, projection_norm=False)  # He 2016b
PLACEMENTS = (
    USUAL,
    PREACTIVATED,
    Placement(False, False),
    Placement(True, True),
    Placement(True, False, last_norm=False),
    Placement(True, True, last_norm=False),
)
# What speaks for a placement beside the norms that share their block's name, a point each. Where names are random words
# these numbers decide alone; the cases are resnet18_d2l (biases everywhere) and tests/weights/unusual_networks.py so.
COMMON = {USUAL: 1.0, PREACTIVATED: 0.5}  # at 0.75, resnet18_d2l reads as pre-activated
BARE_STEM = 0.75  # no norm behind the stem: with PREACTIVATED's 0.5 it must outweigh USUAL's 1.0
BIASED = 0.6  # convolutions of blocks have biases, norms stand behind: at 0.4, resnet18_d2l reads as pre-activated
UNRULED = 0.6  # biases that no field of the spec describes: at 0.45, BarePlusHeadFirst reads as pre-activated
PLAUSIBLE = 0.7  # as far below the best: at 0.45, resnet20 lacks candidates; at 1.2, resnet50 has false ones
FOLDED = "<folded>"  # path of the norms that stand for folded ones


@dataclass(frozen=True)
class Placed:
    """Layers under torchvision's names for their modules, and where the norms stand.

    folded: there are no norms; they have been folded into the convolutions, whose biases carry them.
    """

    at: Placement
    named: Mapping[str, Layer]
    folded: bool = False


class _NoFit(Exception):
    """The norms cannot stand there."""


def place_norms(sentence: Sentence, order: Sequence[Layer]) -> list[Placed]:
    """Return where the norms among all layers in `order` fit and plausibly stand, the likeliest placement first."""
    norms = [layer for layer in order if layer.kind == "norm"]
    if not norms:
        named = _without_norms(sentence)
        return [] if named is None else [Placed(USUAL, named, folded=True)]
    tried = ((at, _name_layers(sentence, norms, order, at)) for at in PLACEMENTS)
    fitting = [Placed(at, named) for at, named in tried if named is not None]
    likelihoods = [_likelihood(sentence, order, placed) for placed in fitting]
    ranked = sorted(zip(likelihoods, fitting, strict=True), key=lambda pair: -pair[0])
    return [placed for likelihood, placed in ranked if likelihood >= max(likelihoods) - PLAUSIBLE]


def _name_layers(
    sentence: Sentence, norms: Sequence[Layer], order: Sequence[Layer], at: Placement
) -> dict[str, Layer] | None:
    """Return {torchvision's module name: layer} for the whole network, or None when the norms do not fit.

    Norms are taken in their order; a projection's is the one that shares its name, follows it, or has its turn.
    """
    index = {layer.path: number for number, layer in enumerate(order)}
    remaining = list(norms)
    try:
        named = _stem(sentence, remaining, at)
        for stage, number, block in _numbered(sentence.blocks):
            found = _block(block, remaining, index, at)
            named |= {f"layer{stage}.{number}.{name}": layer for name, layer in found.items()}
        if at.ends_in_norm:
            named["norm"] = _take(remaining, sentence.blocks[-1].out_channels)
    except _NoFit:
        return None
    if remaining:
        return None
    return named | ({"fc": sentence.head} if sentence.head is not None else {})


def name_block(
    block: BlockFound, norms: Sequence[Layer], order: Sequence[Layer], at: Placement
) -> dict[str, Layer] | None:
    """Return {torchvision's module name: layer} for one block alone, or None when the norms do not fit."""
    index = {layer.path: number for number, layer in enumerate(order)}
    remaining = list(norms)
    try:
        named = _block(block, remaining, index, at)
    except _NoFit:
        return None
    return None if remaining else named


def first_unplaced(sentence: Sentence, order: Sequence[Layer]) -> Layer | None:
    """Return a norm that no convolution needs: of channels that none has, or else one too many; None for neither."""
    convs = {conv.out for conv in _convolutions(sentence)}
    count = len(_convolutions(sentence)) + sum(block.projection is not None for block in sentence.blocks)
    norms = [layer for layer in order if layer.kind == "norm"]
    odd = next((norm for norm in norms if norm.out not in convs), None)
    if odd is not None or len(norms) <= count:
        return odd
    known = [
        (norm, max((_common(norm.words, conv.words) for conv in order if conv.kind == "conv"), default=0))
        for norm in norms
    ]
    return min(known, key=lambda pair: pair[1])[0]


def _take(remaining: list[Layer], channels: int) -> Layer:
    if not remaining or remaining[0].out != channels:
        raise _NoFit
    return remaining.pop(0)


def _stem(sentence: Sentence, remaining: list[Layer], at: Placement) -> dict[str, Layer]:
    names = ["conv1"] if len(sentence.stem) == 1 else ["conv1.0", "conv1.3", "conv1.6"]
    behind = ["bn1"] if len(sentence.stem) == 1 else ["conv1.1", "conv1.4", "bn1"]
    named = dict(zip(names, sentence.stem, strict=True))
    for name, conv in zip(behind, sentence.stem, strict=True):
        if name != "bn1" or not at.preactivation:
            named[name] = _take(remaining, conv.out)
    if sentence.pool is not None:
        named |= {"maxpool.0": sentence.pool, "maxpool.1": _take(remaining, sentence.pool.out)}
    return named


def stage_starts(blocks: Sequence[BlockFound]) -> list[int]:
    """Return the index of every stage's first block: where channels change, or only some blocks project."""
    everywhere = projects_everywhere(blocks)
    starts = [0]
    for index in range(1, len(blocks)):
        changes = blocks[index].out_channels != blocks[index - 1].out_channels
        if changes or (blocks[index].projection is not None and not everywhere):
            starts.append(index)
    return starts


def projects_everywhere(blocks: Sequence[BlockFound]) -> bool:
    """Return whether even blocks that change no channels project (option C of He 2016a §4.1)."""
    repeated = [block for before, block in pairwise(blocks) if before.out_channels == block.out_channels]
    return bool(repeated) and all(block.projection is not None for block in (*repeated, blocks[0]))


def _numbered(blocks: Sequence[BlockFound]) -> Iterator[tuple[int, int, BlockFound]]:
    """Yield (stage from 1, place in the stage from 0, block)."""
    starts = stage_starts(blocks)
    for stage, (start, end) in enumerate(pairwise([*starts, len(blocks)]), start=1):
        for index in range(start, end):
            yield stage, index - start, blocks[index]


def _block(block: BlockFound, remaining: list[Layer], index: Mapping[str, int], at: Placement) -> dict[str, Layer]:
    """Name one block's layers; its norms are the next ones in `remaining`."""
    named = {f"conv{step}": conv for step, conv in enumerate(block.main, start=1)}
    if len(block.gates) == 2:
        named |= {"se.fc1": block.gates[0], "se.fc2": block.gates[1]}
    elif block.gates:
        named["se.conv"] = block.gates[0]
    behind = block.projection is not None and at.projection_norm
    count = len(block.main) + behind
    own, remaining[:] = remaining[:count], remaining[count:]
    if len(own) != count:
        raise _NoFit
    entering = (block.in_channels, *(conv.out for conv in block.main))
    slots = [
        (f"bn{step}", conv, entering[step - 1] if at.preactivation else conv.out)
        for step, conv in enumerate(block.main, start=1)
    ]
    if block.projection is not None:
        named["downsample.0"] = block.projection
        if behind:
            place = _place_of_projections_norm(block, own, index)
            slots.insert(place, ("downsample.1", block.projection, block.out_channels))
    return named | _seated(slots, own)


def _seated(slots: Sequence[tuple[str, Layer, int]], norms: Sequence[Layer]) -> dict[str, Layer]:
    """Return {slot: norm}: channels must agree; words shared with the slot's convolution decide, then the order."""
    fitting = []
    words = [_letters(norm.path) for norm in norms]
    shared = [[len(_letters(conv.path) & other) for other in words] for _, conv, _ in slots]
    for seats in permutations(range(len(norms))):
        if all(norms[seat].out == slot[2] for slot, seat in zip(slots, seats, strict=True)):
            alike = sum(row[seat] for row, seat in zip(shared, seats, strict=True))
            fitting.append((alike, sum(seat == place for place, seat in enumerate(seats)), seats))
    if not fitting:
        raise _NoFit
    seats = max(fitting, key=lambda one: one[:2])[2]
    return {slot[0]: norms[seat] for slot, seat in zip(slots, seats, strict=True)}


def _letters(path: str) -> set[str]:
    """Return the words of a path without its numbers: numbers count different things on different layers."""
    return {word for word in re.split(r"[^A-Za-z]+", path.lower()) if word}


def _place_of_projections_norm(block: BlockFound, norms: Sequence[Layer], index: Mapping[str, int]) -> int:
    """Return which of a block's norms is its projection's."""
    assert block.projection is not None
    shared = [_common(block.projection.words, norm.words) for norm in norms]
    if max(shared) > 0 and shared.count(max(shared)) == 1:
        return shared.index(max(shared))
    place = index[block.projection.path]
    following = [number for number, norm in enumerate(norms) if index[norm.path] == place + 1]
    if following and norms[following[0]].out == block.out_channels:
        return following[0]
    return min(block.projection_place, len(norms) - 1)


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words two paths have in common from their start on."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _likelihood(sentence: Sentence, order: Sequence[Layer], placed: Placed) -> float:
    """Return how well a placement of norms agrees with names and order; only its ranking means anything."""
    at = placed.at
    bare_stem = at.preactivation and not _is_norm_behind_stem(sentence, order)
    biased = "bias" in sentence.blocks[0].main[0].keys and not at.preactivation
    score = float(_norms_under_their_blocks_name(placed.named)) + BARE_STEM * bare_stem
    score += COMMON.get(at, 0.0) + BIASED * biased
    return score - UNRULED * _biases_follow_no_rule(sentence, at)


def _norms_under_their_blocks_name(named: Mapping[str, Layer]) -> int:
    """Return how many norms of branches begin with the words that their block's convolutions have in common."""
    count = 0
    for name, layer in named.items():
        block = name.rpartition(".")[0]
        if layer.kind == "norm" and block.startswith("layer") and "downsample" not in name:
            first, second = named[f"{block}.conv1"].words, named[f"{block}.conv2"].words
            shared = tuple(one for one, other in zip(first, second, strict=False) if one == other)
            count += bool(shared) and layer.words[: len(shared)] == shared
    return count


def _is_norm_behind_stem(sentence: Sentence, order: Sequence[Layer]) -> bool:
    """Return whether a norm follows the stem at once (or nothing does): it is the stem's, so norms stand behind."""
    behind = order[order.index(sentence.stem[-1]) + 1 :]
    return not behind or behind[0].kind == "norm"


def _biases_follow_no_rule(sentence: Sentence, at: Placement) -> bool:
    """Return whether biases stand here and there: no field of the spec says at which convolutions."""
    some = conv_bias(sentence, at) is True
    return some and not all("bias" in conv.keys for conv in _convolutions(sentence))


def conv_bias(sentence: Sentence, at: Placement) -> bool | str:
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


def _convolutions(sentence: Sentence) -> list[Layer]:
    blocks = (conv for block in sentence.blocks for conv in (*block.main, block.projection) if conv is not None)
    return [*sentence.stem, *blocks]


def _without_norms(sentence: Sentence) -> dict[str, Layer] | None:
    """Name the layers of a network whose norms have been folded into its convolutions, or None without their biases."""
    convs = [*sentence.stem, *(conv for block in sentence.blocks for conv in block.main)]
    if not all("bias" in conv.keys for conv in convs):
        return None
    imagined = [Layer("norm", f"{FOLDED}.{conv.path}", (conv.out,), {}) for conv in _in_order(sentence)]
    projections = [block.projection for block in sentence.blocks if block.projection is not None]
    named = _name_layers(sentence, imagined, [*convs, *projections, *imagined], USUAL)
    return (
        None if named is None else {name: layer for name, layer in named.items() if not layer.path.startswith(FOLDED)}
    )


def _in_order(sentence: Sentence) -> Iterator[Layer]:
    """Yield the convolutions that had a norm behind them, a projection where it stands in the file."""
    yield from sentence.stem
    if sentence.pool is not None:
        yield sentence.pool
    for block in sentence.blocks:
        for step, conv in enumerate(block.main):
            if block.projection is not None and block.projection_place == step:
                yield block.projection
            yield conv
        if block.projection is not None and block.projection_place >= len(block.main):
            yield block.projection
