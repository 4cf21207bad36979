"""Which tensors belong together as one convolution, norm or linear layer? By their names, or by their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from residua.pickles.stored import Stored
from residua.weights.files.names import split_in_collections, words_of
from residua.weights.recognise.our_names import NORM_ROLES
from residua.weights.recognise.tensors.norm_roles import places_of_roles
from residua.weights.unwrap.wrappers import without_counters

SIDES = (1, 3, 5, 7)  # of kernels, in pixels
KINDS = {2: "linear", 3: "gate", 4: "conv"}  # by the dimensions of a kernel; a gate's is that of ECA


@dataclass(frozen=True)
class Layer:
    """One layer as its tensors in a file.

    kind: conv, linear, gate, or norm, which has vectors only.
    shape: of its kernel as torch keeps it, (out, in / groups, height, width), or (channels,) of a norm.
    keys: {torch's role: the tensor's name in the file}. position: its place in the order of the file.
    """

    kind: str
    path: str
    shape: tuple[int, ...]
    keys: Mapping[str, str]
    position: int = 0
    words: tuple[str, ...] = field(init=False, compare=False)  # of the path
    out: int = field(init=False, compare=False)  # channels that it gives
    kernel: int = field(init=False, compare=False)  # pixels of a square kernel's side; 0 for what has none

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(words_of(self.path)))
        object.__setattr__(self, "out", self.shape[0])
        object.__setattr__(self, "kernel", self.shape[2] if self.kind == "conv" else 0)


def looks_hwio(tensors: Mapping[str, Stored]) -> bool | None:
    """Return whether kernels are (H, W, in, out), by their shapes; None where these do not show it."""
    kernels = [tensor.shape for tensor in tensors.values() if len(tensor.shape) == 4]
    first = all(shape[0] == shape[1] and shape[0] in SIDES for shape in kernels)
    last = all(shape[2] == shape[3] and shape[2] in SIDES for shape in kernels)
    return first if first != last else None


def find_layers(tensors: Mapping[str, Stored], hwio: bool = False) -> list[Layer] | None:
    """Return the layers that `tensors` make up, in the order of their first tensors; None when they make up none.

    By names where every tensor's name ends in a known role and each layer comes out whole; else by order alone.
    """
    kept = without_counters(tensors)
    layers = _by_names(kept, hwio)
    if layers is None and not _names_show_roles(kept):
        layers = _by_order(kept, hwio)
    return None if layers is None else _with_classifier(layers)


def _names_show_roles(tensors: Mapping[str, Stored]) -> bool:
    """Return whether most names end in a known role: then no vector of a neighbour makes a layer whole."""
    parts = split_in_collections(tensors).values()
    return 2 * sum(part.role is not None for part in parts) > len(parts)


def first_odd(tensors: Mapping[str, Stored], hwio: bool = False) -> str | None:
    """Return a tensor of the first layer that names group and that is not whole; None where all are, or none shows."""
    kept = without_counters(tensors)
    groups = _grouped(kept)
    if not _names_show_roles(kept):
        return None
    if groups is None:
        parts = split_in_collections(kept)
        return next((name for name in kept if parts[name].role is None and len(kept[name].shape) == 1), None)
    turned = _matrices_turned(groups.values(), kept, hwio)
    for path, keys in groups.items():
        shapes = {role: _as_torch(kept[name].shape, hwio, turned) for role, name in keys.items()}
        if _whole_layer(path, keys, shapes, 0) is None:
            return next(iter(keys.values()))
    return None


def _with_classifier(layers: list[Layer]) -> list[Layer]:
    """Return the layers with a classifier that is kept as a 1×1 convolution (BiT, timm's v2) as what it is."""
    normed = {layer.out for layer in layers if layer.kind == "norm"}
    pointwise = [layer for layer in layers if layer.kind == "conv" and layer.kernel == 1 and "bias" in layer.keys]
    heads = [layer for layer in pointwise if layer.out not in normed]
    if not normed or len(heads) != 1 or any(layer.kind == "linear" and layer.out not in normed for layer in layers):
        return layers
    head = replace(heads[0], kind="linear", shape=heads[0].shape[:2])
    return [head if layer is heads[0] else layer for layer in layers]


def _by_names(tensors: Mapping[str, Stored], hwio: bool) -> list[Layer] | None:
    """Group by the paths in the names; None where a group is no whole layer."""
    groups = _grouped(tensors)
    if groups is None:
        return None
    order = {name: index for index, name in enumerate(tensors)}
    layers, turned = [], _matrices_turned(groups.values(), tensors, hwio)
    for path, keys in groups.items():
        shapes = {role: _as_torch(tensors[name].shape, hwio, turned) for role, name in keys.items()}
        layer = _whole_layer(path, keys, shapes, min(order[name] for name in keys.values()))
        if layer is None:
            return None
        layers.append(layer)
    return sorted(layers, key=lambda layer: layer.position)


def _grouped(tensors: Mapping[str, Stored]) -> dict[str, dict[str, str]] | None:
    """Return {path: {role: name}}. Without a role in its name a kernel is a layer, a vector part of a norm."""
    groups: dict[str, dict[str, str]] = {}
    unnamed: dict[str, dict[str, str]] = {}  # vectors whose role is not in their name, by path and last word
    for name, (path, role) in split_in_collections(tensors).items():
        if role is None and len(tensors[name].shape) > 1:
            role = "weight"
        if role is None:
            path, _, leaf = path.rpartition(".")
            unnamed.setdefault(path, {})[leaf] = name
        elif role in groups.get(path, {}):
            return None
        else:
            groups.setdefault(path, {})[role] = name
    for path, leaves in list(unnamed.items()):
        lacking = [role for role in NORM_ROLES if role not in groups.get(path, {})]
        if len(leaves) == len(lacking) == 1:
            groups[path][lacking[0]] = next(iter(unnamed.pop(path).values()))
    return groups if not unnamed or _name_by_values(unnamed, groups, tensors) else None


def _name_by_values(
    unnamed: Mapping[str, dict[str, str]], groups: dict[str, dict[str, str]], tensors: Mapping[str, Stored]
) -> bool:
    """Put vectors whose names show no role into `groups`, by their values; False where their names are not alike."""
    named = {path: {name.rpartition(".")[2]: name for name in groups.get(path, {}).values()} for path in unnamed}
    norms = [named[path] | leaves for path, leaves in unnamed.items()]
    order = {name: index for index, name in enumerate(tensors)}
    words = sorted(norms[0], key=lambda word: order[norms[0][word]])
    if len(words) not in (2, 4) or any(set(norm) != set(words) for norm in norms):
        return False
    places = places_of_roles([[tensors[norm[word]] for word in words] for norm in norms])
    for path, norm in zip(unnamed, norms, strict=True):
        groups[path] = {role: norm[words[place]] for role, place in zip(NORM_ROLES, places, strict=False)}
    return True


def _matrices_turned(groups: Iterable[Mapping[str, str]], tensors: Mapping[str, Stored], hwio: bool) -> bool:
    """Return whether matrices are (in, out): the first that is not square and has a bias shows it, else as kernels."""
    for keys in groups:
        weight, bias = (tensors[keys[role]].shape if role in keys else () for role in ("weight", "bias"))
        if len(weight) == 2 and len(bias) == 1 and weight[0] != weight[1] and bias[0] in weight:
            return bool(bias[0] == weight[1])
    return hwio


def _as_torch(shape: tuple[int, ...], hwio: bool, turned: bool) -> tuple[int, ...]:
    return as_torch(shape) if (turned if len(shape) == 2 else hwio) else shape


def as_torch(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape in torch's order of a TensorFlow kernel: (H, W, in, out) → (out, in, H, W), (in, out) turned."""
    if len(shape) == 4:
        return (shape[3], shape[2], shape[0], shape[1])
    return (shape[1], shape[0]) if len(shape) == 2 else tuple(shape)


def _whole_layer(
    path: str, keys: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]], position: int
) -> Layer | None:
    """Return the layer whose tensors are `keys`, or None when `shapes`, as torch has them, are not one layer's."""
    ordered = {role: keys[role] for role in NORM_ROLES if role in keys}
    weight = shapes.get("weight", ())
    if len(weight) >= 2:
        bias = shapes.get("bias")
        whole = not set(keys) - {"weight", "bias"} and bias in (None, (weight[0],)) and len(weight) in KINDS
        return Layer(KINDS[len(weight)], path, weight, ordered, position) if whole else None
    if len(weight) == 1 and set(shapes.values()) == {weight} and "bias" in keys and len(keys) in (2, 4):
        return Layer("norm", path, weight, ordered, position)
    mean = shapes.get("running_mean", ())
    if set(keys) == set(NORM_ROLES[2:]) and len(mean) == 1 and set(shapes.values()) == {mean}:
        return Layer("norm", path, mean, ordered, position)  # affine=False: scale 1 and shift 0
    return None


