"""Which trained network does a caller mean, what are its shapes, how were its images prepared, what are its classes?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from residua.errors import DataError, TargetError, WeightsError
from residua.metadata import KEY, Meta
from residua.preprocessing import Preprocessing
from residua.spec import ResNetSpec
from residua.text import and_more, canonical
from residua.weights import pretrained
from residua.weights.files.native import read_header, read_meta
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from torch import nn

    from residua.nn import ResNet

Size = tuple[int, int, int]  # (channels, height, width)
Trained: TypeAlias = "ResNet | str | os.PathLike[str]"  # a run is a path too


def open_trained(target: Trained, images: ImageOptions | None = None) -> ResNet:
    """Return the network of a run folder, of any checkpoint that `residua inspect` knows or of a pretrained name.

    It is in eval mode, with `.meta`. A network is returned as it is. images: how a file's images are prepared and its
    classes called, beyond what it declares. Raises TargetError when nothing lies there, or the
    run has not finished an epoch, WeightsError for nearly a name.
    """
    if not isinstance(target, (str, os.PathLike)):
        return _require_network(target)
    name, path = os.fspath(target), Path(target)
    if (path / "config.toml").exists() and not (path / "model.safetensors").exists():
        raise TargetError(f"{name} has no model.safetensors yet: its run has not finished an epoch")
    if not path.exists() and pretrained.named(target) is None:
        raise TargetError(f"{name} is neither a run folder nor a checkpoint: nothing lies there")
    from residua.weights import load

    return load(target, images=images or ImageOptions())


def _require_network(target: object) -> ResNet:
    from residua.nn import ResNet

    if not isinstance(target, ResNet):
        raise TargetError(
            f"{type(target).__name__} came; a trained network is what residua.load or residua.fit gives, "
            "or the path of a run folder or checkpoint"
        )
    return target


def require_runnable(network: nn.Module) -> None:
    """Raise TargetError where weights have no memory, or are no float32, from which every precision is made."""
    for name, weight in network.named_parameters():
        if weight.is_meta:
            raise TargetError(f"{name} is on the meta device: this network has shapes and no weights")
        if weight.is_floating_point() and str(weight.dtype) != "torch.float32":
            raise TargetError(
                f"{name} is {weight.dtype}; give the network as model.float() makes it: device and precision of its "
                "arithmetic are chosen apart"
            )


def not_finite(precision: str) -> str:
    """Return what is wrong with a network whose logits are NaN or infinite, and what may help."""
    other = "" if precision == "fp32" else f", or {precision} is too coarse for it: fp32 may do (--precision fp32)"
    return f"the network's logits are NaN or infinite: its weights have diverged{other}"


def open_outline(path: Path) -> tuple[nn.Module, Size | None, str]:
    """Return the network of a run folder or checkpoint for its shapes alone, the input it is made for, and its name.

    No values are read, of our own checkpoints the header alone, and the weights have no memory.
    Raises TargetError for a folder without weights, WeightsError for a damaged checkpoint.
    """
    file = path / "model.safetensors" if path.is_dir() else path
    if not file.is_file():
        if not path.is_dir():
            raise TargetError(f"{path} is neither a file nor a folder")
        raise TargetError(f"{path} is a folder without model.safetensors: not a run that has finished an epoch")
    import torch

    from residua.nn import build
    from residua.weights.loading import outline

    declared = _declared(file)
    if declared is None:
        module = outline(file)
        spec = getattr(module, "spec", None)  # a block alone has none
        return module, _usual_size(spec) if isinstance(spec, ResNetSpec) else None, str(file)
    spec, meta = declared
    with torch.device("meta"):
        module = build(spec)
    _require_held(module, file)
    size = _square(spec.in_channels, (meta.preprocessing or {}).get("size"))
    return module, size or _usual_size(spec), str(path)


def _declared(file: Path) -> tuple[ResNetSpec, Meta] | None:
    """Return what one of our checkpoints declares, None for anybody else's. Raises WeightsError for a damaged one."""
    if file.suffix != ".safetensors" or KEY not in (read_header(file).get("__metadata__") or {}):
        return None
    return read_meta(file)


