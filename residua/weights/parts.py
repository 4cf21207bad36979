"""Which tensors belong together as one convolution, norm or linear layer? By their names, or by their order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from residua.weights.layout import COUNTER, NORM_ROLES
from residua.weights.tensors import Stored

# What code bases call the tensors of a layer → torch's word
ROLES = {
    "weight": "weight",
    "kernel": "weight",
    "gamma": "weight",
    "scale": "weight",
    "weights": "weight",
    "w": "weight",
    "s": "weight",
    "bias": "bias",
    "beta": "bias",
    "biases": "bias",
    "offset": "bias",
    "b": "bias",
    "running_mean": "running_mean",
    "moving_mean": "running_mean",
    "mean": "running_mean",
    "rm": "running_mean",
    "running_var": "running_var",
    "moving_variance": "running_var",
    "moving_var": "running_var",
    "var": "running_var",
    "variance": "running_var",
    "riv": "running_var",
}


@dataclass(frozen=True)
class Part:
    """One layer as its tensors in a file.

    kind: conv (4-D kernels), linear (2-D), gate (the 3-D kernel of ECA), norm (1-D only).
    shape: of its kernels as torch keeps them, (out, in / groups, height, width), or (channels,) of a norm.
    keys: {torch's role: the tensor's name in the file}. position: its place in the order of the file.
    """

    kind: str
    path: str
    shape: tuple[int, ...]
    keys: Mapping[str, str]
    position: int = 0

    @property
    def out(self) -> int:
        """Channels it gives."""
        return self.shape[0]

    @property
    def kernel(self) -> int:
        """Pixels of a square kernel's side; 0 for what has none."""
        return self.shape[2] if self.kind == "conv" else 0


def split_name(name: str) -> tuple[str, str | None]:
    """Return (the layer's path with dots, torch's role) of a tensor's name; None for a role nobody uses."""
    plain = name.removesuffix(":0").replace("/", ".")
    path, _, leaf = plain.rpartition(".")
    if leaf in ROLES:
        return path, ROLES[leaf]
    path, _, leaf = plain.rpartition("_")
    if leaf in ("w", "b", "s", "rm", "riv") and path:
        return path, ROLES[leaf]
    path, _, leaf = plain.rpartition(".")
    for ending in ("running_mean", "running_var", "weight", "bias", "kernel", "gamma", "beta"):
        if leaf.endswith("_" + ending):
            return f"{path}.{leaf[: -len(ending) - 1]}".lstrip("."), ROLES[ending]
    return plain, None


def is_counter(name: str, tensor: Stored) -> bool:
    """Return whether this is bookkeeping that no network computes with: a counter, an integer, a single number."""
    return name.rpartition(".")[2] == COUNTER or not tensor.floating or len(tensor.shape) == 0


def find_parts(tensors: Mapping[str, Stored], hwio: bool = False) -> list[Part] | None:
    """Return the layers that `tensors` make up, in the order of their first tensors; None when they make up none.

    By names where every tensor's name ends in a known role and each layer comes out whole; else by order alone.
    """
    kept = {name: tensor for name, tensor in tensors.items() if not is_counter(name, tensor)}
    parts = _by_names(kept, hwio) or _by_order(kept, hwio)
    return None if parts is None else _with_classifier(parts)


def _with_classifier(parts: list[Part]) -> list[Part]:
    """Return the parts with a classifier that is kept as a 1×1 convolution (BiT, timm's v2) as what it is."""
    normed = {part.out for part in parts if part.kind == "norm"}
    pointwise = [part for part in parts if part.kind == "conv" and part.kernel == 1 and "bias" in part.keys]
    heads = [part for part in pointwise if part.out not in normed]
    if not normed or len(heads) != 1 or any(part.kind == "linear" and part.out not in normed for part in parts):
        return parts
    return [replace(part, kind="linear", shape=part.shape[:2]) if part is heads[0] else part for part in parts]


def _by_names(tensors: Mapping[str, Stored], hwio: bool) -> list[Part] | None:
    groups: dict[str, dict[str, str]] = {}
    for name in tensors:
        path, role = split_name(name)
        if role is None or role in groups.get(path, {}):
            return None
        groups.setdefault(path, {})[role] = name
    order = {name: index for index, name in enumerate(tensors)}
    parts = []
    for path, keys in groups.items():
        part = _part(path, keys, tensors, hwio)
        if part is None:
            return None
        parts.append(replace(part, position=min(order[name] for name in keys.values())))
    return sorted(parts, key=lambda part: part.position)


