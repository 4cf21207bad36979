"""Which network is it, in whose layout, and which tensor is which? Shapes propose, names decide."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from residua.errors import SpecError, WeightsError
from residua.pickles.stored import Stored
from residua.spec import ResNetSpec
from residua.weights.files.names import split_names
from residua.weights.recognise.dialects import DIALECTS, Dialect
from residua.weights.recognise.infer import Reading, readings
from residua.weights.recognise.layers import Part, as_torch, find_parts, tokens
from residua.weights.recognise.our_names import COUNTER, expected
from residua.weights.recognise.unused import intruder, layers_only, pixel_statistics, spare_heads
from residua.weights.recognise.wrappers import networks_within

# Modules of timm's byobnet (gcresnet, resnet33ts, …): residual blocks whose activations are not ReLU, nearly always.
BYOB = re.compile(r"(^|\.)stages\.\d+\.\d+\.conv\d_(1x1|kxk)\.")


class UnknownNetworkError(WeightsError):
    """The file is sound and its tensors form no network that residua knows."""


@dataclass(frozen=True)
class Match:
    """The network of a file: readings (the first is the answer), layout, and what is told rather than assumed.

    told: {field of the spec: (value, who says so)}. left: names that belong to no layer of the network.
    unused: what is told and does not fit the tensors, in words.
    """

    readings: tuple[Reading, ...]
    dialect: Dialect | None
    told: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def match(
    tensors: Mapping[str, Stored], source: str, *, registered: bool, hwio: bool, told: Mapping[str, tuple[Any, str]]
) -> Match:
    """Return what network `tensors` are. `told` are fields that the file states beside its tensors.

    Raises WeightsError, saying what they look like, when they are no residual network.
    """
    if any(BYOB.search(name) for name in tensors):
        raise WeightsError(f"{source} is not a residual network that residua knows: its names are those of timm's "
                           "byobnet, whose activations are not ReLU")  # fmt: skip
    told = dict(told) | _preprocessing(pixels := pixel_statistics(tensors), tensors)
    kept, left = layers_only({name: tensor for name, tensor in tensors.items() if name not in (pixels or ())})
    left = (*(pixels or ()), *left)
    found = readings(kept, registered, hwio)
    spared: list[str] = []
    for heads in () if found else spare_heads(kept, hwio):
        without = {name: tensor for name, tensor in kept.items() if name not in heads}
        if found := readings(without, registered, hwio):
            kept, left, spared = without, (*left, *heads), heads
            break
    if not found:
        raise UnknownNetworkError(f"{source} is not a residual network that residua knows: {describe(tensors, hwio)}")
    own = intruder(tensors, set(found[0].keys.values()), (*spared, *(pixels or ())))
    if own is not None:
        raise UnknownNetworkError(f"{source} is not a residual network that residua knows: it also computes "
                                  f"with {own!r}, for which no network here has a place")  # fmt: skip
    dialect, found = _in_dialect(kept, found, hwio)
    implied = {} if dialect is None else {name: (value, f"the layout {dialect.name}")
                                          for name, value in dialect.implies.items()}  # fmt: skip
    told = implied | dict(told)
    settled = [_with_told(reading, told) for reading in found]
    found = [reading for place, reading in enumerate(settled) if reading.spec not in [r.spec for r in settled[:place]]]
    silent = dialect is None and "shortcut_pad" not in told
    if silent:
        named = all(part.role for name, part in split_names(kept).items() if name.rpartition(".")[2] != COUNTER)
        found = [padded for reading in found for padded in _padded_either_way(reading, "end" if named else "both")]
    fitting = {name: said for name, said in told.items() if _is_true(name, said[0], found[0].spec)}
    unused = tuple(f"{name}={value!r} ({who} says so, and it does not fit)" for name, (value, who) in told.items()
                   if name not in fitting and name not in implied)  # fmt: skip
    return Match(tuple(found), dialect, fitting, left, unused)


def _is_true(name: str, value: Any, spec: ResNetSpec) -> bool:
    """Return whether something told is so of the network that was found."""
    if name == "classes":
        return len(value) == spec.num_classes
    if name == "preprocessing":
        numbers = [*value["mean"], *value["std"]]
        plain = all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers)
        return plain and len(value["mean"]) == len(value["std"]) == spec.in_channels and min(value["std"]) > 0
    return bool(getattr(spec, name, value) == value)


def _preprocessing(names: tuple[str, str] | None, tensors: Mapping[str, Stored]) -> dict[str, tuple[Any, str]]:
    """Return what pixels are normalised with, where the file holds that, as something told."""
    if names is None:
        return {}
    if not all(tensors[name].floating for name in names):
        return {}
    mean, std = ([round(float(value), 6) for value in tensors[name].array().reshape(-1)] for name in names)
    return {"preprocessing": ({"mean": mean, "std": std}, f"the pair {names[0]}, {names[1]} in the file")}


def _padded_either_way(reading: Reading, first: str) -> list[Reading]:
    """Return a reading with option A's zeros at the end and on both sides, `first` first.

    Both sides is akamaster's code and what descends from it, whose names are a dialect; other code appends the zeros.
    """
    if reading.spec.shortcut != "A":
        return [reading]
    pads = ("end", "both") if first == "end" else ("both", "end")
    return [replace(reading, spec=reading.spec.changed(shortcut_pad=pad)) for pad in pads]


def _with_told(reading: Reading, told: Mapping[str, tuple[Any, str]]) -> Reading:
    """Lay told fields over a reading's spec, where they mean something for it."""
    spec = reading.spec
    for name, (value, _) in told.items():
        if name not in ResNetSpec.model_fields or getattr(spec, name) == value:
            continue
        try:
            changed = spec.changed(**{name: value})
        except SpecError:
            continue
        if expected(changed) == expected(spec):
            spec = changed
    return Reading(spec, reading.keys, reading.because, reading.folded)


