"""Which column of a table is the path, which the label, and what do the others hold?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from residua.data.pixels.image import is_image_name
from residua.data.sources.source import Note
from residua.errors import DataError, LabelError
from residua.text import and_more

# By the first that is there: a table with both a path and an id is read by the path.
PATH_NAMES = ("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_name",
              "img", "img_name", "img_path", "image_id", "id_code", "id")  # fmt: skip
LABEL_NAMES = ("label", "labels", "class", "class_name", "target", "category", "diagnosis", "breed", "species", "dx")
SPLIT_COLUMNS = ("split", "subset")
GROUP_COLUMNS = ("group", "groups")  # a patient, a video, a slide: its images stay on one side of a split
FOLD_COLUMNS = ("fold", "folds", "kfold", "cv", "cv_fold")
DELIMITERS = (",", ";", "\t")
SEVERAL = "one label an image is learnt: give each image one, or list each label in a set of its own"


@dataclass(frozen=True)
class Line:
    """One row of a list before its path is looked for: where it begins, and what it says."""

    number: int
    file: object
    label: object
    split: str
    group: str | None = None


@dataclass(frozen=True)
class Columns:
    """The place of each column that is read. one_hot: the columns that are classes, where no column is the label."""

    places: dict[str, int]
    one_hot: tuple[tuple[str, int], ...] = ()
    notes: tuple[Note, ...] = ()

    def line(self, path: Path, number: int, cells: Sequence[str]) -> Line:
        """Return what one row says. Raises LabelError for a one-hot row that is not of exactly one class."""

        def cell(key: str) -> str:
            return cells[self.places[key]].strip() if self.places.get(key, len(cells)) < len(cells) else ""

        label = self._hot(f"{path} line {number}", cells) if self.one_hot else cell("label")
        group = cell("group") if "group" in self.places else None
        return Line(number, cell("path"), label, cell("split"), group)

    def _hot(self, where: str, cells: Sequence[str]) -> str:
        names = [name for name, place in self.one_hot if place < len(cells) and _number(cells[place]) == 1]
        if len(names) == 1:
            return names[0]
        came = f"{len(names)} labels ({and_more(names)})" if names else "no label"
        raise LabelError(f"{where} has {came} in its columns of 0 and 1; {SEVERAL}.")


def read_table(path: Path, text: str) -> tuple[bool, list[Line], tuple[Note, ...]]:
    """Return whether the first line names the columns, the rows of the table, and what is to be said of its columns."""
    rows = [(number, cells) for number, cells in _rows(path, text) if any(cell.strip() for cell in cells)]
    if not rows:
        return True, [], ()
    header = [cell.strip().lower() for cell in rows[0][1]]
    columns = _columns(path, [cell.strip() for cell in rows[0][1]], header, [cells for _, cells in rows[1:]])
    found = columns or Columns({"path": 0, "label": 1, "split": 2})
    lines = [found.line(path, number, cells) for number, cells in rows[columns is not None :]]
    return columns is not None, lines, found.notes


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of the table with the line in which it begins."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter, skipped = _delimiter(path, first), 0
    if first.lower().startswith("sep="):  # as Excel writes it, and reads it
        delimiter, text, skipped = first[4:5] or ",", text.partition("\n")[2], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1 + skipped
        try:
            yield begins, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{path} line {begins} is no row of a table ({error}): close the quote that opens there, or write "
                'it as "".'
            ) from None


def _delimiter(path: Path, first: str) -> str:
    """Return what separates the columns: that by which the first line names a path, else the first that is in it."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    for delimiter in DELIMITERS:
        if any(cell.strip(' "').lower() in PATH_NAMES for cell in first.split(delimiter)) and delimiter in first:
            return delimiter
    return next((delimiter for delimiter in DELIMITERS if delimiter in first), ",")


def _columns(path: Path, names: list[str], header: list[str], rows: list[list[str]]) -> Columns | None:
    """Return the columns if the first line names them, None if it is a row. `names` as written, `header` in lower case.

    Raises LabelError where it names a path or a label, and not which column is the other one.
    """
    found: dict[str, int] = {}
    words = {"path": PATH_NAMES, "label": LABEL_NAMES, "split": SPLIT_COLUMNS, "group": GROUP_COLUMNS}
    for key, known in words.items():
        places = [header.index(name) for name in known if name in header]
        if places:
            found[key] = places[0]
    if not {"path", "label"} & set(found) or any(map(is_image_name, header)):  # a class may be called "target"
        return None
    others = [at for at, name in enumerate(header) if at not in found.values() and name not in FOLD_COLUMNS and name]
    if "label" in found and "path" in found:
        return Columns(found, notes=tuple(_unused(header, found, others)))
    missing = "label" if "path" in found else "path"
    if missing == "label" and len(others) > 1 and _all_hot(rows, others):
        classes = tuple((names[at], at) for at in others)
        shown = and_more([name for name, _ in classes])
        note = Note("one-hot", f"{path}: the columns of 0 and 1 ({shown}) are read as one label.", "note")
        return Columns(found, classes, (note, *_unused(header, found, [])))
    if len(others) == 1:
        return Columns(found | {missing: others[0]}, notes=tuple(_unused(header, found, [])))
    raise LabelError(
        f"{path} line 1 names the columns {', '.join(names)}: which of them is the {missing}? Call that one {missing}."
    )


def _unused(header: list[str], found: dict[str, int], others: list[int]) -> Iterator[Note]:
    for name in header:
        if name in FOLD_COLUMNS:
            advice = "a column `split` with train, val and test says which images are held out"
            yield Note("unused-column", f"not used: the column {name}; {advice}.")
    if others:
        yield Note("unused-column", f"not used: {and_more([header[at] for at in others])}.", "note")


def _all_hot(rows: list[list[str]], places: list[int]) -> bool:
    return all(_number(cells[at]) in (0, 1) for cells in rows for at in places if at < len(cells)) and bool(rows)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
