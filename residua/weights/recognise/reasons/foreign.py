"""Which tensors keep the others from being a network: without which ones would they be one?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from residua.pickles.stored import Stored
from residua.weights.files.names import ROLES
from residua.weights.recognise.infer import networks_of
from residua.weights.recognise.layers import find_layers
from residua.weights.recognise.leftover.heads import CLASSIFIERS
from residua.weights.recognise.nearest import nearest
from residua.weights.recognise.recognised import Reading, Recognised

MOST_TRIES = 24  # groups that are left out in turn, a few milliseconds each for a network of 20 layers, 0.1 s for 150
OTHERS = "…"  # stands for all last words of a path that name no role
MOST_OF_IT = 1 / 3  # of the tensors: without more, what remains is another network


@dataclass(frozen=True)
class Foreign:
    """Tensors without which the others are a network. network: its name."""

    names: tuple[str, ...]
    network: str


def find_foreign(so_far: Recognised) -> Foreign | None:
    """Return the smallest group of tensors without which the others are a network of ours, or None.

    A group has one name, numbers aside: layer1.0.gate, layer1.1.gate, … The rarest are tried first: what a block has
    and no other is foreign to it before what all of them have is.
    """
    for names in _groups(so_far.kept):
        kept = {name: tensor for name, tensor in so_far.kept.items() if name not in names}
        layers = find_layers(kept, so_far.hwio) or []
        found = networks_of(layers, so_far.registered, orders_tried=2)
        if found and _has_classifier(found[0], so_far):
            return Foreign(names, nearest(found[0].spec).name)
    return None


def _has_classifier(reading: Reading, so_far: Recognised) -> bool:
    """Return whether a matrix is the classifier, where there are matrices: no 1×1 convolution takes its place then."""
    head = reading.keys.get("fc.weight")
    matrices = any(layer.kind == "linear" for layer in so_far.layers)
    return not matrices or (head is not None and len(so_far.kept[head].shape) == 2)


def _groups(tensors: Mapping[str, Stored]) -> Iterator[tuple[str, ...]]:
    """Yield the groups of tensors that share a name without its numbers, the rarest and smallest first."""
    members: dict[tuple[str, ...], list[str]] = {}
    places: dict[tuple[str, ...], set[str]] = {}
    for name in tensors:
        words = name.removesuffix(":0").replace("/", ".").split(".")
        pattern = [re.sub(r"\d+$", "#", word) for word in words]
        for length in range(1, len(words) + 1):
            own = words[length - 1] if not words[length - 1].isdigit() else "#"
            if length == len(words) and own.lower() not in ROLES:
                own = OTHERS
            key = (*pattern[: length - 1], own)
            members.setdefault(key, []).append(name)
            places.setdefault(key, set()).add(".".join(words[: length - (own == OTHERS)]))
    used = Counter(word for name in tensors for word in set(re.findall(r"[A-Za-z]+", name)))
    words_used = {key: max((used[word] for word in re.findall(r"[A-Za-z]+", key[-1])), default=0) for key in members}
    words_used |= {key: len(tensors) for key in members if key[-1].lower() in CLASSIFIERS}  # the last to be blamed
    ranked = sorted(members, key=lambda key: (len(places[key]), words_used[key], len(members[key])))
    seen: set[frozenset[str]] = set()
    for key in ranked:
        group = frozenset(members[key])
        if group in seen or len(group) > MOST_OF_IT * len(tensors) or _is_part(key, members):
            continue
        seen.add(group)
        yield tuple(members[key])
        if len(seen) == MOST_TRIES:
            return


def _is_part(key: Sequence[str], members: Mapping[tuple[str, ...], list[str]]) -> bool:
    """Return whether a group is one role of layers (all their biases), which alone explains nothing."""
    own = members[tuple(key)]
    return key[-1].lower() in ROLES and len(own) < len(members.get(tuple(key[:-1]), []))
