"""What network is in this file? The report, with everything that was renamed, unwrapped, ignored and assumed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from residua.errors import SpecError
from residua.metadata import Meta
from residua.pickles.stored import HALVES
from residua.plan import cost
from residua.spec import ResNetSpec
from residua.text import and_more
from residua.weights.read import Found, blaming, read
from residua.weights.recognise.nearest import Nearest, nearest
from residua.weights.recognise.recognised import Recognised

MOST_CANDIDATES = 8


@dataclass(frozen=True)
class Assumption:
    """Something that no tensor shows: what, the value taken, and why."""

    what: str
    value: Any
    because: str


@dataclass(frozen=True)
class Candidate:
    """Another network that the same tensors can be, and its nearest name; `load(path, spec=…)` takes it."""

    name: str
    spec: ResNetSpec
    difference: str


@dataclass(frozen=True)
class InspectReport:
    """What is in a checkpoint. `to_json()` has the keys of `residua inspect --json`; `as_text()` is for people."""

    file: str
    format: str
    dialect: str
    network: Nearest
    spec: ResNetSpec
    params: int
    because: str
    wrappers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    not_finite: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    meta: Meta = field(default_factory=Meta)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        spec = json.loads(self.spec.model_dump_json())
        candidates = [
            {"name": other.name, "difference": other.difference, "spec": json.loads(other.spec.model_dump_json())}
            for other in self.candidates
        ]
        return {
            "file": self.file,
            "format": self.format,
            "dialect": self.dialect,
            "network": asdict(self.network),
            "spec": spec,
            "params": self.params,
            "num_classes": self.spec.num_classes,
            "in_channels": self.spec.in_channels,
            "wrappers": list(self.wrappers),
            "ignored": list(self.ignored),
            "reshaped": list(self.reshaped),
            "assumed": [asdict(item) for item in self.assumed],
            "candidates": candidates,
            "because": self.because,
            "not_finite": list(self.not_finite),
            "others": list(self.others),
            "beside": _plain(dict(self.beside)),
            "meta": _plain(asdict(self.meta)),
        }

    def as_text(self) -> str:
        """Return the report as lines for a terminal."""
        network = self.network
        title = network.name + ("" if network.exact else f" with {network.difference}")
        plain = {
            "file": f"{self.file} ({self.format})",
            "network": title,
            "parameters": f"{self.params:,}",
            "input, classes": f"{self.spec.in_channels} channels, {self.spec.num_classes} classes",
            "layout": f"{self.dialect}: {self.because}",
            "unwrapped": ", ".join(self.wrappers),
            "also in the file": ", ".join(self.others),
            "ignored": and_more(self.ignored),
            "reshaped": "; ".join(self.reshaped),
            "NaN or infinite": and_more(self.not_finite),
            "metadata": ", ".join(f"{name}={value}" for name, value in self.beside.items()),
            "pretrained": _origin(self.meta),
        }
        lines = [f"{name:<17}{value}" for name, value in plain.items() if value]
        lines += [f"{'assumed':<17}{one.what} = {_shown(one.value)}, because {one.because}" for one in self.assumed]
        lines += [
            f"{'could also be':<17}{other.name}{f' with {other.difference}' if other.difference else ''}"
            for other in self.candidates
        ]
        return "\n".join(lines)


def _origin(meta: Meta) -> str:
    """Return the name and the licence of the published weights that a file was made of, if it says so."""
    known = (meta.provenance or {}).get("pretrained")
    if not isinstance(known, dict):
        return ""
    terms = f"licence {known.get('license') or 'not stated'}{', NON-COMMERCIAL' if known.get('non_commercial') else ''}"
    return f"{known.get('name')}, {terms}"


def _shown(value: Any) -> Any:
    """Return a value for one line: of many names the first ones."""
    names = isinstance(value, tuple) and len(value) > 10 and all(isinstance(name, str) for name in value)
    return and_more(value) if names else value


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: NaN and infinity, which it cannot, as words."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def inspect(source: str | os.PathLike[str], *, ema: bool = False, prefix: str | None = None) -> InspectReport:
    """Return what network is in `source` without building it and without importing torch.

    ema: averaged weights, where the file has both. prefix: which of several networks.
    Raises WeightsError in one line when it is damaged, unsafe, or holds no residual network.
    """
    return describe(read(source, ema=ema, prefix=prefix))


def describe(found: Found) -> InspectReport:
    """Return the report of what `read` found."""
    recognised, unwrapped = found.recognised, found.unwrapped
    first = recognised.readings[0]
    with blaming(found.opened.path):
        scans = {name: recognised.tensors[name].scan() for name in set(first.keys.values())}
    subnormal = sum(scan.subnormal for scan in scans.values())
    others = [other.spec for other in recognised.readings[1:MOST_CANDIDATES]] + _unseen(found)
    dialect = "unknown" if recognised.dialect is None else recognised.dialect.name
    return InspectReport(
        file=str(found.opened.path),
        format=found.opened.format,
        dialect="residua" if found.ours else dialect,
        network=nearest(first.spec),
        spec=first.spec,
        params=cost(first.spec, 512, 512).params,
        because=first.because,
        wrappers=unwrapped.wrappers,
        ignored=(*unwrapped.ignored, *recognised.extra, *recognised.rejected),
        reshaped=tuple(_reshaped(recognised, subnormal)),
        assumed=() if found.ours else tuple(assumptions(recognised)),
        candidates=tuple(_candidate(spec) for spec in others),
        not_finite=tuple(sorted(name for name, scan in scans.items() if not scan.finite)),
        others=unwrapped.others,
        beside=unwrapped.extras,
        meta=found.meta,
    )


def _candidate(spec: ResNetSpec) -> Candidate:
    near = nearest(spec)
    return Candidate(near.name, spec, near.difference)


def _unseen(found: Found) -> list[ResNetSpec]:
    """Return the networks with operations that have no tensor and that published networks of these shapes have."""
    spec, declared = found.recognised.readings[0].spec, found.recognised.declared
    if found.ours:
        return []
    unseen = []
    if "antialias" not in declared and not spec.antialias and spec.stem in ("7x7", "deep") and not spec.preactivation:
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
    if first.folded:
        yield "norms had been folded into the convolutions: identity norms that carry the biases take their place"
    halves = {recognised.tensors[key].dtype for key in first.keys.values()} & set(HALVES)
    if halves:
        yield f"{' and '.join(sorted(halves))} upcast to float32"
    if subnormal:
        yield f"{subnormal:,} weights below 1.2e-38 become 0: they change no logit and slow a CPU tenfold"
    if first.spec.num_classes and "fc.bias" not in first.keys:
        yield "the classifier has no bias: zeros"


def assumptions(recognised: Recognised) -> list[Assumption]:
    """Return what is declared of the network, then what was taken for granted, and why."""
    spec, declared = recognised.readings[0].spec, recognised.declared
    found = [
        Assumption(name, value, f"{by} says so")
        for name, (value, by) in declared.items()
        if name in ResNetSpec.model_fields and getattr(spec, name) == value
    ]
    undecided = spec.shortcut in ("A", "none") and len(recognised.readings) > 1
    for name, because in _never_shown(spec, undecided):
        if name not in declared or (name == "shortcut" and undecided):
            found.append(Assumption(name, getattr(spec, name), because))
    found.append(Assumption("activation", "relu", "every network here has it"))
    value, by = declared.get("preprocessing", (None, ""))
    because = f"{by} says so" if value else "no tensor shows it: --probe finds it on labelled images"
    found.append(Assumption("preprocessing", value, because))
    classes, by = declared.get("classes", (None, ""))
    found.append(Assumption("classes", classes, f"{by} says so" if classes else "the file names none"))
    return found


def _never_shown(spec: ResNetSpec, undecided: bool) -> Iterator[tuple[str, str]]:
    """Yield (field, why it has the value it has) for what the tensors of such a network do not show."""
    if spec.block == "bottleneck":
        yield "stride_on", "v1 (1x1) and v1.5 (3x3) have the same tensors, and most files are v1.5"
    if spec.shortcut == "A":
        yield (
            "shortcut_pad",
            "zero channels have no tensor; akamaster's code and ours pad both sides, most other code the end",
        )
    if undecided:
        yield "shortcut", "no tensor shows a shortcut here: a plain network has the same ones, and --probe decides"
    elif spec.shortcut in ("B", "D"):
        yield (
            "shortcut",
            "an average pool before the projection has no tensor; "
            + ("deep stems come with it" if spec.shortcut == "D" else "the plain projection is commoner"),
        )
    if spec.norm == "group":
        yield "norm", "scale and shift alone are a group norm, or a frozen batch norm; here of gcd(32, channels) groups"
    if spec.stem_pool != "conv":
        yield "stem_pool", "a pool has no tensor; it goes with the stem"
    if spec.block == "basic" and not spec.preactivation:
        yield "subsample", "a max-pool in the place of a block's stride has no tensor, and is rare"
    yield "strides", "no tensor shows a stride; the first stage keeps its size and the others halve it"
    yield "norm_eps", "torch's default"
    yield "padding", "torch's convolutions pad both sides alike; TensorFlow's may not"
    yield "antialias", "a blur before subsampling has no tensor (timm's resnetblur)"
    yield "weight_standardization", "it is computed from the kernels and has no tensor (BiT)"
