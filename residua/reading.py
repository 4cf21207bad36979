"""How is a file opened that somebody else has made: one that may be a pipe, a device, or far more than it says?

And how much memory and time may other people's code take with it, that knows no bound of its own? Where a system has no
such limits, nothing is bounded.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import stat
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, NoReturn

from residua.errors import ResiduaError

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]  # a module elsewhere

MOST_GROWTH = 32  # bytes that a compressed byte may become; those of MNIST become 5, of Fashion-MNIST 2
MOST_TEXT = 64 * 2**20  # bytes of a list of names, an index or a configuration; ImageNet-21k's names take 1 MB
LEAST_ROOM = 64 * 2**20  # bytes that any compressed file may become, as small ones that hold one value do
LEAST_MEMORY = 768 * 2**20  # bytes that reading any file may take; 1 GB with what the process has beside it
GROWTH = 4  # bytes of memory for a byte of the file, where that is more
SECONDS = 5.0  # of processor time
MOST_DIGITS = 300  # of a whole number in JSON; float() takes 308
_ALONE = threading.RLock()  # the limit is the process's


def size_of(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError) -> int:
    """Return the bytes of a regular file. Raises `raises` as `open_regular` does."""
    with open_regular(path, raises) as file:
        return os.fstat(file.fileno()).st_size


def open_regular(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError) -> BinaryIO:
    """Open a regular file to read its bytes; a folder, pipe or device is refused instead of waited for.

    Raises `raises`, in one line.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:  # ValueError: the name holds a NUL
        raise raises(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise raises(f"{path} is not a regular file (a folder, pipe or device).")
    return open(descriptor, "rb")


def read_regular(
    path: str | os.PathLike[str], most_bytes: int | None = None, raises: type[ResiduaError] = ResiduaError
) -> bytes:
    """Return the bytes of a regular file. Raises `raises` for one of more than `most_bytes`, before it is read."""
    with open_regular(path, raises) as file:
        size = os.fstat(file.fileno()).st_size
        if most_bytes is not None and size > most_bytes:
            raise raises(f"{path} has {size:,} bytes; at most {most_bytes:,} were expected.")
        try:
            return file.read()
        except OSError as error:
            raise raises(f"{path} cannot be read: {error.strerror or error}.") from None


def read_text(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError, most: int = MOST_TEXT) -> str:
    """Return the text of a small regular file in UTF-8, with or without a mark of it. Raises `raises`."""
    try:
        return read_regular(path, most, raises).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise raises(f"{path} is not UTF-8 text ({error}).") from None


def read_json(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError, most: int = MOST_TEXT) -> Any:
    """Return the document in a JSON file. Raises `raises` for what is none, or is nested too deeply."""
    text = read_text(path, raises, most)
    try:
        return document_of(text)
    except (ValueError, RecursionError) as error:
        raise raises(f"{path} is damaged or no JSON ({error}).") from None


def document_of(text: str | bytes) -> Any:
    """Return a stranger's JSON document, whose whole numbers are such that floats can hold them.

    Raises ValueError, and RecursionError for one that is nested too deeply.
    """
    return json.loads(text, parse_int=_whole_number)


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


class Unpacked:
    """How much a packed file may become, all its parts together: MOST_GROWTH times its own size, or LEAST_ROOM."""

    def __init__(self, path: str | os.PathLike[str], size: int, raises: type[ResiduaError] = ResiduaError) -> None:
        self.path, self.raises = path, raises
        self.most = self.left = max(LEAST_ROOM, MOST_GROWTH * size)

    def take(self, size: int) -> None:
        """Count the bytes that one part becomes, before it is unpacked. Raises `raises` where they are too many."""
        self.left -= size
        if self.left < 0:
            raise self.raises(
                f"{self.path} unpacks to more than {self.most:,} bytes, {MOST_GROWTH} times its size; refused unread."
            )


def gunzip(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError) -> bytes:
    """Return what a gzip file holds. Raises `raises` for damage, and for more than `Unpacked` allows."""
    with open_regular(path, raises) as file:
        budget = Unpacked(path, os.fstat(file.fileno()).st_size, raises)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                data = unpacked.read(budget.most + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise raises(f"{path} is damaged or truncated: {str(error) or type(error).__name__}.") from None
    budget.take(len(data))
    return data


class TooMuchTimeError(Exception):
    """What was done took longer than it may."""


@contextlib.contextmanager
def memory_within(file_bytes: int, what: object, raises: type[ResiduaError] = ResiduaError) -> Iterator[None]:
    """Let what is inside take LEAST_MEMORY, or GROWTH times the `file_bytes` that it reads, beyond what is taken.

    Files that are mapped do not count. Raises `raises`, naming `what`, for MemoryError.
    """
    most = max(LEAST_MEMORY, GROWTH * file_bytes)
    with _ALONE, _data_limit(most):
        try:
            yield
        except MemoryError:
            raise raises(f"{what} takes more than {most >> 20:,} MiB of memory to read; refused.") from None


@contextlib.contextmanager
def _data_limit(most: int) -> Iterator[None]:
    """Lower this process's limit of private memory to what it has and `most` bytes more; as before on leaving."""
    taken = _private_bytes()
    if resource is None or taken is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = taken + most
    if any(bound != resource.RLIM_INFINITY and bound <= limit for bound in (soft, hard)):
        yield  # somebody has set a lower one
        return
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _private_bytes() -> int | None:
    """Return the bytes of memory that RLIMIT_DATA counts, None where the system does not say."""
    try:
        fields = Path("/proc/self/status").read_text("ascii").split()
        return int(fields[fields.index("VmData:") + 1]) * 1024
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def seconds_within(most: float = SECONDS) -> Iterator[None]:
    """Raise TooMuchTimeError where what is inside takes more processor time: Python's expressions ask for signals.

    In the main thread alone, where Python allows it.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise TooMuchTimeError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
