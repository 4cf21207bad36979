"""What network is in this file? The report, with everything that was renamed, unwrapped, ignored and assumed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from residua.errors import SpecError, WeightsError
from residua.metadata import KEY, Meta, from_json
from residua.pickles.stored import HALVES
from residua.plan import cost
from residua.spec import ResNetSpec
from residua.text import and_more
from residua.weights.files.guard import reading
from residua.weights.files.hub import locate, read_config
from residua.weights.files.open import Opened, open_file, open_sharded
from residua.weights.recognise.config_json import told_by
from residua.weights.recognise.layers import looks_hwio
from residua.weights.recognise.match import Match, match
from residua.weights.recognise.nearest import Nearest, nearest
from residua.weights.recognise.wrappers import State, unwrap

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
        candidates = [{"name": c.name, "difference": c.difference, "spec": json.loads(c.spec.model_dump_json())}
                      for c in self.candidates]  # fmt: skip
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
            "said beside": ", ".join(f"{name}={value}" for name, value in self.beside.items()),
        }
        lines = [f"{name:<17}{value}" for name, value in plain.items() if value]
        lines += [f"{'assumed':<17}{a.what} = {a.value}, because {a.because}" for a in self.assumed]
        lines += [f"{'could also be':<17}{c.name}{f' with {c.difference}' if c.difference else ''}"
                  for c in self.candidates]  # fmt: skip
        return "\n".join(lines)


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: NaN and infinity, which it cannot, as words."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True)
class Found:
    """A file opened, unwrapped and matched: everything that loading and reporting need."""

    opened: Opened
    state: State
    match: Match
    native: tuple[ResNetSpec, Meta] | None = None


def find(source: str | os.PathLike[str], *, ema: bool = False, prefix: str | None = None) -> Found:
    """Open `source` (a file, a run, a folder in the hub's layout, `hf:org/name`) and say what network it holds.

    The `config.json` of a folder is read when the folder is named, not when a file in it is.
    Raises WeightsError in one line.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise WeightsError(f"a checkpoint is named by a path or hf:org/name, not by {type(source).__name__}")
    with reading(source):
        return _find(source, ema, prefix)


def _find(source: str | os.PathLike[str], ema: bool, prefix: str | None) -> Found:
    path = locate(source)
    opened = open_sharded(path) if path.name.endswith(".index.json") else open_file(path)
    if KEY in opened.metadata:
        spec, meta = from_json(opened.metadata[KEY], path)
        state = State(opened.tree)
        return Found(opened, state, _own(spec, opened), (spec, meta))
    state = unwrap(opened, ema=ema, prefix=prefix)
    told = (
        dict(opened.declared)
        if path == Path(source)
        else dict(opened.declared) | told_by(read_config(path.parent), str(source))
    )
    by_shape = looks_hwio(state.tensors)
    opened = opened if by_shape is None else replace(opened, hwio=by_shape)
    matched = match(state.tensors, str(path), registered=opened.registered, hwio=opened.hwio, told=told)
    return Found(opened, state, matched)


def _own(spec: ResNetSpec, opened: Opened) -> Match:
    from residua.weights.recognise.infer import Reading
    from residua.weights.recognise.our_names import expected

    if sum(spec.depths) > len(opened.tree):
        raise WeightsError(f"{opened.path}: its spec has {sum(spec.depths):,} blocks and the file {len(opened.tree)} "
                           "tensors; it is damaged")  # fmt: skip
    for name, shape in expected(spec).items():
        if name not in opened.tree or opened.tree[name].shape != shape:
            raise WeightsError(f"{opened.path}: tensor {name!r} is missing or not {shape} as the file's own spec says")
    own = Reading(spec, {name: name for name in expected(spec)}, "the file says so itself")
    return Match((own,), None)


def inspect(source: str | os.PathLike[str], *, ema: bool = False, prefix: str | None = None) -> InspectReport:
    """Return what network is in `source` without building it and without importing torch.

    ema: averaged weights, where the file has both. prefix: which of several networks.
    Raises WeightsError in one line when it is damaged, unsafe, or holds no residual network.
    """
    return describe(find(source, ema=ema, prefix=prefix))


def describe(found: Found) -> InspectReport:
    """Return the report of what `find` found."""
    first = found.match.readings[0]
    spec, tensors = first.spec, found.state.tensors
    with reading(found.opened.path):
        scans = {name: tensors[name].scan() for name in set(first.keys.values())}
    subnormal = sum(scan.subnormal for scan in scans.values())
    specs = [other.spec for other in found.match.readings[1:MOST_CANDIDATES]] + _unseen(found)
    others = [Candidate(near.name, other, near.difference) for other in specs for near in (nearest(other),)]
    dialect = "residua" if found.native else found.match.dialect.name if found.match.dialect else "unknown"
    return InspectReport(
        file=str(found.opened.path),
        format=found.opened.format,
        dialect=dialect,
        network=nearest(spec),
        spec=spec,
        params=cost(spec, 512, 512).params,
        because=first.because,
        wrappers=found.state.wrappers,
        ignored=(*found.state.ignored, *found.match.left, *found.match.unused),
        reshaped=tuple(_reshaped(found, subnormal)),
        assumed=() if found.native else tuple(assumptions(spec, found.match)),
        candidates=tuple(others),
        not_finite=tuple(sorted(name for name, scan in scans.items() if not scan.finite)),
        others=found.state.others,
        beside=found.state.extras,
        meta=meta_of(found),
    )


def _unseen(found: Found) -> list[ResNetSpec]:
    """Return the networks with operations that have no tensor and that published networks of these shapes have."""
    spec, told = found.match.readings[0].spec, found.match.told
    if found.native:
        return []
    unseen = []
    if "antialias" not in told and not spec.antialias and spec.stem in ("7x7", "deep") and not spec.preactivation:
        unseen.append("antialias")  # timm's resnetblur
    if "weight_standardization" not in told and not spec.weight_standardization and spec.norm == "group":
        unseen.append("weight_standardization")  # timm's resnetv2_…_bit
    changed = []
    for name in unseen:
        with suppress(SpecError):
            changed.append(spec.changed(**{name: True}))
    return changed


def meta_of(found: Found) -> Meta:
    """Return what stands beside the weights: ours, or classes and whole preprocessing that a `config.json` tells."""
    if found.native:
        return found.native[1]
    classes, _ = found.match.told.get("classes", (None, ""))
    pixels, _ = found.match.told.get("preprocessing", (None, ""))
    return Meta(classes, dict(pixels) if pixels and "size" in pixels else None)


def _reshaped(found: Found, subnormal: int) -> list[str]:
    first, tensors = found.match.readings[0], found.state.tensors
    said = []
    if found.opened.hwio:
        said.append("kernels from (H, W, in, out) to (out, in, H, W)")
    if first.folded:
        said.append(
            "norms had been folded into the convolutions: identity norms that carry the biases take their place"
        )
    halves = {tensors[key].dtype for key in first.keys.values()} & set(HALVES)
    if halves:
        said.append(f"{' and '.join(sorted(halves))} upcast to float32")
    if subnormal:
        said.append(f"{subnormal:,} weights below 1.2e-38 become 0: they change no logit and slow a CPU tenfold")
    if first.spec.num_classes and "fc.bias" not in first.keys:
        said.append("the classifier has no bias: zeros")
    return said


NEVER_SHOWN = {
    "strides": "no tensor shows a stride; the first stage keeps its size and the others halve it",
    "norm_eps": "torch's default",
    "padding": "torch's convolutions pad both sides alike; TensorFlow's may not",
    "antialias": "a blur before subsampling has no tensor (timm's resnetblur)",
    "weight_standardization": "it is computed from the kernels and has no tensor (BiT)",
}


def assumptions(spec: ResNetSpec, matched: Match) -> list[Assumption]:
    """Return what was taken for granted about `spec`, and why."""
    told = matched.told
    found = [Assumption(name, value, f"{who} says so") for name, (value, who) in told.items()
             if name in ResNetSpec.model_fields and getattr(spec, name) == value]  # fmt: skip

    def add(name: str, because: str) -> None:
        if name not in told:
            found.append(Assumption(name, getattr(spec, name), because))

    if spec.block == "bottleneck":
        add("stride_on", "v1 (1x1) and v1.5 (3x3) have the same tensors, and most files are v1.5")
    if spec.shortcut == "A":
        add(
            "shortcut_pad",
            "zero channels have no tensor; akamaster's code and ours pad both sides, most other code the end",
        )
    if spec.shortcut in ("A", "none") and len(matched.readings) > 1:
        found.append(Assumption("shortcut", spec.shortcut, "no tensor shows a shortcut here: a plain network has the "
                                "same ones, and --probe decides"))  # fmt: skip
    elif spec.shortcut in ("B", "D"):
        add("shortcut", "an average pool before the projection has no tensor; " + (
            "deep stems come with it" if spec.shortcut == "D" else "the plain projection is commoner"))  # fmt: skip
    if spec.norm == "group":
        add("norm", "scale and shift alone are a group norm, or a frozen batch norm; here of gcd(32, channels) groups")
    if spec.stem_pool != "conv":
        add("stem_pool", "a pool has no tensor; it goes with the stem")
    if spec.block == "basic" and not spec.preactivation:
        add("subsample", "a max-pool in the place of a block's stride has no tensor, and is rare")
    for name, because in NEVER_SHOWN.items():
        add(name, because)
    found.append(Assumption("activation", "relu", "every network here has it"))
    value, who = told.get("preprocessing", (None, ""))
    because = f"{who} says so" if value else "no tensor shows it: --probe finds it on labelled images"
    found.append(Assumption("preprocessing", value, because))
    classes, who = told.get("classes", (None, ""))
    found.append(Assumption("classes", classes, f"{who} says so" if classes else "the file names none"))
    return found
