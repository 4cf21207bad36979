"""Which images and labels does this list name, a CSV, TSV or JSONL file with a path and a label a line?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from residua.data.pixels.quick_check import probe_files
from residua.data.sources.assembly import NO_LABEL, Part, assemble
from residua.data.sources.encoded import Files
from residua.data.sources.format import Format
from residua.data.sources.labels import parse_json, read_class_file
from residua.data.sources.layout import SPLIT_NAMES, SPLIT_OF
from residua.data.sources.lists.columns import FOLD_COLUMNS, LABEL_NAMES, PATH_NAMES, Line, column_word, read_table
from residua.data.sources.lists.hints import LIST_SUFFIXES
from residua.data.sources.lists.places import Places
from residua.data.sources.lists.several import labels_of, sign_between
from residua.data.sources.source import Dataset, Note
from residua.errors import DataError, LabelError
from residua.reading import read_regular
from residua.text import and_more, printable

JSON_LINES = (".jsonl", ".ndjson")
Parsed = tuple[bool, list[Line], tuple[Note, ...]]


@dataclass(frozen=True)
class Row:
    """One line: where it stands, the image's path, its labels, and its split, group and fold if the list has any."""

    line: int
    path: str
    labels: tuple[str, ...]
    split: str
    group: str | None = None
    fold: str | None = None


def holds_manifest(path: Path) -> bool:
    """Say whether this is a list of images, by its suffix."""
    return path.is_file() and path.suffix.lower() in LIST_SUFFIXES


def open_manifest(path: Path, *, skip_bad: bool = False, several: bool = False) -> Dataset:
    """Open a list of images. Paths are relative to the list; a `classes.txt` beside it fixes classes and their order.

    Columns are named (path, label and, if there are splits, split) or come in that order; names without suffix or
    folder are looked for below the list. several: an image may have any number of labels, in one cell or in lines of
    its own. Raises DataError naming the line, LabelError for labels that cannot all be learnt.
    """
    return _opened(path, _lines(path), skip_bad, several)


def open_text(text: bytes, *, skip_bad: bool = False, several: bool = False) -> Dataset:
    """Open a list that came through stdin, a table or objects of JSON; paths are relative to the current directory."""
    path = Path("stdin.jsonl" if text.lstrip()[:1] == b"{" else "stdin.csv")
    return _opened(path, _parsed(path, text), skip_bad, several)


def _opened(path: Path, parsed: Parsed, skip_bad: bool, several: bool) -> Dataset:
    named, lines, notes = parsed
    sign = sign_between([line.label for line in lines], several)
    rows = [_row(path, line, sign, several) for line in lines]
    if not rows:
        raise DataError(f"{path} names no image; a path and a label a line were expected.")
    if not sign and not several and sign_between([line.label for line in lines], True):
        words = next((row.labels[0] for row in rows if " " in row.labels[0]), "")
        advice = "`residua train --multi-label` parts them"
        notes = (
            *notes,
            Note("read-as", f"labels of several words, as {words!r}, are one label each; {advice}.", "note"),
        )
    places = Places(path.parent)
    rows = [replace(row, path=places.find(row.path, f"{path} line {row.line}")) for row in rows]
    if not named:
        _refuse_header(path, rows)
    _refuse_absent(path, rows)
    if places.found:
        message = f"{places.found} of {len(rows)} names in {path} are read as files below it: {places.example}."
        notes = (*notes, Note("read-as", message, "note"))
    rows, again = _together(rows) if several else _once(path, rows)
    found = {split: [row for row in rows if row.split == split] for split in SPLIT_NAMES}
    parts = {split: _part(path, own, several) for split, own in found.items() if own}
    classes = read_class_file(path.parent)
    return assemble(path.stem, str(path), parts, classes, skip_bad=skip_bad, notes=(*notes, *again))


def _part(path: Path, rows: list[Row], several: bool) -> Part:
    files = [row.path for row in rows]
    return Part(
        blobs=Files(path.parent, files),
        labels=[" + ".join(row.labels) or NO_LABEL for row in rows],
        place=lambda at: f"{files[at]} in line {rows[at].line}",
        find_bad=lambda: probe_files(path.parent, files),
        groups=None if all(row.group is None for row in rows) else [row.group or "" for row in rows],
        folds=None if all(row.fold is None for row in rows) else [row.fold or "" for row in rows],
        label_sets=[row.labels for row in rows] if several else None,
    )


def _lines(path: Path) -> Parsed:
    return _parsed(path, read_regular(path, raises=DataError))


def _parsed(path: Path, data: bytes) -> Parsed:
    """Return whether columns are named, what each line says, and what is to be said of the columns."""
    text = _text(path, data)
    if path.suffix.lower() in JSON_LINES:
        return True, list(_json_lines(path, text)), ()
    return read_table(path, text)


def _text(path: Path, data: bytes) -> str:
    """Return the text of the list: UTF-8, or what a spreadsheet marks as UTF-16."""
    try:
        return data.decode(_encoding(data[:2]))
    except UnicodeDecodeError as error:
        raise DataError(f"{path} cannot be read as UTF-8 text: {error}; save it as CSV UTF-8.") from None


def _encoding(first: bytes) -> str:
    """Return the encoding that the first two bytes show; no letter of a path is NUL in UTF-8."""
    if first in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return {1: "utf-16-le", 0: "utf-16-be"}.get(first.find(b"\0"), "utf-8-sig")


