"""What can be given to a module's forward, when only the module is known?"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from residua.errors import CheckError
from residua.targets.further import TOKEN_MASKS, further_input, labels_of
from residua.targets.given import Input

_FROM_VECTOR = (nn.Linear, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class Signal:
    """The shape of one probe: batch, channels, side length, spatial axes, and what further inputs look like.

    stretch: by how much the last of several sides is longer than the others. given: the inputs themselves, where the
    user gave them, or where they were found by what exceptions say.
    """

    channels: int
    side: int
    axes: int
    batch: int = 2
    extras: str = "named"
    given: tuple[Input, ...] = ()
    stretch: int = 0

    @classmethod
    def of(cls, inputs: tuple[Input, ...]) -> Signal:
        """Return the probe of the inputs that a user gave."""
        shape = inputs[0].shape
        channels, side = (shape[1] if len(shape) > 1 else 1), (shape[2] if len(shape) > 2 else 1)
        return cls(channels, side, max(0, len(shape) - 2), shape[0], given=inputs)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the first input: (N, C, side, …), or (N, C) without spatial axes."""
        if self.given:
            return self.given[0].shape
        sides = [self.side] * self.axes
        if self.stretch and self.axes > 1:
            sides[-1] += self.stretch
        return (self.batch, self.channels, *sides)


def axes_of(module: nn.Module) -> int:
    """Return the number of spatial axes that the module's layers work on: 3, 2, 1, or 0 for linear layers only."""
    for child in module.modules():
        kinds = [kind.__name__ for kind in type(child).__mro__ if kind.__module__.startswith("torch.")]
        axes = _axes_of_pattern(child)
        if axes in (2, 3):  # of a pattern with more no layer says which are sides
            return axes
        for axes in (2, 3, 1):
            if any(each.endswith(f"{axes}d") and not (axes == 1 and "BatchNorm" in each) for each in kinds):
                return axes
    # a table of positions or tokens has one row for all images, a filter seldom
    known = [parameter for parameter in module.parameters() if not is_lazy(parameter)]
    weights = [parameter for parameter in known if 3 <= parameter.dim() <= 5 and parameter.shape[0] > 1]
    ranks = [parameter.dim() - 2 for parameter in weights]
    if ranks:
        return ranks[0] if ranks[0] != 1 or not _is_scale(module) else 2
    linear = any(isinstance(layer, nn.Linear) for layer in module.modules()) or _bare_matrices(module)
    return 0 if linear else 2


def _bare_matrices(module: nn.Module) -> list[nn.Parameter]:
    """Return the matrices that a module of the user's multiplies with itself, as in `x @ self.weight`."""
    owners = [each for each in module.modules() if not type(each).__module__.startswith("torch.")]
    own = [parameter for owner in owners for parameter in owner.parameters(recurse=False)]
    return [
        parameter for parameter in own if not is_lazy(parameter) and parameter.dim() == 2 and min(parameter.shape) > 1
    ]


def _axes_of_pattern(layer: nn.Module) -> int:
    """Return how many spatial axes an einops layer takes apart: 2 of `b c (h p1) (w p2) -> b (h w) (p1 p2 c)`."""
    pattern = getattr(layer, "pattern", None)
    taken = pattern.partition("->")[0] if isinstance(pattern, str) and "->" in pattern else ""
    return len(re.findall(r"\([^)]*\)|\S+", taken)) - 2


def _axes_unpacked(module: nn.Module) -> int | None:
    """Return how many spatial axes forward's own words give its input, as `b, c, t = x.shape` gives one."""
    try:
        lines = inspect.getsource(forward_of(type(module)))
        first = required_inputs(module)[0]
    except (OSError, TypeError):
        return None
    found = re.search(rf"((?:\w+\s*,\s*)+\w+)\s*=\s*{re.escape(first)}\.(?:shape|size\(\))", lines)
    axes = found.group(1).count(",") - 1 if found else None
    return axes if axes is not None and 0 <= axes <= 3 else None


def forward_of(kind: type) -> Any:
    """Return a class's forward as it is written; classes of torch.jit raise where they are asked for theirs."""
    return inspect.getattr_static(kind, "forward", None)


def reads_sequences(module: nn.Module) -> bool:
    """Tell modules of attention, recurrence or layer norm without any convolution: their inputs are (N, length, C)."""
    found = axes_of(module) in (0, 2) and _has_sequence_layer(module) and not _has_convolution(module)
    return found and not _drops_features(module)