def _part(path: str, keys: dict[str, str], tensors: Mapping[str, Stored], hwio: bool) -> Part | None:
    """Return the layer whose tensors are `keys`, or None when their shapes are not those of one layer."""
    shapes = {role: tensors[name].shape for role, name in keys.items()}
    ordered = {role: keys[role] for role in NORM_ROLES if role in keys}
    weight = shapes.get("weight", ())
    if len(weight) >= 2:
        weight = as_torch(weight) if hwio else weight
        bias = shapes.get("bias")
        if set(keys) - {"weight", "bias"} or (bias is not None and bias != (weight[0],)):
            return None
        kind = {2: "linear", 3: "gate", 4: "conv"}.get(len(weight))
        return None if kind is None else Part(kind, path, weight, ordered)
    if len(weight) == 1 and set(shapes.values()) == {weight} and "bias" in keys and len(keys) in (2, 4):
        return Part("norm", path, weight, ordered)
    return None


def as_torch(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape in torch's order of a TensorFlow kernel: (H, W, in, out) → (out, in, H, W), (in, out) turned."""
    if len(shape) == 4:
        return (shape[3], shape[2], shape[0], shape[1])
    return (shape[1], shape[0]) if len(shape) == 2 else tuple(shape)


def _by_order(tensors: Mapping[str, Stored], hwio: bool) -> list[Part] | None:
    """Group by order: kernels open a layer; the vectors that follow are its bias and norms of four (or two) each."""
    names = list(tensors)
    runs: list[list[str]] = [[]]  # vectors before the first kernel, then behind each
    heads: list[str] = []
    for name in names:
        if len(tensors[name].shape) == 1:
            runs[-1].append(name)
        else:
            heads.append(name)
            runs.append([])
    if not heads or any(len(tensors[name].shape) not in (2, 3, 4) for name in heads):
        return None
    pieces = [piece for run in runs for piece in _equal_lengths(run, tensors)]
    each = 4 if all(len(piece) % 4 in (0, 1) for piece in pieces) else 2
    parts = _norms(runs[0], tensors, each)
    for head, run in zip(heads, runs[1:], strict=True):
        shape = as_torch(tensors[head].shape) if hwio else tensors[head].shape
        kind = {2: "linear", 3: "gate", 4: "conv"}[len(shape)]
        first = next(iter(_equal_lengths(run, tensors)), [])
        biased = len(first) % each == 1 and tensors[first[0]].shape == (shape[0],)
        parts.append(Part(kind, head, shape, {"weight": head} | ({"bias": first[0]} if biased else {})))
        parts += _norms(run[1:] if biased else run, tensors, each)
    if any(part.kind == "norm" and len(part.keys) != each for part in parts):
        return None
    return [replace(part, position=index) for index, part in enumerate(parts)]


def _equal_lengths(run: list[str], tensors: Mapping[str, Stored]) -> list[list[str]]:
    pieces: list[list[str]] = []
    for name in run:
        if pieces and tensors[pieces[-1][0]].shape == tensors[name].shape:
            pieces[-1].append(name)
        else:
            pieces.append([name])
    return pieces


def _norms(run: list[str], tensors: Mapping[str, Stored], each: int) -> list[Part]:
    """Return the norms in a run of vectors, `each` vectors a norm."""
    parts = []
    for piece in _equal_lengths(run, tensors):
        for start in range(0, len(piece), each):
            four = piece[start : start + each]
            keys = dict(zip(NORM_ROLES, _in_roles(four, tensors), strict=False))
            parts.append(Part("norm", four[0], tensors[four[0]].shape, keys))
    return parts


def _in_roles(names: list[str], tensors: Mapping[str, Stored]) -> list[str]:
    """Return four vectors as scale, shift, mean, variance: in their own order unless its values forbid that.

    A variance is nowhere negative; a scale is the rest's most positive vector; a shift is smaller than a mean.
    """
    values = {name: np.asarray(tensors[name].array(), np.float64) for name in names}
    if len(names) != 4 or values[names[3]].min(initial=0.0) >= 0:
        return names

    def lowest(name: str) -> float:
        return float(values[name].min(initial=np.inf))

    candidates = [name for name in names if lowest(name) >= 0]
    if not candidates:
        return names
    variance = candidates[-1]
    rest = [name for name in names if name != variance]
    scale = max(rest, key=lambda name: float(values[name].mean()))
    rest = [name for name in rest if name != scale]
    return [scale, *rest, variance]


def natural_key(path: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts names as people count: block2 before block10."""
    words = re.split(r"[._/]|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", path)
    return [(0, int(word), "") if word.isdigit() and len(word) < 10 else (1, 0, word) for word in words]


def tokens(path: str) -> list[str]:
    """Return the words of a path."""
    return [word for word in re.split(r"[._/]", path) if word]


def as_tensor(part: Part, role: str, tensors: Mapping[str, Stored], hwio: bool) -> Stored:
    """Return a part's tensor in torch's layout."""
    stored = tensors[part.keys[role]]
    if not hwio or len(stored.shape) not in (2, 4):
        return stored
    axes = (3, 2, 0, 1) if len(stored.shape) == 4 else (1, 0)

    def turn(array: Any) -> Any:
        return np.ascontiguousarray(array.transpose(axes))

    return stored.mapped(as_torch(stored.shape), turn)
