"""Is a target a whole network, and how is one constructed and probed?"""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from torch import nn

from residua.check.run.batches import WrittenBatch, batch_written_for, in_pieces
from residua.check.run.forward import attempt, copied, doubles_batch, runs, too_small
from residua.check.run.inputs.said import as_said
from residua.check.run.inputs.wanted import asked_for
from residua.check.run.limit.lighter import TOO_LONG, lighter, tried
from residua.check.run.slips import Suspect, is_slip, what_to_give
from residua.check.run.trial import Kind, Trial, failure, measure, without_misreading
from residua.errors import CheckError, TargetError
from residua.record.tape import Tape
from residua.targets import Built, Candidate, Role, construct, signature_of
from residua.targets.argument_use import use_of
from residua.targets.depths import depth_for
from residua.targets.find import classes_beside
from residua.targets.guess import Settings
from residua.targets.inputs import Signal, first_channels, required_inputs, signals, variants
from residua.targets.roles import names_settings

NETS = re.compile(
    r"net(?!work_?block)|generator|discriminator|encoder|decoder|model|backbone|classifier|vae|gan(?![a-z])", re.I
)
_OF_NETWORKS = frozenset(
    {
        "num_classes", "n_classes", "classes", "num_class", "nclass", "n_class", "class_num", "n_cls", "num_cls",
        "ncls", "nb_classes", "n_labels", "num_labels", "out_classes", "nclasses", "num_outputs_classes", "layers",
        "num_blocks", "depths", "z_dim", "latent_size",
    }
)  # fmt: skip
_BLOCKS = ("block", "block_type", "resblock")
_DEPTHS = ("layers", "num_blocks", "depths", "block_num", "blocks_num", "num_block", "n_blocks")


_BLOCKS_BY_NAME = re.compile(r"(block|layer|unit|bottleneck|cell)\d*$", re.I)


def looks_like_network(candidate: Candidate) -> bool:
    """Decide by the constructor, or for an instance by its parts: networks know classes, blocks know channels."""
    if isinstance(candidate.value, nn.Module):
        return _is_deep(candidate.value)
    names = {name.lower() for name in candidate.signature.parameters}
    if names & _OF_NETWORKS:
        return True
    if is_named_block(candidate):
        return False
    named = NETS.search(candidate.name) is not None
    settings = candidate.signature.takes_any or any(names_settings(name) for name in names)
    if settings and not named:
        return False
    if named and _has_settings_of_stages(candidate):
        return True
    return not {Role.IN, Role.OUT, Role.BOTH, Role.STRIDE} & set(candidate.signature.roles.values())


def _has_settings_of_stages(candidate: Candidate) -> bool:
    """Tell a constructor with widths and strides, or the like, for each of several stages: sequences of one length."""
    defaults = [parameter.default for parameter in candidate.signature.parameters.values()]
    lengths = Counter(len(default) for default in defaults if isinstance(default, (list, tuple)))
    return any(length > 1 and count > 1 for length, count in lengths.items())


def is_named_block(candidate: Candidate) -> bool:
    """Tell a class whose name is that of a block or layer, and not of a network."""
    return is_block_name(candidate.name)


def is_block_name(name: str) -> bool:
    """Tell the name of a block or layer from that of a network."""
    return bool(_BLOCKS_BY_NAME.search(name)) and not NETS.search(name)


def _is_deep(module: nn.Module) -> bool:
    convs = [layer for layer in module.modules() if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Conv3d))]
    linear = any(isinstance(layer, nn.Linear) for layer in module.modules())
    return bool(convs) and (convs[0].in_channels in (1, 3) or (linear and len(convs) > 8))


def turned_out_network(trial: Trial, class_name: str, blocks: int) -> bool:
    """Tell a network by what it did: it made a vector of a map, or has many parts. `blocks`: how many of them add."""
    if not trial.ran:
        return False
    flat = len(trial.out_shape) == 2 and len(trial.in_shape) > 3
    parts = [call.module for call in trial.tape.calls[1:] if not call.of_torch]
    deep = sum(sum(parameter.dim() >= 3 for parameter in part.parameters()) >= 2 for part in parts)
    return flat or blocks > 3 or bool(deep >= 3 and NETS.search(class_name))


def network_trial(candidate: Candidate, args: Mapping[str, Any]) -> Trial:
    """Construct a whole network and probe it on the smallest usual image it accepts.

    Raises CheckError when it cannot be constructed and the fault may be our guess.
    """
    try:
        built = _constructed(candidate, args)
    except (TargetError, CheckError):
        raise
    except Exception as error:
        trial = Trial(Kind.NETWORK, failure=failure("construct", error))
        suspect = Suspect.of(candidate, args, trial)
        chosen = [*suspect.required, *suspect.assumed]
        guess = isinstance(error, TypeError) or not suspect.failure.frames or suspect.stands_on(chosen)
        if guess and not is_slip(suspect):
            raise CheckError(f"{candidate.target}: {what_to_give(suspect)}.") from None
        return trial
    return _probed(built)


