"""Which number does each label get, when labels come as names, as numbers, or from a list of classes?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from residua.data.counter import Integers
from residua.data.folder import natural_key
from residua.errors import DataError


def class_list(values: Sequence[object], given: Sequence[str] | None, where: str) -> tuple[str, ...]:
    """Return the classes: those given, or the labels that occur, in natural order.

    Raises DataError for labels outside of the given list. Whole numbers may also count along the list.
    """
    present = {str(value) for value in values}
    if given is None:
        return tuple(sorted(present, key=natural_key))
    names = tuple(given)
    if len(set(names)) != len(names):
        raise DataError(f"{where}: the class list names a class twice.")
    unknown = sorted((name for name in present if name not in names and not _counts(name, names)), key=natural_key)
    if unknown:
        shown = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        raise DataError(f"{where}: {len(unknown)} labels are not in the list of {len(names)} classes: {shown}.")
    return names


def number_labels(values: Sequence[object], classes: Sequence[str]) -> Integers:
    """Return the position of each label in `classes`; a label that is a number and no name counts along it."""
    position = {name: number for number, name in enumerate(classes)}
    return np.array([position[text] if (text := str(value)) in position else int(text) for value in values], np.int64)


def read_class_file(folder: Path) -> tuple[str, ...] | None:
    """Return the names in `classes.txt`, one a line, or None if the folder has no such file."""
    path = folder / "classes.txt"
    if not path.is_file():
        return None
    names = tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    if not names:
        raise DataError(f"{path} names no class; one name a line was expected.")
    return names


def _counts(text: str, names: Sequence[str]) -> bool:
    return text.isdecimal() and int(text) < len(names)
