"""Which images and labels does this list name, a CSV, TSV or JSONL file with a path and a label a line?"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from residua.data.pixels.quick_check import probe_files
from residua.data.sources.assembly import Part, assemble
from residua.data.sources.encoded import Files
from residua.data.sources.format import Format
from residua.data.sources.labels import label_text, parse_json, read_class_file
from residua.data.sources.layout import SPLIT_NAMES, SPLIT_OF
from residua.data.sources.source import Dataset
from residua.errors import DataError

PATH_NAMES = ("path", "file", "filename", "file_name", "image", "image_path")
LABEL_NAMES = ("label", "class", "class_name", "target", "category")
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Row:
    """One line: where it stands, the image's path, its label, and its split if the list has any."""

    line: int
    path: str
    label: str
    split: str


def holds_manifest(path: Path) -> bool:
    """Say whether this is a list of images, by its suffix."""
    return path.is_file() and path.suffix.lower() in SUFFIXES


def open_manifest(path: Path, *, skip_bad: bool = False) -> Dataset:
    """Open a list of images. Paths are relative to the list; a `classes.txt` beside it fixes classes and their order.

    Columns are named (path, label and, if there are splits, split) or come in that order. Raises DataError naming the
    line.
    """
    rows = list(_read(path))
    if not rows:
        raise DataError(f"{path} names no image; a path and a label a line were expected.")
    found = {split: [row for row in rows if row.split == split] for split in SPLIT_NAMES}
    parts = {split: _part(path, own) for split, own in found.items() if own}
    return assemble(path.stem, str(path), parts, read_class_file(path.parent), skip_bad=skip_bad)


def _part(path: Path, rows: list[Row]) -> Part:
    files = [row.path for row in rows]
    return Part(
        blobs=Files(path.parent, files),
        labels=[row.label for row in rows],
        place=lambda at: f"{files[at]} in line {rows[at].line}",
        find_bad=lambda: probe_files(path.parent, files),
    )


def _read(path: Path) -> Iterator[Row]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text: {error}.") from None
    lines = _json_lines(path, text) if path.suffix.lower() in (".jsonl", ".ndjson") else _table_lines(path, text)
    for number, file_name, label, split in lines:
        where = f"{path} line {number}"
        if not isinstance(file_name, str) or not file_name:
            raise DataError(f"{where}: the path is {file_name!r:.60}; a path and a label were expected.")
        if "\n" in file_name and not os.path.lexists(path.parent / file_name):
            raise DataError(
                f"{where}: a quote opens here, and no file is named as what it holds; close it in its line."
            )
        if split and split.lower() not in SPLIT_OF:
            raise DataError(f"{where}: split {split!r} came; train, val or test was expected.")
        yield Row(number, file_name, label_text(label, where), SPLIT_OF[split.lower()] if split else "train")


def _table_lines(path: Path, text: str) -> Iterator[tuple[int, object, object, str]]:
    columns: dict[str, int] | None = None
    for number, cells in _cells(path, text):
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
        yield number, values[0], values[1], values[2]


def _cells(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of the table with the line in which it begins."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            yield begins, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{path} line {begins} is no row of a table ({error}): close the quote that opens there, or write "
                'it as "".'
            ) from None


def _columns(header: list[str]) -> dict[str, int] | None:
    """Return the place of each column if the first line names them."""
    found = {}
    for key, names in (("path", PATH_NAMES), ("label", LABEL_NAMES), ("split", ("split", "subset"))):
        places = [header.index(name) for name in names if name in header]
        if places:
            found[key] = places[0]
    return found if {"path", "label"} <= set(found) else None


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, object, object, str]]:
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: a text in JSON may hold other line separators
        if not line.strip():
            continue
        row = parse_json(line, f"{path} line {number}")
        if not isinstance(row, dict):
            raise DataError(f'{path} line {number}: an object was expected, as {{"path": "a.jpg", "label": "cat"}}.')
        file, label = (next((row[name] for name in names if name in row), "") for names in (PATH_NAMES, LABEL_NAMES))
        yield number, file, label, str(row.get("split") or "")


FORMAT = Format(
    documented=(
        (
            "`list.csv`, `.tsv`, `.jsonl`",
            "a path, a label and, if wanted, a split a line; paths are relative to the list",
        ),
    ),
    kind="a list of images (.csv, .tsv, .jsonl)",
    holds=holds_manifest,
    open=lambda path, skip_bad: open_manifest(Path(path), skip_bad=skip_bad),
    lists_files=True,
)
