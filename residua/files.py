"""How is a file written so that no reader ever sees half of it, and a full disk costs nothing?"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
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
    """Give the path of a temporary file beside `path`; on leaving, that file takes the place of `path`.

    Raises ResiduaError as `write_atomic` does; the temporary file is gone whatever happens.
    """
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        os.close(handle)
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp keeps others out; a finished file is like any other
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ResiduaError(f"cannot write {path}: {explain(error)}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def explain(error: OSError) -> str:
    """Say in words what the operating system refused, and what helps."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space, or choose another folder"
    return error.strerror or str(error)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
