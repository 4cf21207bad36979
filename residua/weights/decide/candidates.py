"""Which networks with other logits do the tensors leave open, question by question?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from residua.errors import SpecError
from residua.spec import ResNetSpec
from residua.weights.recognise.our_names import expected
from residua.weights.recognise.recognised import Reading, Recognised


@dataclass(frozen=True)
class Unseen:
    """A field of the spec that no tensor shows.

    values: what published networks have there. meaningful: for which networks the question arises. common: another
    value than the assumed one is as plausible; a rare one is taken on evidence and needs no mention without.
    """

    field: str
    values: tuple[Any, ...]
    meaningful: Callable[[ResNetSpec], bool]
    common: bool = False


# They are one question: each moves the place where a block or the stem halves its map. ε is none of them: with 1e-5 and
# with 1e-3 the statistics differ by a thousandth of a standard deviation.
UNSEEN = (
    Unseen("stride_on", ("3x3", "1x1"), lambda spec: spec.block == "bottleneck", common=True),
    Unseen("subsample", ("stride", "max-pool"), lambda spec: spec.block == "basic" and not spec.preactivation),
    Unseen("antialias", (False, True), lambda spec: spec.stem != "3x3" and not spec.preactivation),
    # behind a ReLU nothing is below zero, and both pools give the same
    Unseen("stem_pool", ("max", "max-zero-padded"), lambda s: s.preactivation and s.stem_pool.startswith("max")),
    Unseen("padding", ("symmetric", "same"), lambda spec: True),
)
RARE = frozenset(one.field for one in UNSEEN if not one.common) | {"shortcut"}  # what names settle needs no second look
# What each code base fixes of the networks that it has: under exactly its names nothing of this is open.
EVERYTHING = ("shortcut", *(unseen.field for unseen in UNSEEN))
FIXED: Mapping[str, tuple[Callable[[ResNetSpec], bool], tuple[str, ...]]] = {
    "torchvision": (lambda spec: spec.stem == "7x7" and spec.shortcut == "B", EVERYTHING),
    "timm": (lambda spec: True, ("shortcut", "stride_on", "subsample", "stem_pool", "padding")),  # blurred ones too
    "huggingface": (lambda spec: True, ("shortcut", "subsample", "antialias", "stem_pool", "padding")),
    "kuangliu": (lambda spec: spec.stem == "3x3" and not spec.preactivation, EVERYTHING),
    "weiaicunzai": (lambda spec: True, EVERYTHING),
    "mmpretrain": (lambda spec: True, ("shortcut", "subsample", "antialias", "stem_pool", "padding")),  # has v1 too
    "fb-torch": (lambda spec: True, EVERYTHING),
    "d2l": (lambda spec: True, EVERYTHING),
    "d2l-class": (lambda spec: True, EVERYTHING),
    "keras": (lambda spec: True, EVERYTHING),
    "keras-v2": (lambda spec: True, EVERYTHING),
}


def settled(recognised: Recognised) -> frozenset[str]:
    """Return the fields that are no question: declared, or fixed by the code base whose names these are.

    Where shortcuts have no tensors, a plain network has the same names: they never settle that.
    """
    known, spec = set(recognised.declared), recognised.readings[0].spec
    if recognised.dialect is not None and recognised.dialect.name in FIXED:
        has, fields = FIXED[recognised.dialect.name]
        known |= set(fields) if has(spec) else set()
    return frozenset(known - {"shortcut"} if spec.shortcut in ("A", "none") else known)


def is_open(recognised: Recognised) -> bool:
    """Return whether another network is as plausible as the first reading, and the norms' statistics may tell."""
    known, first = settled(recognised), recognised.readings[0]
    if not has_statistics(first):
        return False
    if "shortcut" not in known and len(shortcuts(recognised, known)) > 1:
        return True
    return any(one.common and one.field not in known and one.meaningful(first.spec) for one in UNSEEN)


def alternatives(reading: Reading, known: AbstractSet[str]) -> tuple[Reading, ...]:
    """Return `reading` and what it would be with every other combination of unknown fields, common ones first."""
    asked = [one for one in UNSEEN if one.field not in known and one.meaningful(reading.spec)]
    specs = {reading.spec: reading}
    for values in product(*(one.values for one in asked)):
        with suppress(SpecError):
            changed = reading.spec.changed(**dict(zip((one.field for one in asked), values, strict=True)))
            if expected(changed) == reading.shapes:
                specs.setdefault(changed, replace(reading, spec=changed))
    return tuple(sorted(specs.values(), key=lambda one: is_rare(one.spec, reading.spec)))


def is_rare(spec: ResNetSpec, assumed: ResNetSpec) -> bool:
    """Return whether `spec` differs from what is assumed in a field whose other values are rare."""
    return any(getattr(spec, one.field) != getattr(assumed, one.field) for one in UNSEEN if not one.common)


def shortcuts(recognised: Recognised, known: AbstractSet[str]) -> tuple[Reading, ...]:
    """Return every reading; where zeros stand for new channels, with the zeros in both places, unless that is known."""
    specs: dict[ResNetSpec, Reading] = {}
    for reading in recognised.readings:
        specs.setdefault(reading.spec, reading)
        if reading.spec.shortcut == "A" and "shortcut_pad" not in known:
            for pad in ("both", "end"):
                other = reading.spec.changed(shortcut_pad=pad)
                specs.setdefault(other, replace(reading, spec=other))
    return tuple(specs.values())


def has_statistics(reading: Reading) -> bool:
    """Return whether the file holds a mean and a variance for each norm of the network, and they are batch norms."""
    stored = [name for name in reading.shapes if name.endswith("running_var")]
    return bool(stored) and all(name in reading.keys for name in stored)


def never_trained(recognised: Recognised) -> bool:
    """Return whether every norm is as a program makes it: mean 0 and variance 1."""
    reading, tensors = recognised.readings[0], recognised.tensors
    if not has_statistics(reading):
        return False
    start = {"running_mean": 0.0, "running_var": 1.0}
    return all(
        bool(np.all(tensors[key].array() == start[ours.rpartition(".")[2]]))
        for ours, key in reading.keys.items()
        if ours.rpartition(".")[2] in start
    )
