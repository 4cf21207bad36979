"""What network is in this file? The report, with everything that was renamed, unwrapped, ignored and assumed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from residua.errors import SpecError
from residua.pickles.stored import HALVES
from residua.plan import cost
from residua.spec import ResNetSpec
from residua.weights.assumptions import POINTS, Assumption, assumptions, cost_of
from residua.weights.decide.candidates import has_statistics, is_open, never_trained, undecided
from residua.weights.decide.wording import UNTRAINED, decided_fields, doubts
from residua.weights.image_options import NOTHING, ImageOptions
from residua.weights.inspection import Candidate, Inspection
from residua.weights.options import DEFAULTS
from residua.weights.preparation import described
from residua.weights.read import Found, read
from residua.weights.recognise.nearest import Nearest, differing, nearest
from residua.weights.recognise.recognised import Recognised, UnknownNetworkError
from residua.weights.recognise.single_block import read_single
from residua.weights.recognise.title import title
from residua.weights.report_text import as_text

MOST_CANDIDATES = 8


@dataclass(frozen=True)
class InspectReport(Inspection):
    """What is in a checkpoint. `to_json()` has the keys of `residua inspect --json`; `as_text()` is for people."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        spec = json.loads(self.spec.model_dump_json())
        candidates = [
            {**asdict(other), "spec": json.loads(other.spec.model_dump_json()), "change": _plain(dict(other.change))}
            for other in self.candidates
        ]
        return {
            "file": self.file,
            "format": self.format,
            "dialect": self.dialect,
            "network": asdict(self.network) | {"title": self.title},
            "spec": spec,
            "params": self.params,
            "num_classes": self.spec.num_classes,
            "in_channels": self.spec.in_channels,
            "wrappers": list(self.wrappers),
            "ignored": list(self.ignored),
            "not_read": list(self.not_read),
            "reshaped": list(self.reshaped),
            "assumed": [asdict(item) for item in self.assumed],
            "decided": [asdict(item) for item in self.decided],
            "doubts": list(self.doubts),
            "candidates": candidates,
            "because": self.because,
            "not_finite": list(self.not_finite),
            "others": list(self.others),
            "beside": _plain(dict(self.beside)),
            "meta": _plain(asdict(self.meta)),
        }

    def as_text(self, width: int = 80) -> str:
        """Return the report as lines for a terminal of `width` columns."""
        return as_text(self, width)


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: NaN and infinity, which it cannot, as words."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def inspect(
    source: str | os.PathLike[str], *, ema: bool = False, prefix: str | None = None, decide: bool = True
) -> InspectReport:
    """Return what network, or which residual block alone, is in `source`.

    ema: averaged weights, where the file has both. prefix: which of several networks.
    decide: where the tensors fit several networks, let the statistics of the norms decide. Only then is torch imported
    and anything built.
    Raises WeightsError in one line when it is damaged, unsafe, or holds no residual network.
    """
    try:
        return describe(read_decided(source, ema, prefix) if decide else read(source, ema=ema, prefix=prefix))
    except UnknownNetworkError as refused:
        return describe_block(refused)


def describe_block(refused: UnknownNetworkError) -> InspectReport:
    """Return the report of the one residual block that the refused tensors are. Raises `refused` when they are none."""
    so_far = refused.so_far
    reading = read_single(so_far)
    if reading is None:
        raise refused
    spec = reading.spec.changed(in_channels=reading.in_channels, num_classes=0)
    kind = f"{'pre-activated ' if spec.preactivation else ''}{spec.block} block"
    used = {ours: so_far.tensors[key] for ours, key in reading.keys.items()}
    bad = tuple(key for key in reading.keys.values() if not so_far.tensors[key].finite())
    return InspectReport(
        file=so_far.source,
        format=refused.format,
        dialect="unknown",
        network=Nearest(kind, True, ""),
        title=f"one {kind} alone, {reading.in_channels} → {reading.out_channels} channels",
        spec=spec,
        params=sum(tensor.size for ours, tensor in used.items() if "running" not in ours),
        because="shapes",
        reshaped=so_far.folded,
        assumed=(Assumption("stride", reading.stride, "no tensor shows a stride", POINTS),),
        not_finite=bad,
        block=True,
    )


def read_decided(source: str | os.PathLike[str], ema: bool = False, prefix: str | None = None) -> Found:
    """Return what `read` finds, with the network decided where others are as plausible."""
    found = read(source, ema=ema, prefix=prefix)
    recognised = found.recognised
    tensors, keys = recognised.tensors, recognised.readings[0].keys.values()
    if found.said or not all(tensors[key].finite() for key in keys):
        return found
    if not has_statistics(recognised.readings[0]):
        return replace(found, recognised=undecided(recognised))
    if not is_open(recognised):
        return found
    from residua.weights.loading import decided  # the judge, which most files do not need

    return decided(found, DEFAULTS)


