"""How is a folder written that may be killed halfway, beside others doing the same, without anything being left behind?

A draft has a random name, since a process's number is not unique among containers that share a disk, and its writer
holds a lock on it. The next writer removes drafts that are a minute old and whose lock is free.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where only its age says that a draft was given up
    fcntl = None  # type: ignore[assignment]  # a module elsewhere

LOCKED_AFTER_SECONDS = 60  # between being made and being locked a draft is nobody's
GIVEN_UP_AFTER_SECONDS = 24 * 3600  # where there are no locks
_DRAFT = re.compile(r"\..+-[0-9a-f]{20}\.\w+(\.old)?", re.DOTALL)  # of a cache's name; nothing else is ever removed


@contextlib.contextmanager
def drafted(root: Path, name: str) -> Iterator[Path]:
    """Give an empty folder in `root` to write what will be `name`, locked; on leaving, what is still there is gone.

    Drafts in `root` whose writers were killed are removed first.
    """
    for entry in root.iterdir():
        if _DRAFT.fullmatch(entry.name) and _given_up(entry):
            shutil.rmtree(entry, ignore_errors=True)
    draft = root / f".{name}.{secrets.token_hex(8)}"
    draft.mkdir()
    held = None
    try:
        if fcntl is not None:
            held = os.open(draft, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a disk without locks: the age has to do
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield draft
    finally:
        if held is not None:
            os.close(held)
        shutil.rmtree(draft, ignore_errors=True)


def _given_up(draft: Path) -> bool:
    """Say whether nobody writes this draft any more."""
    try:
        age = time.time() - draft.stat().st_mtime
        if fcntl is None:
            return age > GIVEN_UP_AFTER_SECONDS
        held = os.open(draft, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return age > GIVEN_UP_AFTER_SECONDS
    finally:
        os.close(held)
    return age > LOCKED_AFTER_SECONDS
