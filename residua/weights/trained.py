"""Which trained network does RUN or CKPT name?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from residua.errors import TargetError

if TYPE_CHECKING:
    from residua.nn import ResNet


def open_trained(target: str) -> ResNet:
    """Return the network of a run folder or of any checkpoint that `residua inspect` knows, in eval mode, with `.meta`.

    Raises TargetError when nothing lies there, or the run has not finished an epoch yet.
    """
    path = Path(target)
    if (path / "config.toml").exists() and not (path / "model.safetensors").exists():
        raise TargetError(f"{target} has no model.safetensors yet: its run has not finished an epoch")
    if not path.exists():
        raise TargetError(f"{target} is neither a run folder nor a checkpoint: nothing lies there")
    from residua.weights import load

    return load(path)
