"""How are Parquet and Arrow files, saved Hugging Face data sets, and those of the hub read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from residua import extras
from residua.data.pixels.quick_check import probe, probe_bytes
from residua.data.sources.assembly import Part, assemble
from residua.data.sources.format import Format
from residua.data.sources.labels import class_name, read_class_file
from residua.data.sources.layout import SPLIT_NAMES, SPLIT_OF
from residua.data.sources.packed import packed_files
from residua.data.sources.source import Dataset, Note
from residua.errors import DataError
from residua.reading import Unpacked, memory_within, read_regular, size_of
from residua.text import one_line

HUB = "hf:"
FILES = {".arrow": "arrow", ".parquet": "parquet"}
LEAST_ROW = 4  # bytes of its file that a row takes at least: the name of a picture, or the picture, and a label
ROWS_AT_ONCE = 64  # whose pictures are unpacked together
LABEL_COLUMNS = ("label", "labels", "fine_label", "class", "target", "cls", "category")


class Rows:
    """The encoded images in one column of a Hugging Face data set."""

    def __init__(self, table: Any, column: str, name: str):
        self._table = table
        self._column = column
        self._name = name

    def get(self, index: int) -> bytes:
        """Return the bytes in the row, or those of the file it points to."""
        with reading(self.where(index)):
            return cell_bytes(self._table[index][self._column], self.where(index))

    def find_bad(self) -> dict[int, str]:
        """Return what is wrong with which of the images; looks at Arrow's own memory, since copying all takes long."""
        found = {}
        with reading(self._name):
            cells = self._table.select_columns([self._column]).with_format("arrow")
            for start in range(0, len(cells), 1000):
                for index, cell in enumerate(cells[start : start + 1000][self._column], start):
                    problem = _probe_cell(cell)
                    if problem:
                        found[index] = problem
        return found

    def where(self, index: int) -> str:
        """Return the set's name and the row."""
        return f"{self._name}[{index}]"

    def place(self) -> str:
        """Return the fingerprint that `datasets` gives to content."""
        return str(self._table._fingerprint)

    def stamp(self, index: int) -> tuple[int, int]:
        """Return zeros: the fingerprint already changes with the content."""
        return 0, 0


def holds_tables(path: Path) -> bool:
    """Say whether this is a Parquet or Arrow file, a folder of them, or a data set that `save_to_disk` wrote."""
    if path.is_file():
        return path.suffix in FILES
    saved = any((path / name).is_file() for name in ("dataset_dict.json", "state.json"))
    return saved or any(packed_files(path, end) for end in FILES)


def open_tables(name: str, *, skip_bad: bool = False) -> Dataset:
    """Open a path or, after `hf:`, the name of a data set on the hub; needs the `data` extra."""
    tables = load_tables(name)
    path = Path(name)
    short = name.rpartition("/")[2] if name.startswith(HUB) else path.stem
    given = read_class_file(path if path.is_dir() else path.parent)
    parts, notes = {}, _unused_splits(name, tables)
    tables = {SPLIT_OF[split.lower()]: table for split, table in tables.items() if split.lower() in SPLIT_OF}
    for split in (key for key in SPLIT_NAMES if key in tables):
        image, label = find_columns(tables[split].features, name)
        with reading(name):
            table = tables[split].cast_column(image, extras.require("datasets").Image(decode=False))
            values = list(table[label])
        if split != "train" and all(value is None or value == -1 for value in values):
            notes.append(
                Note("left-out", f"{name}: {split} is left out: none of its {len(values)} images has a label.")
            )
            continue
        names = label_names(table.features[label])
        given = names if names and split == "train" else given
        labels = [class_name(value, names, f"{name} ({split}), row {row}") for row, value in enumerate(values)]
        rows = Rows(table, image, short)
        parts[split] = Part(rows, labels, rows.where, rows.find_bad)
    return assemble(short, name, parts, given, skip_bad=skip_bad, notes=notes)


def load_tables(name: str) -> dict[str, Any]:
    """Return Hugging Face data sets by split, as they are called; raises DataError where two are one split to us."""
    datasets = extras.require("datasets")
    if name.startswith(HUB):
        with reading(name):
            loaded = datasets.load_dataset(name.removeprefix(HUB))
    else:
        loaded = _load_files(Path(name))
    whole: dict[str, Any] = dict(loaded) if isinstance(loaded, dict) else {"train": loaded}
    for split in SPLIT_NAMES:
        same = [own for own in whole if SPLIT_OF.get(own.lower()) == split]
        if len(same) > 1:
            raise DataError(f"{name} has the splits {' and '.join(same)}: one {split} split was expected.")
    return whole


def _unused_splits(name: str, tables: Mapping[str, Any]) -> list[Note]:
    """Return a note for each split that is none of ours."""
    why = "it is called neither train nor val nor test"
    others = [split for split in tables if split.lower() not in SPLIT_OF]
    return [Note("left-out", f"{name}: the split {split} is left out: {why}.") for split in others]


def _load_files(path: Path) -> Any:
    """Return the data set in files, none of which unpacks to far more than it is."""
    datasets = extras.require("datasets")
    saved = any((path / name).is_file() for name in ("dataset_dict.json", "state.json"))
    by_split = {} if saved else _by_split(path)
    files = sorted(path.rglob("*.arrow")) if saved else [Path(file) for own in by_split.values() for file in own]
    for file in files:
        require_bounded(file)
    largest = max((size_of(file, DataError) for file in files), default=0)
    with memory_within(largest, path, DataError), reading(str(path)):
        if saved:
            return datasets.load_from_disk(str(path))
        return datasets.load_dataset(FILES[files[0].suffix], data_files=by_split)


