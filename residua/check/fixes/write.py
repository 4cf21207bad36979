"""How do verified fixes come into a user's file so that nothing else of it changes, and nobody's work is lost?"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from residua.check.fixes.attempt import Mended
from residua.check.listing import SUFFIXES
from residua.check.report.places import file_of
from residua.errors import ResiduaError
from residua.files import write_atomic
from residua.targets.find import source_of


class Refused(Exception):
    """A fix that is not written; the text says why, in one line."""


def bytes_of(targets: Iterable[str]) -> dict[str, bytes]:
    """Return what the files of targets hold now, before they are checked; those that cannot be read are left out."""
    found: dict[str, bytes] = {}
    for path in map(file_of, targets):
        if path.endswith(SUFFIXES) and path not in found and os.path.isfile(path):
            try:
                found[path] = Path(path).read_bytes()
            except OSError:
                continue  # who opens it to check it says why
    return found


def texts_of(files: dict[str, bytes]) -> dict[str, str]:
    """Return the code of the files that are UTF-8, with its line ends and without its mark; others get no fix."""
    texts = {}
    for path, data in files.items():
        with suppress(UnicodeDecodeError):
            texts[path] = _code_of(path) if is_notebook(path) else data.decode("utf-8-sig")
    return texts


def _code_of(notebook: str) -> str:
    try:
        return source_of(Path(notebook))
    except ResiduaError:
        return ""  # who opens it to check it says why


def is_notebook(path: str) -> bool:
    """Tell whether a file is a notebook, whose code stands inside JSON."""
    return path.endswith(".ipynb")


def write(mended: Mended, read: bytes) -> None:
    """Write what fixes make of a file: its mode, encoding and line ends stay. read: the bytes that were checked.

    Raises Refused for a notebook, for a file that cannot be written, and for one that changed since.
    """
    path = Path(mended.path).resolve()  # a link stays a link
    if is_notebook(mended.path):
        raise Refused(f"{mended.path} is a notebook: its patch is printed, not written")
    mark = codecs.BOM_UTF8 if read.startswith(codecs.BOM_UTF8) else b""
    try:
        if path.read_bytes() != read:
            raise Refused(f"{mended.path} changed while it was checked: nothing is written; run it again")
        if not os.access(path, os.W_OK):
            raise Refused(f"{mended.path} is not writable: nothing is written")
        mode = stat.S_IMODE(path.stat().st_mode)
        write_atomic(path, mark + mended.after.encode())
        path.chmod(mode)
    except ResiduaError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"{mended.path} cannot be written: {error}") from None
