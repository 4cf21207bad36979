"""Do the names allow what the shapes propose? A block's layers are kept together, and apart from those of others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from residua.weights.files.names import split_in_collections, words_of
from residua.weights.recognise.recognised import Reading, Recognised

Words = tuple[str, ...]
MAIN = re.compile(r"conv\d")
OUR_BLOCK = re.compile(r"(layer\d+\.\d+)\.(.+)\.\w+$")
MOST = 2 / 3  # of the blocks, and more, agree: at 2/3 a ResNet-8 of identity and projecting blocks would be refused
FEWEST = 2  # blocks that show how this file names its own


@dataclass(frozen=True)
class _Block:
    """One block as the file names it.

    shared: the words that its convolutions begin with. home: the same, where no other block's begin so. grows: it gives
    other channels than it reads.
    """

    home: Words
    shared: Words
    grows: bool
    layers: Mapping[str, tuple[Words, str]]  # {our name within: (words of its path, one of its tensors)}

    @property
    def main(self) -> list[tuple[Words, str]]:
        return [layer for name, layer in self.layers.items() if MAIN.fullmatch(name)]

    @property
    def projection(self) -> list[tuple[Words, str]]:
        return [layer for name, layer in self.layers.items() if name.startswith("downsample")]

    def inside(self, words: Words) -> bool:
        return bool(self.home) and words[: len(self.home)] == self.home


def misplaced(reading: Reading) -> str | None:
    """Return a tensor that `reading` puts where its name says it is not; None when names allow the reading.

    Names without structure (random words, conv1 … conv19) allow everything.
    """
    blocks, others = _taken_apart(reading)
    for law in (
        _of_another_block,
        _within_another,
        _outside_alone,
        _apart_from_projection,
        _projects_otherwise,
        _written_otherwise,
    ):
        found = law(blocks, others)
        if found is not None:
            return found
    return None


def homes(reading: Reading) -> list[Words]:
    """Return the words that the names of each block begin with, for blocks that have some to themselves."""
    return [block.home for block in _taken_apart(reading)[0] if block.home]


def doubt_gaps(so_far: Recognised) -> Recognised:
    """Doubt a network whose blocks are numbered one after the other but for one: the file may lack a block.

    Also one of whose stages, all of a width, names make two: where they meet, the map may be halved.
    """
    reading = so_far.readings[0]
    stages = dict.fromkeys(found[1] for ours in reading.keys if (found := OUR_BLOCK.match(ours)))
    blocks = zip((stage.partition(".")[0] for stage in stages), _taken_apart(reading)[0], strict=True)
    named = [(stage, block.home) for stage, block in blocks if block.home]
    pairs = [(one, other) for (_, one), (_, other) in pairwise(named) if _step(one, other)]
    gaps = [pair for pair in pairs if _step(*pair) > 1]
    doubts = [
        f"block {'.'.join(other)!r} follows {'.'.join(one)!r}: what stands between them has no tensor, or the file "
        "lacks a block"
        for one, other in (gaps[:1] if 2 * len(gaps) <= len(pairs) else ())
    ]
    doubts += [
        f"blocks {'.'.join(one)!r} and {'.'.join(other)!r} are of one width and of two stages by their names: whether "
        "the map is halved there no tensor shows"
        for (stage, one), (after, other) in pairwise(named)
        if stage == after and one[:-1] != other[:-1] and one[-1].isdecimal() and one[-1] != other[-1] == "0"
    ][:1]
    return replace(so_far, doubts=(*so_far.doubts, *doubts))


def _step(one: Words, other: Words) -> int:
    """Return by how much the only word in which two names differ, a number, grows; 0 for other names."""
    unlike = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    if len(one) != len(other) or len(unlike) != 1 or not all(word.isdecimal() and len(word) < 7 for word in unlike[0]):
        return 0
    return int(unlike[0][1]) - int(unlike[0][0])


def _taken_apart(reading: Reading) -> tuple[list[_Block], list[tuple[Words, str]]]:
    """Return the blocks of a reading, and its layers outside of them."""
    paths = {name: tuple(words_of(part.path)) for name, part in split_in_collections(reading.keys.values()).items()}
    within: dict[str, dict[str, tuple[Words, str]]] = {}
    others = []
    for ours, key in reading.keys.items():
        found = OUR_BLOCK.match(ours)
        if found is None:
            others.append((paths[key], key))
        else:
            within.setdefault(found[1], {}).setdefault(found[2], (paths[key], key))
    convs = [[layer[0] for name, layer in layers.items() if MAIN.fullmatch(name)] for layers in within.values()]
    stems = [words for words, key in others]
    count = Counter(
        words[:length] for paths in (*convs, stems) for words in paths for length in range(1, len(words) + 1)
    )
    blocks = []
    for (block, layers), own in zip(within.items(), convs, strict=True):
        shared = _shared(own)
        reads, gives = reading.shapes[f"{block}.conv1.weight"][1], reading.shapes[f"{block}.conv{len(own)}.weight"][0]
        blocks.append(_Block(shared if count[shared] == len(own) else (), shared, reads != gives, layers))
    return blocks, others


def _shared(paths: Sequence[Words]) -> Words:
    """Return the words that all paths begin with."""
    length = 0
    for words in zip(*paths, strict=False):
        if len(set(words)) > 1:
            break
        length += 1
    return paths[0][:length]


def _of_another_block(blocks: Sequence[_Block], others: Sequence[tuple[Words, str]]) -> str | None:
    """Return a tensor that is read as part of one block, or of none, and is named as another's."""
    home_of = {block.home: block for block in blocks if block.home}
    owned: list[tuple[_Block | None, Words, str]] = [(None, words, key) for words, key in others]
    owned += [(block, words, key) for block in blocks for words, key in block.layers.values()]
    for owner, words, key in owned:
        for length in range(1, len(words) + 1):
            named = home_of.get(words[:length])
            if named is not None and named is not owner:
                return key
    return None


