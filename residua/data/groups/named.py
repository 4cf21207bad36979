"""Which images belong together by what they are called: the same patient, video or slide?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import numpy as np

from residua.data.counter import Integers
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.source import Source
from residua.errors import DataError
from residua.reading import SECONDS, TooMuchTimeError, seconds_within

# Of names that an expression finds its groups in; a plain one does hundreds of thousands. Somebody else's config.toml
# may name one too.
LEAST_NAMES_A_SECOND = 10_000


def group_names(source: Source, pattern: str | None) -> list[str] | None:
    """Return the name of each image's group, "" where it has none; None where nothing names groups.

    pattern: a regular expression on an image's path; what its parentheses match, or the whole match, is the name.
    Without one the list's column `group` counts, if it has any. Raises DataError for both, or for no expression.
    """
    column = source.groups if isinstance(source, EncodedSource) else None
    if pattern is None:
        return None if column is None else list(column)
    if column is not None:
        raise DataError(f"--group came, and {source.name} has a column group itself: leave out one of them")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataError(f"{_what(pattern)} is no regular expression: {error}") from None
    try:
        with seconds_within(SECONDS + len(source) / LEAST_NAMES_A_SECOND):
            found = [compiled.search(source.where(index)) for index in range(len(source))]
    except TooMuchTimeError:
        raise DataError(
            f"{_what(pattern)} takes too long on names as {source.where(0)}: nested repetitions, as (a+)+, try every "
            "way to part a name"
        ) from None
    return ["" if match is None else "/".join(filter(None, match.groups())) or match.group() for match in found]


def require_groups(source: Source, pattern: str | None) -> list[str] | None:
    """Return what `group_names` does; raises DataError where it is no name for any image."""
    names = group_names(source, pattern)
    if names is not None and not any(names):
        raise DataError(
            f"{_what(pattern)} names none of the {len(names)} images of {source.name}, as {source.where(0)}"
        )
    return names


def _what(pattern: str | None) -> str:
    return "the column group" if pattern is None else f"--group {shlex.quote(pattern)}"


def named_groups(source: Source, pattern: str | None) -> tuple[Integers | None, list[str]]:
    """Return a number an image, equal for those of one named group, and what to log; None where nothing names groups.

    Raises DataError, with counts, for names that group nothing, or all images, or all of a class.
    """
    names = require_groups(source, pattern)
    if names is None:
        return None, []
    what, named = _what(pattern), sum(map(bool, names))
    numbers = numbers_of(names)
    _refuse_too_large(source, numbers, names, what)
    groups = len(set(names) - {""})
    lines = [f"{named} images in {groups} group{'s' * (groups != 1)} by {what}"]
    if groups == named:
        example = next(filter(None, names))
        lines.append(f"warning: each group by {what} is one image, as {example!r}: it keeps nothing together")
    if named < len(names):
        lines.append(f"warning: {len(names) - named} of {len(names)} images have no group by {what}: each is by itself")
    return numbers, lines


def numbers_of(names: Sequence[str]) -> Integers:
    """Return equal numbers for equal names; where there is none, a number of its own."""
    _, numbers = np.unique([f"={name}" if name else f"{at}" for at, name in enumerate(names)], return_inverse=True)
    return numbers.reshape(-1).astype(np.int64)


def _refuse_too_large(source: Source, numbers: Integers, names: list[str], what: str) -> None:
    """Raise DataError where all images, or all of a class, are in one group: none of them could be held out."""
    sets = {f"all {len(numbers)} images": np.arange(len(numbers))}
    several = isinstance(source, EncodedSource) and source.label_sets is not None  # few images have the same labels
    for label, name in enumerate(() if several else source.classes):
        own = np.flatnonzero(source.labels == label)
        sets[f"all {len(own)} images of {name!r}"] = own
    for words, chosen in sets.items():
        if len(chosen) > 1 and len(np.unique(numbers[chosen])) == 1:
            raise DataError(f"{what} puts {words} into one group, {names[chosen[0]]!r}: none of them could be held out")