def _constructed(candidate: Candidate, args: Mapping[str, Any]) -> Built:
    """Construct a network for three channels, or, where that is refused, with its own default.

    A stride is 1 only where one has to be given: the default, often one for each stage, is part of the network.
    """
    arguments, required = _arguments(candidate, args), candidate.signature.required()
    defaults = {role for name, role in candidate.signature.roles.items() if name not in required}
    channels = {} if _has_wide_input(candidate) else {Role.IN: 3}
    stride = {} if Role.STRIDE in defaults else {Role.STRIDE: 1}
    try:
        return construct(candidate, arguments, fill={**channels, **stride})
    except TargetError:
        raise
    except Exception:
        if not defaults & channels.keys():
            raise
        with suppress(Exception):  # the first failure is told: the default only shows whether our guess is behind it
            return construct(candidate, arguments, fill=stride)
        raise


def _has_wide_input(candidate: Candidate) -> bool:
    """Tell a network of which the argument that we read as the channels of an image has a default too large for them.

    In `VisionTransformer(width=768, out_dim=512)` it is the width inside; images with more than four channels are rare.
    """
    if isinstance(candidate.value, nn.Module):
        return False
    own = candidate.signature
    defaults = [own.parameters[name].default for name, role in own.roles.items() if role is Role.IN]
    return any(type(default) is int and default > 4 for default in defaults)


def network_instead(candidate: Candidate, args: Mapping[str, Any]) -> Trial | None:
    """Probe as a network what did not run as a block: a generator takes a vector, a classifier three channels.

    A class that needs no argument is probed as it is by default, whatever it is: sizes that fit each other.
    """
    try:
        trial = network_trial(candidate, args)
    except (TargetError, CheckError):
        return None
    by_default = not isinstance(candidate.value, nn.Module) and not set(candidate.signature.required()) - set(args)
    other = bool(NETS.search(candidate.name)) or trial.out_shape[1:] != trial.in_shape[1:]
    return trial if trial.ran and (by_default or other) else None


def _arguments(candidate: Candidate, args: Mapping[str, Any]) -> dict[str, Any]:
    """Give a `block` argument the block class of the same module, and depths a short list."""
    chosen = dict(args)
    if isinstance(candidate.value, nn.Module):
        return chosen
    counts = use_of(candidate.value).counts
    for name in candidate.signature.required():
        if name in chosen:
            continue
        if name.lower().rstrip("s") in _BLOCKS:
            block = _block_beside(candidate)
            chosen.update({name: block} if block is not None else {})
        if name in counts:
            continue
        depth = depth_for(candidate.value, name)
        if depth is not None:
            chosen[name] = depth
        elif name.lower() in _DEPTHS:
            chosen[name] = [2, 2, 2, 2]
    return chosen


def _block_beside(candidate: Candidate) -> type | None:
    """Return a block of the same file, else one that it imports; one that says its expansion goes first."""
    beside = [kind for kind in classes_beside(candidate) if kind.__name__ != candidate.name]
    names = vars(sys.modules.get(candidate.value.__module__, object))
    imported = [kind for kind in names.values() if isinstance(kind, type) and issubclass(kind, nn.Module)]
    imported = [
        each for each in imported if not each.__module__.startswith("torch") and each.__name__ != candidate.name
    ]
    others = [*beside, *(kind for kind in imported if kind not in beside)]
    others.sort(key=lambda kind: not hasattr(kind, "expansion"))
    return next((kind for kind in others if {Role.IN, Role.OUT} <= set(signature_of(kind).roles.values())), None)


def _probed(built: Built) -> Trial:
    trial = Trial(Kind.NETWORK, built=built, module=built.module if built.sites else copied(built.module))
    offers = list(signals(built.module, first_channels(built.module)[0], network=True, sizes=_sizes_of(built)))
    offers = [Signal.of(built.inputs)] if built.inputs else variants(trial.module, offers)
    several = len(required_inputs(trial.module)) > 1 and not built.inputs
    said = as_said(trial.module, built.arguments) if several else None
    trial.signal, trial.batch = (said, None) if said is not None else _accepted(trial.module, offers, built.arguments)
    trial.wanted = {"in": trial.signal.channels}
    return without_misreading(_on_larger_image(measure(trial), offers))


