"""How is a network written so that `load`, `Predictor` and every verb can use it?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from residua.errors import WeightsError
from residua.metadata import Meta
from residua.nn import ResNet
from residua.preprocessing import Preprocessing
from residua.weights.files import native


def save(
    model: ResNet,
    path: str | os.PathLike[str],
    *,
    classes: Iterable[str] | None = None,
    preprocessing: Preprocessing | Mapping[str, Any] | None = None,
    allow_nan: bool = False,
) -> None:
    """Write a network as one safetensors file with its spec, classes and preprocessing; whole, or not at all.

    classes, preprocessing: what `model.meta` has, if it has one, unless given. Its provenance is kept; its metrics are
    not, since nobody has measured these weights. allow_nan: as of `residua.load`, which refuses NaN and infinity too.
    Raises WeightsError for what no reader could use (other names than logits, other channels than the network's,
    weights without memory, NaN) and where `path` cannot be written; DataError for a preprocessing that cannot be.
    """
    if not isinstance(model, ResNet):
        raise WeightsError(f"save() writes what residua.build or residua.load gives, not {type(model).__name__}")
    if Path(path).suffix != ".safetensors":
        raise WeightsError(
            f"{os.fspath(path)}: save() writes safetensors, so name it .safetensors; `residua convert` "
            "writes other layouts"
        )
    _require_its_own(model)
    if not allow_nan:
        _require_finite(model)
    known = model.meta or Meta()
    named = known.classes if classes is None else _names(classes)
    prepared = _checked(known.preprocessing if preprocessing is None else preprocessing, model.spec.in_channels)
    if named is not None and len(named) != model.spec.num_classes:
        raise WeightsError(
            f"{len(named)} classes came, and the network has {model.spec.num_classes}: one name "
            "for each logit, in their order"
        )
    native.save(path, model, model.spec, Meta(named, prepared, known.provenance))


def _require_its_own(model: ResNet) -> None:
    """Raise WeightsError where a layer was exchanged by hand, so that the spec in the file would not be the network."""
    with torch.device("meta"):
        wanted = {name: tuple(tensor.shape) for name, tensor in ResNet(model.spec).state_dict().items()}
    empty = [name for name, tensor in model.state_dict().items() if tensor.is_meta]
    if empty:
        raise WeightsError(f"{empty[0]} is on the meta device: this network has shapes and no weights to save")
    held = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    for name in (*wanted, *held):
        if held.get(name) != wanted.get(name):
            raise WeightsError(
                f"{name} is {held.get(name, 'missing')} in the model, {wanted.get(name, 'missing')} in "
                "its spec; residua.nn.with_classes and with_in_channels change both"
            )


def _require_finite(model: ResNet) -> None:
    """Raise WeightsError for weights that `load` would refuse."""
    for name, tensor in model.state_dict().items():
        if not bool(torch.isfinite(tensor).all()):
            raise WeightsError(
                f"{name} holds NaN or infinity: the network has diverged, and residua.load would refuse the file; "
                "allow_nan=True writes it all the same"
            )


def _names(classes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the classes. Raises WeightsError for one text, whose letters would be taken for names."""
    if isinstance(classes, (str, bytes)) or not isinstance(classes, Iterable):
        raise WeightsError(f"classes={classes!r} came; a list of names was expected, one for each logit")
    return tuple(map(str, classes))


def _checked(given: Preprocessing | Mapping[str, Any] | None, channels: int) -> dict[str, Any] | None:
    """Return the JSON form of a preprocessing. Raises unless it is one and gives the network its channels."""
    if given is None:
        return None
    if not isinstance(given, (Preprocessing, Mapping)):
        raise WeightsError(f"a preprocessing is a residua.data.Preprocessing or its JSON form, not {given!r}")
    value = given if isinstance(given, Preprocessing) else Preprocessing.from_dict(given)
    if value.channels != channels:
        raise WeightsError(f"the preprocessing gives {value.channels} channels, and the network reads {channels}")
    return (dict(given) if isinstance(given, Mapping) else {}) | value.to_dict()  # keys of newer versions stay
