"""Which trained network does a caller mean, how were its images prepared, and what are its classes?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from residua.errors import TargetError
from residua.preprocessing import Preprocessing

if TYPE_CHECKING:
    from residua.nn import ResNet

Trained: TypeAlias = "ResNet | str | os.PathLike[str]"  # a run is a path too


def open_trained(target: Trained) -> ResNet:
    """Return the network of a run folder or of any checkpoint that `residua inspect` knows, in eval mode, with `.meta`.

    A network is returned as it is. Raises TargetError when nothing lies there, or the run has not finished an epoch.
    """
    if not isinstance(target, (str, os.PathLike)):
        return _require_network(target)
    name, path = os.fspath(target), Path(target)
    if (path / "config.toml").exists() and not (path / "model.safetensors").exists():
        raise TargetError(f"{name} has no model.safetensors yet: its run has not finished an epoch")
    if not path.exists():
        raise TargetError(f"{name} is neither a run folder nor a checkpoint: nothing lies there")
    from residua.weights import load

    return load(path)


def _require_network(target: object) -> ResNet:
    from residua.nn import ResNet

    if not isinstance(target, ResNet):
        raise TargetError(f"{type(target).__name__} came; a trained network is what residua.load or residua.fit gives, "
                          "or the path of a run folder or checkpoint")  # fmt: skip
    return target


def preprocessing_of(model: ResNet) -> Preprocessing:
    """Return how the images of its training were prepared. Raises TargetError where nobody has declared it."""
    meta = getattr(model, "meta", None)
    if meta is None or meta.preprocessing is None:
        raise TargetError("this checkpoint does not say how its images were prepared (size, mean, std), and a guess "
                          "could silently cost accuracy; convert it once with its preprocessing given")  # fmt: skip
    return Preprocessing.from_dict(meta.preprocessing)


def classes_of(model: ResNet) -> tuple[str, ...]:
    """Return the names of the classes, their numbers where nobody has declared names, one for each logit.

    Raises TargetError where the network has no classifier, or other names than logits.
    """
    count = model.spec.num_classes
    if not count:
        raise TargetError("this network has no classifier (num_classes=0): it gives features, which model.embed() does")
    classes: tuple[str, ...] = (model.meta and model.meta.classes) or tuple(map(str, range(count)))
    if len(classes) != count:
        raise TargetError(f"this checkpoint names {len(classes)} classes, and its network tells {count} apart")
    return classes
