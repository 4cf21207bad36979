"""What is in a Keras file (.h5, .weights.h5, .keras), and what does it declare beside its tensors?"""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from residua.errors import WeightsError
from residua.extras import require
from residua.pickles.stored import Stored
from residua.text import one_line
from residua.weights.files.opened import Declared, Opened
from residua.weights.files.torch_zip import Archive

LARGEST_CONFIG = 16 * 2**20
DEEPEST = 12  # groups within groups
OPTIMIZERS = ("optimizer_weights", "optimizer")
# The order in which Keras 3 stores a layer's variables, where it gives them numbers instead of names.
NUMBERED_VARS = {
    1: {"0": "kernel"},
    2: {"0": "kernel", "1": "bias"},
    4: {"0": "gamma", "1": "beta", "2": "moving_mean", "3": "moving_variance"},
}


def open_h5(path: Path) -> Opened:
    """Return the tensors of an HDF5 file. Raises WeightsError when it is damaged or holds no weights."""
    h5py = require("h5py")
    try:
        file = h5py.File(path, "r")
    except Exception as error:
        raise WeightsError(
            f"{path} is a damaged or truncated HDF5 file ({one_line(error, 100)}); fetch it again"
        ) from None
    return _open(file, path, _config(file))


def open_keras(archive: Archive) -> Opened:
    """Return the tensors of a .keras file: a zip of an HDF5 file and the network's description."""
    h5py = require("h5py")
    raw = archive.buffer("model.weights.h5", rooted=False).tobytes()
    try:
        file = h5py.File(io.BytesIO(raw), "r")
    except Exception as error:
        raise WeightsError(
            f"{archive.path}: its weights are damaged ({one_line(error, 100)}); fetch it again"
        ) from None
    config: Any = {}
    if "config.json" in archive.entries:
        try:
            config = json.loads(archive.read("config.json", LARGEST_CONFIG, rooted=False))
        except (ValueError, RecursionError):
            config = {}
    return _open(file, archive.path, config)


def _config(file: Any) -> Any:
    try:
        text = file.attrs.get("model_config")
        if text is None or len(text) > LARGEST_CONFIG:
            return {}
        return json.loads(text)
    except Exception:
        return {}


def _open(file: Any, path: Path, config: Any) -> Opened:
    try:
        root = _child(file, "model_weights") or file
        found = {_name(keys): tensor for keys, tensor in _walk(root, path)}
    except WeightsError:
        raise
    except Exception as error:
        raise WeightsError(f"{path} is a damaged HDF5 file ({one_line(error, 100)}); fetch it again") from None
    layers = _layers(config)
    listed = [str(layer.get("name")) for layer in layers] or _listed(root)
    found = _in_order(found, listed)
    return Opened(path, "Keras HDF5", found, registered=bool(listed), hwio=True, declared=_declared(layers))


def _listed(root: Any) -> list[str]:
    """Return the names of the layers in their order, as `save_weights` of Keras 2 lists them, or none."""
    try:
        names = root.attrs.get("layer_names")
        return [] if names is None else [name.decode() if isinstance(name, bytes) else str(name) for name in names]
    except Exception:
        return []


def _walk(group: Any, path: Path) -> Iterator[tuple[tuple[str, ...], Stored]]:
    """Yield (names that lead there, tensor) for every array but an optimizer's, following no link out of the file."""
    h5py = require("h5py")
    trail: deque[tuple[tuple[str, ...], Any, int]] = deque([((), group, 0)])
    seen = {h5py.h5o.get_info(group.id).addr}
    while trail:
        keys, node, depth = trail.popleft()
        for name in node:
            child = _child(node, name) if depth <= DEEPEST and name not in OPTIMIZERS else None
            if isinstance(child, h5py.Group):
                if (address := h5py.h5o.get_info(child.id).addr) in seen:
                    continue  # a group under two names, or within itself
                seen.add(address)
                trail.append(((*_named_by_layer(keys, name, child), name), child, depth + 1))
            elif isinstance(child, h5py.Dataset):
                yield (*keys, name), _tensor(child, path)


def _child(group: Any, name: str) -> Any:
    """Return what `name` is in `group`, or None where it is a link: those may lead to other files."""
    link = group.get(name, getlink=True)
    return group[name] if isinstance(link, require("h5py").HardLink) else None


