"""Which tensors belong together as one convolution, norm or linear layer? By their names, or by their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from residua.pickles.stored import Stored
from residua.weights.files.names import split_in_collections
from residua.weights.recognise.norm_roles import places_of_roles
from residua.weights.recognise.our_names import COUNTER, NORM_ROLES

SIDES = (1, 3, 5, 7)  # of kernels, in pixels


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


def is_counter(name: str, tensor: Stored) -> bool:
    """Return whether this is bookkeeping that no network computes with: a counter, an integer, a single number."""
    return name.rpartition(".")[2] == COUNTER or not tensor.floating or len(tensor.shape) == 0


def looks_hwio(tensors: Mapping[str, Stored]) -> bool | None:
    """Return whether kernels are (H, W, in, out), by their shapes; None where these do not tell."""
    kernels = [tensor.shape for tensor in tensors.values() if len(tensor.shape) == 4]
    first = all(shape[0] == shape[1] and shape[0] in SIDES for shape in kernels)
    last = all(shape[2] == shape[3] and shape[2] in SIDES for shape in kernels)
    return first if first != last else None


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
    """Group by the beginnings of the names. Without a role in its name a kernel is a layer, a vector part of a norm."""
    groups: dict[str, dict[str, str]] = {}
    unsaid: dict[str, dict[str, str]] = {}
    for name, (path, role) in split_in_collections(tensors).items():
        if role is None and len(tensors[name].shape) > 1:
            role = "weight"
        if role is None:
            path, _, leaf = path.rpartition(".")
            unsaid.setdefault(path, {})[leaf] = name
        elif role in groups.get(path, {}):
            return None
        else:
            groups.setdefault(path, {})[role] = name
    if unsaid and not _say(unsaid, groups, tensors):
        return None
    order = {name: index for index, name in enumerate(tensors)}
    parts, turned = [], _matrices_turned(groups.values(), tensors, hwio)
    for path, keys in groups.items():
        part = _part(path, keys, {role: _as_torch(tensors[name].shape, hwio, turned) for role, name in keys.items()})
        if part is None:
            return None
        parts.append(replace(part, position=min(order[name] for name in keys.values())))
    return sorted(parts, key=lambda part: part.position)


def _say(
    unsaid: Mapping[str, dict[str, str]], groups: dict[str, dict[str, str]], tensors: Mapping[str, Stored]
) -> bool:
    """Put vectors whose names say no role into `groups`, by their values; False where their names are not alike."""
    said = {path: {name.rpartition(".")[2]: name for name in groups.get(path, {}).values()} for path in unsaid}
    whole = [said[path] | leaves for path, leaves in unsaid.items()]
    order = {name: index for index, name in enumerate(tensors)}
    words = sorted(whole[0], key=lambda word: order[whole[0][word]])
    if len(words) not in (2, 4) or any(set(found) != set(words) for found in whole):
        return False
    places = places_of_roles([[tensors[found[word]] for word in words] for found in whole])
    for path, found in zip(unsaid, whole, strict=True):
        groups[path] = {role: found[words[place]] for role, place in zip(NORM_ROLES, places, strict=False)}
    return True


def _matrices_turned(groups: Iterable[Mapping[str, str]], tensors: Mapping[str, Stored], hwio: bool) -> bool:
    """Return whether matrices are (in, out), as Paddle keeps them even beside torch's kernels: biases show it."""
    for keys in groups:
        weight, bias = (tensors[keys[role]].shape if role in keys else () for role in ("weight", "bias"))
        if len(weight) == 2 and len(bias) == 1 and weight[0] != weight[1] and bias[0] in weight:
            return bool(bias[0] == weight[1])
    return hwio


def _as_torch(shape: tuple[int, ...], hwio: bool, turned: bool) -> tuple[int, ...]:
    return as_torch(shape) if (turned if len(shape) == 2 else hwio) else shape


def _part(path: str, keys: dict[str, str], shapes: Mapping[str, tuple[int, ...]]) -> Part | None:
    """Return the layer whose tensors are `keys`, or None when `shapes`, as torch has them, are not one layer's."""
    ordered = {role: keys[role] for role in NORM_ROLES if role in keys}
    weight = shapes.get("weight", ())
    if len(weight) >= 2:
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
    return [replace(part, position=index) for index, part in enumerate(_with_roles(parts, tensors))]


def _equal_lengths(run: list[str], tensors: Mapping[str, Stored]) -> list[list[str]]:
    pieces: list[list[str]] = []
    for name in run:
        if pieces and tensors[pieces[-1][0]].shape == tensors[name].shape:
            pieces[-1].append(name)
        else:
            pieces.append([name])
    return pieces


def _norms(run: list[str], tensors: Mapping[str, Stored], each: int) -> list[Part]:
    """Return the norms in a run of vectors, `each` vectors a norm, under roles in their own order."""
    parts = []
    for piece in _equal_lengths(run, tensors):
        for start in range(0, len(piece), each):
            four = piece[start : start + each]
            keys = dict(zip(NORM_ROLES, four, strict=False))
            parts.append(Part("norm", four[0], tensors[four[0]].shape, keys))
    return parts


def _with_roles(parts: list[Part], tensors: Mapping[str, Stored]) -> list[Part]:
    """Return `parts` with the roles of the norms' vectors as their values have it."""
    found = [list(part.keys.values()) for part in parts if part.kind == "norm"]
    places = places_of_roles([[tensors[name] for name in names] for names in found])
    if places == tuple(range(len(places))):
        return parts
    turned = []
    for part in parts:
        names = list(part.keys.values())
        keys = {role: names[place] for role, place in zip(NORM_ROLES, places, strict=False)}
        turned.append(replace(part, keys=keys) if part.kind == "norm" else part)
    return turned


def natural_key(path: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts names as people count: block2 before block10."""
    words = re.split(r"[._/]|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", path)
    return [(0, int(word), "") if word.isdigit() and len(word) < 10 else (1, 0, word) for word in words]


def tokens(path: str) -> list[str]:
    """Return the words of a path."""
    return [word for word in re.split(r"[._/]", path) if word]
