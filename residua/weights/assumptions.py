"""What of a network does no tensor show, what is taken for it, and what does it cost where that is wrong?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from residua.spec import ResNetSpec
from residua.text import printable
from residua.weights.decide.wording import decided_fields
from residua.weights.recognise.recognised import Recognised

CHANCE, TENS, POINTS, LITTLE = "chance", "tens of points", "points", "little"  # of accuracy, the worst first
COSTS = (CHANCE, TENS, POINTS, LITTLE)
FALLS = {CHANCE: "to chance", TENS: "by tens", POINTS: "by points", LITTLE: "hardly"}  # accuracy, where it is wrong
LABEL = 13  # columns of a report
# The worst that was seen on published networks: docs/weights.md has the figures of bench/assumption_cost.py.
COST = {
    "shortcut": CHANCE,
    "shortcut_pad": CHANCE,
    "weight_standardization": CHANCE,
    "strides": TENS,
    "stride_at": TENS,
    "stride_on": TENS,
    "stem_pool": TENS,
    "norm": TENS,
    "activation": TENS,
    "subsample": TENS,
    "padding": POINTS,
    "antialias": POINTS,
    "norm_eps": LITTLE,
}


@dataclass(frozen=True)
class Assumption:
    """Something that no tensor shows: what, the value taken, and why.

    cost: of accuracy where another value is right, one of `COSTS`; empty for what is declared, or no part of a network.
    """

    what: str
    value: Any
    because: str
    cost: str = ""


def cost_of(spec: ResNetSpec, other: ResNetSpec, fields: list[str]) -> str:
    """Return what it costs to have one of two networks for the other, which differ in `fields`: the worst of them."""
    projected = {spec.shortcut, other.shortcut} <= {"B", "D"}
    costs = (POINTS if name == "shortcut" and projected else COST.get(name, CHANCE) for name in fields)
    return min(costs, key=COSTS.index, default=LITTLE)


def assumptions(recognised: Recognised) -> list[Assumption]:
    """Return what is declared of the network, then what was taken for granted, and why, the worst to be wrong first."""
    spec, declared = recognised.readings[0].spec, recognised.declared
    stated = [
        Assumption(name, value, f"{by} says so")
        for name, (value, by) in declared.items()
        if name in ResNetSpec.model_fields and getattr(spec, name) == value
    ]
    undecided = spec.shortcut in ("A", "none") and len(recognised.readings) > 1
    known = {name for name, _, _ in decided_fields(recognised)}
    taken = [
        Assumption(name, getattr(spec, name), because, POINTS if name == "shortcut" and not undecided else COST[name])
        for name, because in _never_shown(spec, undecided)
        if name not in known and (name not in declared or (name == "shortcut" and undecided))
    ]
    taken.append(
        Assumption("activation", "relu", "every network here has it, and averages its last map", COST["activation"])
    )
    taken.sort(key=lambda one: COSTS.index(one.cost))
    value, by = declared.get("preprocessing", (None, ""))
    because = f"{by} says so" if value else "no tensor shows it: --probe finds it on labelled images"
    images = Assumption("preprocessing", value, because)
    classes, by = declared.get("classes", (None, ""))
    names = Assumption("classes", classes, f"{by} says so" if classes else "the file names none")
    return [*stated, *taken, images, names]


def _never_shown(spec: ResNetSpec, undecided: bool) -> Iterator[tuple[str, str]]:
    """Yield (field, why it has the value it has) for what the tensors of such a network do not show."""
    if undecided:
        yield "shortcut", "no tensor shows a shortcut here: a plain network has the same ones"
    elif spec.shortcut in ("B", "D"):
        yield (
            "shortcut",
            "an average pool before the projection has no tensor; "
            + ("deep stems come with it" if spec.shortcut == "D" else "the plain projection is commoner"),
        )
    if spec.shortcut == "A":
        yield (
            "shortcut_pad",
            "zero channels have no tensor; akamaster's code and ours pad both sides, most other code the end",
        )
    if spec.block == "bottleneck":
        yield "stride_on", "v1 (1x1) and v1.5 (3x3) have the same tensors, and most files are v1.5"
    if spec.norm == "group":
        yield "norm", "scale and shift alone are a group norm, or a frozen batch norm; here of gcd(32, channels) groups"
    if spec.stem_pool != "conv":
        yield "stem_pool", "a pool has no tensor; it goes with the stem"
    if spec.block == "basic" and not spec.preactivation:
        yield "subsample", "a max-pool in the place of a block's stride has no tensor, and is rare"
    yield "strides", "no tensor shows a stride; the first stage keeps its size and the others halve it"
    yield "padding", "torch's convolutions pad both sides alike; TensorFlow's may not"
    yield "antialias", "a blur before subsampling has no tensor (timm's resnetblur)"
    if spec.norm == "group":  # every published network with standardised kernels has it
        yield "weight_standardization", "it is computed from the kernels and has no tensor (BiT)"
    yield "norm_eps", "torch's default"


def assumed_text(assumed: Sequence[Assumption], width: int = 80) -> str:
    """Return what was taken for granted of a network as the report has it, without what is declared; "" for nothing."""
    taken = [one for one in assumed if one.cost]
    rows = list(assumed_rows(taken))
    return "\n".join(line for label, words in rows for line in as_lines(label, words, width)).lstrip("\n")


def assumed_rows(assumed: Sequence[Assumption]) -> Iterator[tuple[str, str]]:
    """Yield what is declared, then what was taken for granted: the worst to be wrong first, the harmless last."""
    network = [one for one in assumed if one.what not in ("preprocessing", "classes")]
    declared = [one for one in network if not one.cost]
    taken = [one for one in network if one.cost and one.cost != LITTLE]
    for because in dict.fromkeys(one.because for one in declared):
        yield "declared", f"{', '.join(in_words(one) for one in declared if one.because == because)} ({because})"
    if not taken:
        return
    yield "assumed; how far accuracy falls where it is wrong:", ""
    for cost in (CHANCE, TENS, POINTS):
        label = f"  {FALLS[cost]}"
        for one in taken:
            if one.cost == cost:
                yield label, f"{in_words(one)}: {one.because}"
                label = ""
    if little := [one for one in network if one.cost == LITTLE]:
        yield f"  {FALLS[LITTLE]}", ", ".join(map(in_words, little))


def as_lines(label: str, words: str, width: int) -> list[str]:
    """Return a label with its words, wrapped behind it; a label alone is a heading with an empty line before it."""
    if not words:
        return ["", label]
    return textwrap.wrap(
        printable(words),
        width,
        initial_indent=label.ljust(LABEL),
        subsequent_indent=" " * LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )


def in_words(one: Assumption) -> str:
    return f"{one.what}={setting(one.value)}"


def setting(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
