"""In which order do the layers of a file stand in the network? The file's own, the names', or the channels' flow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

from residua.weights.recognise.layers import Layer

MOST_WORDS = 4  # names of convolutions inside a block that are tried in every order: 24
STEM, STEM_NORM, STAGE, LAST_NORM, HEAD = range(5)  # ranks of the groups of a network
NEARLY_ALL = 0.7  # of the convolutions: what has more holds the stages, as the word `level` does 14 of 15 in the tests
DEEPEST = 12  # words of a name by which groups are split


def orders(layers: Sequence[Layer], registered: bool) -> Iterator[tuple[str, list[Layer]]]:
    """Yield (reason, layers in that order), the most trustworthy first.

    registered: the file keeps the order in which a program made its layers; alphabetical formats do not.
    """
    as_written = list(layers)
    alphabetical = [layer.path for layer in as_written] == sorted(layer.path for layer in as_written)
    counted = sorted(as_written, key=lambda layer: _natural_key(layer.path))
    if registered and not alphabetical and not _miscounted(as_written):
        yield "the order in the file", as_written
    yield "the numbers in the names", counted
    yield "the numbers in the names and the flow of channels", by_flow(counted)
    for ordered in by_words(by_flow(counted)):
        yield "the numbers and words in the names and the flow of channels", ordered
    if registered and (alphabetical or _miscounted(as_written)):
        yield "the order in the file", as_written
    if registered:
        yield "the order in the file, from the layer on that reads the image", stem_first(as_written)


def _natural_key(path: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts names as people count: block2 before block10."""
    words = re.split(r"[._/]|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", path)
    return [(0, int(word), "") if word.isdigit() and len(word) < 10 else (1, 0, word) for word in words]


def _miscounted(layers: Sequence[Layer]) -> bool:
    """Return whether numbered siblings stand out of order, as they do after sorting letter by letter or shuffling."""
    latest: dict[tuple[str, ...], int] = {}
    for layer in layers:
        words = [part for word in layer.words for part in _number_apart(word)]
        for depth, word in enumerate(words):
            if not word.isdigit() or len(word) > 9:
                continue
            siblings = tuple(words[:depth])
            if int(word) < latest.get(siblings, -1) and depth < len(words) - 1:
                return True
            latest[siblings] = max(latest.get(siblings, -1), int(word))
    return False


def _number_apart(word: str) -> list[str]:
    """Return a word and the number at its end: block12 → block, 12."""
    head = word.rstrip("0123456789")
    return [part for part in (head, word[len(head) :]) if part]


def by_flow(layers: Sequence[Layer]) -> list[Layer]:
    """Return `layers` with their top-level groups in the order of the channels: stem, growing stages, head."""
    convs = [layer for layer in layers if layer.kind == "conv"]
    if not convs:
        return list(layers)
    stem = _stem(convs)
    features = _features(layers, convs)
    groups = sorted(_groups(layers), key=lambda group: _rank(group, stem, features))
    return [layer for group in groups for layer in group]


def _stem(convs: Sequence[Layer]) -> Layer:
    """Return the convolution that reads the image: of those wider than a pixel, the first with the fewest channels."""
    spatial = [conv for conv in convs if conv.kernel > 1]
    return min(spatial or convs, key=lambda conv: (conv.shape[1] if spatial else 0, conv.position))


def _features(layers: Sequence[Layer], convs: Sequence[Layer]) -> int:
    """Return how many numbers the last linear layer reads, or else the most channels of all."""
    linears = [layer for layer in layers if layer.kind == "linear"]
    return linears[-1].shape[1] if linears else max(conv.out for conv in convs)


def _rank(group: Sequence[Layer], stem: Layer, features: int) -> tuple[int, int]:
    """Return a group's place along the flow, and the most channels that it gives, by which stages follow each other."""
    convs = [layer.out for layer in group if layer.kind == "conv"]
    kinds = {layer.kind for layer in group}
    if stem in group:
        return STEM, 0
    if convs:
        return STAGE, max(convs)
    if kinds == {"norm"} and len(group) == 1:
        return (LAST_NORM if group[0].out == features and features != stem.out else STEM_NORM), 0
    if kinds == {"linear"}:
        return HEAD, 0
    return STAGE, max(layer.out for layer in group)


def _groups(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Split by the first word of the names, and what holds nearly everything by its next word, and so on."""
    total = sum(layer.kind == "conv" for layer in layers)
    finished: list[list[Layer]] = []
    trail: list[tuple[list[Layer], int]] = [(list(layers), 0)]
    while trail:
        group, depth = trail.pop()
        within: dict[str, list[Layer]] = {}
        for layer in group:
            within.setdefault(layer.words[depth] if depth < len(layer.words) else "", []).append(layer)
        for members in within.values():
            convs = sum(layer.kind == "conv" for layer in members)
            if len(members) > 1 and convs > NEARLY_ALL * total and depth < DEEPEST:
                trail.append((members, depth + 1))
            else:
                finished.append(members)
    return sorted(finished, key=lambda members: _natural_key(members[0].path))


def by_words(layers: Sequence[Layer]) -> Iterator[list[Layer]]:
    """Yield `layers` with the words inside a block (reduce, mid, expand) in every order, the same in all blocks."""
    word = {layer.path: _word_within(layer) for layer in layers}
    count = Counter(word[layer.path] for layer in layers if layer.kind == "conv")
    repeated = [one for one, times in count.items() if times > 1]
    if not 2 <= len(repeated) <= MOST_WORDS:
        return
    numbers = {layer.path: tuple(int(digits[:9]) for digits in re.findall(r"\d+", layer.path)) for layer in layers}
    groups = {layer.path: number for number, group in enumerate(_groups(layers)) for layer in group}
    place = {group: number for number, group in enumerate(dict.fromkeys(groups[layer.path] for layer in layers))}
    for words in permutations(repeated):
        rank = {one: (number, 0) for number, one in enumerate(words)}

        def key(layer: Layer, rank: dict[str, tuple[int, int]] = rank) -> tuple[Any, ...]:
            widens = int(layer.kind == "linear" and layer.out > layer.shape[-1])  # a gate squeezes before it excites
            path = layer.path
            return place[groups[path]], numbers[path], rank.get(word[path], (MOST_WORDS, widens))

        yield sorted(layers, key=key)


def _word_within(layer: Layer) -> str:
    """Return what a layer is called inside its block: `stage.2.main.conv_b` → `main.conv.b`."""
    words = list(layer.words)
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    found = words[-1:]
    for word in reversed(words[:-1]):
        if any(character.isdigit() for character in word):
            break
        found.insert(0, word)
    return re.sub(r"\d+", "#", ".".join(found))


def stem_first(layers: Sequence[Layer]) -> list[Layer]:
    """Return `layers` with the convolution that reads the image, and the norm behind it, in front of all others."""
    produced = {layer.out for layer in layers if layer.kind == "conv"}
    readers = [layer for layer in layers if layer.kernel > 1 and layer.shape[1] not in produced]
    if len(readers) != 1:
        return list(layers)
    start = list(layers).index(readers[0])
    end = start + 1
    if end < len(layers) and layers[end].kind == "norm" and layers[end].out == readers[0].out:
        end += 1
    return [*layers[start:end], *layers[:start], *layers[end:]]
