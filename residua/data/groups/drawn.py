"""Which images does residua itself hold out, and are they still the same?

The one place where a split is drawn: training, resuming and everything that measures a trained network come here, with
the rules that the run's config.toml and the checkpoint's provenance hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from residua.data.counter import Integers
from residua.data.groups.grouping import Groups, Kind, describe, group, join, kind_for
from residua.data.groups.named import named_groups
from residua.data.groups.signature import Tick, signatures
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.source import Source
from residua.data.splitting import Split, split_validation
from residua.errors import DataError
from residua.text import and_more, natural_key


@dataclass(frozen=True)
class SplitRules:
    """How a split is drawn. grouping: "auto" or a kind of grouping. pattern: on paths, of images that stay together.

    sha256: of the split that it has to be, if known. fold: hold out the images of this fold of a list, and no share.

    A run of a version that knew no groups has no `grouping` in its files, which means "none".
    """

    fraction: float
    seed: int
    grouping: str = "none"
    sha256: str | None = None
    pattern: str | None = None
    fold: str | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SplitRules:
        """Return the rules in the settings of a run, as a checkpoint's provenance holds them. Raises DataError."""
        if config.get("val_fraction") is None or config.get("seed") is None:
            raise DataError("its training does not say which images it held out (val_fraction, seed)")
        grouping, sha256 = config.get("grouping") or "none", config.get("split_sha256")
        return cls(config["val_fraction"], config["seed"], grouping, sha256, config.get("group"), config.get("fold"))


@dataclass(frozen=True)
class DrawnSplit:
    """Indices to train on and to choose by; how they were grouped; a digest of the latter; what to log about it.

    groups: a number an image to choose by, equal for those that belong together; None where nothing was grouped.
    """

    train: Integers
    validation: Integers
    grouping: Kind
    sha256: str | None
    messages: Sequence[str] = ()
    groups: Integers | None = None


def draw_split(source: Source, rules: SplitRules, tick: Tick | None = None) -> DrawnSplit:
    """Hold out a share of the images in `source`, groups of them as a whole.

    Raises DataError where they are not those that `rules` says were held out before.
    """
    if not rules.fraction and rules.fold is None:
        return DrawnSplit(np.arange(len(source)), np.arange(0), "none", None)
    kind = kind_for(rules.grouping, len(source))
    messages: list[str] = []
    groups = None
    if kind != "none":
        found = group(signatures(source, tick), kind)
        named, lines = named_groups(source, rules.pattern)
        groups = found.numbers if named is None else join(found.numbers, named)
        messages += [*lines, *describe(found), *_large(found)]
        if rules.grouping == "auto" and kind == "exact":
            messages.append(f"near duplicates of {len(source):,} images are not looked for; --grouping near does")
    if rules.fold is not None:
        split = _fold(source, rules.fold)
        messages += _crossing(source, split, groups)
    else:
        strata = _strata(source)
        split = split_validation(strata, rules.fraction, rules.seed, groups)
        if groups is not None and strata is source.labels:
            messages += _never_held(source, split.validation, groups)
    sha256 = digest_of_names(source, split.validation)
    if rules.sha256 is not None and rules.sha256 != sha256:
        raise DataError(
            f"the images that {source.name} holds out now are not those that this training held out, so that a measure "
            "could be of images that it has learnt: some were added, removed, renamed or changed; put the data back, "
            "or measure on other images with --data"
        )
    own = None if groups is None else groups[split.validation]
    return DrawnSplit(split.train, split.validation, kind, sha256, messages, own)


def _fold(source: Source, fold: str) -> Split:
    """Return the split that holds out one fold of a list. Raises DataError where there is no such fold, or no other."""
    folds = source.folds if isinstance(source, EncodedSource) else None
    if folds is None:
        raise DataError(f"--fold {fold}: {source.name} has no folds; a list (.csv) with a column `fold` was expected")
    held = np.array([own == fold for own in folds])
    if not held.any() or held.all():
        known = and_more(sorted(set(folds), key=natural_key))
        raise DataError(f"--fold {fold} holds out {held.sum()} of {len(held)} images; the folds are {known}")
    return Split(np.flatnonzero(~held), np.flatnonzero(held))


def _crossing(source: Source, split: Split, groups: Integers | None) -> list[str]:
    """Return a warning where the fold's images belong to groups that training sees, with an example."""
    known = (
        np.zeros(0, np.int64)
        if groups is None
        else split.validation[np.isin(groups[split.validation], groups[split.train])]
    )
    if not len(known) or groups is None:
        return []
    twin = split.train[np.flatnonzero(groups[split.train] == groups[known[0]])[0]]
    pair = f"{source.where(int(known[0]))} with {source.where(int(twin))}"
    return [
        f"warning: {len(known)} of the {len(split.validation)} images of the fold belong together with images of other "
        f"folds, as {pair}: what is measured on them is partly memory"
    ]


def _strata(source: Source) -> Integers:
    """Return a number an image; of equal ones the same share is held out.

    It is the image's class; where it has several, its rarest one, since hardly two images may have the same set.
    """
    sets = source.label_sets if isinstance(source, EncodedSource) else None
    if sets is None:
        return source.labels
    counts = np.bincount([label for number in source.labels.tolist() for label in sets[number]], minlength=1)
    rarest = [min(own, key=lambda label: int(counts[label]), default=len(counts)) for own in sets]
    return np.array(rarest, np.int64)[source.labels]


def digest_of_names(source: Source, held: Integers) -> str:
    """Return the SHA-256 of the names of the images held out, in order, a line each."""
    names = "".join(f"{source.where(index)}\n" for index in held.tolist())
    return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()


def _large(found: Groups) -> list[str]:
    """Return a warning where near duplicates are half of all images: whether they are copies, only the user knows.

    Half: what a fixed camera sees of many parts is one group or, by their defects, two; bursts and films are many.
    """
    largest = int(np.bincount(found.numbers).max(initial=0))
    if not found.near or 2 * largest < len(found.numbers):
        return []
    advice = "if they are different things that look alike, as to one camera, --grouping exact draws them one by one"
    return [f"warning: {largest} of {len(found.numbers)} images are one group, on one side of the split: {advice}"]


def _never_held(source: Source, held: Integers, groups: Integers) -> list[str]:
    """Return a warning for each class of several images none of which is held out, since they belong together."""
    counts = np.bincount(source.labels, minlength=len(source.classes))
    validated = np.bincount(source.labels[held], minlength=len(source.classes))
    lines = []
    for label in np.flatnonzero((counts > 1) & (validated == 0)).tolist():
        number = len(np.unique(groups[source.labels == label]))
        why = "are one group" if number == 1 else f"share their {number} groups with others"
        lines.append(f"warning: none of {source.classes[label]!r} is validated: its {counts[label]} images {why}")
    return lines
