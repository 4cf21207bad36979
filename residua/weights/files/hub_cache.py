"""How does one file of the Hugging Face hub come here, checked, into the cache that the hub's own client uses?

The cache is the client's (`models--org--name/blobs`, `snapshots`, `refs`), so that what either has fetched serves both.
Our own client, since it needs no package beyond the base install and refuses what does not have the announced SHA-256.
A broken-off download leaves nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from residua.errors import ResiduaError, WeightsError
from residua.files import cache_home, explain, locked, sweep, temporary_folder, write_atomic

if TYPE_CHECKING:
    from residua.download import Progress

PUBLIC = "https://huggingface.co"
YES = ("1", "on", "yes", "true")  # as the hub's client reads its switches
INCOMING = "incoming"


def endpoint() -> str:
    """Return the address of the hub: HF_ENDPOINT, or the public one."""
    return (os.environ.get("HF_ENDPOINT") or PUBLIC).rstrip("/")


def offline() -> bool:
    """Whether the user has forbidden the network: HF_HUB_OFFLINE."""
    return os.environ.get("HF_HUB_OFFLINE", "").lower() in YES


def cache() -> Path:
    """Return the folder of the hub's cache."""
    own = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if own:
        return Path(os.path.expanduser(own))
    home = os.environ.get("HF_HOME")
    return (Path(os.path.expanduser(home)) if home else cache_home() / "huggingface") / "hub"


def cached(repo: str, name: str) -> Path | None:
    """Return the file `name` of a repository's main branch where the cache has it."""
    folder = _folder(repo)
    try:
        commit = (folder / "refs" / "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    file = folder / "snapshots" / commit / name
    return file if re.fullmatch(r"\w+", commit) and file.is_file() else None


def fetch(repo: str, name: str, progress: Progress | None = None) -> Path:
    """Return the file `name` of a repository's main branch from the cache, or from the hub.

    Raises NotReceivedError where the hub does not give it, WeightsError where what came is not what was announced, or
    cannot be written; nothing is left then.
    """
    there = cached(repo, name)
    if there is not None:
        return there
    folder = _folder(repo)
    try:
        with _alone(folder):
            return cached(repo, name) or _download(repo, name, folder, progress)
    except OSError as error:
        raise WeightsError(f"{folder} cannot be written: {explain(error)}") from None


def checked_sha256(file: Path) -> str:
    """Return the SHA-256 of a file. Raises WeightsError where a cache keeps it under the digits of another one.

    The hub's cache names a file by its SHA-256, torch.hub ends its name in the first digits.
    """
    with open(file, "rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    kept = file.resolve()
    announced = re.fullmatch(r"([0-9a-f]{64})|.*-([0-9a-f]{8})\.\w+", kept.name)
    digits = (announced[1] or announced[2]) if announced else ""
    if not found.startswith(digits):
        shown = found[: len(digits)]
        raise WeightsError(
            f"{kept} has changed since it was fetched: its SHA-256 is {shown}, its name says {digits}; delete it and "
            "try again"
        )
    return found


def require_hash(file: Path, announced: str, source: str) -> None:
    """Raise WeightsError unless `file` is what was announced: SHA-256 or its first digits, or a git blob's SHA-1."""
    with open(file, "rb") as opened:
        if len(announced) == 40:
            head = f"blob {file.stat().st_size}\0".encode()
            kind, found = "SHA-1", hashlib.sha1(head + opened.read()).hexdigest()
        else:
            kind, found = "SHA-256", hashlib.file_digest(opened, "sha256").hexdigest()
    if not found.startswith(announced):
        shown = found[: len(announced)]
        raise WeightsError(f"{source} came with {kind} {shown}, announced was {announced}; it was not kept: try again")


def _folder(repo: str) -> Path:
    return cache() / f"models--{repo.replace('/', '--')}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a repository's folder in the cache against other processes, made if need be and gone again if left empty."""
    parts = (folder, folder / "blobs", folder / "refs", folder / "snapshots")
    try:
        with ExitStack() as stack:
            while _lock(folder, stack) is False:  # None: a disk without locks, where the last writer wins
                time.sleep(0.2)
            for part in parts:
                part.mkdir(parents=True, exist_ok=True)
            sweep(folder / "blobs", (INCOMING,))
            yield
    finally:
        for part in reversed(parts):
            with suppress(OSError):  # it is in use
                part.rmdir()


def _lock(folder: Path, stack: ExitStack) -> bool | None:
    """Hold the lock of `folder` until `stack` ends, as `locked` says it; False where another process has just left."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return stack.enter_context(locked(folder))
    except FileNotFoundError:
        return False


def _download(repo: str, name: str, folder: Path, progress: Progress | None) -> Path:
    """Receive one file, check it, and put it in its place in the cache; the name under which it is found comes last."""
    from residua.download import NotReceivedError, receive, size_is_known  # with http, which most files do not need

    url = f"{endpoint()}/{repo}/resolve/main/{name}"
    token = os.environ.get("HF_TOKEN")
    with temporary_folder(folder / "blobs", INCOMING) as temporary:
        part = temporary / "part"
        headers = receive(url, part, progress, {"Authorization": f"Bearer {token}"} if token else None)
        announced = (headers.get("x-linked-etag") or headers.get("etag") or "").removeprefix("W/").strip('"').lower()
        size = headers.get("x-linked-size", "")
        if size.isdecimal() and part.stat().st_size != int(size):
            raise NotReceivedError(f"cut off after {part.stat().st_size} of {size} bytes")
        if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", announced):
            require_hash(part, announced, url)
        elif not size_is_known(headers):
            raise NotReceivedError("the server announces neither its size nor its digest: it may have been cut off")
        else:  # a mirror that announces its size alone
            with open(part, "rb") as opened:
                announced = hashlib.file_digest(opened, "sha256").hexdigest()
        with open(part, "rb+") as written:
            os.fsync(written.fileno())
        blob = folder / "blobs" / announced
        part.replace(blob)
    return _name(folder, blob, name, headers.get("x-repo-commit", ""))


def _name(folder: Path, blob: Path, name: str, commit: str) -> Path:
    """Let the file `name` of a commit, and of the main branch, be `blob`."""
    if not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        commit = blob.name[:40]  # a mirror that names none
    file = folder / "snapshots" / commit / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    try:
        file.symlink_to(os.path.relpath(blob, file.parent))
    except OSError:  # a disk without links: the file itself, as the hub's client does it
        blob.replace(file)
    try:
        write_atomic(folder / "refs" / "main", commit)
    except ResiduaError as error:
        raise WeightsError(str(error)) from None
    return file
