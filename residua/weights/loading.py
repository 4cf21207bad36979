"""How does a checkpoint of anybody's become a working network?"""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from residua.errors import ResiduaWarning, SpecError, WeightsError
from residua.metadata import Meta
from residua.pickles.stored import TINY, Array, Stored
from residua.spec import ResNetSpec
from residua.weights.adaptation import adapt
from residua.weights.decide.judge import decide
from residua.weights.decide.wording import doubts
from residua.weights.files.native import assemble
from residua.weights.options import Options
from residua.weights.preparation import described
from residua.weights.read import Found, read
from residua.weights.recognise.layers import as_torch
from residua.weights.recognise.nearest import nearest
from residua.weights.recognise.our_names import COUNTER, NORM_ROLES, Shape, expected
from residua.weights.recognise.recognised import Reading, UnknownNetworkError
from residua.weights.recognise.single_block import BlockReading, build_empty, read_single
from residua.zoo import find as find_row

if TYPE_CHECKING:
    from torch import Tensor

    from residua.nn import ResNet
    from residua.nn.blocks import Block


MOST_BATCHES = 2**53  # counted by a norm; up to here float64 counts exactly


def load(source: str | os.PathLike[str], spec: str | ResNetSpec | None = None, **options: Any) -> ResNet:
    """Return the network in `source` in eval mode, float32, with `.spec` and `.meta`.

    source: a checkpoint of any layout, a run, a folder in the hub's layout, or `hf:org/name`. Nothing in it is run.
    A state dict of one residual block alone gives that block (`residua.nn.BasicBlock`, …), stride assumed.
    What no tensor shows is decided by the statistics that its batch norms have stored. A ResiduaWarning says which
    networks as plausible these leave open, and what they contradict.
    spec, options: see `Options`. Raises WeightsError in one line when it is damaged, unsafe, no residual network, holds
    NaN (unless allow_nan=True), or does not fit `spec`.
    """
    unknown = set(options) - set(Options.__dataclass_fields__)
    if unknown:
        raise WeightsError(f"load() has no {unknown.pop()!r}; it has {', '.join(Options.__dataclass_fields__)}")
    asked = Options(spec=spec, **options)
    if asked.dtype is not None:
        _require_floating(asked.dtype)
    try:
        found = read(source, ema=asked.ema, prefix=asked.prefix)
    except UnknownNetworkError as refused:
        reading = _read_single(refused)
        return _load_block(reading, refused.so_far.tensors)  # type: ignore[return-value]  # from a block's state dict
    found = decided(found, asked)
    for doubt in () if found.said else doubts(found.recognised):
        warnings.warn(f"{found.opened.path}: {doubt}", ResiduaWarning, stacklevel=2)
    return build_found(found, asked)


def decided(found: Found, options: Options) -> Found:
    """Return `found` with the network first that its norms' statistics speak for, unless somebody says which it is.

    Raises WeightsError for NaN before torch is imported; where `options` allow it, nothing is decided.
    """
    if found.said or found.recognised.asked or options.spec is not None or not options.decide or options.allow_nan:
        return found
    _require_finite(found, found.recognised.readings[0])

    states: dict[frozenset[tuple[str, str]], dict[str, Tensor]] = {}  # of the last reading: others differ in its spec

    def build(reading: Reading) -> ResNet:
        places = frozenset(reading.keys.items())
        if places not in states:
            states.clear()
            states[places] = state_of(found, reading)
        return assemble(reading.spec, states[places], Meta(), str(found.opened.path))

    answer = decide(found.recognised, build, frozenset(options.change))
    return replace(found, recognised=replace(answer, asked=True))


def _require_floating(dtype: object) -> None:
    """Raise WeightsError for what weights cannot have as their dtype."""
    import torch

    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise WeightsError(f"dtype={dtype!r} came; weights are torch.float32, torch.float64, torch.float16 or bfloat16")


def outline(source: str | os.PathLike[str]) -> ResNet | Block:
    """Return what `load` would, in its shapes alone: no value is read, and the tensors have no memory."""
    import torch

    from residua.nn.resnet import ResNet

    try:
        spec = read(source).recognised.readings[0].spec
    except UnknownNetworkError as refused:
        return build_empty(_read_single(refused))
    with torch.device("meta"):
        return ResNet(spec).eval()


