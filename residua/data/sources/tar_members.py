"""Which members has this tar file, where the file may lie about every size in it?

Python's own tarfile believes what it reads: a negative size makes it loop for ever, a sparse member of 512 bytes
becomes gigabytes of zeros, a record of a gigabyte is read whole.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from residua.errors import DataError
from residua.reading import open_regular
from residua.text import name_of

MOST_RECORD = 2**20  # bytes of a name or of the records before a member; real ones have hundreds
MOST_LABEL = 16 * 2**20  # bytes of a label or of a sample's JSON
RECORDS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _Member(tarfile.TarInfo):
    """A header whose size is checked wherever it is set: from the header itself, or from a record before it."""

    _size = 0

    @property
    def size(self) -> int:  # a plain slot in TarInfo
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        if value < 0:
            raise ValueError(f"a member of {value} bytes")
        self._size = value

    @classmethod
    def frombuf(cls, *given: Any) -> Any:
        member = super().frombuf(*given)
        if member.type in RECORDS and member.size > MOST_RECORD:
            raise ValueError(f"a record of {member.size:,} bytes; at most {MOST_RECORD:,} are read")
        return member

    def _refuse_sparse(self, *_: Any) -> NoReturn:
        raise ValueError("a sparse member, whose zeros are not stored; have it packed without")

    _proc_sparse = _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


def is_tar(path: Path) -> bool:
    """Whether a file is a tar by its name, or a compressed one by its content."""
    if path.suffix.lower() == ".tar":
        return True
    try:
        return ".tar" in path.name.lower() and path.is_file() and tarfile.is_tarfile(path)
    except Exception:  # a header that lies makes tarfile raise what it does not call its own
        return True


def members_of(path: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Yield the regular files of an uncompressed tar with the open archive. Raises DataError in one line."""
    try:
        with (
            open_regular(path, DataError) as file,
            tarfile.open(str(path), "r:", fileobj=file, tarinfo=_Member) as tar,
        ):
            for info in tar:
                if info.isfile():
                    yield tar, info
            _require_end(file, tar.offset)
    except DataError:
        raise
    except Exception as error:  # tarfile raises several types for headers that lie; all mean that the file is damaged
        compressed = path.suffix != ".tar"
        hint = "unpack it once: compressed shards cannot be read at random" if compressed else str(error)
        raise DataError(f"{path} cannot be read as a tar shard: {hint}.") from None


def _require_end(file: BinaryIO, end: int) -> None:
    """Raise ValueError where tarfile stopped at a header that it could not read, and took it for the end."""
    file.seek(end)
    if file.read(512).strip(b"\0"):
        raise ValueError(f"what stands at byte {end:,} is no header")


def text_of(tar: tarfile.TarFile, info: tarfile.TarInfo) -> str:
    """Return the content of a small member as text. Raises DataError for one that is too long for a label, or cut."""
    if info.size > MOST_LABEL:
        raise DataError(
            f"{tar.name!s}/{name_of(info.name)} has {info.size:,} bytes; at most {MOST_LABEL:,} are read as a label."
        )
    try:
        file = tar.extractfile(info)
        return file.read().decode("utf-8", "replace").strip() if file else ""
    except (tarfile.TarError, OSError) as error:
        raise DataError(f"{tar.name!s}/{name_of(info.name)} cannot be read from its shard: {error}.") from None