def _on_larger_image(trial: Trial, offers: list[Signal]) -> Trial:
    """Probe again with the largest image offered where a layer that runs in training alone found its map too small.

    Inception's auxiliary classifier has a 5×5 convolution on a map that 299 pixels make large enough.
    """
    largest = max(offers, key=lambda offer: offer.side)
    small = trial.failure is not None and too_small(trial.failure.text)
    if not small or trial.signal is None or trial.signal.given or largest.side <= trial.signal.side:
        return trial
    again = measure(replace(trial, signal=largest, failure=None, tape=Tape(), eval_tape=Tape()))
    return again if again.ran else trial


def _sizes_of(built: Built) -> list[int]:
    """Return the sides of an image that a network's arguments, or defaults, give."""
    try:
        parameters = inspect.signature(type(built.module)).parameters
    except (TypeError, ValueError):
        return []
    values = {name: built.arguments.get(name, each.default) for name, each in parameters.items() if _SIZES.search(name)}
    for settings in [each for each in built.arguments.values() if isinstance(each, Settings)]:
        values |= {name: value for name, value in vars(settings)["asked"].items() if _SIZES.search(name)}
    sides = [side for value in values.values() for side in (value if isinstance(value, (tuple, list)) else (value,))]
    return list(dict.fromkeys(side for side in sides if isinstance(side, int) and 8 <= side <= 512))


_SIZES = re.compile(
    r"(image|img|input|in|spatial|crop|sample)_?(size|res|shape|height|width|h|w|dim)|^(size|resolution)$", re.I
)


_LIKELY = 3  # offers whose rows may count although they are none an image; a later size may fit a view by chance


def _accepted(
    module: nn.Module, offers: list[Signal], arguments: Mapping[str, Any]
) -> tuple[Signal, WrittenBatch | None]:
    """Return the first offer that runs; where a linear layer wants another size, the side that gives it.

    With it comes the size of batch that the code demands, where it runs with no other. An output for each image goes
    before one that a `view` made of a map of another size than the network is for.
    """
    of_batch, works, further = None, list[Signal](), None
    seen = Counter[tuple[int, int, str, str]]()
    for asked in offers:
        offer, alike = asked, (asked.channels, len(asked.shape), asked.extras)
        if max((count for (*own, _), count in seen.items() if tuple(own) == alike), default=0) == 2:
            continue  # what fails alike at two sides fails at every side
        outputs, error = tried(module, offer)
        if len(offers) > 1:
            offer, outputs, error = lighter(module, offer, outputs, error)
        seen[*alike, _SIZES_OF_INPUT.sub("", error)] += bool(error and not too_small(error))
        if doubles_batch(module, offer, outputs):
            continue
        if outputs and (len(offers) == 1 or any(len(each) == offer.batch for each in outputs if each.dim())):
            return offer, None
        works += [offer] if outputs and asked in offers[:_LIKELY] else []
        if asked is offers[0] and not offer.given and error != TOO_LONG:
            of_batch = batch_written_for(module, offers)
        if of_batch is not None:
            return of_batch
        for ratio in _ratios(error) if offer.axes and seen[*alike, error] < 2 else ():
            fits = _fitting_side(module, offer, ratio)
            if fits is not None:
                return fits, None
            further = further or _further(module, offer, ratio)
    if works or further:
        return next(iter(works), further or offers[0]), None
    if offers[0].given:
        return offers[0], None
    return in_pieces(module, offers) or as_said(module, arguments) or asked_for(module, offers[0]) or offers[0], None


_SIZES_OF_INPUT = re.compile(r"input\[[\d, ]+\]")  # the one part of a message of channels that differs by side


def _ratios(error: str) -> list[float]:
    """Return how many times as many features, or patches beside up to two tokens, an error says that are wanted."""
    features = re.search(r"mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)", error)
    if features:
        return [int(features.group(2)) / int(features.group(1))]
    patches = re.search(r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) .*dimension 1", error)
    given, wanted = (int(count) for count in patches.groups()) if patches else (0, 0)
    pairs = [(given - tokens, wanted - tokens) for tokens in (1, 0, 2)]
    return [large / small for small, large in pairs if min(small, large) > 0 and math.isqrt(large) ** 2 == large]


def _further(module: nn.Module, offer: Signal, ratio: float) -> Signal | None:
    """Return the offer at the side that gives `ratio` times as many features, if what fails there is something else."""
    there = replace(offer, side=max(1, round(offer.side * ratio ** (1 / offer.axes))))
    return None if _ratios(attempt(module, there)[1]) else there


def _fitting_side(module: nn.Module, offer: Signal, ratio: float) -> Signal | None:
    """Return the offer at the side whose map has `ratio` times as many features, or at one near it, if one runs."""
    side = max(1, round(offer.side * ratio ** (1 / offer.axes)))
    if side == offer.side:
        return None
    near = [replace(offer, side=side + step) for step in (0, 1, -1, 2, 3, 4) if side + step > 0]
    return next((each for each in near if runs(module, each)), None)
