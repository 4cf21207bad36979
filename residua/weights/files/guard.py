"""What happens when a file breaks the code that reads it? One line that names the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from residua.errors import ResiduaError, WeightsError
from residua.text import one_line


@contextmanager
def reading(source: str | os.PathLike[str]) -> Iterator[None]:
    """Turn whatever a damaged file does to code that trusted it into a WeightsError; its cause stays attached.

    Refusals pass as they are, and so do a full memory and an interrupt, which are not the file's fault.
    """
    try:
        yield
    except (ResiduaError, MemoryError):
        raise
    except Exception as error:
        reason = one_line(error, 120)
        raise WeightsError(f"{os.fspath(source)} is damaged or not a checkpoint ({type(error).__name__}: {reason}); "
                           "fetch or write it again") from error  # fmt: skip
