"""Which tensors of a file are no layer of its network: pixels' statistics, class weights, queues, further heads?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from residua.pickles.stored import Stored
from residua.weights.files.names import split_in_collections, split_names
from residua.weights.files.opened import Declared
from residua.weights.recognise.infer import networks_of
from residua.weights.recognise.layers import Layer, find_layers
from residua.weights.recognise.our_names import COUNTER, NORM_ROLES
from residua.weights.recognise.recognised import Recognised, UnknownNetworkError

TOOLS = ("total_ops", "total_params", "fake_quant", "activation_post_process", "observer", COUNTER)
MEANS, DEVIATIONS, MOST_CHANNELS = ("mean", "mu"), ("std", "sigma"), 4
CLASSIFIERS = ("fc", "classifier", "linear", "head", "predictions", "logits", "output", "last_linear")


def set_pixels_aside(so_far: Recognised) -> Recognised:
    """Set the mean and deviation aside with which a network normalises its own input: they declare preprocessing."""
    pair = _pixel_statistics(so_far.tensors)
    if pair is None:
        return replace(so_far, kept=so_far.tensors)
    kept = {name: tensor for name, tensor in so_far.tensors.items() if name not in pair}
    so_far = replace(so_far, kept=kept, extra=(*so_far.extra, *pair), excused=(*so_far.excused, *pair))
    if not all(so_far.tensors[name].floating for name in pair):
        return so_far
    mean, std = ([round(float(value), 6) for value in so_far.tensors[name].array().reshape(-1)] for name in pair)
    found = Declared({"mean": mean, "std": std}, f"the pair {pair[0]}, {pair[1]} in the file")
    return replace(so_far, declared=dict(so_far.declared) | {"preprocessing": found})


def _pixel_statistics(tensors: Mapping[str, Stored]) -> tuple[str, str] | None:
    """Return the names of a mean and a deviation of pixels that lie beside each other, or None."""
    for name, tensor in tensors.items():
        path, leaf = _path_and_word(name)
        if leaf not in MEANS or not 1 <= tensor.size <= MOST_CHANNELS or tensor.size != max(tensor.shape, default=0):
            continue
        for other, deviation in tensors.items():
            if _path_and_word(other) in ((path, word) for word in DEVIATIONS) and deviation.shape == tensor.shape:
                return name, other
    return None


def _path_and_word(name: str) -> tuple[str, str]:
    path, _, leaf = name.replace("/", ".").rpartition(".")
    return path, leaf.lower().removeprefix("pixel_").removeprefix("image_").strip("_")


def set_extra_aside(so_far: Recognised) -> Recognised:
    """Set aside what is no layer: a few vectors without kernel or scale, unless that is much of the file."""
    groups: dict[str, list[str]] = {}
    for name, (path, role) in split_in_collections(so_far.kept).items():
        groups.setdefault(path if role else path.rpartition(".")[0], []).append(name)
    extra = [
        name
        for names in groups.values()
        if _is_no_layer(names, so_far.kept)
        for name in names
        if name.rpartition(".")[2] != COUNTER
    ]
    kept = {name: tensor for name, tensor in so_far.kept.items() if name not in extra}
    if len(extra) >= len(kept) / 3:
        return so_far
    return replace(so_far, kept=kept, extra=(*so_far.extra, *extra))


def _is_no_layer(names: Sequence[str], tensors: Mapping[str, Stored]) -> bool:
    """Return whether tensors of one path have no kernel and no scale, and are too few for a norm of its own names."""
    names = [name for name in names if tensors[name].floating]
    weighed = any(len(tensors[name].shape) > 1 for name in names)
    weighed |= len(names) > 1 and any(part.role == "weight" for part in split_names(names).values())
    return not weighed and len(names) < len(NORM_ROLES)


def leave_out_heads(so_far: Recognised) -> Recognised:
    """Where the layers are no network, leave linear ones out if there are several: all but one, then all of them.

    The likeliest classifier stays longest: one with a usual name, then one with a bias, then the first. Matrices of
    a multi-layer head, where one reads what another gives, are no classifiers of this network.
    """
    linears = [layer for layer in so_far.layers if layer.kind == "linear"]
    if so_far.readings or len(linears) < 2:
        return so_far  # a single one must fit
    single = [layer for layer in linears if not any(_follows(layer, other) for other in linears)]
    for classifier in (*sorted(single, key=_unlikely), None):
        heads = [name for layer in linears if layer is not classifier for name in layer.keys.values()]
        kept = {name: tensor for name, tensor in so_far.kept.items() if name not in heads}
        layers = find_layers(kept, so_far.hwio) or []
        found = networks_of(layers, so_far.registered)
        if found:
            extra, excused = (*so_far.extra, *heads), (*so_far.excused, *heads)
            return replace(so_far, kept=kept, layers=tuple(layers), readings=tuple(found), extra=extra, excused=excused)
    return so_far


def _follows(layer: Layer, other: Layer) -> bool:
    """Return whether two matrices of one head stand behind each other."""
    together = layer.path.rpartition(".")[0] == other.path.rpartition(".")[0] != ""
    return layer is not other and together and (layer.shape[1] == other.out or layer.out == other.shape[1])


def _unlikely(layer: Layer) -> tuple[bool, bool]:
    return layer.path.rpartition(".")[2] not in CLASSIFIERS, "bias" not in layer.keys


def refuse_factors(so_far: Recognised) -> Recognised:
    """Raise UnknownNetworkError, naming the first number that the network computes with and no reading has a place for.

    A factor of a branch (layer1.0.alpha), a learnt slope (layer1.0.act.weight): what lies beside convolutions. What
    measuring and quantising tools leave there is not computed with.
    """
    if not so_far.readings:
        return so_far
    used = set(so_far.readings[0].keys.values())
    kernels = split_names(name for name in used if len(so_far.tensors[name].shape) == 4)
    homes = {part.path.rpartition(".")[0] for part in kernels.values()} - {""}
    homes |= {home.rpartition(".")[0] for home in homes} - {""}
    for name, tensor in so_far.tensors.items():
        if name in used or name in so_far.excused or not tensor.floating or any(word in name for word in TOOLS):
            continue
        path = name.replace("/", ".").rpartition(".")[0]
        if path in homes or path.rpartition(".")[0] in homes or "prelu" in name.lower():
            raise UnknownNetworkError(
                f"{so_far.source} is not a residual network that residua knows: it also computes "
                f"with {name!r}, for which no network here has a place",
                so_far,
            )
    return so_far
