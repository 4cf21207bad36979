"""What is in a Keras file (.h5, .weights.h5, .keras), and what does it declare beside its tensors?"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from residua.errors import WeightsError
from residua.pickles.stored import Stored
from residua.reading import document_of, size_of
from residua.weights.files.hdf5 import LARGEST_ATTRIBUTE, Content, read_hdf5
from residua.weights.files.opened import Declared, Opened
from residua.weights.files.program.shown import PROGRAM, Program, Window
from residua.weights.files.torch_zip import Archive

BY = "the file's own description of its layers"
# Layers whose every operation the description shows. A class of somebody's own may do more than its arguments say.
DESCRIBED = frozenset({
    "Activation", "ActivityRegularization", "Add", "AveragePooling2D", "BatchNormalization", "Conv2D", "Dense",
    "Dropout", "Flatten", "GaussianNoise", "GlobalAveragePooling2D", "InputLayer", "MaxPooling2D", "Multiply", "ReLU",
    "Reshape", "Softmax", "SpatialDropout2D", "ZeroPadding2D",
})  # fmt: skip
# The order in which Keras 3 stores a layer's variables, where it gives them numbers instead of names.
NUMBERED_VARS = {
    1: {"0": "kernel"},
    2: {"0": "kernel", "1": "bias"},
    4: {"0": "gamma", "1": "beta", "2": "moving_mean", "3": "moving_variance"},
}


def open_h5(path: Path) -> Opened:
    """Return the tensors of an HDF5 file. Raises WeightsError when it is damaged or holds no weights."""
    content = read_hdf5(path, size_of(path, WeightsError))
    return _opened(content, path, _parsed(content.config or ""))


def open_keras(archive: Archive) -> Opened:
    """Return the tensors of a .keras file: a zip of an HDF5 file and the network's description."""
    raw = archive.buffer("model.weights.h5", rooted=False).tobytes()
    config = b""
    if "config.json" in archive.entries:
        config = archive.read("config.json", LARGEST_ATTRIBUTE, rooted=False)
    return _opened(read_hdf5(archive.path, len(raw), raw), archive.path, _parsed(config))


def _parsed(text: str | bytes) -> Any:
    """Return the description of a network, {} for what is none."""
    try:
        return document_of(text)
    except (ValueError, RecursionError):
        return {}


def _opened(content: Content, path: Path, config: Any) -> Opened:
    found = {_name(keys): tensor for keys, tensor in content.tensors.items()}
    layers = _layers(config)
    listed = [str(layer.get("name")) for layer in layers] or list(content.layers)
    found = _in_order(found, listed)
    return Opened(path, "Keras HDF5", found, registered=bool(listed), hwio=True, declared=_declared(layers))


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
    if convs and _is_whole(layers) and not any(layer["class"] == "Add" for layer in layers):
        found["shortcut"] = "none"
    found[PROGRAM] = _program(layers)
    return {name: Declared(value, BY) for name, value in found.items()}


def _is_whole(layers: list[dict[str, Any]]) -> bool:
    return all(layer["class"] in DESCRIBED for layer in layers)


def _program(layers: list[dict[str, Any]]) -> Program:
    """Return how kernels and pools move, and what else is computed, by the names of the layers."""
    windows, operations = {}, {}
    for layer in layers:
        name, kind = str(layer.get("name")), str(layer["class"])
        if kind in ("Conv2D", "MaxPooling2D"):
            size = layer.get("kernel_size", layer.get("pool_size"))
            stride = layer.get("strides") or size
            windows[name] = Window(_pair(size), _pair(stride), None, _pair(layer.get("dilation_rate", 1)))
        bounded = kind == "ReLU" and (layer.get("max_value") is not None or layer.get("negative_slope"))
        activation = layer.get("activation")
        operations[name] = "relu6" if bounded and layer.get("max_value") else "leaky_relu" if bounded else kind
        if isinstance(activation, str):
            operations[name] = activation
    return Program(windows, operations, whole=_is_whole(layers))


def _pair(value: Any) -> tuple[Any, ...]:
    """Return (height, width) of what is written as one number or as two."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)
