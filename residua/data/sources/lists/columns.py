"""Which column of a table is the path, which the label, and what do the others hold?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from residua.data.pixels.image import is_image_name
from residua.data.sources.layout import SPLIT_OF
from residua.data.sources.source import Note
from residua.errors import DataError, LabelError
from residua.text import and_more

# In lower case, without spaces and signs. By the first that is there: a table with path and id is read by the path.
PATH_NAMES = ("path", "file", "filename", "filepath", "fname", "image", "imagepath", "imagename", "imagefile", "img",
              "imgname", "imgpath", "imageindex", "imageid", "imgid", "idcode", "id")  # fmt: skip
LABEL_NAMES = ("label", "labels", "class", "classname", "classes", "target", "category", "categoryname", "diagnosis",
               "breed", "species", "dx", "labelname", "findinglabels", "tags", "classid", "labelid",
               "categoryid")  # fmt: skip
SPLIT_COLUMNS = ("split", "subset")
GROUP_COLUMNS = ("group", "groups")  # a patient, a video, a slide: its images stay on one side of a split
FOLD_COLUMNS = ("fold", "folds", "kfold", "foldid", "cv", "cvfold")
OWNERS = ("patient", "subject", "video", "film", "slide", "study", "scene", "specimen")  # of several images each
DELIMITERS = (",", ";", "\t", "|")
# Characters of a line: 21,841 columns of 0 and 1, a class each, take 44,000, and their names 0.6 million in the first;
# one of 60 million, a comma in two, took 17 s and more memory than a list should.
LONGEST_LINE = 2**20
ONES, ZEROS = ("1", "true", "yes"), ("0", "false", "no")
SEVERAL = "`residua train --multi-label` learns several labels an image; without it one label was expected"


@dataclass(frozen=True)
class Line:
    """One row of a list before its path is looked for: where it begins, and what it says. label: a text, or several."""

    number: int
    file: object
    label: object
    split: str
    group: str | None = None
    fold: str | None = None


@dataclass(frozen=True)
class Columns:
    """The place of each column that is read. named: by the first line, which is then no row.

    one_hot: the columns that are classes, where no column is the label. flag: what 1 and 0 mean in the column of the
    split, where it is one of those.
    """

    places: dict[str, int]
    named: bool = True
    one_hot: tuple[tuple[str, int], ...] = ()
    flag: tuple[str, str] | None = None
    notes: tuple[Note, ...] = ()

    def line(self, number: int, cells: Sequence[str]) -> Line:
        """Return what one row says."""

        def cell(key: str) -> str:
            return cells[self.places[key]].strip() if self.places.get(key, len(cells)) < len(cells) else ""

        split = cell("split")
        if self.flag is not None:
            split = self.flag[0] if _bit(split) else self.flag[1]
        group = cell("group") if "group" in self.places else None
        fold = cell("fold") if "fold" in self.places else None
        label = self._hot(cells) if self.one_hot else cell("label")
        return Line(number, cell("path"), label, split, group, fold)

    def _hot(self, cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name, place in self.one_hot if place < len(cells) and _bit(cells[place]))


def read_table(path: Path, text: str) -> tuple[bool, list[Line], tuple[Note, ...]]:
    """Return whether the first line names the columns, the rows of the table, and what is to be said of its columns."""
    rows = [(number, cells) for number, cells in _rows(path, text) if any(cell.strip() for cell in cells)]
    if not rows:
        return True, [], ()
    found = _columns(path, [cell.strip() for cell in rows[0][1]], [cells for _, cells in rows[1:]])
    lines = [found.line(number, cells) for number, cells in rows[found.named :]]
    return found.named, lines, found.notes


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of the table with the line in which it begins."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter, skipped = _delimiter(path, first[:LONGEST_LINE]), 0
    if first.lower().startswith("sep="):  # as Excel writes it, and reads it
        delimiter, text, skipped = first[4:5] or ",", text.partition("\n")[2], 1
    reader = csv.reader(_lines(path, text), delimiter=delimiter, strict=True)
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


def _lines(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > LONGEST_LINE:
            raise DataError(f"{path} line {number} has {len(line):,} characters; at most {LONGEST_LINE:,} are read.")
        yield line


def _delimiter(path: Path, first: str) -> str:
    """Return what separates the columns: that by which the first line names a path, else the first that is in it.

    A space only between the name of an image and one word, as in the lists of ImageNet.
    """
    if path.suffix.lower() == ".tsv":
        return "\t"
    words = first.split()
    if len(words) == 2 and is_image_name(words[0]) and not any(delimiter in first for delimiter in DELIMITERS):
        return " "
    for delimiter in DELIMITERS:
        if any(column_word(cell) in PATH_NAMES for cell in first.split(delimiter)) and delimiter in first:
            return delimiter
    return next((delimiter for delimiter in DELIMITERS if delimiter in first), ",")


def _columns(path: Path, names: list[str], rows: list[list[str]]) -> Columns:
    """Return the columns: as the first line, `names`, calls them, or as what stands in them shows.

    Raises LabelError where the first line names a path or a label, and not which column is the other one.
    """
    header = [column_word(name) for name in names]
    found: dict[str, int] = {}
    words = {"path": PATH_NAMES, "label": LABEL_NAMES, "split": SPLIT_COLUMNS, "group": GROUP_COLUMNS,
             "fold": FOLD_COLUMNS}  # fmt: skip
    for key, known in words.items():
        places = [header.index(name) for name in known if name in header]
        if places:
            found[key] = places[0]
    if any(map(is_image_name, names)):  # a row: a class may be called "target"
        return _unnamed_columns(path, [names, *rows])
    images = _image_column(rows)
    if "path" not in found and images is not None:  # by another word, perhaps of another language
        found["path"] = images
    if not {"path", "label"} & set(found):
        if len(names) > 2 and names[2].lower() not in ("", *SPLIT_OF):
            raise LabelError(
                f"{path} line 1 names the columns {and_more(names)}: which of them is the path of an image, and which "
                "its label? Call them path and label; others are not read."
            )
        return Columns({"path": 0, "label": 1, "split": 2}, False)
    return _named_columns(path, names, rows, found)


def _unnamed_columns(path: Path, rows: list[list[str]]) -> Columns:
    """Return the columns of a table without a header: path, label and split, or as what stands in them shows.

    The path may stand second. Then the split, as in the lists of Google's AutoML, or the number of the row may stand
    first, before path and label.
    """
    if _image_column(rows) != 1:
        return Columns({"path": 0, "label": 1, "split": 2}, False)
    others = [at for at in range(len(rows[0])) if at != 1]
    splits = [at for at in others if _names_splits(rows, at)] if len(others) > 1 else []
    labels = [at for at in others if at not in splits and not _numbers_rows(rows, at)] or others
    found = {"path": 1, "label": labels[0]} | ({"split": splits[0]} if splits else {})
    if len(others) == 1:
        return Columns(found, False)
    words = " and ".join(f"column {place + 1} as the {key}" for key, place in found.items() if key != "path")
    return Columns(found, False, notes=(Note("read-as", f"{path} has no header, and is read so: {words}.", "note"),))


def _numbers_rows(rows: list[list[str]], place: int) -> bool:
    """Say whether a column counts the rows: a whole number in each, no two of them equal."""
    cells = [cells[place].strip() for cells in rows if place < len(cells)]
    return len(rows) > 1 and all(map(str.isdecimal, cells)) and len(set(cells)) == len(rows)


def _names_splits(rows: list[list[str]], place: int) -> bool:
    """Say whether in a column stand names of splits, several of them, and nothing else."""
    cells = {cells[place].strip().lower() for cells in rows if place < len(cells)}
    return len(cells) > 1 and cells <= set(SPLIT_OF)


def _named_columns(path: Path, names: list[str], rows: list[list[str]], found: dict[str, int]) -> Columns:
    header = [column_word(name) for name in names]
    flag, notes = _split_column(path, names, rows, found) if "split" not in found else (None, [])
    others = [at for at, name in enumerate(header) if at not in found.values() and name not in FOLD_COLUMNS and name]
    if "label" in found and "path" in found:
        return Columns(found, flag=flag, notes=(*notes, *_unused(names, others)))
    missing = "label" if "path" in found else "path"
    beside = [at for at in others if header[at] in PATH_NAMES]  # an id is no class
    hot = [at for at in others if at not in beside]
    if missing == "label" and len(hot) > 1 and all(_all_bits(rows, at) for at in hot):
        classes = tuple((names[at], at) for at in hot)
        shown = and_more([name for name, _ in classes])
        note = Note("one-hot", f"{path}: the columns of 0 and 1 ({shown}) are read as labels.", "note")
        return Columns(
            found,
            one_hot=classes,
            flag=flag,
            notes=(note, *notes, *_unused(names, beside)),
        )
    if len(others) == 1:
        return Columns(found | {missing: others[0]}, flag=flag, notes=(*notes, *_unused(names, [])))
    asked = f"which of them is the {missing}? Call that one {missing}"
    if not others:
        asked = f"there is no {missing} among them"
    if missing == "label" and sum(_all_bits(rows, at) for at in others) > 1:
        asked += ", or of columns of 0 and 1, a class each, leave all others out"
    if missing == "path" and others and all(_is_number(cell) for cells in rows[:1] for cell in cells):
        asked = "numbers alone stand in them; save each image as a file, and name it in a column path"
    raise LabelError(f"{path} line 1 names the columns {and_more(names)}: {asked}.")


def _image_column(rows: list[list[str]]) -> int | None:
    """Return the only column in every row of which stands the name of an image; None if there is none, or several."""
    width = min(map(len, rows), default=0)
    full = [at for at in range(width) if all(is_image_name(cells[at].strip()) for cells in rows)]
    return full[0] if len(full) == 1 else None


def _split_column(
    path: Path, names: list[str], rows: list[list[str]], found: dict[str, int]
) -> tuple[tuple[str, str] | None, list[Note]]:
    """Add to `found` the column that says the split, if there is one by what stands in it, and a note of that.

    Its cells are names of splits, or it is called `is_valid` or `is_test`; return then what 1 and 0 in it mean. One
    with other words beside train is added as unread, with a warning: its images are all trained on.
    """
    for at, name in enumerate(names):
        if at in found.values() or not name:
            continue
        word = column_word(name)
        flagged = SPLIT_OF.get(word.removeprefix("is")) if word.startswith("is") and _all_bits(rows, at) else None
        if flagged or _names_splits(rows, at):
            found["split"] = at
            note = Note("read-as", f"{path}: the column {name} is read as the split.", "note")
            return (flagged, "val" if flagged == "train" else "train") if flagged else None, [note]
        cells = {cells[at].strip().lower() for cells in rows if at < len(cells)}
        known = cells & set(SPLIT_OF)
        if {"path", "label"} <= set(found) and "train" in map(SPLIT_OF.get, known) and known != cells:
            found["unread"] = at
            strange = and_more(sorted(cells - known))
            advice = f"{strange} stands beside train; with train, val or test in every line it would be the split"
            return None, [Note("unused-column", f"not used: the column {name}, in which {advice}.")]
    return None, []


def _unused(names: list[str], others: list[int]) -> Iterator[Note]:
    """Yield a note for columns that are not read, and a warning for those that say which images belong together."""
    for name in names:
        if column_word(name) in FOLD_COLUMNS:
            advice = "unless `residua train --fold N` holds out the images of one fold"
            yield Note("unused-column", f"not used: the column {name}, {advice}.")
    owners = [names[at] for at in others if any(word in column_word(names[at]) for word in OWNERS)]
    if owners:
        advice = "called `group`, it keeps the images of each on one side of a split"
        yield Note("unused-column", f"not used: the column {owners[0]}; {advice}.")
    rest = [names[at] for at in others if names[at] not in owners]
    if rest:
        yield Note("unused-column", f"not used: {and_more(rest)}.", "note")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _all_bits(rows: list[list[str]], place: int) -> bool:
    return bool(rows) and all(_bit(cells[place]) is not None for cells in rows if place < len(cells))


def _bit(cell: str) -> bool | None:
    """Return whether a cell says yes or no, as 1, 1.0, True; None where it says neither."""
    word = cell.strip().lower()
    if word in ONES or word in ZEROS:
        return word in ONES
    try:
        return {1.0: True, 0.0: False}.get(float(word))
    except ValueError:
        return None


def column_word(name: str) -> str:
    """Return the name of a column as names are compared: "Image Index" and image_index are one."""
    return re.sub(r"[\W_]+", "", name).lower()
