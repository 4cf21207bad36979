"""What is known of the network in a checkpoint, and how well? The values that a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from residua.metadata import Meta
from residua.spec import ResNetSpec
from residua.weights.assumptions import Assumption
from residua.weights.recognise.nearest import Nearest


@dataclass(frozen=True)
class Candidate:
    """Another network that the same tensors can be, and its nearest name; `load(path, spec=…)` takes it.

    title: what people call it. change: fields laid over the answer that make it this one; empty where no such fields
    do. cost: of accuracy where the wrong one of the two is loaded, one of `assumptions.COSTS`.
    """

    name: str
    spec: ResNetSpec
    difference: str
    title: str
    change: Mapping[str, Any]
    cost: str


@dataclass(frozen=True)
class Inspection:
    """What is in a checkpoint, and what else the same tensors can be.

    block: it is one residual block alone. decided: what no tensor shows and evidence in the file settles. doubts: what
    speaks against the answer, in words.
    """

    file: str
    format: str
    dialect: str
    network: Nearest
    title: str
    spec: ResNetSpec
    params: int
    because: str
    wrappers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    decided: tuple[Assumption, ...] = ()
    doubts: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    not_finite: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    meta: Meta = field(default_factory=Meta)
    block: bool = False