def _drops_features(module: nn.Module) -> bool:
    """Tell a forward that squeezes its second axis: of (N, length, C) that is the length, of (N, 1) the one result."""
    try:
        return bool(re.search(r"squeeze\((?:\w+,\s*)?(?:dim=)?1\)", inspect.getsource(forward_of(type(module)))))
    except (OSError, TypeError):
        return False


def _has_sequence_layer(module: nn.Module) -> bool:
    return any(isinstance(layer, (nn.MultiheadAttention, nn.RNNBase, nn.LayerNorm)) for layer in module.modules())


def _recurs(module: nn.Module) -> bool:
    """Tell recurrence, which takes a matrix for one sequence: its rows are then no images."""
    return any(isinstance(layer, nn.RNNBase) for layer in module.modules())


def _has_convolution(module: nn.Module) -> bool:
    kinds = {type(layer).__name__ for layer in module.modules()}
    named = any(re.search(r"[123]d$", kind) for kind in kinds)
    return named or any(parameter.dim() > 2 for parameter in module.parameters())


def _sequences(module: nn.Module) -> Iterator[Signal]:
    """Yield (N, length, C) probes: C from the norms and attention, the length free or the width of another layer."""
    widths = [layer.normalized_shape[-1] for layer in module.modules() if isinstance(layer, nn.LayerNorm)]
    widths += [layer.embed_dim for layer in module.modules() if isinstance(layer, nn.MultiheadAttention)]
    likely, parts = list(dict.fromkeys([*first_channels(module)[:1], *widths]))[:3], _parts_of_input(module)
    for width in [*likely, *(parts * width for width in likely if parts > 1)]:
        for length in (16, *(count for count in first_channels(module)[:4] if count != width)):
            yield Signal(length, width, 1)


def _parts_of_input(module: nn.Module) -> int:
    """Return into how many parts forward cuts its input, each for layers of its own; 1 where it does not."""
    try:
        text = inspect.getsource(forward_of(type(module)))
    except (OSError, TypeError):
        return 1
    first = re.escape(required_inputs(module)[0])
    counted = re.search(rf"\b{first}\.chunk\((\d)|torch\.(?:chunk|tensor_split)\({first},\s*(\d)", text)
    halved = re.search(rf"\b{first}\.split\(|torch\.split\({first}\b|\b{first}\[\.\.\., :|glu\({first}\b", text)
    return int(counted[1] or counted[2]) if counted else 2 if halved else 1


def _is_scale(module: nn.Module) -> bool:
    return all(parameter.shape[-1] == 1 for parameter in module.parameters() if parameter.dim() == 3)


def first_channels(module: nn.Module) -> list[int]:
    """Return the channel counts that the module's layers expect, in order of registration, without repetitions."""
    found: list[int] = []
    for child in module.modules():
        for name in ("in_channels", "num_features", "num_channels", "in_features", "input_size", "embed_dim"):
            value = getattr(child, name, None)
            if isinstance(value, int) and value and list(child.parameters(recurse=False)):
                found.append(value)
    for parameter in module.parameters():
        if not is_lazy(parameter) and parameter.dim() >= 3:
            found.append(int(parameter.shape[1]))
    found += [int(matrix.shape[0]) for matrix in _bare_matrices(module)]
    return list(dict.fromkeys(found)) or [64]


def _of_first_convolution(module: nn.Module) -> list[int]:
    """Return the channels of the first convolution; layers that a map never meets may stand before it."""
    convs = (each for each in module.modules() if isinstance(each, (nn.Conv1d, nn.Conv2d, nn.Conv3d)))
    return [each.in_channels for each in convs if each.in_channels > 0][:1]


def draw(module: nn.Module, signal: Signal, seed: int = 0) -> list[Tensor]:
    """Return the tensors for one forward pass: the image-like first input, then one for each required argument."""
    generator = torch.Generator().manual_seed(seed)
    dtype = next((parameter.dtype for parameter in module.parameters() if parameter.is_floating_point()), torch.float32)
    if signal.given:
        return [_drawn(module, each, dtype, generator) for each in _in_order(module, signal.given)]
    first = torch.randn(signal.shape, generator=generator).to(dtype)
    return [
        first,
        *(further_input(module, name, (first, signal.extras), generator) for name in required_inputs(module)[1:]),
    ]


