"""How are results, a row an image, written into a file of the kind that its suffix names?"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from residua import extras
from residua.errors import TargetError
from residua.files import replacing, require_new, write_atomic

SUFFIXES = (".csv", ".parquet", ".jsonl")


def require_writable(out: Path | None, overwrite: bool, *inputs: str) -> None:
    """Raise TargetError for a file that could not be written after all the work: an unknown kind, a missing folder.

    overwrite: it may be there. inputs: files that are read, none of which is to be replaced. Raises MissingExtra for
    Parquet without pyarrow.
    """
    if out is None:
        return
    if out.suffix.lower() not in SUFFIXES:
        raise TargetError(f"--out {out}: a file is written as its suffix says, one of {', '.join(SUFFIXES)}")
    if not out.parent.is_dir():
        raise TargetError(f"--out {out}: there is no folder {out.parent}")
    if out.is_dir() or str(out.resolve()) in {str(Path(path).resolve()) for path in inputs}:
        raise TargetError(f"--out {out} is one of the files that are read, or a folder; name another")
    if out.suffix.lower() == ".parquet":
        extras.require("pyarrow")
    require_new(out, overwrite)


def write_rows(out: Path, rows: Sequence[Mapping[str, Any]], documents: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write the rows as a table, whose columns are those of all rows in their order; whole or not at all.

    documents: what stands in a .jsonl file instead, as `--json` prints it.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    kind = out.suffix.lower()
    if kind == ".jsonl":
        lines = (json.dumps(row, allow_nan=False) + "\n" for row in documents or rows)
        write_atomic(out, "".join(lines))
    elif kind == ".csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(out, text.getvalue().encode("utf-8", "surrogateescape"))
    else:
        extras.require("pyarrow")
        import pyarrow as pa
        import pyarrow.parquet as parquet

        columns = {name: [_plain(row.get(name)) for row in rows] for name in names}
        with replacing(out) as temporary:
            parquet.write_table(pa.table(columns), temporary)


def read_rows(path: Path) -> list[tuple[str, str | None]]:
    """Return file and error of each row of a file that `write_rows` wrote. Raises TargetError for any other."""
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            extras.require("pyarrow")
            import pyarrow.parquet as parquet

            rows = parquet.read_table(path, columns=["file", "error"]).to_pylist()
        else:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as text:
                rows = list(map(json.loads, text)) if kind == ".jsonl" else list(csv.DictReader(text))
        return [(row["file"], row["error"] or None) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):  # ValueError: pyarrow's, and of no JSON
        raise TargetError(f"{path} is no table of answers: --overwrite replaces it") from None


def named_in(path: Path, name: str) -> str:
    """Return what a file of this name is called in a table of the path's kind."""
    return str(_plain(name)) if path.suffix.lower() == ".parquet" else name


def _plain(value: Any) -> Any:
    """Return a value that Parquet can hold: a file name that is not UTF-8 is escaped."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
