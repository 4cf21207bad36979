"""In which order do the layers of a file stand in the network? The file's own, the names', or the channels' flow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

from residua.weights.recognise.layers import Part, natural_key, tokens

MOST_WORDS = 4  # names of convolutions inside a block that are tried in every order: 24


def orders(parts: Sequence[Part], registered: bool) -> Iterator[tuple[str, list[Part]]]:
    """Yield (reason, parts in that order), the most trustworthy first.

    registered: the file keeps the order in which a program made its layers; alphabetical formats do not.
    """
    as_written = list(parts)
    alphabetical = [part.path for part in as_written] == sorted(part.path for part in as_written)
    counted = sorted(as_written, key=lambda part: natural_key(part.path))
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


def by_words(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Yield `parts` with the words inside a block (reduce, mid, expand) in every order, the same in all blocks."""
    word = {part.path: _word_within(part.path) for part in parts}
    count = Counter(word[part.path] for part in parts if part.kind == "conv")
    repeated = [one for one, times in count.items() if times > 1]
    if not 2 <= len(repeated) <= MOST_WORDS:
        return
    numbers = {part.path: tuple(int(digits[:9]) for digits in re.findall(r"\d+", part.path)) for part in parts}
    groups = {part.path: number for number, group in enumerate(_groups(parts)) for part in group}
    place = {group: number for number, group in enumerate(dict.fromkeys(groups[part.path] for part in parts))}
    for words in permutations(repeated):
        rank = {one: (number, 0) for number, one in enumerate(words)}

        def key(part: Part, rank: dict[str, tuple[int, int]] = rank) -> tuple[Any, ...]:
            widens = int(part.kind == "linear" and part.out > part.shape[-1])  # a gate squeezes before it excites
            return place[groups[part.path]], numbers[part.path], rank.get(word[part.path], (MOST_WORDS, widens))

        yield sorted(parts, key=key)


def _word_within(path: str) -> str:
    """Return what a layer is called inside its block: `stage.2.main.conv_b` → `main.conv.b`."""
    words = tokens(path)
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    found = words[-1:]
    for word in reversed(words[:-1]):
        if any(character.isdigit() for character in word):
            break
        found.insert(0, word)
    return re.sub(r"\d+", "#", ".".join(found))


def stem_first(parts: Sequence[Part]) -> list[Part]:
    """Return `parts` with the convolution that reads the image, and the norm behind it, in front of all others."""
    produced = {part.out for part in parts if part.kind == "conv"}
    reading = [part for part in parts if part.kind == "conv" and part.kernel > 1 and part.shape[1] not in produced]
    if len(reading) != 1:
        return list(parts)
    start = list(parts).index(reading[0])
    end = start + 1
    while end < len(parts) and parts[end].kind == "norm" and parts[end].out == reading[0].out and end < start + 2:
        end += 1
    return [*parts[start:end], *parts[:start], *parts[end:]]


def _miscounted(parts: Sequence[Part]) -> bool:
    """Return whether numbered siblings stand out of order, as they do after sorting letter by letter or shuffling."""
    latest: dict[tuple[str, ...], int] = {}
    for part in parts:
        words = _words(part.path)
        for depth, word in enumerate(words):
            if not word.isdigit() or len(word) > 9:
                continue
            siblings = tuple(words[:depth])
            if int(word) < latest.get(siblings, -1) and depth < len(words) - 1:
                return True
            latest[siblings] = max(latest.get(siblings, -1), int(word))
    return False


def _words(path: str) -> list[str]:
    return [word for token in tokens(path) for word in _split_digits(token)]


def _split_digits(token: str) -> list[str]:
    head = token.rstrip("0123456789")
    return [word for word in (head, token[len(head) :]) if word]


def by_flow(parts: Sequence[Part]) -> list[Part]:
    """Return `parts` with their top-level groups in the order of the channels: stem, growing stages, head."""
    groups = _groups(parts)
    convs = [part for part in parts if part.kind == "conv"]
    linears = [part for part in parts if part.kind == "linear"]
    if not convs:
        return list(parts)
    stem = min(convs, key=lambda part: (part.shape[1] if part.kernel > 1 else 10**9, part.position))
    features = linears[-1].shape[1] if linears else max(part.out for part in convs)

    def place(group: list[Part]) -> tuple[int, int]:
        kinds = {part.kind for part in group}
        if stem in group:
            return (0, 0)
        if kinds == {"norm"} and len(group) == 1:
            return (3, 0) if group[0].out == features and features != stem.out else (1, 0)
        if "conv" in kinds:
            return (2, max(part.out for part in group if part.kind == "conv"))
        return (4, 0) if kinds == {"linear"} else (2, max(part.out for part in group))

    return [part for group in sorted(groups, key=place) for part in group]


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Split by the first word of the names, and what holds nearly everything by its next word, and so on."""
    words = {part.path: tokens(part.path) for part in parts}
    total = sum(part.kind == "conv" for part in parts)
    finished: list[list[Part]] = []
    trail: list[tuple[list[Part], int]] = [(list(parts), 0)]
    while trail:
        group, depth = trail.pop(0)
        within: dict[str, list[Part]] = {}
        for part in group:
            word = words[part.path][depth] if depth < len(words[part.path]) else ""
            within.setdefault(word, []).append(part)
        split = []
        for members in within.values():
            convs = sum(part.kind == "conv" for part in members)
            if len(members) > 1 and convs > 0.7 * total and depth < 12:
                trail.insert(0, (members, depth + 1))
            else:
                split.append(members)
        finished += split
    return sorted(finished, key=lambda members: natural_key(members[0].path))