def _drawn(module: nn.Module, given: Input, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    if given.kind == "long":
        return torch.randint(0, labels_of(module), given.shape, generator=generator)
    if given.kind == "bool":
        return torch.rand(given.shape, generator=generator) < 0.5
    return torch.randn(given.shape, generator=generator).to(dtype)


def _in_order(module: nn.Module, given: tuple[Input, ...]) -> list[Input]:
    """Put inputs that were given by name where forward takes them; the others keep their order."""
    try:
        names = list(inspect.signature(module.forward).parameters)
    except (TypeError, ValueError):
        return list(given)
    unknown = [each.name for each in given if each.name and each.name not in names]
    if unknown:
        raise CheckError(f"forward takes no input {unknown[0]!r}; it takes {', '.join(names)}.")
    free = iter(each for each in given if not each.name)
    named = {each.name: each for each in given if each.name}
    taken = [named.get(name) or next(free, None) for name in names[: len(given)]]
    if None in taken:
        raise CheckError(f"the inputs given leave one out before the last; forward takes {', '.join(names)}.")
    return [each for each in taken if each is not None]


def required_inputs(module: nn.Module) -> list[str]:
    """Return the names of the inputs that forward takes and that have no default; "x" where that cannot be read."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ] or ["x"]


def hands_shortcut_in(module: nn.Module) -> bool:
    """Tell a forward with an optional input that stands for its first one: `if residual is None: residual = x`."""
    try:
        text = inspect.getsource(forward_of(type(module)))
    except (OSError, TypeError):
        return False
    first = re.escape(required_inputs(module)[0])
    return bool(re.search(rf"if (\w+) is None:\s*\1 = {first}\b|(\w+) = {first} if \2 is None", text))


def takes_list(module: nn.Module) -> bool:
    """Tell a forward that counts, indexes, unpacks or iterates over its first input, as a list of maps."""
    if is_taken_apart(module):
        return True
    try:
        text = inspect.getsource(forward_of(type(module)))
    except (OSError, TypeError):
        return False
    first = re.escape(required_inputs(module)[0])
    unpacked = rf"^\s*\(?\w+(\s*,\s*\*?\w+)+\)?\s*=\s*{first}\s*(#.*)?$"
    counted = rf"(len|enumerate|zip|list|reversed)\([^()]*\b{first}\b[,)]|in {first}\b\s*[:\]]|\b{first}\[\w+\]"
    return bool(re.search(unpacked, text, re.M) or re.search(counted, text))


def is_taken_apart(module: nn.Module) -> bool:
    """Tell a module whose class's forward takes as one argument what ours takes one by one (parts.py).

    Not one whose pair of states alone is: what else it takes is no stream of several.
    """
    own = vars(module).get("forward")
    return own is not None and not getattr(own, "of_state", False) and len(required_inputs(module)) > 1


def starts_with_ids(module: nn.Module) -> bool:
    """Tell a network whose first layer is an embedding: it takes numbers of words."""
    layers = [layer for layer in module.modules() if list(layer.parameters(recurse=False))]
    return bool(layers) and isinstance(layers[0], nn.Embedding)


def starts_with_vector(module: nn.Module) -> bool:
    """Tell a generator, whose first layer is linear or transposed and whose later ones convolve."""
    layers = [layer for layer in module.modules() if list(layer.parameters(recurse=False))]
    return bool(layers) and isinstance(layers[0], _FROM_VECTOR) and _has_convolution(module)


def variants(module: nn.Module, offers: list[Signal]) -> list[Signal]:
    """Add, for a forward of several required inputs, offers whose further inputs have another form."""
    names = required_inputs(module)
    if len(names) < 2:
        return offers
    offers = [offer for offer in offers if not offer.given] or offers
    kinds = ("channels", "vectors", "numbers", "labels")
    tokens = [offer for offer in offers if offer.axes == 1] if any("mask" in name for name in names[1:]) else []
    masked = [replace(offer, extras=kind) for offer in tokens[:2] for kind in TOKEN_MASKS]
    likely = list(dict.fromkeys([*offers[:2], *[offer for offer in offers if offer.axes][:2]]))
    others = [replace(offer, extras=kind) for kind in kinds for offer in likely]
    return offers + masked + others + (_rows_of_ids(names) if starts_with_ids(module) else [])


def _rows_of_ids(names: list[str]) -> list[Signal]:
    """Return numbers of words, places and segments for each input; a mask may have an axis for the queries besides."""
    rows = tuple(Input((2, 16), "long", name) for name in names)
    masked = tuple(Input((2, 1, 16), "bool", each.name) if "mask" in each.name else each for each in rows)
    return [Signal.of(each) for each in dict.fromkeys((rows, masked))]


def signals(
    module: nn.Module, expected: int | None, network: bool = False, sizes: Collection[int] = ()
) -> Iterator[Signal]:
    """Yield probes to try, the likeliest first; `expected` channels come before those the layers suggest.

    sizes: sides of an image that the code itself speaks of.
    """
    said = _said_shapes(module) if len(required_inputs(module)) == 1 else []
    shapes = [Signal.of((Input((2, *shape)),)) for shape in said]
    yield from shapes if network else ()
    yield from _guessed(module, expected, network, sizes)
    yield from () if network else shapes  # last, as other widths of a block run too


def _guessed(module: nn.Module, expected: int | None, network: bool, sizes: Collection[int]) -> Iterator[Signal]:
    """Yield probes by what the layers take."""
    axes = axes_of(module)
    if network and starts_with_ids(module):
        yield from (Signal.of((Input((2, length), "long"),)) for length in (16, 64, *_lengths(module)))
    if reads_sequences(module) and (not network or _recurs(module)):
        yield from _sequences(module)
    likely = [*([expected] if expected else []), *_of_first_convolution(module), *first_channels(module)[:4]]
    parts = _parts_of_input(module) if axes == 0 else 1
    channels = list(dict.fromkeys([*likely, *(parts * count for count in likely[:2] if parts > 1)]))
    named = _axes_unpacked(module)
    if named is not None and named != axes:
        sides = {0: (1,), 1: (64, 1024), 2: (16, 32), 3: (8, 16)}[named]
        yield from (Signal(count, side, named) for side in sides for count in channels[:2])
    sides = {0: (1,), 1: (32, 64, 1024), 2: (12, 16, 32, 8), 3: (8, 16, 32)}[axes]
    if network:
        sides = {0: (1,), 1: (256, 1024, 128), 2: _SIDES, 3: (32, 16, 64)}[axes]
        # a stem of bare parameters is not met first
        images = [count for count in first_channels(module) if count in (1, 3, 4)]
        channels = list(dict.fromkeys([*channels[:1], *images[:1]]))
    if network and axes and starts_with_vector(module):
        yield from (Signal(channels[0], 1, 0), Signal(channels[0], 1, axes))
    for side in (*sizes, *sides) if axes > 1 else sides:
        for count in channels:
            yield Signal(count, side, axes)
    if axes == 0 and network:
        yield from (Signal(count, side, 2) for side in (*sizes, *_SIDES[:3], 28) for count in (3, 1))
        for side in (*sizes, 64)[:1]:
            yield from (Signal.of((Input((2, 3, *rest)),)) for rest in ((64,), (64, side, side), (16, side, side)))
        yield from _sequences(module)
    elif axes == 0:
        yield from (Signal(16, channels[0], 1), Signal(channels[0], 16, 2), Signal(channels[0], 64, 1))
    elif not network:
        yield from (Signal(channels[0], 16, other) for other in (1, 2) if other != axes)
    if not network and starts_with_ids(module):
        yield from (Signal.of((Input((2, length), "long"),)) for length in (16, *_lengths(module)))


def _said_shapes(module: nn.Module) -> list[tuple[int, ...]]:
    """Return the shapes behind the batch that the class writes out in words: `planes (B, 3, 6, 7)`.

    Only maps and volumes of three axes and more: two numbers may say what comes out.
    """
    words = [type(module).__doc__ or "", forward_of(type(module)).__doc__ or ""]
    with contextlib.suppress(OSError, TypeError):
        words += re.findall(r"#.*", inspect.getsource(type(module)))
    found = (each for text in words for each in _SAID_SHAPE.findall(text))
    shapes = [tuple(int(side) for side in re.findall(r"\d+", each)) for each in found]
    return [shape for shape in dict.fromkeys(shapes) if 3 <= len(shape) <= 4 and max(shape) <= 512][:2]


_SAID_SHAPE = re.compile(r"[(\[](?:B|N|bs|batch\w*)\s*,((?:\s*\d+\s*,)+\s*\d+)\s*[)\]]", re.I)


def _lengths(module: nn.Module) -> list[int]:
    """Return how many ids a row may need: one for each offset in a buffer, or as many as a flattened layer reads."""
    found = [len(buffer) for buffer in module.buffers() if buffer.dim() == 1 and len(buffer) > 1]
    widths = [layer.embedding_dim for layer in module.modules() if isinstance(layer, nn.Embedding)]
    linear = [layer.in_features for layer in module.modules() if isinstance(layer, nn.Linear)]
    found += [linear[0] // widths[0]] if widths and linear and linear[0] % widths[0] == 0 else []
    return [length for length in dict.fromkeys(found) if 1 < length < 4096][:3]


# 112 for networks of faces, 96 and 128 for small image sets, 256 for image to image, 299 for Inception
_SIDES = (64, 224, 32, 28, 112, 128, 256, 96, 299)