def _in_dialect(
    tensors: Mapping[str, Stored], found: Sequence[Reading], hwio: bool
) -> tuple[Dialect | None, list[Reading]]:
    """Return the dialect whose table gives exactly the file's names, or all but the classifier's, and its readings.

    Its names then say which tensor is which; order and shapes are not needed for that any more.
    """
    parts = {part.path: part for part in find_parts(tensors, hwio) or ()}
    for besides in ((), ("fc",)):
        for dialect in DIALECTS.values():
            renamed = [_renamed(dialect, reading, parts, besides) for reading in found]
            agreed = [new for new, old in zip(renamed, found, strict=True) if new and _fits(new.keys, old, tensors)]
            if agreed:
                norm = dialect.implies.get("norm")
                return dialect, sorted(agreed, key=lambda one: norm not in (None, one.spec.norm))
    return None, list(found)


def _renamed(dialect: Dialect, reading: Reading, parts: Mapping[str, Part], besides: Sequence[str]) -> Reading | None:
    """Return `reading` with the dialect's names, or None when the file's are others; modules in `besides` may be."""
    theirs = dialect.paths(reading.spec)
    if theirs is None:
        return None
    own = {ours: key for ours, key in reading.keys.items() if ours.rpartition(".")[0] in besides}
    theirs = {ours: path.replace("/", ".") for ours, path in theirs.items() if ours not in besides}
    body = {path: part for path, part in parts.items() if not set(part.keys.values()) & set(own.values())}
    bare = dict(zip(_bared(list(body)), body.values(), strict=True))
    names = dict(zip(theirs, _bared(list(theirs.values())), strict=True))
    if set(names.values()) != set(bare):
        return None
    keys = {f"{ours}.{role}": key for ours, path in names.items() for role, key in bare[path].keys.items()} | own
    because = f"the names are those of {dialect.name}" + (", the classifier's aside" if besides else "")
    return replace(reading, keys=keys, because=because)


def _fits(keys: Mapping[str, str], reading: Reading, tensors: Mapping[str, Stored]) -> bool:
    """Return whether names lead to tensors of the same sizes as shapes do."""
    if set(keys) != set(reading.keys):
        return False
    return all(tensors[keys[ours]].shape == tensors[reading.keys[ours]].shape for ours in keys)


def _bared(paths: Sequence[str]) -> list[str]:
    """Return dotted paths without the words that all of them begin with."""
    split = [path.split(".") for path in paths]
    while split and all(len(words) > 1 for words in split) and len({words[0] for words in split}) == 1:
        split = [words[1:] for words in split]
    return [".".join(words) for words in split]


def describe(tensors: Mapping[str, Stored], hwio: bool = False) -> str:
    """Return in words what tensors look like that are no residual network, and what to do."""
    names = " ".join(tensors).lower()
    several = networks_within(tensors)
    if several:
        return f"it holds {len(several)} networks, {' and '.join(several)}; choose one with --prefix"
    shapes = [as_torch(tensor.shape) if hwio else tensor.shape for tensor in tensors.values()]
    ranks = [len(shape) for shape in shapes]
    convs = ranks.count(4)
    if any(word in names for word in ("cls_token", "pos_embed", "attn", "self_attention", "query", "patch_embed")):
        return "it looks like a transformer (attention, position embeddings), which has no residual convolutions"
    if convs == 0 and ranks.count(2) > 0:
        return f"it looks like a multi-layer perceptron: {ranks.count(2)} matrices and no convolution"
    if convs == 0:
        return f"it has {len(ranks)} tensors and no convolution among them"
    grouped = [shape for shape in shapes if len(shape) == 4 and shape[1] == 1 and shape[0] > 8]
    if len(grouped) > convs / 4:
        return f"it looks like a MobileNet or EfficientNet: {len(grouped)} of {convs} convolutions are depthwise"
    odd = sorted({shape[2:] for shape in shapes if len(shape) == 4} - {(1, 1), (3, 3), (7, 7)})
    if odd:
        return f"it has {convs} convolutions, some with kernels of {odd[0]}, which no residual block here has"
    first = next((name for name in tensors if tokens(name)), "?")
    return f"{convs} convolutions (the first tensor is {first!r}) that form no stem, stages of blocks, and classifier"