def _row(path: Path, line: Line, sign: str, several: bool) -> Row:
    where, name = f"{path} line {line.number}", line.file
    if not isinstance(name, str) or not name:
        raise DataError(f"{where}: the path is {name!r:.60}; a path and a label were expected.")
    if "\n" in name and not os.path.lexists(path.parent / name):
        raise DataError(f"{where}: a quote opens here, and no file is named as what it holds; close it in its line.")
    if name.lower().startswith(("http://", "https://")):
        raise DataError(f"{where}: {name:.60} is a web address: download the images, and name the files.")
    split = line.split
    if split and split.lower() not in SPLIT_OF:
        raise DataError(f"{where}: split {split!r} came; train, val or test was expected.")
    labels = labels_of(line.label, sign, several, where)
    return Row(line.number, name, labels, SPLIT_OF[split.lower()] if split else "train", line.group, line.fold)


def _refuse_header(path: Path, rows: list[Row]) -> None:
    """Raise DataError where the first line alone names no file: it is a header in words that are not known."""
    first, *others = (os.path.lexists(path.parent / row.path) for row in rows[:10])
    if not first and any(others):
        words = f"{rows[0].path},{' '.join(rows[0].labels)}"
        raise DataError(f"{path} line {rows[0].line} looks like a header ({words}); path,label was expected.")


def _refuse_absent(path: Path, rows: list[Row]) -> None:
    """Raise DataError where no file that the list names is there: its paths begin elsewhere."""
    if any(os.path.lexists(path.parent / row.path) for row in rows):
        return
    first = rows[0]
    above = [Path(), *path.resolve().parent.parents]
    place = next((folder for folder in above if os.path.lexists(folder / first.path)), None)
    advice = f"; it is below {place.resolve()}: put the list there" if place else ""
    raise DataError(
        f"{path} line {first.line}: {first.path} is not below the list's folder, nor is any other image that it names"
        f"{advice}."
    )


def _once(path: Path, rows: list[Row]) -> tuple[list[Row], list[Note]]:
    """Return the rows with each file once a split, and a note that counts the others.

    Raises LabelError where one file has two labels, wherever it stands.
    """
    first: dict[str, Row] = {}
    kept: dict[tuple[str, str], Row] = {}
    again: list[Row] = []
    for row in rows:
        file = os.path.normpath(row.path)
        known = first.setdefault(file, row)
        if known.labels != row.labels:
            raise LabelError(
                f"{path}: {row.path} is {known.labels[0]} in line {known.line} and {row.labels[0]} in line {row.line}; "
                "one label an image was expected. Correct or remove one of the lines, or learn "
                "both by `residua train --multi-label`."
            )
        if kept.setdefault((file, row.split), row) is not row:
            again.append(row)
    if not again:
        return rows, []
    lines = f"{len(again)} {'line names' if len(again) == 1 else 'lines name'} a file again"
    example = f"{again[0].path} in lines {first[os.path.normpath(again[0].path)].line} and {again[0].line}"
    return list(kept.values()), [Note("named-twice", f"{lines} with the same label, as {example}; it counts once.")]


def _together(rows: list[Row]) -> tuple[list[Row], list[Note]]:
    """Return the rows with each file once a split, with the labels of all its lines, and a note that counts these."""
    kept: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = os.path.normpath(row.path), row.split
        known = kept.setdefault(key, row)
        kept[key] = replace(known, labels=tuple(dict.fromkeys((*known.labels, *row.labels))))
    if len(kept) == len(rows):
        return rows, []
    message = f"{len(rows)} lines name {len(kept)} files: an image has the labels of all its lines."
    return list(kept.values()), [Note("named-twice", message, "note")]


def _json_lines(path: Path, text: str) -> Iterator[Line]:
    if text.lstrip()[:1] == "[" and text.rstrip()[-1:] == "]":
        raise DataError(f"{path} is one array of JSON; an object a line was expected, as `jq -c '.[]'` writes them.")
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: a text in JSON may hold other line separators
        if not line.strip():
            continue
        row = parse_json(line, f"{path} line {number}")
        if not isinstance(row, dict):
            raise DataError(f'{path} line {number}: an object was expected, as {{"path": "a.jpg", "label": "cat"}}.')
        words = {column_word(name): value for name, value in row.items()}
        if not set(words) & set(PATH_NAMES):
            keys = and_more([printable(key) for key in row]) or "none"
            raise DataError(f"{path} line {number}: its keys are {keys}; path and label were expected.")
        file, label = (
            next((words[name] for name in names if name in words), "") for names in (PATH_NAMES, LABEL_NAMES)
        )
        group = None if row.get("group") is None else str(row["group"])
        fold = next((str(words[name]) for name in FOLD_COLUMNS if words.get(name) is not None), None)
        yield Line(number, file, label, str(row.get("split") or ""), group, fold)


FORMAT = Format(
    documented=(
        (
            "`list.csv`, `.tsv`, `.jsonl`",
            "a path, a label and, if wanted, a split and a group a line; paths are relative to the list",
        ),
    ),
    kind="a list of images (.csv, .tsv, .jsonl)",
    holds=holds_manifest,
    open=lambda path, skip_bad: open_manifest(Path(path), skip_bad=skip_bad),
    open_several=lambda path, skip_bad: open_manifest(Path(path), skip_bad=skip_bad, several=True),
    lists_files=True,
)