def _named_by_layer(keys: tuple[str, ...], name: str, group: Any) -> tuple[str, ...]:
    """Return the names that lead to `group`, a layer by its own name where Keras 3 keeps that beside its class's."""
    own = group.attrs.get("name") if name == "vars" and keys else None
    return (*keys[:-1], own) if isinstance(own, str) and own and len(own) < 200 else keys


def _tensor(dataset: Any, path: Path) -> Stored:
    shape, dtype = tuple(int(length) for length in dataset.shape or ()), str(dataset.dtype)
    size = int(np.prod(shape, dtype=object)) if shape else 1
    if size * dataset.dtype.itemsize > 64 * path.stat().st_size + 2**20:
        raise WeightsError(f"{path}: {dataset.name} declares {size:,} elements, more than the file can hold")
    if dataset.external or dataset.is_virtual:
        raise WeightsError(f"{path}: {dataset.name} lies in another file; refused")

    def read() -> Any:
        try:
            return np.asarray(dataset[()])
        except Exception as error:
            raise WeightsError(
                f"{path}: {dataset.name} cannot be read ({one_line(error, 100)}); fetch it again"
            ) from None

    return Stored(shape, dtype, read)


def _name(keys: tuple[str, ...]) -> str:
    """Return one name from the path of groups: layer/layer/kernel:0 → layer/kernel:0; vars/0 keep their place."""
    words = [word for word in keys if word not in ("layers", "_layer_checkpoint_dependencies")]
    half = (len(words) - 1) // 2
    if len(words) % 2 and words[:half] == words[half:-1]:
        words = words[half:]
    shorter: list[str] = []
    for word in words:
        if not shorter or shorter[-1] != word:
            shorter.append(word)
    return "/".join(shorter)


def _in_order(found: dict[str, Stored], layers: list[str]) -> dict[str, Stored]:
    """Return tensors with Keras 3's numbered variables named, in the order of the network's layers if that is known."""
    named: dict[str, Stored] = {}
    for name, tensor in found.items():
        before, _, last = name.rpartition("/")
        layer, _, word = before.rpartition("/")
        if word == "vars" and last.isdigit():
            count = sum(other.startswith(before + "/") for other in found)
            name = f"{layer}/{NUMBERED_VARS.get(count, {}).get(last, last)}"
        named[name] = tensor
    place = {layer: number for number, layer in enumerate(layers)}
    if not layers:
        return named
    return dict(sorted(named.items(), key=lambda item: place.get(item[0].split("/")[0], len(place))))


def _layers(config: Any) -> list[dict[str, Any]]:
    """Return the configurations of a network's layers, in its order, nested networks unfolded."""
    layers: list[dict[str, Any]] = []
    trail = deque([config])
    while trail and len(layers) < 10_000:
        node = trail.popleft()
        inner = node.get("config") if isinstance(node, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("layers"), list):
            trail.extendleft(reversed(inner["layers"]))
        elif isinstance(inner, dict):
            layers.append({"class": node.get("class_name"), **inner})
        elif isinstance(inner, list):
            trail.extendleft(reversed(inner))
    return layers


def _declared(layers: list[dict[str, Any]]) -> dict[str, Declared]:
    """Return what the description declares of the network beyond its tensors: ε, padding, place of the stride."""
    found: dict[str, Any] = {}
    eps = {layer.get("epsilon") for layer in layers if layer["class"] == "BatchNormalization"}
    if len(eps) == 1 and isinstance(value := eps.pop(), float):
        found["norm_eps"] = value
    convs = [layer for layer in layers if layer["class"] == "Conv2D"]
    wide = [layer for layer in convs if layer.get("kernel_size") not in ([1, 1], (1, 1))]
    padded = any(layer["class"] == "ZeroPadding2D" for layer in layers)
    if wide and not padded and all(layer.get("padding") == "same" for layer in wide):
        found["padding"] = "same"
    elif padded:
        found["padding"] = "symmetric"
    strided = [layer for layer in convs if layer.get("strides") in ([2, 2], (2, 2))]
    narrow = [layer for layer in strided if layer in wide]
    if len(convs) > 30 and padded and len(narrow) == 1:
        found["stride_on"] = "1x1"
    return {name: Declared(value, "the file's own description of its layers") for name, value in found.items()}