def describe(found: Found, images: ImageOptions = NOTHING) -> InspectReport:
    """Return the report of what `read` found; images: what the user says of preprocessing and classes."""
    recognised, unwrapped = found.recognised, found.unwrapped
    first = recognised.readings[0]
    scans = {name: recognised.tensors[name].scan() for name in set(first.keys.values())}
    half, _ = recognised.declared.get("preprocessing", (None, ""))
    subnormal = sum(scan.subnormal for scan in scans.values())
    others = [other for other in _others(recognised) if other != first.spec][: MOST_CANDIDATES - 1] + _unseen(found)
    dialect = "unknown" if recognised.dialect is None else recognised.dialect.name
    return InspectReport(
        file=str(found.opened.path),
        format=found.opened.format,
        dialect="residua" if found.ours else dialect,
        network=nearest(first.spec),
        title=title(first.spec),
        spec=first.spec,
        params=cost(first.spec, 512, 512).params,
        because=first.because,
        wrappers=unwrapped.wrappers,
        ignored=(*unwrapped.ignored, *recognised.extra, *recognised.rejected),
        not_read=unwrapped.not_read,
        reshaped=tuple(_reshaped(recognised, subnormal)),
        assumed=() if found.ours else tuple(assumptions(recognised)),
        decided=tuple(Assumption(*one) for one in decided_fields(recognised)),
        doubts=() if found.ours else tuple(_doubts(recognised)),
        candidates=tuple(_candidate(spec, first.spec) for spec in others),
        not_finite=tuple(sorted(name for name, scan in scans.items() if not scan.finite)),
        others=unwrapped.others,
        beside=unwrapped.extras,
        meta=described(found.meta, first.spec, images, half),
    )


def _doubts(recognised: Recognised) -> Iterator[str]:
    if never_trained(recognised) and UNTRAINED not in recognised.doubts:
        yield UNTRAINED
    yield from doubts(recognised)


def _others(recognised: Recognised) -> list[ResNetSpec]:
    """Return the other networks that it can be: every other reading, or what decisions leave open."""
    spec = recognised.readings[0].spec
    if not recognised.decisions:
        return [reading.spec for reading in recognised.readings[1:]]
    return [spec.changed(**fields) for one in recognised.decisions if one.open for fields in one.others]


def _candidate(spec: ResNetSpec, answer: ResNetSpec) -> Candidate:
    """Return a network beside the answer, with what makes it of the answer."""
    near, fields = nearest(spec), differing(spec, answer)
    change = {name: getattr(spec, name) for name in fields}
    with suppress(SpecError):
        shortest = {name: change[name] for name in fields if name not in _following(answer, change, spec)}
        return Candidate(near.name, spec, near.difference, title(spec), shortest, cost_of(spec, answer, fields))
    return Candidate(near.name, spec, near.difference, title(spec), {}, cost_of(spec, answer, fields))


def _following(answer: ResNetSpec, change: Mapping[str, Any], wanted: ResNetSpec) -> set[str]:
    """Return those of the changed fields that follow from the others. Raises SpecError where they make no network."""
    following: set[str] = set()
    for name in change:
        rest = {key: value for key, value in change.items() if key not in following and key != name}
        with suppress(SpecError):
            if rest and answer.changed(**rest) == wanted:
                following.add(name)
    if answer.changed(**change) != wanted:
        raise SpecError("other fields than these make the difference")
    return following


def _unseen(found: Found) -> list[ResNetSpec]:
    """Return the networks with operations that have no tensor and that published networks of these shapes have."""
    spec, declared = found.recognised.readings[0].spec, found.recognised.declared
    if found.ours:
        return []
    unseen, known = [], {name for decision in found.recognised.decisions for name in decision.chosen}
    if (
        "antialias" not in declared
        and "antialias" not in known
        and not spec.antialias
        and spec.stem in ("7x7", "deep")
        and not spec.preactivation
    ):
        unseen.append("antialias")  # timm's resnetblur
    if "weight_standardization" not in declared and not spec.weight_standardization and spec.norm == "group":
        unseen.append("weight_standardization")  # timm's resnetv2_…_bit
    changed = []
    for name in unseen:
        with suppress(SpecError):
            changed.append(spec.changed(**{name: True}))
    return changed


def _reshaped(recognised: Recognised, subnormal: int) -> Iterator[str]:
    """Yield in words how the network's tensors differ from the file's."""
    first = recognised.readings[0]
    if recognised.hwio:
        yield "kernels from (H, W, in, out) to (out, in, H, W)"
    yield from recognised.folded
    if first.folded:
        yield "norms had been folded into the convolutions: identity norms that carry the biases take their place"
    halves = {recognised.tensors[key].dtype for key in first.keys.values()} & set(HALVES)
    if halves:
        yield f"{' and '.join(sorted(halves))} upcast to float32"
    if subnormal:
        yield f"{subnormal:,} weights below 1.2e-38 become 0: they change no logit and slow a CPU tenfold"
    if first.spec.num_classes and "fc.bias" not in first.keys:
        yield "the classifier has no bias: zeros"
