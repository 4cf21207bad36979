"""Which data set does this name or path mean?"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from residua.data.sources import cifar, download, idx, manifest, shards, tables
from residua.data.sources.digits import open_digits
from residua.data.sources.download import Progress, Remote
from residua.data.sources.folder import holds_class_folders, open_folder
from residua.data.sources.source import Dataset, Transform
from residua.errors import DataError
from residua.text import nearest

_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION = "https://fashion-mnist.s3.eu-central-1.amazonaws.com/"
_TORONTO = "https://www.cs.toronto.edu/~kriz/"
_MNIST_MD5 = (
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
_FASHION_MD5 = (
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)


@dataclass(frozen=True)
class Public:
    """A data set that has a name: the folder that holds it, how to know it, how to open it, where it is published."""

    folder: str
    holds: Callable[[Path], bool]
    open: Callable[[Path], Dataset]
    remotes: tuple[Remote, ...]
    archive: bool = False


def _idx_remotes(address: str, checksums: tuple[str, ...]) -> tuple[Remote, ...]:
    return tuple(Remote(f"{address}{name}.gz", md5) for name, md5 in zip(idx.FILES, checksums, strict=True))


def _cifar(name: str, layout: cifar.Layout, archive: str, md5: str) -> Public:
    return Public(
        folder=layout.folder,
        holds=lambda folder: (folder / layout.meta).is_file() and (folder / layout.test).is_file(),
        open=lambda folder: cifar.open_cifar(name, layout, folder),
        remotes=(Remote(_TORONTO + archive, md5),),
        archive=True,
    )


PUBLIC = {
    "cifar10": _cifar("cifar10", cifar.CIFAR10, "cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),
    "cifar100": _cifar("cifar100", cifar.CIFAR100, "cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85"),
    "mnist": Public(
        "mnist",
        idx.holds_idx,
        lambda folder: idx.open_idx("mnist", idx.DIGITS, folder),
        _idx_remotes(_MNIST, _MNIST_MD5),
    ),
    "fashion-mnist": Public(
        "fashion-mnist",
        idx.holds_idx,
        lambda folder: idx.open_idx("fashion-mnist", idx.FASHION, folder),
        _idx_remotes(_FASHION, _FASHION_MD5),
    ),
}
NAMES = ("digits", *PUBLIC)


def open_dataset(
    name_or_path: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    *,
    download: bool = False,
    skip_bad: bool = False,
    transform: Transform | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open a public data set by name or a collection of images by path: `.train`, and `.val` and `.test` or None.

    Each split has a length, and `[i]` is a picture and the number of its class: (Pillow image, int).
    root: where a public data set lies (its own folder or the one above it); default: the cache folder, as
    ~/.cache/residua/data.
    download: fetch a public data set that is absent. skip_bad: leave unreadable files out instead of refusing the
    collection. What cannot be used at all, as a test folder without classes, is left out and stands in `notes`.
    transform: called with each picture that `[i]` gives; what it returns stands in the picture's place.
    Raises DataError, in one line, if there is no such name or path, or if what is there cannot be used.
    """
    dataset = _open(os.fspath(name_or_path), root, download, skip_bad, progress)
    for source in dataset.splits.values():
        source.transform = transform
    return dataset


def _open(
    name: str, root: str | os.PathLike[str] | None, download: bool, skip_bad: bool, progress: Progress | None
) -> Dataset:
    if name == "digits":
        return open_digits()
    if name in PUBLIC:
        return _open_public(name, PUBLIC[name], None if root is None else Path(root), download, progress)
    if name.startswith(tables.HUB):
        return tables.open_tables(name, skip_bad=skip_bad)
    path = Path(name) if root is None or os.path.isabs(name) else Path(root) / name
    if not os.path.lexists(path):
        near = nearest(name, NAMES)
        hint = f"did you mean {near[0]}?" if near else f"give a folder or one of {', '.join(NAMES)}."
        raise DataError(f"there is no data set or folder {str(path)!r}; {hint}")
    return _open_path(path, skip_bad)


def default_root() -> Path:
    """Return the folder where public data sets are kept unless --root names another."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "residua" / "data"


def _open_public(
    name: str, public: Public, root: Path | None, fetch_absent: bool, progress: Progress | None
) -> Dataset:
    base = default_root() if root is None else root
    for folder in (base, base / public.folder):
        if public.holds(folder):
            return public.open(folder)
    if not fetch_absent:
        raise DataError(
            f"{name} is not in {base}; pass --root with the folder that holds {public.folder}, or --download to fetch "
            "it."
        )
    if public.archive:
        archive = download.fetch(public.remotes[0], base, progress)
        download.unpack(archive, base, public.folder)
    else:
        for remote in public.remotes:
            download.fetch(remote, base / public.folder, progress)
    return public.open(base / public.folder)


def is_plain_folder(path: Path) -> bool:
    """Say whether this is a folder of image files, not a set in files of its own."""
    if not path.is_dir() or holds_class_folders(path):
        return path.is_dir()
    return _packed(path) is None and not shards.holds_shards(path) and not tables.holds_tables(path)


def _open_path(path: Path, skip_bad: bool) -> Dataset:
    if holds_class_folders(path):
        return open_folder(path, skip_bad=skip_bad)
    packed = _packed(path)
    if packed is not None:
        return packed()
    if manifest.holds_manifest(path):
        return manifest.open_manifest(path, skip_bad=skip_bad)
    if shards.holds_shards(path):
        return shards.open_shards(path, skip_bad=skip_bad)
    if tables.holds_tables(path):
        return tables.open_tables(str(path), skip_bad=skip_bad)
    if path.is_dir():
        return open_folder(path, skip_bad=skip_bad)
    raise DataError(
        f"{path} is neither a folder of images nor a list of them (.csv, .tsv, .jsonl), a Parquet or Arrow file, or a "
        "tar."
    )


def _packed(path: Path) -> Callable[[], Dataset] | None:
    """Return how to open a path that holds a set in files of its own: CIFAR batches or idx files."""
    for public in PUBLIC.values():
        for folder in (path, path / public.folder):
            if public.archive and public.holds(folder):
                return functools.partial(public.open, folder)
    if idx.holds_idx(path):
        name = path.resolve().name
        return functools.partial(idx.open_idx, name, idx.FASHION if "fashion" in name else idx.DIGITS, path)
    return None
