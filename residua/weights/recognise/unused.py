"""Which tensors of a file are no layer of its network: pixels' statistics, class weights, queues, further heads?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from residua.pickles.stored import Stored
from residua.weights.files.names import split_in_collections, split_names
from residua.weights.recognise.layers import Part, find_parts
from residua.weights.recognise.our_names import COUNTER, NORM_ROLES

TOOLS = ("total_ops", "total_params", "fake_quant", "activation_post_process", "observer", COUNTER)
MEANS, DEVIATIONS, MOST_CHANNELS = ("mean", "mu"), ("std", "sigma"), 4
CLASSIFIERS = ("fc", "classifier", "linear", "head", "predictions", "logits", "output", "last_linear")


def layers_only(tensors: Mapping[str, Stored]) -> tuple[dict[str, Stored], tuple[str, ...]]:
    """Return the tensors without what is no layer: a few vectors without kernel or scale (a mean and std of pixels)."""
    groups: dict[str, list[str]] = {}
    for name, (path, role) in split_in_collections(tensors).items():
        groups.setdefault(path if role else path.rpartition(".")[0], []).append(name)
    left = tuple(name for names in groups.values() if _is_stray(names, tensors) for name in names
                 if name.rpartition(".")[2] != COUNTER)  # fmt: skip
    kept = {name: tensor for name, tensor in tensors.items() if name not in left}
    return (kept, left) if len(left) < len(kept) / 3 else (dict(tensors), ())


def pixel_statistics(tensors: Mapping[str, Stored]) -> tuple[str, str] | None:
    """Return the names of the mean and deviation with which a network normalises its own input, or None."""
    for name, tensor in tensors.items():
        path, leaf = _parted(name)
        if leaf not in MEANS or not 1 <= tensor.size <= MOST_CHANNELS or tensor.size != max(tensor.shape, default=0):
            continue
        for other, deviation in tensors.items():
            if _parted(other) in ((path, word) for word in DEVIATIONS) and deviation.shape == tensor.shape:
                return name, other
    return None


def _parted(name: str) -> tuple[str, str]:
    path, _, leaf = name.replace("/", ".").rpartition(".")
    return path, leaf.lower().removeprefix("pixel_").removeprefix("image_").strip("_")


def _is_stray(names: Sequence[str], tensors: Mapping[str, Stored]) -> bool:
    """Return whether tensors of one path are no layer: no kernel, no scale, and too few for a norm of its own names."""
    names = [name for name in names if tensors[name].floating]
    weighed = any(len(tensors[name].shape) > 1 for name in names)
    weighed |= len(names) > 1 and any(part.role == "weight" for part in split_names(names).values())
    return not weighed and len(names) < len(NORM_ROLES)


def intruder(tensors: Mapping[str, Stored], used: Collection[str], heads: Collection[str]) -> str | None:
    """Return the first number that a network computes with and that no reading has a place for, or None.

    A factor of a branch (layer1.0.alpha), a learnt slope (layer1.0.act.weight): what lies beside convolutions. What
    measuring and quantising tools leave there is not computed with.
    """
    kernels = [name for name in used if len(tensors[name].shape) == 4]
    homes = {part.path.rpartition(".")[0] for part in split_names(kernels).values()} - {""}
    homes |= {home.rpartition(".")[0] for home in homes} - {""}
    for name, tensor in tensors.items():
        if name in used or name in heads or not tensor.floating or any(word in name for word in TOOLS):
            continue
        before = name.replace("/", ".").rpartition(".")[0]
        if before in homes or before.rpartition(".")[0] in homes or "prelu" in name.lower():
            return name
    return None


def spare_heads(tensors: Mapping[str, Stored], hwio: bool) -> Iterator[list[str]]:
    """Yield the names of linear layers to leave out, where there are several: all but one, then all of them.

    The likeliest classifier stays longest: one with a usual name, then one with a bias, then the first. Matrices of
    a multi-layer head, where one reads what another gives, are no classifiers of this network.
    """
    linears = [part for part in find_parts(tensors, hwio) or () if part.kind == "linear"]
    if len(linears) < 2:
        return  # a single one must fit
    single = [part for part in linears if not any(_follows(part, other) for other in linears)]
    for kept in sorted(single, key=_unlikely):
        yield [name for part in linears if part is not kept for name in part.keys.values()]
    yield [name for part in linears for name in part.keys.values()]


def _follows(part: Part, other: Part) -> bool:
    """Return whether two matrices of one head stand behind each other."""
    together = part.path.rpartition(".")[0] == other.path.rpartition(".")[0] != ""
    return part is not other and together and (part.shape[1] == other.out or part.out == other.shape[1])


def _unlikely(part: Part) -> tuple[bool, bool]:
    return part.path.rpartition(".")[2] not in CLASSIFIERS, "bias" not in part.keys
