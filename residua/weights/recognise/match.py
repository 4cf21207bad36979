"""Which network is it, in whose layout, and which tensor is which? Shapes propose, names decide."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from residua.errors import SpecError, WeightsError
from residua.pickles.stored import Stored
from residua.spec import ResNetSpec
from residua.text import one_line
from residua.weights.files.names import split_names
from residua.weights.files.opened import Declared
from residua.weights.recognise.dialects import DIALECTS, Dialect
from residua.weights.recognise.infer import read_shapes
from residua.weights.recognise.layers import Layer
from residua.weights.recognise.leftover.heads import leave_out_heads
from residua.weights.recognise.leftover.pixels import doubt_pixels, set_pixels_aside
from residua.weights.recognise.leftover.spare import refuse_spare, set_extra_aside, set_tools_aside
from residua.weights.recognise.name_tree import doubt_gaps
from residua.weights.recognise.our_names import COUNTER, NORM_ROLES, expected
from residua.weights.recognise.program import hold_windows, refuse_operations
from residua.weights.recognise.reasons.refuse import refuse_unknown
from residua.weights.recognise.recognised import Reading, Recognised
from residua.weights.recognise.tensors.channels_last import turn_channels_last
from residua.weights.recognise.tensors.logit_norm import fold_logit_norm
from residua.weights.recognise.tensors.reparametrised import fold_reparametrised

# Modules of timm's byobnet (gcresnet, resnet33ts, …): residual blocks whose activations are not ReLU, nearly always.
LAYOUT = "the layout"  # what a report calls the source of fields that every network in a dialect has
BYOB = re.compile(r"(^|\.)stages\.\d+\.\d+\.conv\d_(1x1|kxk)\.")


def match(recognised: Recognised) -> Recognised:
    """Return what network the tensors are, by every pass in turn.

    Raises WeightsError, saying what they look like, when they are no residual network.
    """
    passes: tuple[Callable[[Recognised], Recognised], ...] = (
        refuse_byobnet,
        turn_channels_last,
        fold_reparametrised,
        set_pixels_aside,
        set_tools_aside,
        set_extra_aside,
        read_shapes,
        fold_logit_norm,
        leave_out_heads,
        refuse_spare,
        refuse_unknown,
        name_by_dialect,
        refuse_negative_variances,
        doubt_gaps,
        doubt_pixels,
        refuse_unlike,
        refuse_operations,
        lay_declared_over,
        offer_paddings,
        hold_windows,
        reject_what_does_not_fit,
    )
    for apply in passes:
        recognised = apply(recognised)
    return recognised


def refuse_byobnet(so_far: Recognised) -> Recognised:
    """Raise WeightsError for the names of timm's byobnet."""
    if any(BYOB.search(name) for name in so_far.tensors):
        raise WeightsError(
            f"{so_far.source} is not a residual network that residua knows: its names are those of "
            "timm's byobnet, whose activations are not ReLU"
        )
    return so_far


def name_by_dialect(so_far: Recognised) -> Recognised:
    """Let the dialect decide whose table gives exactly the file's names, or all but the classifier's.

    Its names then say which tensor is which; order and shapes are not needed for that any more.
    """
    layers = {layer.path: layer for layer in so_far.layers}
    for besides in ((), ("fc",)):
        for dialect in DIALECTS.values():
            renamed = [_renamed(dialect, reading, layers, besides) for reading in so_far.readings]
            agreed = [
                new
                for new, old in zip(renamed, so_far.readings, strict=True)
                if new is not None and _same_shapes(new, old, so_far.kept)
            ]
            if agreed:
                norm = dialect.implies.get("norm")
                agreed.sort(key=lambda reading: norm not in (None, reading.spec.norm))
                return replace(so_far, dialect=dialect, readings=tuple(agreed))
    return so_far


def refuse_unlike(so_far: Recognised) -> Recognised:
    """Raise WeightsError for names of a code base whose blocks of this kind compute what none here does."""
    block = so_far.readings[0].spec.block
    if so_far.dialect is not None and block in so_far.dialect.unlike:
        raise WeightsError(
            f"{so_far.source} is not a network that residua knows: its names are those of {so_far.dialect.source}, "
            f"whose {block} blocks have {so_far.dialect.unlike[block]}"
        )
    return so_far


def refuse_negative_variances(so_far: Recognised) -> Recognised:
    """Raise WeightsError for a norm whose stored variance is negative: what it gives is no number."""
    for ours, key in so_far.readings[0].keys.items():
        if ours.endswith(NORM_ROLES[3]) and bool((so_far.tensors[key].array() < 0).any()):
            raise WeightsError(
                f"{so_far.source} holds negative variances: {key} is damaged, or no variance; fetch or write it again"
            )
    return so_far


