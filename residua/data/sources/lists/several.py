"""Which labels does a line of a list give, one or, where they are learnt so, several?"""

from __future__ import annotations

from collections.abc import Sequence

from residua.data.sources.labels import label_text
from residua.data.sources.lists.columns import SEVERAL
from residua.errors import LabelError

SIGNS = ("|", ";", ",", " ")  # by which labels in one cell are parted, the surest first


def sign_between(labels: Sequence[object], several: bool) -> str:
    """Return the sign that parts labels in these cells, "" if none does.

    "|" always does. Another one where there are no more different parts than cells, as of "cat", "cat;big", "dog;big":
    names like "tench, Tinca tinca" have more, each a label. A space only where several labels were asked for, and there
    are fewer parts: "retriever" and "golden retriever" have as many.
    """
    texts = {label.strip() for label in labels if isinstance(label, str)}
    for sign in SIGNS if several else SIGNS[:-1]:
        split = [_parts(text, sign) for text in texts]
        fewer = len(texts) - len({part for parts in split for part in parts})
        if any(len(parts) > 1 for parts in split) and (sign == "|" or fewer >= (sign == " ")):
            return sign
    return ""


def labels_of(label: object, sign: str, several: bool, where: str) -> tuple[str, ...]:
    """Return the labels that a cell, or a list in JSON, gives; one where not several are learnt.

    Raises LabelError for another number of them, DataError for what names no class.
    """
    found = _found(label, sign, several, where)
    if several or len(found) == 1:
        return tuple(dict.fromkeys(found))
    if not found:
        raise LabelError(f"{where} has no label in its columns of 0 and 1; {SEVERAL}.")
    raise LabelError(f"{where} has {len(found)} labels ({', '.join(found)}); {SEVERAL}.")


def _found(label: object, sign: str, several: bool, where: str) -> list[str]:
    if isinstance(label, tuple):
        return [str(name) for name in label]
    if isinstance(label, list):
        return [label_text(each, where) for each in label]
    if several and isinstance(label, str) and not label.strip():
        return []
    text = label_text(label, where)
    return _parts(text, sign) if sign else [text]


def _parts(text: str, sign: str) -> list[str]:
    return [part.strip() for part in text.split(sign) if part.strip()] or [text]