def _within_another(blocks: Sequence[_Block], others: Sequence[tuple[Words, str]]) -> str | None:
    """Return a tensor of a block that lies within another one's words, where most blocks lie beside each other."""
    around = {block.shared for block in blocks if block.shared}
    nested = [
        block for block in blocks if any(block.shared[:length] in around for length in range(1, len(block.shared)))
    ]
    return nested[0].main[0][1] if nested and 2 * len(nested) < len(blocks) else None


def _outside_alone(blocks: Sequence[_Block], others: Sequence[tuple[Words, str]]) -> str | None:
    """Return a tensor of a block that is named outside of it, where most blocks have theirs inside."""
    places: dict[str, list[tuple[bool, str]]] = {}
    for block in blocks:
        for name, (words, key) in block.layers.items():
            if block.home:
                places.setdefault(_slot(name), []).append((block.inside(words), key))
    for found in places.values():
        outside = [key for inside, key in found if not inside]
        if outside and len(outside) * 2 <= len(found):
            return outside[0]
    return None


def _apart_from_projection(blocks: Sequence[_Block], others: Sequence[tuple[Words, str]]) -> str | None:
    """Return the norm of a projection that stands outside of the Sequential in which its convolution has a number, or a
    norm of the branch that stands within it."""
    for block in blocks:
        if len(block.projection) == 1 and (conv := block.projection[0][0])[-1].isdigit():
            within = [
                key
                for name, (words, key) in block.layers.items()
                if name.startswith("bn") and len(conv) > len(block.shared) + 1 and words[: len(conv) - 1] == conv[:-1]
            ]
            if within:
                return within[0]
        if len(block.projection) == 2:
            (conv, kernel), (norm, key) = block.projection
            numbered = conv[-1].isdigit() and conv[-1] in re.split("[./]", kernel)  # not convolution2d_10
            if numbered and norm[: len(conv) - 1] != conv[:-1]:
                return key
    return None


def _projects_otherwise(blocks: Sequence[_Block], others: Sequence[tuple[Words, str]]) -> str | None:
    """Return a projection that is called otherwise than the others: the rarer one, or that which changes nothing."""
    found = [(block, *block.projection[0]) for block in blocks if block.projection]
    called = {key: words[len(block.home) :] for block, words, key in found if block.inside(words)}
    count = Counter(called.values())
    if len(count) < 2:
        return None
    return min((count[called[key]], block.grows, key) for block, _, key in found if key in called)[2]


def _slot(name: str) -> str:
    return "norm" if name.startswith("bn") else name.partition(".")[0]


def _written_otherwise(blocks: Sequence[_Block], others: Sequence[tuple[Words, str]]) -> str | None:
    """Return a convolution of a block whose names are made otherwise than most blocks' names are.

    A block that changes channels may be written apart, as in stack2a and stack2b.0, stack2b.1 (a-martyn's networks).
    """
    for signature in (_depths, _words_within, _form):
        signs = [signature(block) for block in blocks]
        (usual, count), *_ = Counter(signs).most_common(1) or [((), 0)]
        if count < FEWEST or count <= (1 / 2 if signature is _depths else MOST) * len(blocks):
            continue
        for block, sign in zip(blocks, signs, strict=True):
            apart = block.grows if signature is _form else bool(block.projection)
            if sign != usual and not apart:
                return max(block.main, key=lambda layer: -_usual_words(layer[0], blocks))[1]
    return None


def _depths(block: _Block) -> object:
    """Whether a block's convolutions lie equally deep."""
    return len({len(words) for words, _ in block.main}) == 1


def _words_within(block: _Block) -> object:
    """What a block's convolutions are called within it."""
    return tuple(words[len(block.home) :] for words, _ in block.main) if block.home else None


def _form(block: _Block) -> object:
    """How a block is called: the number of words, and whether the last is a number."""
    return (len(block.home), block.home[-1].isdigit()) if block.home else None


def _usual_words(path: Words, blocks: Sequence[_Block]) -> int:
    """Return how many words of a path other blocks use too."""
    known = Counter(word for block in blocks for words, _ in block.main for word in set(words))
    return sum(known[word] > FEWEST for word in path)
