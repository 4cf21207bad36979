"""How does a public data set get here, resumably, and how is it known to be the right one?

Nothing is downloaded unless the user asks for it (`--download`). A file that was cut off is continued where it
stopped, and nothing is used before its published checksum holds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from residua.data.sources.source import Dataset
from residua.download import NotReceivedError, Progress, receive
from residua.errors import DataError
from residua.files import cache_home, sweep, temporary_folder


@dataclass(frozen=True)
class PublicSet:
    """A data set that has a name.

    open: the set in a folder. holds: whether a folder holds it. folder: the name of its own folder. remotes: what is
    published of it, one file after the other or, with `archive`, a tar of the folder; none: it is part of a package.
    elsewhere: what the folder is called where another program has fetched it.
    """

    name: str
    open: Callable[[Path], Dataset]
    holds: Callable[[Path], bool] = lambda folder: False
    folder: str = ""
    remotes: tuple[Remote, ...] = ()
    archive: bool = False
    elsewhere: str = ""


@dataclass(frozen=True)
class Remote:
    """One published file: where it is, and its published MD5."""

    url: str
    md5: str

    @property
    def name(self) -> str:
        """The file's name, the last part of its address."""
        return self.url.rsplit("/", 1)[-1]


def open_public(public: PublicSet, root: Path | None, download: bool, progress: Progress | None = None) -> Dataset:
    """Open a public data set from `root` or its own folder there; download: fetch what is absent.

    Raises DataError if it is not there, or cannot be fetched.
    """
    base = default_root() if root is None else root
    for folder in (base, base / public.folder, base / public.elsewhere):
        if not public.remotes or public.holds(folder):
            return public.open(folder)
    if not download:
        raise DataError(
            f"{public.name} is not in {base}; pass --root with the folder that holds {public.folder}, or --download to "
            "`residua train` or `residua evaluate`, which fetch it."
        )
    if public.archive:
        unpack(fetch(public.remotes[0], base, progress), base, public.folder)
    else:
        for remote in public.remotes:
            fetch(remote, base / public.folder, progress)
    return public.open(base / public.folder)


def default_root() -> Path:
    """Return the folder where public data sets are kept unless --root names another."""
    return cache_home() / "residua" / "data"


def fetch(remote: Remote, folder: Path, progress: Progress | None = None) -> Path:
    """Return the file in `folder`, downloading what is missing of it; the name appears only when the checksum holds.

    Raises DataError when the address does not answer, the disk is full, or the checksum differs (the wrong bytes are
    removed).
    """
    target = folder / remote.name
    if target.is_file() and _md5(target) == remote.md5:
        return target
    part = folder / (remote.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            receive(remote.url, part, progress)
        except NotReceivedError as error:
            if error.status != 416:  # nothing left to send: the checksum will tell
                raise
        found = _md5(part)
        if found != remote.md5:
            part.unlink()
            raise DataError(
                f"{remote.url} came with MD5 {found}, published is {remote.md5}; it was not kept. Try again, or fetch "
                "it by hand."
            )
        os.replace(part, target)
    except NotReceivedError as error:
        raise DataError(
            f"{remote.url} could not be downloaded ({error}); run the same command again to continue."
        ) from None
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}.") from None
    return target


def unpack(archive: Path, folder: Path, inside: str) -> None:
    """Unpack the sub-folder `inside` of a tar archive into `folder`, all of it or nothing."""
    sweep(folder, (inside,))
    try:
        with temporary_folder(folder, inside) as temporary, tarfile.open(archive) as tar:
            _extract_files(tar, temporary)
            os.replace(temporary / inside, folder / inside)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"{archive} cannot be unpacked into {folder}: {error}.") from None


def _extract_files(tar: tarfile.TarFile, folder: Path) -> None:
    """Write the regular files of `tar` under `folder`; one that would land elsewhere is refused, links are not made.

    (The filter of `extractall` that does this came with Python 3.11.4.)
    """
    for member in tar:
        target = (folder / member.name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"{member.name!r} points outside of the archive")
        source = tar.extractfile(member) if member.isfile() else None
        if source is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as out:
                shutil.copyfileobj(source, out)


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