def require_bounded(file: Path) -> None:
    """Raise DataError for a Parquet or Arrow file that unpacks to more than `Unpacked` allows, or is damaged.

    Every batch is looked at: what the file declares is data too, and a value of a dictionary may stand in every row.
    """
    size = size_of(file, DataError)
    budget = Unpacked(file, size, DataError)
    with memory_within(size, file, DataError), reading(str(file)):
        for batch in _parquet_batches(file, size) if file.suffix == ".parquet" else _arrow_batches(file):
            budget.take(batch.nbytes)


def _parquet_batches(file: Path, size: int) -> Iterator[Any]:
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(file) as opened:
        about = opened.metadata
        if about.num_rows * LEAST_ROW > size:
            raise DataError(f"{file} declares {about.num_rows:,} rows in {size:,} bytes; refused.")
        # Of all columns together: asked for one whose statistics are damaged, pyarrow 26 ends the process.
        declared = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        Unpacked(file, size, DataError).take(declared)
        yield from opened.iter_batches(ROWS_AT_ONCE)


def _arrow_batches(file: Path) -> Iterator[Any]:
    import pyarrow as arrow

    with arrow.memory_map(str(file)) as mapped:
        try:
            batches = iter(arrow.ipc.open_stream(mapped))
        except arrow.ArrowInvalid:
            opened = arrow.ipc.open_file(mapped)
            batches = (opened.get_batch(number) for number in range(opened.num_record_batches))
        for batch in batches:
            batch.validate(full=True)  # offsets may lead out of the file
            yield batch


def find_columns(features: Any, name: str) -> tuple[str, str]:
    """Return the names of the image and of the label column."""
    if not features:
        raise DataError(
            f"{name} does not say which columns it has; save it as Parquet with an image and a label column."
        )
    images = [key for key, kind in features.items() if type(kind).__name__ == "Image"]
    images += [key for key, kind in features.items() if isinstance(kind, dict) and "bytes" in kind]
    images += [key for key in features if key in ("image", "img")]
    labels = [key for key in LABEL_COLUMNS if key in features]
    labels += [key for key, kind in features.items() if type(kind).__name__ == "ClassLabel"]
    if not images or not labels:
        raise DataError(
            f"{name} has the columns {', '.join(features)}; an image column and one named label were expected."
        )
    return images[0], labels[0]


def label_names(kind: Any) -> tuple[str, ...] | None:
    """Return the class names that a ClassLabel column carries."""
    names = getattr(kind, "names", None)
    return tuple(names) if names else None


def cell_bytes(cell: Any, where: str) -> bytes:
    """Return the encoded image in a cell: bytes, a path, or a picture that was already decoded."""
    if isinstance(cell, bytes):
        return cell
    if isinstance(cell, dict) and (cell.get("bytes") or cell.get("path")):
        return cell["bytes"] or read_regular(cell["path"], raises=DataError)
    raise DataError(f"{where} holds {type(cell).__name__}, not an encoded image.")


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what `datasets` and Arrow raise for a damaged or absent file into a DataError of one line."""
    try:
        yield
    except (DataError, MemoryError):
        raise
    except Exception as error:  # each of the libraries raises types of its own; all mean that it cannot be read
        raise DataError(f"{what} cannot be read: {one_line(error, 200).rstrip('.')}.") from None


def _probe_cell(cell: Any) -> str | None:
    """Say what is wrong with an image in Arrow's memory, a struct of its bytes and its path, or None."""
    data = cell["bytes"].as_buffer() if cell.is_valid else None
    if data is not None:
        return probe_bytes(lambda first, last: data[first:last].to_pybytes(), data.size)
    path = cell["path"].as_py() if cell.is_valid else None
    return probe(Path(path)) if path else "no image"


def _by_split(path: Path) -> dict[str, list[str]]:
    """Return the files of each split; of one kind, since they are one set."""
    found = next(filter(None, (packed_files(path, end) for end in FILES)), None)
    if found is None:
        raise DataError(f"{path} holds no Parquet or Arrow file.")
    return {split: [str(file) for file in files] for split, files in found.items()}


@contextmanager
def _without_network() -> Iterator[None]:
    """Let Hugging Face `datasets` find what is in its local cache alone; what is not there is a DataError."""
    datasets = extras.require("datasets")
    before = datasets.config.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = before


@contextmanager
def _without_bars() -> Iterator[None]:
    """Keep Hugging Face `datasets` from drawing progress bars meanwhile."""
    datasets = extras.require("datasets")
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()


FORMAT = Format(
    documented=(
        (
            "`.parquet`, `.arrow`, a folder of them (or of `data` with them), a data set that `save_to_disk` wrote",
            "through Hugging Face `datasets`",
        ),
        ("`hf:NAME`", "a data set of the Hugging Face hub"),
    ),
    kind="a Parquet or Arrow file",
    holds=holds_tables,
    open=lambda name, skip_bad: open_tables(name, skip_bad=skip_bad),
    prefix=HUB,
    quietly=_without_bars,
    locally=_without_network,
)
