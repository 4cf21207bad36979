"""In what surroundings does the command run: closed streams, a terminal that cannot say ×, Ctrl-C at any moment?"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from residua.text import LONGEST_MESSAGE, one_line

INTERRUPTED = 3
FULL = (errno.ENOSPC, errno.EDQUOT)  # what writing to a full disk, or over a quota, ends with
PLUGINS_OFF = "PYDANTIC_DISABLE_PLUGINS"
# What the operating system refuses is no mistake of residua: a full, read-only or broken disk, a name that is too long,
# a file where a folder should be.
REFUSED = (*FULL, errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM)


class Interrupts:
    """Whether Ctrl-C came. The exception that it raises may be lost in somebody's import; that it came is not."""

    def __init__(self) -> None:
        self.came = False

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Stop what is being done; asked twice, the process ends without asking anybody."""
        if self.came:
            tell("residua: interrupted")
            os._exit(INTERRUPTED)
        self.came = True
        raise KeyboardInterrupt


@contextlib.contextmanager
def prepared() -> Iterator[Interrupts]:
    """Give whether Ctrl-C came, in a process of the command's own: what the caller closed goes nowhere meanwhile.

    Nothing interrupts the process any more once it has its exit code, and it ends without a last look for garbage.
    """
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")  # what an ASCII terminal cannot say is escaped
    interrupts = Interrupts()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where a shell has it ignored
        signal.signal(signal.SIGINT, interrupts.receive)
    try:
        yield interrupts
    finally:
        gc.freeze()  # Python looks through every module that ends with it: 0.08 of the 0.5 s that `inspect` took
        _drop_unheard()
        if signal.getsignal(signal.SIGINT) == interrupts.receive:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import modules at less cost: what they make stays, so that no garbage is looked for, and no plugin of pydantic's.

    pydantic reads the metadata of every installed package for plugins when the first of our models is made.
    """
    plugins, collects = os.environ.get(PLUGINS_OFF), gc.isenabled()
    os.environ[PLUGINS_OFF] = "__all__"
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        os.environ.pop(PLUGINS_OFF)
        if plugins is not None:
            os.environ[PLUGINS_OFF] = plugins


def _open_closed() -> None:
    """Let what the caller has closed of stdin, stdout and stderr be empty, so that no file of ours takes its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 (to the end)


def tell(message: object) -> None:
    """Print one line on stderr, where that can be written."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            print(message if isinstance(message, str) else one_line(message), file=sys.stderr, flush=True)


def drop_output() -> None:
    """Let what stdout still holds go nowhere, so that Python does not fail on it once more at its exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _drop_unheard() -> None:
    """Let what stderr cannot take go nowhere, for which Python would end with an exit code of its own."""
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def refused_by_system(error: Exception) -> str | None:
    """Return in one line what the operating system refused, None for any other error."""
    from residua.files import explain

    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which is not imported for an error of another kind
        return "there is not enough memory on the GPU for this; with CUDA_VISIBLE_DEVICES= the CPU does it"
    if isinstance(error, OSError) and error.errno in REFUSED:
        where = "cannot write to stdout" if error.filename is None and error.errno in FULL else _name(error.filename)
        return one_line(f"{where}: {explain(error)}", LONGEST_MESSAGE)
    return None


def _name(filename: Any) -> str:
    return "the system refuses" if filename is None else os.fsdecode(filename)