def _read_single(refused: UnknownNetworkError) -> BlockReading:
    """Return the one residual block that the tensors are. Raises `refused` when they are something else."""
    so_far = refused.so_far
    reading = read_single(so_far)
    if reading is None:
        raise refused
    return reading


def _load_block(reading: BlockReading, tensors: Mapping[str, Stored]) -> Block:
    import torch

    state = {}
    for ours, key in reading.keys.items():
        state[ours] = torch.from_numpy(_values(tensors[key], tensors[key].shape, False, False))
        module, _, role = ours.rpartition(".")
        if role == NORM_ROLES[3]:
            state[f"{module}.{COUNTER}"] = _counter(key, tensors)
    block = build_empty(reading)
    block.load_state_dict(state, strict=True, assign=True)
    return block


def build_found(found: Found, options: Options, wide: bool | None = None) -> ResNet:
    """Return the network that `read` found, as `options` ask.

    wide: keep tensors that are float64 in the file; by default only where `options` ask for float64 of them all.
    Raises WeightsError for NaN and infinity, unless `options` allow them, before torch is imported.
    """
    reading = choose(found, options)
    declared, _ = found.recognised.declared.get("preprocessing", (None, ""))
    meta = described(found.meta, reading.spec, options.images, declared)
    if not options.allow_nan:
        _require_finite(found, reading)
    import torch

    wide = options.dtype == torch.float64 if wide is None else wide
    state = state_of(found, reading, wide)
    return adapt(assemble(reading.spec, state, meta, str(found.opened.path)), options)


def choose(found: Found, options: Options) -> Reading:
    """Return the reading that `options` name, or the first; with `options.change` laid over its spec.

    Raises WeightsError when the tensors are not those of the network that is asked for.
    """
    chosen = found.recognised.readings[0]
    if options.spec is not None:
        chosen = _named(found, options.spec)
    if options.change:
        try:
            spec = chosen.spec.changed(**options.change)
        except SpecError as error:
            raise WeightsError(f"{found.opened.path} as asked: {error}") from None
        chosen = _fitting(found, spec)
    return chosen


def _named(found: Found, wanted: str | ResNetSpec) -> Reading:
    if isinstance(wanted, ResNetSpec):
        return _fitting(found, wanted)
    if not isinstance(wanted, str):
        raise WeightsError(f"spec={wanted!r} is no name of the zoo and no ResNetSpec; residua list names them")
    own, declared = found.recognised.readings[0].spec, found.recognised.declared
    unseen = {name: declared[name].value for name in ("padding", "norm_eps") if name in declared}
    return _fitting(
        found, find_row(wanted).spec.changed(num_classes=own.num_classes, in_channels=own.in_channels, **unseen)
    )


def _fitting(found: Found, spec: ResNetSpec) -> Reading:
    """Return a reading with `spec`, if one has its tensors. Raises WeightsError naming a tensor that differs."""
    wanted = expected(spec)
    for reading in found.recognised.readings:
        if reading.shapes == wanted:
            return replace(reading, spec=spec)
        same = _renumbered(reading, spec, wanted)
        if same is not None:
            return same
    first = found.recognised.readings[0]
    shown, near = first.shapes, nearest(first.spec)
    other = next(iter(set(wanted) - set(shown)), "?")
    name = next((name for name in shown if shown[name] != wanted.get(name)), other)
    raise WeightsError(
        f"{name} is {shown.get(name, 'missing')} in {found.opened.path}, {wanted.get(name, 'missing')} "
        f"in the network asked for; the file looks like {near.name} {near.difference}"
    )


def _renumbered(reading: Reading, spec: ResNetSpec, wanted: Mapping[str, Shape]) -> Reading | None:
    """Return the reading for a spec whose projections stand behind a pool or do not: tensors alike, numbers not."""
    step = (spec.shortcut == "D") - (reading.spec.shortcut == "D")

    def renumber(name: str) -> str:
        return re.sub(r"downsample\.(\d)", lambda found: f"downsample.{int(found[1]) + step}", name)

    if {renumber(name): shape for name, shape in reading.shapes.items()} != wanted:
        return None
    return replace(reading, spec=spec, keys={renumber(name): key for name, key in reading.keys.items()}, shapes=wanted)


