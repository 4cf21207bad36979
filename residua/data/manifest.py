"""Which images and labels does this list name, a CSV, TSV or JSONL file with a path and a label a line?"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from residua.data.encoded import EncodedSource, Files
from residua.data.folder import SPLIT_NAMES, probe_files, refuse_bad, survey
from residua.data.labels import class_list, number_labels, read_class_file
from residua.data.source import Dataset
from residua.errors import DataError

PATH_NAMES = ("path", "file", "filename", "file_name", "image", "image_path")
LABEL_NAMES = ("label", "class", "class_name", "target", "category")
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Row:
    """One line: where it stands, the image's path, its label, and its split if the list has any."""

    line: int
    path: str
    label: str
    split: str


def holds_manifest(path: Path) -> bool:
    """Say whether this is a list of images, by its ending."""
    return path.is_file() and path.suffix.lower() in ENDINGS


def open_manifest(path: Path, *, skip_bad: bool = False) -> Dataset:
    """Open a list of images. Paths are relative to the list; a `classes.txt` beside it fixes classes and their order.

    Columns are named (path, label and, if there are splits, split) or come in that order. Raises DataError naming the
    line.
    """
    rows = list(_read(path))
    if not rows:
        raise DataError(f"{path} names no image; a path and a label a line were expected.")
    given = read_class_file(path.parent)
    train = [row for row in rows if row.split == "train"]
    if not train:
        raise DataError(f"{path}: no line belongs to the training split.")
    classes = class_list([row.label for row in train], given, f"{path} (training lines)")
    sources = {}
    for split in SPLIT_NAMES:
        own = [row for row in rows if row.split == split]
        if own:
            class_list([row.label for row in own], classes, f"{path} ({split} lines)")
            sources[split] = _source(path, own, classes, skip_bad)
    size, channels = survey(sources["train"])
    for source in sources.values():
        source.channels = channels
    return Dataset(path.stem, classes, sources["train"], sources.get("test"), size, sources.get("validation"))


def _source(path: Path, rows: list[Row], classes: tuple[str, ...], skip_bad: bool) -> EncodedSource:
    files = [row.path for row in rows]
    bad = probe_files(path.parent, files)
    refuse_bad(
        [(f"{files[at]} in line {rows[at].line}", problem) for at, problem in bad.items()], len(rows), path, skip_bad
    )
    kept = [at for at in range(len(rows)) if at not in bad]
    labels = number_labels([rows[at].label for at in kept], classes)
    source = EncodedSource(Files(path.parent, [files[at] for at in kept]), labels, classes, path.stem)
    source.skip_bad = skip_bad
    source.bad = {-1 - number: f"{files[at]}: {problem}" for number, (at, problem) in enumerate(bad.items())}
    return source


def _read(path: Path) -> Iterator[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text: {error}.") from None
    lines = _json_lines(path, text) if path.suffix.lower() in (".jsonl", ".ndjson") else _table_lines(path, text)
    splits = {name: split for split, names in SPLIT_NAMES.items() for name in names}
    for number, file, label, split in lines:
        if not file or not label:
            raise DataError(
                f"{path} line {number}: a path and a label were expected; {'label' if file else 'path'} is empty."
            )
        if split and split.lower() not in splits:
            raise DataError(f"{path} line {number}: split {split!r} came; train, val or test was expected.")
        yield Row(number, file, label, splits[split.lower()] if split else "train")


def _table_lines(path: Path, text: str) -> Iterator[tuple[int, str, str, str]]:
    reader = csv.reader(text.splitlines(), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    columns: dict[str, int] | None = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = _columns([cell.strip().lower() for cell in cells])
            if columns is not None:
                continue
            columns = {"path": 0, "label": 1, "split": 2}
        values = [
            cells[columns[key]].strip() if columns.get(key, 99) < len(cells) else ""
            for key in ("path", "label", "split")
        ]
        yield reader.line_num, values[0], values[1], values[2]


def _columns(header: list[str]) -> dict[str, int] | None:
    """Return the place of each column if the first line names them."""
    found = {}
    for key, names in (("path", PATH_NAMES), ("label", LABEL_NAMES), ("split", ("split", "subset"))):
        places = [header.index(name) for name in names if name in header]
        if places:
            found[key] = places[0]
    return found if {"path", "label"} <= set(found) else None


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, str, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path} line {number} is not JSON: {error.msg}.") from None
        if not isinstance(row, dict):
            raise DataError(f'{path} line {number}: an object was expected, as {{"path": "a.jpg", "label": "cat"}}.')
        file, label = (next((row[name] for name in names if name in row), "") for names in (PATH_NAMES, LABEL_NAMES))
        yield number, str(file), str(label), str(row.get("split") or "")
