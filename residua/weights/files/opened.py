"""What does every opener return, whatever the kind of file?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Declared(NamedTuple):
    """A value that a file declares beside its tensors, and where it does so, in words for a report."""

    value: Any
    by: str


@dataclass(frozen=True)
class Opened:
    """A file's content: nested containers with `Stored` tensors as leaves.

    format: words for a report. registered: the order of names is the writer's own, not the alphabet's.
    declared: fields of the spec that the file states beside its tensors: {"norm_eps": Declared(1e-3, "the graph")}.
    hwio: kernels are (H, W, in, out), as TensorFlow keeps them. shards: the files that `path` lists.
    """

    path: Path
    format: str
    tree: Any
    registered: bool = True
    hwio: bool = False
    declared: Mapping[str, Declared] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    shards: tuple[Path, ...] = ()
