"""Which published network is this, or which one is nearest, and what is different?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from residua.spec import ResNetSpec
from residua.zoo import ZOO

FREE = ("num_classes", "in_channels", "zero_gamma")  # one's data, and how weights began: not another network
UNSEEN = (  # no tensor shows these
    "stride_on", "strides", "stride_at", "norm_eps", "padding", "drop_path", "dropout", "block_dropout",
    "shortcut_pad", "antialias", "subsample", "output_stride", "weight_standardization", "stem_pool",
)  # fmt: skip
WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


@dataclass(frozen=True)
class Nearest:
    """The nearest row of the zoo. exact: nothing but classes, input channels and the first γ differs."""

    name: str
    exact: bool
    difference: str


@lru_cache(maxsize=64)  # a report asks for each network's name more than once
def nearest(spec: ResNetSpec) -> Nearest:
    """Return the row of the zoo that `spec` is, or that differs in the least."""
    ranked = sorted(ZOO, key=lambda name: _distance(spec, ZOO[name].spec))
    row = ZOO[ranked[0]].spec
    return Nearest(ranked[0], not differing(spec, row), _in_words(spec, row))


def differing(spec: ResNetSpec, row: ResNetSpec) -> list[str]:
    """Return the fields, the free ones aside, in which two networks differ."""
    return [name for name in ResNetSpec.model_fields if name not in FREE and getattr(spec, name) != getattr(row, name)]


def _distance(spec: ResNetSpec, row: ResNetSpec) -> tuple[float, int]:
    """Rank by what tensors show, then by what they do not, then by classes.

    All unseen fields together (0.14) weigh less than a block more (0.6), that less than another field (1), and a few of
    those less than another kind of network (3).
    """
    total = 0.0
    for name in differing(spec, row):
        if name in UNSEEN:
            total += 0.01
        elif name == "depths" and len(spec.depths) == len(row.depths):
            total += 0.5 + 0.1 * sum(abs(own - other) for own, other in zip(spec.depths, row.depths, strict=True))
        else:
            total += 3.0 if name in ("block", "stem", "preactivation", "depths") else 1.0
    return total, sum(getattr(spec, name) != getattr(row, name) for name in FREE)


def _in_words(spec: ResNetSpec, row: ResNetSpec) -> str:
    """Return how `spec` differs from `row`: "one block fewer in stage 3, stem_pool='none'"; empty when it does not."""
    differences = []
    for name in differing(spec, row):
        if name == "depths" and len(spec.depths) == len(row.depths):
            pairs = enumerate(zip(spec.depths, row.depths, strict=True), start=1)
            differences += [_blocks(own - other, stage) for stage, (own, other) in pairs if own != other]
        else:
            differences.append(f"{name}={getattr(spec, name)!r}")
    return ", ".join(differences)


def _blocks(more: int, stage: int) -> str:
    count = WORDS.get(abs(more), str(abs(more)))
    plural = "" if abs(more) == 1 else "s"
    return f"{count} block{plural} {'more' if more > 0 else 'fewer'} in stage {stage}"
