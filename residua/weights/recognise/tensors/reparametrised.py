"""Which weights does a file keep as what they are computed from, and what are they in evaluation?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from residua.pickles.stored import HALVES, Array, Stored
from residua.weights.recognise.recognised import Recognised, UnknownNetworkError

Fold = Callable[..., Array]
# Every tensor of a reparametrised one: the module's path with its dot, the parameter, and what is kept in its place.
OLD = re.compile(r"^(.*?)(weight|bias)_(orig|mask|u|v|g)$")
NEW = re.compile(r"^(.*?)parametrizations\.(\w+)\.(original\d*|\d+\..+)$")


def fold_reparametrised(so_far: Recognised) -> Recognised:
    """Put the computed tensor in the place of those that it is computed from.

    weight_norm and spectral_norm of torch.nn.utils, old and new, and the masks of torch.nn.utils.prune.
    Raises UnknownNetworkError, naming a tensor, for parametrisations of which no tensor shows what they compute.
    """
    kept_as: dict[str, dict[str, str]] = {}
    for name in so_far.tensors:
        found = NEW.match(name) or OLD.match(name)
        if found is not None:
            kept_as.setdefault(found[1] + found[2], {})[found[3]] = name
    if not kept_as:
        return so_far
    for target, parts in list(kept_as.items()):
        by_chance = set(parts) <= {"u", "v", "g", "mask"} and set(parts) != {"g", "v"}
        if by_chance or target in so_far.tensors:
            del kept_as[target]
    tensors = dict(_folded(so_far, kept_as))
    notes = tuple(f"{target} is folded of {' and '.join(parts.values())}" for target, parts in kept_as.items())
    return replace(so_far, tensors=tensors, folded=(*so_far.folded, *notes))


def _folded(so_far: Recognised, kept_as: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Stored]]:
    """Yield all tensors in order, each computed one where its first part stands."""
    part_of = {name: target for target, parts in kept_as.items() for name in parts.values()}
    done: set[str] = set()
    for name, tensor in so_far.tensors.items():
        target = part_of.get(name)
        if target is None:
            yield name, tensor
        elif target not in done:
            done.add(target)
            yield target, _computed(so_far, kept_as[target])


def _computed(so_far: Recognised, parts: Mapping[str, str]) -> Stored:
    """Return the tensor that `parts` ({what each is: its name}) give. Raises UnknownNetworkError, naming one."""
    for roles, fold in FOLDS.items():
        if set(parts) == set(roles):
            sources = [so_far.tensors[parts[role]] for role in roles]
            main = max(sources, key=lambda source: source.size)
            if all(_fits(source, main) for source in sources):
                kind = "float32" if main.dtype in HALVES else main.dtype
                return Stored(main.shape, kind, partial(_in_double, fold, sources, kind))
    name = next(iter(parts.values()))
    raise UnknownNetworkError(
        f"{so_far.source} keeps {name!r}, from which its network computes the weight in a way that no tensor shows; "
        "remove the parametrisation (torch.nn.utils.parametrize.remove_parametrizations) and save it again",
        so_far,
        name,
    )


def _fits(source: Stored, main: Stored) -> bool:
    """Return whether a part has the shape of the whole, of one of its sides, or of a norm along its axes."""
    if source.shape == main.shape or not source.shape:
        return True
    if len(source.shape) == 1:
        return source.size in (main.shape[0], main.size // max(main.shape[0], 1), 1)
    return all(one in (1, side) for one, side in zip(source.shape, main.shape, strict=False))


def _in_double(fold: Fold, sources: list[Stored], kind: str) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):  # a norm of zero gives NaN, which loading refuses by name
        folded: Array = fold(*(source.array().astype(np.float64) for source in sources)).astype(kind)
    return folded


def _normed(length: Array, direction: Array) -> Array:
    """w = g·v/‖v‖, the norm over all axes that g does not keep (Salimans 2016 eq. 2)."""
    kept = [axis for axis, side in enumerate(np.shape(length)) if side > 1]
    axes = tuple(axis for axis in range(direction.ndim) if axis not in (kept or [0][: length.ndim]))
    weight: Array = length * direction / np.sqrt((direction**2).sum(axis=axes, keepdims=True))
    return weight


def _spectral(original: Array, left: Array, right: Array) -> Array:
    """w/σ with σ = uᵀ·W·v of the stored u and v, as in evaluation (Miyato 2018 §2.1)."""
    weight: Array = original / (left @ original.reshape(len(original), -1) @ right)
    return weight


def _masked(original: Array, mask: Array) -> Array:
    weight: Array = original * mask
    return weight


FOLDS: Mapping[tuple[str, ...], Fold] = {
    ("original0", "original1"): _normed,
    ("g", "v"): _normed,
    ("original", "0._u", "0._v"): _spectral,
    ("orig", "u", "v"): _spectral,
    ("orig", "mask"): _masked,
}
