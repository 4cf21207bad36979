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
from residua.weights.recognise.nearest import differing
from residua.weights.recognise.our_names import expected
from residua.weights.recognise.recognised import Decision, Reading, Recognised


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
GROUPS = (
    "norms of scale and shift alone are taken to be group norms of gcd(32, channels) groups: no tensor shows how many "
    "there are, and instance norms have the same tensors, as do batch norms whose running_mean and running_var the "
    "file lacks (a network's parameters() alone)"
)
# What names settle needs no second look.
RARE = frozenset(one.field for one in UNSEEN if not one.common) | {"shortcut", "strides"}
# What each code base fixes of the networks that it has: under exactly its names nothing of this is open.
EVERYTHING = ("shortcut", "strides", "norm", *(unseen.field for unseen in UNSEEN))
FIXED: Mapping[str, tuple[Callable[[ResNetSpec], bool], tuple[str, ...]]] = {
    "torchvision": (lambda spec: spec.stem == "7x7" and spec.shortcut == "B", EVERYTHING),
    "timm": (
        lambda spec: True,
        ("shortcut", "norm", "strides", "stride_on", "subsample", "stem_pool", "padding"),
    ),  # blurred ones too
    "huggingface": (lambda spec: True, ("shortcut", "strides", "subsample", "antialias", "stem_pool", "padding")),
    "kuangliu": (lambda spec: spec.stem == "3x3" and not spec.preactivation, EVERYTHING),
    "weiaicunzai": (lambda spec: True, EVERYTHING),
    # has v1 too
    "mmpretrain": (lambda spec: True, ("shortcut", "strides", "subsample", "antialias", "stem_pool", "padding")),
    "fb-torch": (lambda spec: True, EVERYTHING),
    "d2l": (lambda spec: True, EVERYTHING),
    "d2l-class": (lambda spec: True, EVERYTHING),
    "timm-v2": (lambda spec: True, EVERYTHING),
    "bit": (lambda spec: True, EVERYTHING),
    "caffe2": (lambda spec: True, EVERYTHING),
    "keras": (lambda spec: True, EVERYTHING),
    "keras-v2": (lambda spec: True, EVERYTHING),
}


def settled(recognised: Recognised) -> frozenset[str]:
    """Return the fields that are no question: declared, or fixed by the code base whose names these are.

    Where shortcuts have no tensors, a plain network has the same names: they never settle that.
    """
    known, spec = set(recognised.declared), recognised.readings[0].spec
    known |= set() if recognised.dialect is None else {"strides"}
    if recognised.dialect is not None and recognised.dialect.name in FIXED:
        has, fields = FIXED[recognised.dialect.name]
        known |= set(fields) if has(spec) else set()
    return frozenset(known - {"shortcut"} if spec.shortcut in ("A", "none") else known)


def is_open(recognised: Recognised) -> bool:
    """Return whether another network is as plausible as the first reading, and the norms' statistics may tell."""
    known, first = settled(recognised), recognised.readings[0]
    if not has_statistics(first):
        return False
    if len(strides(first, known)) > 1 or ("shortcut" not in known and len(shortcuts(recognised, known)) > 1):
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
    rare = ("strides", *(one.field for one in UNSEEN if not one.common))
    return any(getattr(spec, name) != getattr(assumed, name) for name in rare)


def strides(reading: Reading, known: AbstractSet[str]) -> tuple[Reading, ...]:
    """Return `reading` and what it would be if one stage kept its size and does not, or the other way round.

    Networks that tell persons apart keep the size of the last stage, and so do tutorials that forget it. Behind other
    stems than 3×3 it is no question: ImageNet's networks saw larger images than are shown, which looks the same.
    """
    own, found = reading.spec.strides, [reading]
    asked = "strides" not in known and reading.spec.stem == "3x3"
    for stage, stride in enumerate(own if asked else ()):
        moved = (*own[:stage], 2 if stride == 1 else 1, *own[stage + 1 :])
        with suppress(SpecError):
            changed = reading.spec.changed(strides=moved)
            found += [replace(reading, spec=changed)] if expected(changed) == reading.shapes else []
    return tuple(found)


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


def undecided(recognised: Recognised, given: AbstractSet[str] = frozenset()) -> Recognised:
    """Return `recognised`, whose norms have stored no statistics, with every question that is therefore not known.

    given: fields that the caller sets.
    """
    spec, known = recognised.readings[0].spec, settled(recognised) | given
    others: dict[str, set[Any]] = {}
    for reading in recognised.readings[1:]:
        fields = differing(reading.spec, spec)
        if reading.spec.shortcut != spec.shortcut and "shortcut_pad" in fields:
            fields.remove("shortcut_pad")  # follows from it
        if len(fields) == 1 and fields[0] not in known:
            others.setdefault(fields[0], set()).add(getattr(reading.spec, fields[0]))
    for one in UNSEEN:
        if one.common and one.field not in known and one.meaningful(spec):
            others.setdefault(one.field, set()).update(set(one.values) - {getattr(spec, one.field)})
    because = "the file holds no statistics of norms, which could tell"
    open_ones = tuple(
        Decision({name: getattr(spec, name)}, tuple({name: value} for value in sorted(values)), True, 0.0, because)
        for name, values in others.items()
    )
    said = set(recognised.declared) | given  # a code base that has group norms may have saved batch norms' parameters
    doubts = (GROUPS,) if spec.norm == "group" and "norm" not in said else ()
    return replace(recognised, decisions=open_ones, asked=True, doubts=(*recognised.doubts, *doubts))


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
