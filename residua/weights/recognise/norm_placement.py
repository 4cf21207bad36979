"""Which norm stands behind (or before) which convolution?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from residua.weights.recognise.grammar import BlockFound, Sentence
from residua.weights.recognise.layers import Part, tokens


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


PLACEMENTS = (
    Placement(False, True),
    Placement(True, False),
    Placement(False, False),
    Placement(True, True),
    Placement(True, False, last_norm=False),
    Placement(True, True, last_norm=False),
)


class _NoFit(Exception):
    """The norms cannot stand there."""


def name_parts(
    sentence: Sentence, norms: Sequence[Part], order: Sequence[Part], at: Placement
) -> dict[str, Part] | None:
    """Return {torchvision's module name: part} for the whole network, or None when the norms do not fit.

    Norms are taken in their order; a projection's is the one that shares its name, follows it, or has its turn.
    """
    index = {part.keys["weight"]: number for number, part in enumerate(order)}
    left = list(norms)
    try:
        named = _stem(sentence, left, at)
        for stage, number, block in _numbered(sentence.blocks):
            found = _block(block, left, index, at)
            named |= {f"layer{stage}.{number}.{name}": part for name, part in found.items()}
        if at.ends_in_norm:
            named["norm"] = _take(left, sentence.blocks[-1].out_channels)
    except _NoFit:
        return None
    if left:
        return None
    if sentence.head is not None:
        named["fc"] = sentence.head
    return named


def name_block(
    block: BlockFound, norms: Sequence[Part], order: Sequence[Part], at: Placement
) -> dict[str, Part] | None:
    """Return {torchvision's module name: part} for one block alone, or None when the norms do not fit."""
    index = {part.keys["weight"]: number for number, part in enumerate(order)}
    left = list(norms)
    try:
        named = _block(block, left, index, at)
    except _NoFit:
        return None
    return None if left else named


def _take(left: list[Part], channels: int) -> Part:
    if not left or left[0].out != channels:
        raise _NoFit
    return left.pop(0)


def _stem(sentence: Sentence, left: list[Part], at: Placement) -> dict[str, Part]:
    names = ["conv1"] if len(sentence.stem) == 1 else ["conv1.0", "conv1.3", "conv1.6"]
    behind = ["bn1"] if len(sentence.stem) == 1 else ["conv1.1", "conv1.4", "bn1"]
    named = dict(zip(names, sentence.stem, strict=True))
    for name, conv in zip(behind, sentence.stem, strict=True):
        if name != "bn1" or not at.preactivation:
            named[name] = _take(left, conv.out)
    if sentence.pool is not None:
        named |= {"maxpool.0": sentence.pool, "maxpool.1": _take(left, sentence.pool.out)}
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
    repeated = [b for a, b in pairwise(blocks) if a.out_channels == b.out_channels]
    return bool(repeated) and all(block.projection is not None for block in (*repeated, blocks[0]))


def _numbered(blocks: Sequence[BlockFound]) -> list[tuple[int, int, BlockFound]]:
    starts = stage_starts(blocks)
    found = []
    for stage, start in enumerate(starts, start=1):
        end = starts[stage] if stage < len(starts) else len(blocks)
        found += [(stage, index - start, blocks[index]) for index in range(start, end)]
    return found


def _block(block: BlockFound, left: list[Part], index: dict[str, int], at: Placement) -> dict[str, Part]:
    """Name one block's parts; its norms are the next ones in `left`."""
    named = {f"conv{step}": conv for step, conv in enumerate(block.main, start=1)}
    if len(block.gates) == 2:
        named |= {"se.fc1": block.gates[0], "se.fc2": block.gates[1]}
    elif block.gates:
        named["se.conv"] = block.gates[0]
    behind = block.projection is not None and at.projection_norm
    count = len(block.main) + behind
    mine, left[:] = left[:count], left[count:]
    if len(mine) != count:
        raise _NoFit
    entering = (block.in_channels, *(conv.out for conv in block.main))
    slots = [(f"bn{step}", conv, entering[step - 1] if at.preactivation else conv.out)
             for step, conv in enumerate(block.main, start=1)]  # fmt: skip
    if block.projection is not None:
        named["downsample.0"] = block.projection
        if behind:
            place = _projections(block, mine, index)
            slots.insert(place, ("downsample.1", block.projection, block.out_channels))
    return named | _seated(slots, mine)


def _seated(slots: Sequence[tuple[str, Part, int]], norms: Sequence[Part]) -> dict[str, Part]:
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


def _projections(block: BlockFound, mine: Sequence[Part], index: dict[str, int]) -> int:
    """Return which of a block's norms is its projection's."""
    assert block.projection is not None
    path = tokens(block.projection.path)
    shared = [_common(path, tokens(norm.path)) for norm in mine]
    if max(shared) > 0 and shared.count(max(shared)) == 1:
        return shared.index(max(shared))
    place = index[block.projection.keys["weight"]]
    following = [number for number, norm in enumerate(mine) if index[norm.keys["weight"]] == place + 1]
    if following and mine[following[0]].out == block.out_channels:
        return following[0]
    return min(block.projection_place, len(mine) - 1)


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words two paths begin with together, or 0 if all they share is a block's own name."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