@dataclass(frozen=True)
class _Run:
    """A kernel and the vectors behind it, or the vectors before the first kernel."""

    kernel: str | None
    vectors: tuple[str, ...]


def _by_order(tensors: Mapping[str, Stored], hwio: bool) -> list[Layer] | None:
    """Group by order: a kernel opens a layer; the vectors that follow are its bias, and norms of four (or two) each."""
    if not all(len(tensor.shape) == 1 or len(tensor.shape) in KINDS for tensor in tensors.values()):
        return None
    runs = _runs(tensors)
    if len(runs) == 1:
        return None  # no kernel
    per_norm = _vectors_per_norm(runs, tensors)
    layers = [layer for run in runs for layer in _layers_of(run, tensors, per_norm, hwio)]
    if any(layer.kind == "norm" and len(layer.keys) != per_norm for layer in layers):
        return None
    layers = [replace(layer, position=index) for index, layer in enumerate(_with_roles(layers, tensors))]
    return layers if _agrees_with_names(layers) else None


def _runs(tensors: Mapping[str, Stored]) -> list[_Run]:
    """Cut the tensors before every kernel."""
    heads: list[str | None] = [None]
    vectors: list[list[str]] = [[]]
    for name, tensor in tensors.items():
        if len(tensor.shape) == 1:
            vectors[-1].append(name)
        else:
            heads.append(name)
            vectors.append([])
    return [_Run(head, tuple(names)) for head, names in zip(heads, vectors, strict=True)]