def state_of(found: Found, reading: Reading, wide: bool = False) -> dict[str, Tensor]:
    """Return the state dict of `reading`'s network with the file's values: (name: float32 tensor) copies.

    wide: what is float64 in the file stays so. Raises WeightsError for values too large for float32.
    """
    import torch

    tensors, hwio, shapes = found.recognised.tensors, found.recognised.hwio, reading.shapes
    arrays = {ours: _values(tensors[key], shapes.get(ours), hwio, wide) for ours, key in reading.keys.items()}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        _refuse_too_large(found, reading, arrays)
    state: dict[str, Tensor] = {}
    for ours, shape in shapes.items():
        array = arrays[ours] if ours in arrays else _stand_in(ours, shape, reading, arrays)
        state[ours] = torch.from_numpy(array)
        module, _, role = ours.rpartition(".")
        if role == NORM_ROLES[3]:
            state[f"{module}.{COUNTER}"] = _counter(reading.keys.get(ours), tensors)
    return state


def _require_finite(found: Found, reading: Reading) -> None:
    """Raise WeightsError for values that the file holds as NaN or infinity."""
    for ours, key in reading.keys.items():
        if not found.recognised.tensors[key].finite():
            raise WeightsError(
                f"{found.opened.path}: {key} ({ours}) holds NaN or infinity; the training that wrote it had diverged; "
                "residua.load(FILE, allow_nan=True) loads it and `residua convert --allow-nan` converts it all the same"
            )


def _refuse_too_large(found: Found, reading: Reading, arrays: Mapping[str, Array]) -> None:
    """Raise WeightsError for values that are finite in the file and not in float32."""
    tensors, path = found.recognised.tensors, found.opened.path
    for ours, key in reading.keys.items():
        if not np.isfinite(arrays[ours]).all() and tensors[key].finite():
            raise WeightsError(f"{path}: {key} holds values too large for float32; load it with dtype=torch.float64")


def _values(tensor: Stored, shape: tuple[int, ...] | None, hwio: bool, wide: bool) -> Array:
    """Return a copy of a tensor's values in torch's layout, float32 unless `wide`; in `shape` if given."""
    array = tensor.array()
    if hwio and array.ndim in (2, 4):
        axes = (3, 2, 0, 1) if array.ndim == 4 else (1, 0)
        assert as_torch(array.shape) == tuple(array.shape[axis] for axis in axes)
        array = array.transpose(axes)
    if shape is None:
        shape = array.shape
    elif array.ndim == 2 and array.shape != shape[:2]:
        array = array.T  # a matrix kept as (in, out)
    kind = np.float64 if wide and array.dtype == np.float64 else np.float32
    with np.errstate(over="ignore"):
        own = np.array(array, dtype=kind, order="C").reshape(shape)
    if kind is np.float32:
        own[np.abs(own) < TINY] = 0.0  # the report counts them: they change no logit and slow a CPU tenfold
    return own


def _stand_in(ours: str, shape: tuple[int, ...], reading: Reading, arrays: Mapping[str, Array]) -> Array:
    """Return what stands in for a tensor that the file lacks: identity norms carry a folded convolution's bias.

    (x − 0)/√(1 − ε + ε)·1 + b = x + b. A classifier without bias gets zeros.
    """
    module, _, role = ours.rpartition(".")
    if role == "running_var":
        return np.full(shape, 1.0 - reading.spec.norm_eps, np.float32)
    if role == "weight":
        return np.ones(shape, np.float32)
    if role == "bias" and reading.folded and module != "fc":
        return arrays[f"{_conv_before(module, arrays)}.bias"]
    return np.zeros(shape, np.float32)


def _conv_before(module: str, arrays: Mapping[str, Array]) -> str:
    """Return the convolution behind which a norm stands: layer1.0.bn2 → layer1.0.conv2, downsample.1 → downsample.0."""
    block, _, name = module.rpartition(".")
    if module == "bn1":
        return "conv1" if "conv1.bias" in arrays else "conv1.6"  # of a deep stem
    return f"{block}.conv{name[2:]}" if name.startswith("bn") else f"{block}.{int(name) - 1}"


def _counter(key: str | None, tensors: Mapping[str, Stored]) -> Tensor:
    """Return how many batches the norm has counted whose variance is `key`; 0 where the file has no sound count."""
    import torch

    counter = tensors.get(f"{key.rpartition('.')[0]}.{COUNTER}") if key else None
    value = float(counter.array().item()) if counter is not None and math.prod(counter.shape) == 1 else 0.0
    return torch.tensor(int(value) if 0 <= value < MOST_BATCHES else 0, dtype=torch.int64)
