"""How is a file written so that no reader ever sees half of it, and a full disk costs nothing?"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from residua.errors import ResiduaError


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write `data` to `path`: a temporary file beside it, fsync, rename; str is UTF-8.

    Raises ResiduaError in one line when the disk is full or the folder cannot be written; `path` is then as before.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a file in a hidden folder beside `path`; on leaving, that file takes the place of `path`.

    In a folder of its own, since a writer may make temporary files beside the one it is told of (safetensors does):
    what a killed process leaves is then known by its name, and `sweep` removes it.
    Raises ResiduaError as `write_atomic` does; the folder is gone whatever happens.
    """
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        temporary = folder / path.name
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)  # that of any new file, also where the writer keeps others out
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ResiduaError(f"cannot write {path}: {explain(error)}") from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def is_left_over(path: Path, names: Iterable[str]) -> bool:
    """Whether `path` is what a process that was killed while it wrote one of `names` (or globs) left behind."""
    return path.is_dir() and any(path.match(f".{name}.????????") for name in names)


def sweep(folder: Path, names: Collection[str]) -> None:
    """Remove from `folder` all that is left over of writing `names`."""
    for path in folder.glob(".*"):
        if is_left_over(path, names):
            shutil.rmtree(path, ignore_errors=True)


def explain(error: OSError) -> str:
    """Say in words what the operating system refused, and what helps."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space, or choose another folder"
    return error.strerror or str(error)
