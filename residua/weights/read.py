"""What network is in this file? Opened, unwrapped, recognised; nothing is built, and torch is not imported."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from residua.errors import ResiduaError, WeightsError
from residua.metadata import KEY, Meta, from_json
from residua.text import one_line
from residua.weights.files.config_json import declared_in
from residua.weights.files.hub import locate
from residua.weights.files.open import open_checkpoint
from residua.weights.files.opened import Opened
from residua.weights.pretrained import BY, Pretrained, fetch, named
from residua.weights.recognise.match import match
from residua.weights.recognise.our_names import expected
from residua.weights.recognise.recognised import Reading, Recognised, UnknownNetworkError
from residua.weights.unwrap.wrappers import Unwrapped, unwrap


@dataclass(frozen=True)
class Found:
    """A checkpoint that has been read: what its file holds, around which tensors, and which network they are.

    meta: what the file declares beside its weights. ours: residua wrote the file.
    """

    opened: Opened
    unwrapped: Unwrapped
    recognised: Recognised
    meta: Meta
    ours: bool = False

    @property
    def said(self) -> bool:
        """Whether the file itself, or the table that has it by name, says which network it is."""
        return self.ours or self.meta.provenance is not None


def read(source: str | os.PathLike[str], *, ema: bool = False, prefix: str | None = None) -> Found:
    """Open `source` (a file, a run, a folder in the hub's layout, `hf:org/name`, a pretrained name) and find out what
    network it holds.

    The `config.json` of a folder is read when the folder is named, not when a file in it is.
    ema: averaged weights, where the file has both. prefix: which of several networks.
    Raises WeightsError in one line; UnknownNetworkError where the tensors are sound and no network of ours.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise WeightsError(f"a checkpoint is named by a path or hf:org/name, not by {type(source).__name__}")
    row = named(source)
    path, opened = _open(source, row)
    if KEY in opened.metadata:
        return _as_declared(opened)
    unwrapped = unwrap(opened, ema=ema, prefix=prefix)
    declared = dict(opened.declared) | dict(unwrapped.declared)
    if row is not None:
        declared |= row.declared()
    if path != Path(source) and (row is None or row.preprocessing is None):
        declared |= declared_in(path.parent, str(source))
    try:
        recognised = match(Recognised(str(path), unwrapped.tensors, opened.registered, opened.hwio, declared))
    except UnknownNetworkError as refused:
        refused.format = opened.format
        raise
    classes, _ = recognised.declared.get("classes", (None, ""))
    pixels, _ = recognised.declared.get("preprocessing", (None, ""))
    meta = Meta(classes, dict(pixels) if pixels and "size" in pixels else None)  # half a preprocessing is no use
    if row is not None:
        recognised, meta = _as_published(recognised, row), replace(meta, provenance=row.provenance(path))
    return Found(opened, unwrapped, recognised, meta)


def _open(source: str | os.PathLike[str], row: Pretrained | None) -> tuple[Path, Opened]:
    """Return the file that `source` names, and what it holds.

    Whatever damaged bytes do to code that trusted them is a WeightsError; its cause stays attached. What fails later,
    on tensors that have been opened, is our mistake and no damage. Raises WeightsError in one line.
    """
    try:
        path = locate(source) if row is None else fetch(row)
        return path, open_checkpoint(path)
    except (ResiduaError, MemoryError):
        raise
    except Exception as error:
        raise WeightsError(
            f"{os.fspath(source)} is damaged or not a checkpoint ({type(error).__name__}: "
            f"{one_line(error, 120)}); fetch or write it again"
        ) from error


def _as_published(recognised: Recognised, row: Pretrained) -> Recognised:
    """Return what was recognised with the network of `row` alone. Raises WeightsError for tensors of another."""
    shapes = expected(row.spec)
    for reading in recognised.readings:
        if reading.shapes == shapes:
            own = replace(reading, spec=row.spec, because=f"{BY} says so; {reading.because}")
            return replace(recognised, readings=(own,))
    raise WeightsError(
        f"{row.name}: {recognised.source} does not hold {row.network}, which {BY} says it is; was it replaced?"
    )


def _as_declared(opened: Opened) -> Found:
    """Return the network that our own file says it is. Raises WeightsError when its tensors are not of that."""
    path, tensors = opened.path, opened.tree
    spec, meta = from_json(opened.metadata[KEY], path)
    if sum(spec.depths) > len(tensors):
        raise WeightsError(
            f"{path}: its spec has {sum(spec.depths):,} blocks and the file {len(tensors)} tensors; it is damaged"
        )
    shapes = expected(spec)
    for name, shape in shapes.items():
        if name not in tensors or tensors[name].shape != shape:
            raise WeightsError(f"{path}: tensor {name!r} is missing or not {shape} as the file's own spec says")
    own = Reading(spec, {name: name for name in shapes}, "the file says so itself", shapes)
    return Found(opened, Unwrapped(tensors), Recognised(str(path), tensors, readings=(own,)), meta, ours=True)
