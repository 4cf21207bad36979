"""How is something written so that no reader sees half of it, a full disk costs nothing, and a killed writer no space?

Everything is written in a hidden temporary folder and then put in its place. Such a folder has a random name, since a
process's number is not unique among containers that share a disk, and its writer holds a lock on it, which ends with
the process, however that ends. `sweep` removes the temporary folders that nobody writes any more.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where nothing keeps two processes apart
    fcntl = None  # type: ignore[assignment]  # a module elsewhere

from residua.errors import ResiduaError

# Between being made and being locked, by the next system call, a temporary folder is nobody's. A minute left the folder
# of a killed writer to the next start, which comes sooner; two seconds are a thousand times what a busy machine takes.
LOCKED_AFTER_SECONDS = 2
GIVEN_UP_AFTER_SECONDS = 24 * 3600  # where there are no locks, only its age says that it was given up
_RANDOM = "????????"  # what `tempfile.mkdtemp` appends
# The home that Debian gives accounts without one: nothing is found there, and nothing can be written but by root.
NO_HOME = Path("/nonexistent")


def cache_home() -> Path:
    """Return the folder of what can be had again: XDG_CACHE_HOME, or `.cache` of the user's home.

    A user whom no table of users knows, as in some containers, and who has no HOME either, has that of NO_HOME.
    """
    named = os.environ.get("XDG_CACHE_HOME")
    if named:
        return Path(named)
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return NO_HOME / ".cache"


def require_new(path: Path, overwrite: bool = False) -> None:
    """Raise ResiduaError where a file that is about to be written exists, unless it may be replaced.

    A folder, a device or a pipe is never replaced.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise ResiduaError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from None
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise ResiduaError(f"{path} is a folder or a device, which is never overwritten; name another file")
    if not overwrite:
        raise ResiduaError(f"{path} exists already; --overwrite replaces it")


def require_folder(folder: Path) -> None:
    """Raise ResiduaError where nothing can be written into a folder that is there, or that is yet to be made."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise ResiduaError(f"cannot write into {folder}: {there} is no folder; name another one")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ResiduaError(f"cannot write into {folder}: {there} is not to be written; name another folder")


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write `data` to `path`: a temporary file beside it, fsync, rename; str is UTF-8.

    Raises ResiduaError in one line when the disk is full or the folder cannot be written; `path` is then as before.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a file in a hidden folder beside `path`; on leaving, that file takes the place of `path`.

    In a folder of its own, since a writer may make temporary files beside the one it is given (safetensors does).
    What a killed writer of the same file has left is removed first.
    Raises ResiduaError as `write_atomic` does; the folder is gone whatever happens.
    """
    try:
        sweep(path.parent, (glob.escape(path.name),))
        with temporary_folder(path.parent, path.name) as folder:
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


@contextlib.contextmanager
def temporary_folder(parent: Path, name: str) -> Iterator[Path]:
    """Give an empty hidden folder in `parent` to write what will be `name`, locked; on leaving it is gone.

    Raises OSError when it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}."))
    try:
        with locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_left_over(path: Path, names: Collection[str], random: str = _RANDOM) -> bool:
    """Whether `path` is a temporary folder of one of `names` (or globs). random: a glob of what follows the name."""
    return path.is_dir() and any(path.match(f".{name}.{random}") for name in names)


def sweep(folder: Path, names: Collection[str], *, alone: bool = False, random: str = _RANDOM) -> None:
    """Remove from `folder` the temporary folders of `names` that nobody writes any more.

    alone: no other process writes here, so that none needs to be asked. random: as `is_left_over` has it.
    """
    for path in folder.glob(".*"):
        if is_left_over(path, names, random) and (alone or _given_up(path)):
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool | None]:
    """Hold the lock of an existing folder meanwhile, and give True; False where another process holds it.

    None where there are no locks: on such a disk or system nothing keeps two processes apart. Raises OSError for a
    folder that cannot be opened.
    """
    if fcntl is None:
        yield None
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        yield _try_lock(held)
    finally:
        os.close(held)


def explain(error: OSError) -> str:
    """Say in words what the operating system refused, and what helps."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space, or choose another folder"
    return error.strerror or str(error)


def _try_lock(held: int) -> bool | None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        return None
    return True


def _given_up(folder: Path) -> bool:
    """Whether nobody writes this temporary folder any more."""
    try:
        age = time.time() - folder.stat().st_mtime
        with locked(folder) as free:
            return age > GIVEN_UP_AFTER_SECONDS if free is None else free and age > LOCKED_AFTER_SECONDS
    except OSError:  # it has vanished meanwhile, or is not ours to open
        return False
