"""Which number does each label get, when labels come as names, as numbers, or from a list of classes?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from residua.data.counter import Integers
from residua.errors import DataError
from residua.reading import document_of, read_text
from residua.text import and_more, canonical, natural_key, printable


def label_text(value: object, where: str) -> str:
    """Return a label as labels are compared: text, or a whole number in digits, so that 1.0 is 1.

    Raises DataError for what names no class: nothing, NaN, a fraction, true or false, a list, several lines of text.
    """
    if isinstance(value, str) and value.strip() and not {"\n", "\r"} & set(value):
        return canonical(value)
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value))
    raise DataError(
        f"{where}: the label is {value!r:.60}; a line of text or a whole number was expected. Label the image or "
        "remove it."
    )


def class_name(value: object, names: Sequence[str] | None, where: str) -> str:
    """Return the label of one row; `names` are those that the numbers of its column stand for, if any."""
    text = label_text(value, where)
    if names is None or (isinstance(value, str) and value in names):
        return text
    if text.isdecimal() and int(text) < len(names):
        return names[int(text)]
    raise DataError(
        f"{where}: label {text} came; 0 to {len(names) - 1}, for the {len(names)} classes, was expected. Label the "
        "image or remove it."
    )


def class_list(labels: Sequence[str], given: Sequence[str] | None, where: str) -> tuple[str, ...]:
    """Return the classes: those given, or the labels that occur, in natural order."""
    names = tuple(given) if given is not None else tuple(sorted(set(labels), key=natural_key))
    if len(set(names)) != len(names):
        raise DataError(f"{where}: the class list names a class twice; each is to be named once.")
    return names


def number_labels(labels: Sequence[str], classes: Sequence[str], *, given: bool) -> Integers:
    """Return the position of each label in `classes`, -1 where it is none of them.

    given: somebody fixed the order of the list, so a whole number may count along it; where names are themselves
    numbers it may not, since it would be another class than the one it names.
    """
    position = {name: number for number, name in enumerate(classes)}
    if given and not any(name.isdecimal() for name in classes):
        counted = {label for label in labels if label not in position and label.isdecimal() and len(label) < 10}
        position |= {label: int(label) for label in counted if int(label) < len(classes)}
    return np.array([position.get(label, -1) for label in labels], np.int64)


def refuse_unknown(labels: Sequence[str], numbers: Integers, classes: Sequence[str], where: str) -> None:
    """Raise a DataError that names the labels without a number."""
    unknown = sorted({labels[at] for at in np.flatnonzero(numbers < 0).tolist()}, key=natural_key)
    if unknown:
        raise DataError(
            f"{where}: {len(unknown)} labels are not in the list of {len(classes)} classes: {and_more(unknown)}. "
            "Classes are compared by name; correct these labels or add their classes."
        )


def read_class_file(folder: Path) -> tuple[str, ...] | None:
    """Return the names in `classes.txt`, one a line, or None if the folder has no such file."""
    path = folder / "classes.txt"
    if not path.is_file():
        return None
    text = read_text(path, DataError)
    names = tuple(line.strip() for line in text.split("\n") if line.strip())
    if not names:
        raise DataError(f"{path} names no class; one name a line was expected.")
    return names


def parse_json(text: str, where: str) -> Any:
    """Return the document in a line or file of JSON. Raises DataError for what is none, or nested too deeply."""
    try:
        return document_of(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{printable(where)} is not JSON: {getattr(error, 'msg', error)}.") from None
