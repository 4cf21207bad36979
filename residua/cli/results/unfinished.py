"""How are rows kept while more are to come, so that a command that was stopped can go on?

Beside FILE lies FILE.unfinished: a line with what was asked, then a JSON line a row, which is in the file before the
next answer is asked for. FILE itself appears whole, at the end, and FILE.unfinished goes after that. A kill cuts off no
more than the last line, and whoever resumes answers that image again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from residua.errors import TargetError
from residua.files import explain, locked

SUFFIX = ".unfinished"


class Kept:
    """The rows so far, each {"file", "error", …}, in the order of the images. file: where they are kept."""

    def __init__(self, rows: list[dict[str, Any]], file: BinaryIO | None = None) -> None:
        self.rows, self._file = rows, file

    def add(self, row: dict[str, Any]) -> None:
        """Keep one more row. Raises TargetError for a full disk."""
        if self._file is not None:
            self.rows.append(row)
            _write(self._file, row)


def require_known(out: Path, resume: bool, overwrite: bool) -> None:
    """Raise TargetError where rows of a stopped command lie there, and nobody said what becomes of them."""
    path = _path_of(out)
    if path.exists() and not resume and not overwrite:
        raise TargetError(
            f"{path} has rows of a command that was stopped: --resume continues it, --overwrite begins anew"
        )


def is_unfinished(out: Path) -> bool:
    """Whether rows of a stopped command lie there."""
    return _path_of(out).exists()


@contextmanager
def keeping(out: Path | None, asked: Mapping[str, Any], names: Sequence[str | None], resume: bool) -> Iterator[Kept]:
    """Give the rows that are there already, and keep what is added, until what is inside has ended without an error.

    asked: all that rows depend on but the images, whose `names` come in order. Raises TargetError where the rows are
    answers to something else, or another process writes them.
    """
    if out is None:
        yield Kept([])
        return
    path = _path_of(out)
    with _opened(path) as file, locked(path) as alone:
        if alone is False:
            raise TargetError(f"{path} is being written by another process")
        rows, end = _read(file, asked, names, path) if resume else ([], 0)
        file.truncate(end)
        kept = Kept(rows, file)
        try:
            if not end:
                _write(file, {"asked": asked})
            yield kept
        except BaseException:
            if not kept.rows:
                path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Give the file to read and to append to; what a full disk did not take was said when it was written."""
    try:
        file = open(path, "a+b")  # noqa: SIM115 (errors of what is inside are not the file's)
    except OSError as error:
        raise TargetError(f"cannot write {path}: {explain(error)}") from None
    try:
        yield file
    finally:
        with suppress(OSError):  # of the rest in its buffer, tried once more
            file.close()


def _path_of(out: Path) -> Path:
    return out.with_name(out.name + SUFFIX)


def _write(file: BinaryIO, document: Mapping[str, Any]) -> None:
    try:
        file.write(json.dumps(document, allow_nan=False).encode() + b"\n")
        file.flush()
    except OSError as error:
        raise TargetError(f"cannot write {file.name}: {explain(error)}") from None


def _read(
    file: BinaryIO, asked: Mapping[str, Any], names: Sequence[str | None], path: Path
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that are whole, and where in the file they end; what follows is of a line that was cut off."""
    file.seek(0)
    documents, end = [], 0
    for line in file:
        try:
            documents.append(json.loads(line if line.endswith(b"\n") else b""))
        except ValueError:
            break
        end += len(line)
    if not documents:
        return [], 0
    before, rows = documents[0].get("asked", {}), documents[1:]
    other = next((key for key in asked if before.get(key) != asked[key]), None)
    if other is not None:
        raise TargetError(
            f"{path} answers another question: {other} was {before.get(other)!r} and is {asked[other]!r}; "
            "--overwrite begins anew"
        )
    for number, row in enumerate(rows):
        wanted = names[number] if number < len(names) else "no image"
        if row["file"] != wanted:
            raise TargetError(
                f"{path} is of other images: its row {number + 1} is {row['file']}, where {wanted} is asked for now; "
                "--overwrite begins anew"
            )
    return rows, end
