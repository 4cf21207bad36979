"""What is known of the network in a file? The value that every pass of recognising takes and returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from residua.errors import WeightsError
from residua.pickles.stored import Stored
from residua.spec import ResNetSpec
from residua.weights.files.opened import Declared
from residua.weights.recognise.dialects import Dialect
from residua.weights.recognise.layers import Layer
from residua.weights.recognise.our_names import Shape


class UnknownNetworkError(WeightsError):
    """The file is sound and its tensors form no network that residua knows.

    so_far: what is known of them. tensor: the name of the one that no network here has a place for, if one is known.
    format: of the file, in words, where it is one.
    """

    format = ""

    def __init__(self, message: str, so_far: Recognised, tensor: str = "") -> None:
        super().__init__(message)
        self.so_far, self.tensor = so_far, tensor


@dataclass(frozen=True)
class Reading:
    """One network that the tensors can be: its spec, where each tensor goes, and why.

    keys: {our parameter's name: the name in the file}. shapes: of all of the spec's parameters, by our name.
    folded: convolutions carry a bias and there is no norm.
    """

    spec: ResNetSpec
    keys: Mapping[str, str] = field(repr=False)
    because: str
    shapes: Mapping[str, Shape] = field(repr=False)
    folded: bool = False


@dataclass(frozen=True)
class Decision:
    """The answer to a question that no tensor answers, by what each batch norm has stored of its input.

    chosen: {field: value} as taken. others: the values excluded; where it is open, those that are as possible.
    support: 1 where what is stored is just what `chosen` gives, 0 where it lies halfway to the nearest of the others.
    because: in words.
    """

    chosen: Mapping[str, Any]
    others: tuple[Mapping[str, Any], ...]
    open: bool
    support: float
    because: str


@dataclass(frozen=True)
class Recognised:
    """The tensors of one network, and what the passes so far have found out.

    source: what errors call the file. registered: tensors stand in the order in which a program made the layers.
    hwio: kernels are (H, W, in, out). declared: fields that the file states beside its tensors; in the end only those
    that fit, and those that its layout implies. kept: the tensors that may be layers of the network; layers: what they
    make up. extra: names of the other tensors; excused: names of those that no network computes with, wherever they
    lie. readings: the networks that it can be; the first is the answer. dialect: the layout whose names these are.
    rejected: what is declared and does not fit the tensors, in words. folded: tensors that were computed from others in
    the file (weight norm, masks), in words. pixels: names of the mean and deviation that normalise the input.
    decisions: what the norms' statistics decided; asked: they have been. doubts: what they, names and other tensors
    say against the network, in words.
    """

    source: str
    tensors: Mapping[str, Stored]
    registered: bool = True
    hwio: bool = False
    declared: Mapping[str, Declared] = field(default_factory=dict)
    kept: Mapping[str, Stored] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    extra: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    dialect: Dialect | None = None
    rejected: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    pixels: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    asked: bool = False
    doubts: tuple[str, ...] = ()