def _renamed(dialect: Dialect, reading: Reading, layers: Mapping[str, Layer], besides: Sequence[str]) -> Reading | None:
    """Return `reading` with the dialect's names, or None when the file's are others; modules in `besides` may be."""
    theirs = dialect.names(reading.spec, dict.fromkeys(name.rpartition(".")[0] for name in reading.shapes))
    if theirs is None:
        return None
    own = {ours: key for ours, key in reading.keys.items() if ours.rpartition(".")[0] in besides}
    theirs = {ours: path.replace("/", ".") for ours, path in theirs.items() if ours not in besides}
    body = {path: layer for path, layer in layers.items() if not set(layer.keys.values()) & set(own.values())}
    bare = dict(zip(_without_shared_prefix(list(body)), body.values(), strict=True))
    names = dict(zip(theirs, _without_shared_prefix(list(theirs.values())), strict=True))
    if set(names.values()) != set(bare):
        return None
    keys = {f"{ours}.{role}": key for ours, path in names.items() for role, key in bare[path].keys.items()} | own
    because = f"the names are those of {dialect.name}" + (", the classifier's aside" if besides else "")
    return replace(reading, keys=keys, because=because)


def _without_shared_prefix(paths: Sequence[str]) -> list[str]:
    """Return dotted paths without the first words that all of them share."""
    split = [path.split(".") for path in paths]
    while split and all(len(words) > 1 for words in split) and len({words[0] for words in split}) == 1:
        split = [words[1:] for words in split]
    return [".".join(words) for words in split]


def _same_shapes(named: Reading, shaped: Reading, tensors: Mapping[str, Stored]) -> bool:
    """Return whether names lead to tensors of the same sizes as shapes do."""
    if set(named.keys) != set(shaped.keys):
        return False
    return all(tensors[named.keys[ours]].shape == tensors[shaped.keys[ours]].shape for ours in named.keys)


def lay_declared_over(so_far: Recognised) -> Recognised:
    """Lay what the layout implies and what the file declares over every reading's spec; the file has the last word."""
    declared = _implied(so_far) | dict(so_far.declared)
    specs: list[ResNetSpec] = []
    kept = []
    for reading in so_far.readings:
        spec = _with_declared(reading, declared)
        if spec not in specs:
            specs.append(spec)
            kept.append(replace(reading, spec=spec))
    return replace(so_far, declared=declared, readings=tuple(kept))


def _implied(so_far: Recognised) -> dict[str, Declared]:
    """Return the fields that every network in this layout has and no tensor shows."""
    dialect = so_far.dialect
    if dialect is None:
        return {}
    return {name: Declared(value, f"{LAYOUT} {dialect.name}") for name, value in dialect.implies.items()}


def _with_declared(reading: Reading, declared: Mapping[str, Declared]) -> ResNetSpec:
    """Return the spec of `reading` with the declared fields that mean something for it and change no tensor."""
    spec = reading.spec
    for name, (value, by) in declared.items():
        if name not in ResNetSpec.model_fields or getattr(spec, name) == value:
            continue
        if by.startswith(LAYOUT) and name == "stride_on" and spec.cardinality > 1:
            continue  # a grouped 3×3 strides itself in every published network (Xie 2017)
        try:
            changed = spec.changed(**{name: value})
        except SpecError:
            continue
        if expected(changed) == reading.shapes:
            spec = changed
    return spec


def offer_paddings(so_far: Recognised) -> Recognised:
    """Offer option A with its zeros at the end and on both sides, where nothing shows whose code it is.

    Both sides is akamaster's code and what descends from it, whose names are a dialect; other code appends the zeros.
    Without roles in the names nothing speaks for other code.
    """
    if so_far.dialect is not None or "shortcut_pad" in so_far.declared:
        return so_far
    parts = split_names(name for name in so_far.kept if name.rpartition(".")[2] != COUNTER)
    first = "end" if all(part.role for part in parts.values()) else "both"
    padded = (either for reading in so_far.readings for either in _padded_either_way(reading, first))
    return replace(so_far, readings=tuple(padded))


def _padded_either_way(reading: Reading, first: str) -> Iterator[Reading]:
    if reading.spec.shortcut != "A":
        yield reading
        return
    for pad in (first, "both" if first == "end" else "end"):
        yield replace(reading, spec=reading.spec.changed(shortcut_pad=pad))


def reject_what_does_not_fit(so_far: Recognised) -> Recognised:
    """Keep of what is declared that which is so of the network; report the rest, but for what the layout implies."""
    spec, implied = so_far.readings[0].spec, _implied(so_far)
    fitting = {name: one for name, one in so_far.declared.items() if _is_so(name, one.value, spec)}
    rejected = tuple(
        f"{name}={one_line(repr(value), 80)} ({by} says so, and it does not fit)"
        for name, (value, by) in so_far.declared.items()
        if name not in fitting and name not in implied
    )
    return replace(so_far, declared=fitting, rejected=rejected)


def _is_so(name: str, value: Any, spec: ResNetSpec) -> bool:
    """Return whether something declared is so of the network that was found."""
    if name == "classes":
        return len(value) == spec.num_classes
    if name == "preprocessing":
        numbers = [*value["mean"], *value["std"]]
        plain = all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers)
        return plain and len(value["mean"]) == len(value["std"]) == spec.in_channels and min(value["std"]) > 0
    return bool(getattr(spec, name, value) == value)