def _vectors_per_norm(runs: Sequence[_Run], tensors: Mapping[str, Stored]) -> int:
    """Return 4 where vectors of one length come in fours, a bias more now and then; else 2 (no running statistics)."""
    pieces = [piece for run in runs for piece in _of_one_length(run.vectors, tensors)]
    return 4 if all(len(piece) % 4 in (0, 1) for piece in pieces) else 2


def _of_one_length(vectors: Sequence[str], tensors: Mapping[str, Stored]) -> list[list[str]]:
    """Cut vectors where their length changes."""
    pieces: list[list[str]] = []
    for name in vectors:
        if pieces and tensors[pieces[-1][0]].shape == tensors[name].shape:
            pieces[-1].append(name)
        else:
            pieces.append([name])
    return pieces


def _layers_of(run: _Run, tensors: Mapping[str, Stored], per_norm: int, hwio: bool) -> list[Layer]:
    """Return the kernel's layer, with the vector behind it as bias where one is left over, and the norms of a run."""
    if run.kernel is None:
        return _norms(run.vectors, tensors, per_norm)
    shape = tensors[run.kernel].shape
    shape = as_torch(shape) if hwio else shape
    first = next(iter(_of_one_length(run.vectors, tensors)), [])
    biased = len(first) % per_norm == 1 and tensors[first[0]].shape == (shape[0],)
    keys = {"weight": run.kernel} | ({"bias": first[0]} if biased else {})
    layer = Layer(KINDS[len(shape)], run.kernel, shape, keys)
    return [layer, *_norms(run.vectors[1:] if biased else run.vectors, tensors, per_norm)]


def _norms(vectors: Sequence[str], tensors: Mapping[str, Stored], per_norm: int) -> list[Layer]:
    """Return the norms that vectors are, `per_norm` vectors a norm, under roles in torch's order."""
    norms = []
    for piece in _of_one_length(vectors, tensors):
        for start in range(0, len(piece), per_norm):
            names = piece[start : start + per_norm]
            norms.append(Layer("norm", names[0], tensors[names[0]].shape, dict(zip(NORM_ROLES, names, strict=False))))
    return norms


def _with_roles(layers: list[Layer], tensors: Mapping[str, Stored]) -> list[Layer]:
    """Return `layers` with the roles of the norms' vectors as their values have it."""
    norms = [list(layer.keys.values()) for layer in layers if layer.kind == "norm"]
    places = places_of_roles([[tensors[name] for name in names] for names in norms])
    if places == tuple(range(len(places))):
        return layers
    return [_reordered(layer, places) if layer.kind == "norm" else layer for layer in layers]


def _agrees_with_names(layers: Sequence[Layer]) -> bool:
    """Return whether no tensor whose name shows its role has got another one, as in a file that lacks some."""
    roles = {key: role for layer in layers for role, key in layer.keys.items()}
    return all(part.role in (None, roles[key]) for key, part in split_in_collections(roles).items())


def _reordered(norm: Layer, places: Sequence[int]) -> Layer:
    names = list(norm.keys.values())
    return replace(norm, keys={role: names[place] for role, place in zip(NORM_ROLES, places, strict=False)})
