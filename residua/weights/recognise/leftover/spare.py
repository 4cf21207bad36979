"""Which tensors has no reading a place for, and does the network compute with them?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from residua.weights.files.names import split_in_collections, split_names, words_of
from residua.weights.recognise.name_tree import Words, homes
from residua.weights.recognise.our_names import COUNTER, NORM_ROLES
from residua.weights.recognise.recognised import Recognised, UnknownNetworkError

TOOLS = ("total_ops", "total_params", "fake_quant", "activation_post_process", "observer")
# Words of what only training reads: losses and metrics, queues of keys, prototypes, heads of other tasks.
TRAINING = re.compile(
    r"(^|[._/])(\w*loss(_\w+)?|\w*criterion|centers|class_weights?|pos_weight|queue|memory_bank|bank|prototypes?"
    r"|projector|projection_head|predictor|rotation|aux\w*|(train|val|test|valid)_\w+|metrics?|acc|accuracy|f1|auroc"
    r"|confmat|tp|fp|tn|fn|ema_\w+)([._/]|$)"
)


# What TensorFlow's optimizers and averages keep beside each variable, under its name.
SLOT = re.compile(r"(.+)/(Momentum|Adam|RMSProp|Adagrad|Adadelta|Ftrl|ExponentialMovingAverage)(_\d)?$")


def only_training(name: str) -> bool:
    """Return whether a name is that of something which only training computes with."""
    return TRAINING.search(name.lower()) is not None


def set_tools_aside(so_far: Recognised) -> Recognised:
    """Set aside what profilers and quantisers leave beside the layers, unless kernels have such a name too.

    Also what optimizers keep of each variable.
    """
    slots = [name for name in so_far.kept if (found := SLOT.match(name)) and found[1] in so_far.kept]
    tools = {name: tensor for name, tensor in so_far.kept.items() if any(word in name for word in TOOLS)}
    if any(len(tensor.shape) > 1 for tensor in tools.values()):
        tools = {}
    kept = {name: tensor for name, tensor in so_far.kept.items() if name not in (*tools, *slots)}
    extra, excused = (*so_far.extra, *tools, *slots), (*so_far.excused, *slots)
    return replace(so_far, kept=kept, extra=extra, excused=excused)


def set_extra_aside(so_far: Recognised) -> Recognised:
    """Set aside what is no layer: a few vectors without kernel or scale, unless that is much of the file."""
    groups: dict[str, list[str]] = {}
    for name, (path, role) in split_in_collections(so_far.kept).items():
        groups.setdefault(path if role else path.rpartition(".")[0], []).append(name)
    extra = [
        name
        for names in groups.values()
        if _is_no_layer(names, so_far)
        for name in names
        if name.rpartition(".")[2] != COUNTER
    ]
    kept = {name: tensor for name, tensor in so_far.kept.items() if name not in extra}
    if len(extra) >= len(kept) / 3:
        return so_far
    return replace(so_far, kept=kept, extra=(*so_far.extra, *extra))


def _is_no_layer(names: Sequence[str], so_far: Recognised) -> bool:
    """Return whether tensors of one path have no kernel and no scale, and are too few for a norm of its own names."""
    names = [name for name in names if so_far.kept[name].floating]
    roles = {part.role for part in split_names(names).values()}
    weighed = any(len(so_far.kept[name].shape) > 1 for name in names) or roles >= set(NORM_ROLES[2:])
    return not weighed and not (len(names) > 1 and "weight" in roles) and len(names) < len(NORM_ROLES)


def refuse_spare(so_far: Recognised) -> Recognised:
    """Raise UnknownNetworkError, naming the first tensor that the network computes with and no reading has a place for.

    What the first reading does not use is left out only where something shows that no logit depends on it: it is of
    measuring and quantising tools leave, a head beside the classifier, or has a name of training. Nothing that lies in
    a block, in a stage, or under a layer that is used, is ever left out.
    """
    if not so_far.readings:
        return so_far
    _refuse_rounding(so_far)
    inside = list(_territory(so_far))
    used = set(so_far.readings[0].keys.values())
    for name, tensor in so_far.tensors.items():
        if name in used or any(word in name for word in (*TOOLS, COUNTER)) or not tensor.size:
            continue  # a tensor without elements changes no logit
        words = tuple(words_of(name))
        here = any(words[: len(home)] == home for home in inside)
        if name in so_far.pixels and not here and tensor.size in (1, so_far.readings[0].spec.in_channels):
            continue
        spare = name in so_far.excused or only_training(name)
        if SLOT.match(name) and name in so_far.excused:
            continue
        counter = tensor.size == 1 and not tensor.floating and "complex" not in tensor.dtype
        if counter or (spare and not here):
            continue
        raise UnknownNetworkError(
            f"{so_far.source} is not a residual network that residua knows: it also computes with {name!r}, for which "
            "no network here has a place",
            so_far,
            name,
        )
    return so_far


def _refuse_rounding(so_far: Recognised) -> None:
    """Raise UnknownNetworkError where quantisation-aware training was on: evaluation rounds weights and maps too."""
    for name, tensor in so_far.tensors.items():
        if name.rpartition(".")[2] == "fake_quant_enabled" and tensor.array().any():
            raise UnknownNetworkError(
                f"{so_far.source} is of quantisation-aware training: {name!r} is on, and its network rounds what it "
                "computes, which none here does; save it after model.apply(torch.ao.quantization.disable_fake_quant)",
                so_far,
                name,
            )


def _territory(so_far: Recognised) -> Iterator[Words]:
    """Yield beginnings of names, as words, under which everything belongs to the network: blocks, stages, used layers.

    A head of several layers lies under its own beginning, so what holds a classifier or all of the network is none.
    """
    reading = so_far.readings[0]
    outer = [tuple(words_of(key)) for ours, key in reading.keys.items() if not ours.startswith("layer")]
    for home in homes(reading):
        for length in range(1, len(home) + 1):
            if not any(words[:length] == home[:length] for words in outer):
                yield home[:length]
    for part in split_in_collections(reading.keys.values()).values():
        yield tuple(words_of(part.path))