def _require_held(module: nn.Module, file: Path) -> None:
    """Raise WeightsError unless the header of a file lists the tensors of the network that its metadata declare."""
    header = read_header(file)
    for name, tensor in module.state_dict().items():
        held = (header.get(name) or {}).get("shape")
        if held != list(tensor.shape) and not (held is None and name.endswith("num_batches_tracked")):
            has = "is not there" if held is None else f"is {tuple(held)}"
            raise WeightsError(
                f"{file} declares a network whose {name} is {tuple(tensor.shape)}; in the file it {has}: its metadata "
                "are not of these weights"
            )


def _usual_size(spec: ResNetSpec) -> Size:
    """Return 32×32 for a stem that keeps every pixel, as for CIFAR, and 224×224 otherwise."""
    pixels = 32 if spec.stem == "3x3" else 224
    return (spec.in_channels, pixels, pixels)


def _square(channels: int, size: Any) -> Size | None:
    """Return (channels, height, width) from a checkpoint's `size`: pixels, (height, width), or nothing."""
    if isinstance(size, int):
        return (channels, size, size)
    if isinstance(size, (list, tuple)) and len(size) >= 2:
        return (channels, int(size[-2]), int(size[-1]))
    return None


def preprocessing_of(model: ResNet) -> Preprocessing:
    """Return how the images of its training were prepared. Raises TargetError where nobody has declared it."""
    meta = getattr(model, "meta", None)
    if meta is None or meta.preprocessing is None:
        raise TargetError(
            "this checkpoint does not say how its images were prepared: `residua evaluate … --preprocessing NAME`, or "
            "kept: `residua convert FILE NEW.safetensors --preprocessing NAME` (`residua convert … --probe DATA` finds "
            "it); in Python residua.save(model, NEW, preprocessing=residua.data.Preprocessing(…))"
        )
    return Preprocessing.from_dict(meta.preprocessing)


def learnt_several(model: ResNet) -> bool:
    """Say whether the network was trained to give an image any number of labels, each by a probability of its own."""
    meta = getattr(model, "meta", None)
    provenance = (meta.provenance if meta is not None else None) or {}
    return (provenance.get("config") or {}).get("multi_label") is True


def class_places(model: ResNet, names: Sequence[str], called: str) -> npt.NDArray[np.int64]:
    """Return for each class in `names`, of images that are `called` so, its place among the network's, found by name.

    Raises DataError when the images hold a class that the network does not know.
    """
    classes = (model.meta and model.meta.classes) or tuple(names)
    alike = {canonical(name): number for number, name in enumerate(classes)}
    place = alike | {name: number for number, name in enumerate(classes)}
    found = [place.get(name, place.get(canonical(name), -1)) for name in names]
    strange = [name for name, number in zip(names, found, strict=True) if number < 0]
    if strange or len(classes) != model.spec.num_classes:
        raise DataError(
            f"{called} has the class {(strange or list(names))[0]!r}, and the network knows "
            f"{model.spec.num_classes} others ({and_more(classes)}); classes are compared by name"
        )
    return np.array(found, np.int64)


def classes_of(model: ResNet) -> tuple[str, ...]:
    """Return the names of the classes, their numbers where nobody has declared names, one for each logit.

    Raises TargetError where the network has no classifier, or other names than logits.
    """
    count = model.spec.num_classes
    if not count:
        raise TargetError("this network has no classifier (num_classes=0): it gives features, which model.embed() does")
    classes: tuple[str, ...] = (model.meta and model.meta.classes) or tuple(map(str, range(count)))
    if len(classes) != count:
        raise TargetError(f"this checkpoint names {len(classes)} classes, and its network has {count}")
    return classes
