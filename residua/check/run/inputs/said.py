"""Which inputs does a class say that it takes: by shapes in its comments, and by names that a field uses alike?"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

from residua.check.run.devices import asks_for_a_device
from residua.check.run.forward import attempt
from residua.targets.given import Input
from residua.targets.guess import Settings
from residua.targets.inputs import Signal, axes_of, first_channels, forward_of, required_inputs
from residua.targets.parts import layers_of_levels
from residua.targets.roles import Role, role_of

_BATCH = frozenset({"b", "n", "bs", "bsz", "bsize", "nb", "batch", "batchsize", "nbatch", "nbatches", "minibatch"})
_LENGTHS = (16, 12, 20, 24)  # of axes whose names nothing gives a number: each another one, so that none is mixed up
_SIDES = frozenset({"h", "w", "height", "width", "hh", "ww"})
_SIDE = 32
_MOST_AXES = 5
_AXES = r"[\[(]([^\[\]()\n]{1,80})[\])]"
_BARE = r"^\s*[:=(-]+\s*(\w+(?:\s+[x×*]\s+\w+)+)"  # x: b x n x 3
_ENTRY = r"([^\n]*(?:\n(?!\s*(?:[-*#:@]|\w+\s*[(:]|Returns|\s*\n))[^\n]*){0,2})"  # a line, and those that go on with it
_BETWEEN = re.compile(r"\s*[,×*]\s*|\s+x\s+")


def as_said(module: nn.Module, arguments: Mapping[str, Any]) -> Signal | None:
    """Return the inputs that a class's own words say, with its constructor's numbers, if it runs with them.

    Also where it would run if there were the device that it asks for: on the CPU instead it will be tried again.
    """
    for each in _said(module, arguments):
        outputs, error = attempt(module, each)
        if outputs or asks_for_a_device(error):
            return each
    return None


def _said(module: nn.Module, arguments: Mapping[str, Any]) -> Iterator[Signal]:
    series = _of_series(module, arguments)
    if series is not None:
        yield Signal.of(series)
    yield from _of_levels(module)
    axes = _axes_in_words(module)
    if axes:
        numbers = _numbers(module, arguments)
        yield Signal.of(_sized(axes, dict(numbers)))
        yield from _of_points(axes, numbers, first_channels(module)[0])


def _axes_in_words(module: nn.Module) -> dict[str, list[str]]:
    """Return for each required input the names of its axes, as comments and docstrings of forward write them.

    `x: [bs x nvars x d_model]`, `x (FloatTensor): of size (batch, length, dim)`; empty where they leave an input out,
    or do not begin with the batch.
    """
    try:
        lines = inspect.getsource(forward_of(type(module)))
    except (OSError, TypeError):
        return {}
    above = inspect.getcomments(forward_of(type(module))) or ""
    words = [forward_of(type(module)).__doc__, above, *re.findall(r"#.*", lines), type(module).__doc__]
    text = "\n".join(each or "" for each in words)
    found = dict[str, list[str]]()
    for name in required_inputs(module):
        entries = re.findall(rf"(?<![\w.]){re.escape(name)}\b(?:\.shape|\.size\(\))?{_ENTRY}", text)
        bare = [each for entry in entries for each in re.findall(_BARE, entry)]
        spelt = [each for entry in entries for each in re.findall(_AXES, entry)]
        axes = (_axes(each, 1 if found else 2) for each in (*spelt, *bare))
        found[name] = next((words for words in axes if words), [])
    return found if all(found.values()) else {}


def _axes(text: str, least: int) -> list[str]:
    """Return the names of axes in a text between brackets; none where it is something else."""
    words = [re.sub(r"[\s_]", "", axis).lower() for axis in _BETWEEN.split(text.strip(" `,"))]
    named = words[0] in _BATCH and all(word.isalnum() for word in words)
    return words if named and least <= len(words) <= _MOST_AXES else []


def _numbers(module: nn.Module, arguments: Mapping[str, Any]) -> dict[str, int]:
    """Return what the constructor's arguments, and the module's own attributes, give to the names of axes.

    What comes in has the name of its role besides.
    """
    with_defaults = {name: each.default for name, each in inspect.signature(type(module)).parameters.items()}
    own = {**vars(module), **with_defaults, **arguments}
    whole = {name: value for name, value in own.items() if type(value) is int and value > 0}
    found = {re.sub(r"_", "", name).lower(): value for name, value in whole.items()}
    for role in _CHANNELS:
        channels = [value for name, value in whole.items() if role_of(name) is role]
        found |= {_ENTERING: channels[0]} if channels and _ENTERING not in found else {}
    return found


def _sized(axes: Mapping[str, list[str]], numbers: dict[str, int]) -> tuple[Input, ...]:
    free = iter(_LENGTHS * _MOST_AXES)
    for word in dict.fromkeys(word for words in axes.values() for word in words[1:]):
        if word.isdigit():
            numbers[word] = int(word)
        elif word not in numbers and word in _SIDES:
            numbers[word] = _SIDE
        elif word not in numbers:
            entering = _ENTERING in numbers and (role_of(word) in _CHANNELS or word == "dimension")
            numbers[word] = numbers[_ENTERING] if entering else next(free)
    return tuple(Input((2, *(numbers[word] for word in words[1:])), name=name) for name, words in axes.items())


def _of_points(axes: Mapping[str, list[str]], numbers: Mapping[str, int], width: int) -> Iterator[Signal]:
    """Yield the inputs where some are positions of points in space, which have three coordinates, and others features.

    Features beside which the positions are put, as PointNet++ (Qi 2017) does, are three fewer than the layers take. The
    axes come as they are said, then with the features last, and second: docstrings are copied from other layouts.
    """
    where = {name for name in axes if re.search(_POSITIONS, name)}
    known = {word: number for word, number in numbers.items() if len(word) > 1}
    known |= _POINTS
    for at in (None, -1, 1) if where and len(axes) > 1 else ():
        for features in (width, width - 3):
            found = list[Input]()
            for name, words in axes.items():
                sides = [2, *(int(each) if each.isdigit() else known.get(each, _POINTS["n"]) for each in words[1:])]
                said = next((index for index, word in enumerate(words) if index and word in _FEATURES), -1)
                sides.pop(said)
                place = said if at is None else at
                sides.insert(len(sides) if place == -1 else place, 3 if name in where else features)
                found.append(Input(tuple(sides), name=name))
            yield Signal.of(tuple(found))


_POINTS = {"n": 128, "m": 96, "s": 64, "k": 16}  # more than the neighbours that are looked for
_POSITIONS = r"^(new_?|center_?|query_?|support_?)?(xyz|pos|positions?|coords?|coordinates)s?\d?$"
_FEATURES = frozenset({"c", "d", "f", "3", "ch", "dim", "channels", "feat", "feats", "features"})
_ENTERING = " in"
_CHANNELS = (Role.IN, Role.BOTH)


def _of_series(module: nn.Module, arguments: Mapping[str, Any]) -> tuple[Input, ...] | None:
    """Return a series, its marks of time, and both for the decoder, as Informer (Zhou 2021) named them.

    Its many successors keep the names, and the decoder's length: what is known of the past, then what is asked for.
    """
    names = required_inputs(module)[:4]
    if names != ["x_enc", "x_mark_enc", "x_dec", "x_mark_dec"]:
        return None
    known = dict(vars(module))
    for settings in (each for each in arguments.values() if isinstance(each, Settings)):
        known |= vars(settings)["asked"]
    length, label, ahead = (_whole(known.get(name), 32) for name in ("seq_len", "label_len", "pred_len"))
    convs = [layer.in_channels for layer in module.modules() if isinstance(layer, nn.Conv1d)]
    width = _whole(known.get("enc_in"), (convs or first_channels(module))[0])
    kind = "long" if any(isinstance(layer, nn.Embedding) for layer in module.modules()) else "float"
    made = (
        (length, width, "float"),
        (length, _MARKS, kind),
        (label + ahead, width, "float"),
        (label + ahead, _MARKS, kind),
    )
    return tuple(Input((2, rows, columns), each, name) for (rows, columns, each), name in zip(made, names, strict=True))


def _of_levels(module: nn.Module) -> Iterator[Signal]:
    """Yield a map for each layer beside which forward reads a list: each level half as large, twice, or alike.

    A level has the channels that the layer beside it takes.
    """
    layers = layers_of_levels(module)
    axes, coarsest = axes_of(module), 8 if len(layers) < 4 else 4
    sides = [coarsest * 2**level for level in range(len(layers))]
    for each in (sides[::-1], sides, [_SIDE // 2] * len(layers)) if layers else ():
        shapes = ((2, first_channels(layer)[0], *[side] * axes) for layer, side in zip(layers, each, strict=True))
        yield Signal.of(tuple(Input(shape) for shape in shapes))


_MARKS = 4  # month, day, weekday, hour


def _whole(value: Any, otherwise: int) -> int:
    return value if type(value) is int and value > 0 else otherwise
