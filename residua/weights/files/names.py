"""What does a tensor's name say: which layer is it of, and in which role?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

# torch's word: what code bases call such a tensor of a layer; what Keras 1 calls running_std is a variance
WORDS = {
    "weight": ("weight", "weights", "kernel", "gamma", "scale", "w", "s"),
    "bias": ("bias", "biases", "beta", "offset", "shift", "b"),
    "running_mean": ("running_mean", "moving_mean", "avg_mean", "_mean", "mean", "mu", "rm"),
    "running_var": (
        "running_var", "running_variance", "moving_variance", "moving_var", "avg_var", "_variance", "variance", "var",
        "riv", "running_std",
    ),
}  # fmt: skip
ROLES = {word: role for role, words in WORDS.items() for word in words}
JOINED = sorted((word for word in ROLES if len(word) > 2 and word[0] != "_"), key=len, reverse=True)
SHORT = ("w", "b", "s", "rm", "riv", "W")  # Caffe2's and Keras 1's, joined by a line: conv1_w
COLLECTIONS = ({"params", "batch_stats"}, {"params", "state"}, {"trainable", "non_trainable"})


class Name(NamedTuple):
    """A tensor's name, taken apart: the layer's path with dots, and torch's role, None for a role nobody uses."""

    path: str
    role: str | None


def split_names(names: Iterable[str]) -> dict[str, Name]:
    """Return {name: its parts}. What another tensor's name begins (conv1.weight_bias) is of that tensor's layer."""
    found = {name: _split(name) for name in names}
    beside = {name for name, part in found.items() if part.path in found and found[part.path].role}
    return {name: _beside(part) if name in beside else part for name, part in found.items()}


def _beside(part: Name) -> Name:
    """Return the parts of a name whose path is the name of a tensor: those of one beside that tensor."""
    return Name(part.path.rpartition(".")[0], part.role)


def split_in_collections(names: Iterable[str]) -> dict[str, Name]:
    """Return {name: its parts}, paths without the collection where a file keeps parameters and statistics apart."""
    listed = list(names)
    first = {name.replace("/", ".").partition(".")[0] for name in listed}
    if first not in COLLECTIONS:
        return split_names(listed)
    return {name: _split(name.replace("/", ".").partition(".")[2]) for name in listed}


def _split(name: str) -> Name:
    plain = name.removesuffix(":0").removeprefix("arg:").removeprefix("aux:").replace("/", ".")  # MXNet's two kinds
    path, _, leaf = plain.rpartition(".")
    if leaf.lower() in ROLES:
        return Name(path, ROLES[leaf.lower()])
    before, _, last = plain.rpartition("_")
    if last in SHORT and before:
        return Name(before, ROLES[last.lower()])
    for suffix in JOINED:
        if leaf.endswith("_" + suffix):
            return Name(f"{path}.{leaf[: -len(suffix) - 1]}".lstrip("."), ROLES[suffix])
    return Name(plain, None)


def words_of(path: str) -> list[str]:
    """Return the words of a name or path, whatever joins them."""
    return [word for word in re.split(r"[._/]", path) if word]
