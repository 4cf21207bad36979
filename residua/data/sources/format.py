"""What does residua know of one kind of data source?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from residua.data.sources.download import PublicSet
from residua.data.sources.source import Dataset


@dataclass(frozen=True)
class Format:
    """One kind of data source, all of which stands in its own file; `open.SOURCES` lists them.

    documented: rows of the table in docs/data.md, what is given as PATH and what it is. kind: what such a path is, in
    the words of the message that refuses all others; "" where no path is of this kind. holds: whether a path is of
    this kind, as far as names and first bytes tell. open: the data set at such a path; the second argument is
    `skip_bad` of `open_dataset`. open_several: the same, of images with any number of labels. sets: public data sets of
    this kind. prefix: of names of this kind that are no paths. lists_files: it names files that may lie elsewhere, and
    nothing is written beside those either. quietly: keeps the library that reads it from drawing meanwhile. locally:
    keeps it from the network.
    """

    documented: tuple[tuple[str, str], ...]
    kind: str = ""
    holds: Callable[[Path], bool] = lambda path: False
    open: Callable[[str, bool], Dataset] | None = None
    open_several: Callable[[str, bool], Dataset] | None = None
    sets: tuple[PublicSet, ...] = ()
    prefix: str = ""
    lists_files: bool = False
    quietly: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    locally: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
