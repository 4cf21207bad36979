"""How does a checkpoint of anybody's become a working network?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residua.errors import SpecError, WeightsError
from residua.pickles.stored import TINY, Array, Stored
from residua.spec import ResNetSpec
from residua.weights.adaptation import adapt
from residua.weights.files.guard import reading as reading_of
from residua.weights.files.native import assemble
from residua.weights.options import Options
from residua.weights.recognise.infer import Reading
from residua.weights.recognise.layers import as_torch
from residua.weights.recognise.match import UnknownNetworkError
from residua.weights.recognise.our_names import NORM_ROLES, expected
from residua.weights.report import Found, find, meta_of

if TYPE_CHECKING:
    from torch import Tensor

    from residua.nn import ResNet


MOST_BATCHES = 2**53  # counted by a norm; up to here float64 counts exactly


def load(source: str | os.PathLike[str], spec: str | ResNetSpec | None = None, **options: Any) -> ResNet:
    """Return the network in `source` in eval mode, float32, with `.spec` and `.meta`.

    source: a checkpoint of any layout, a run, a folder in the hub's layout, or `hf:org/name`. Nothing in it is run.
    A state dict of one residual block alone gives that block (`residua.nn.BasicBlock`, …), stride assumed.
    spec, options: see `Options`. Raises WeightsError in one line when it is damaged, unsafe, no residual network, holds
    NaN (unless allow_nan=True), or does not fit `spec`.
    """
    unknown = set(options) - set(Options.__dataclass_fields__)
    if unknown:
        raise WeightsError(f"load() has no {unknown.pop()!r}; it has {', '.join(Options.__dataclass_fields__)}")
    asked = Options(spec=spec, **options)
    try:
        found = find(source, ema=asked.ema, prefix=asked.prefix)
    except UnknownNetworkError as refused:
        block = _single_block(source, asked)
        if block is None:
            raise refused from None
        return block
    return build_found(found, asked)


def _single_block(source: str | os.PathLike[str], options: Options) -> Any:
    """Return the one residual block that `source` holds, or None when it holds something else."""
    import torch

    from residua.weights.files.open import open_file
    from residua.weights.recognise.single_block import build_single, read_single
    from residua.weights.recognise.wrappers import unwrap

    try:
        with reading_of(source):
            opened = open_file(Path(source))
        tensors = unwrap(opened, ema=options.ema, prefix=options.prefix).tensors
    except WeightsError:
        return None
    reading = read_single(tensors, opened.registered, opened.hwio)
    if reading is None:
        return None
    state = {}
    for ours, key in reading.keys.items():
        array = tensors[key].array()
        state[ours] = torch.from_numpy(_values(tensors[key], array.shape, False, False))
        if ours.endswith("running_var"):
            state[f"{ours.rpartition('.')[0]}.num_batches_tracked"] = _counter(key, tensors)
    return build_single(reading, state)


def build_found(found: Found, options: Options, wide: bool | None = None) -> ResNet:
    """Return the network that `find` found, as `options` ask.

    wide: keep tensors that are float64 in the file; by default only where `options` ask for float64 of them all.
    """
    import torch

    reading = choose(found, options)
    wide = options.dtype == torch.float64 if wide is None else wide
    with reading_of(found.opened.path):
        if not options.allow_nan:
            require_finite(found, reading)
        state = state_of(found, reading, wide)
    return adapt(assemble(reading.spec, state, meta_of(found), str(found.opened.path)), options)


def require_finite(found: Found, reading: Reading) -> None:
    """Raise WeightsError naming the first tensor with NaN or infinity."""
    for ours, key in reading.keys.items():
        if not found.state.tensors[key].finite():
            raise WeightsError(f"{found.opened.path}: {key} ({ours}) holds NaN or infinity; the training that wrote it "
                               "had diverged; allow_nan=True (--allow-nan) loads it all the same")  # fmt: skip


def choose(found: Found, options: Options) -> Reading:
    """Return the reading that `options` name, or the first; with `options.change` laid over its spec.

    Raises WeightsError when the tensors are not those of the network that is asked for.
    """
    readings = found.match.readings
    chosen = readings[0]
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
    from residua.zoo import find as find_row

    if not isinstance(wanted, (str, ResNetSpec)):
        raise WeightsError(f"spec={wanted!r} is no name of the zoo and no ResNetSpec; residua list names them")
    if isinstance(wanted, ResNetSpec):
        return _fitting(found, wanted)
    spec, own = find_row(wanted).spec, found.match.readings[0].spec
    told = {name: value for name, (value, _) in found.match.told.items() if name in ("padding", "norm_eps")}
    return _fitting(found, spec.changed(num_classes=own.num_classes, in_channels=own.in_channels, **told))


def _fitting(found: Found, spec: ResNetSpec) -> Reading:
    """Return a reading with `spec`, if one has its tensors. Raises WeightsError naming a tensor that differs."""
    wanted = expected(spec)
    for reading in found.match.readings:
        if expected(reading.spec) == wanted:
            return replace(reading, spec=spec)
        same = _renamed(reading, spec)
        if same is not None:
            return same
    own = expected(found.match.readings[0].spec)
    from residua.weights.recognise.nearest import nearest

    near = nearest(found.match.readings[0].spec)
    other = next(iter(set(wanted) - set(own)), "?")
    name = next((name for name in own if own[name] != wanted.get(name)), other)
    raise WeightsError(f"{name} is {own.get(name, 'missing')} in {found.opened.path}, {wanted.get(name, 'missing')} "
                       f"in the network asked for; the file looks like {near.name} {near.difference}")  # fmt: skip


def _renamed(reading: Reading, spec: ResNetSpec) -> Reading | None:
    """Return the reading for a spec whose projections stand behind a pool or do not: tensors alike, numbers not."""

    def plain(name: str, shortcut: str) -> str:
        if shortcut != "D":
            return name
        return name.replace("downsample.1.", "downsample.0.").replace("downsample.2.", "downsample.1.")

    ours = {plain(name, reading.spec.shortcut): name for name in expected(reading.spec)}
    wanted = expected(spec)
    theirs = {name: plain(name, spec.shortcut) for name in wanted}
    shapes = expected(reading.spec)
    if set(theirs.values()) != set(ours) or any(shapes[ours[theirs[name]]] != wanted[name] for name in wanted):
        return None
    keys = {name: reading.keys[ours[theirs[name]]] for name in wanted if ours[theirs[name]] in reading.keys}
    return Reading(spec, keys, reading.because, reading.folded)


def state_of(found: Found, reading: Reading, wide: bool = False) -> dict[str, Tensor]:
    """Return the state dict of `reading`'s network with the file's values: (name: float32 tensor) copies.

    wide: what is float64 in the file stays so. Raises WeightsError where a value is too large for float32.
    """
    import torch

    tensors, hwio = found.state.tensors, found.opened.hwio
    state: dict[str, Tensor] = {}
    for ours, shape in expected(reading.spec).items():
        key = reading.keys.get(ours)
        if key is None:
            array = _folded(ours, shape, reading, found)
        else:
            array = _values(tensors[key], shape, hwio, wide)
            if tensors[key].dtype == "float64" and not np.isfinite(array).all() and tensors[key].finite():
                raise WeightsError(f"{found.opened.path}: {key} holds values too large for float32; load it with "
                                   "dtype=torch.float64")  # fmt: skip
        state[ours] = torch.from_numpy(array)
        module, _, role = ours.rpartition(".")
        if role == NORM_ROLES[3]:
            state[f"{module}.num_batches_tracked"] = _counter(key, tensors)
    return state


def _values(tensor: Stored, shape: tuple[int, ...], hwio: bool, wide: bool) -> Array:
    """Return a tensor's values in torch's layout and `shape`, in memory of their own, float32 unless `wide`."""
    array = tensor.array()
    if hwio and array.ndim in (2, 4) and tuple(array.shape) != ():
        axes = (3, 2, 0, 1) if array.ndim == 4 else (1, 0)
        assert as_torch(array.shape) == tuple(array.shape[axis] for axis in axes)
        array = array.transpose(axes)
    if array.ndim == 2 and array.shape != shape[:2]:
        array = array.T  # a matrix kept as (in, out)
    kind = np.float64 if wide and array.dtype == np.float64 else np.float32
    with np.errstate(over="ignore"):
        own = np.array(array, dtype=kind, order="C").reshape(shape)
    if kind is np.float32:
        own[np.abs(own) < TINY] = 0.0  # the report says so: they change no logit and slow a CPU tenfold
    return own


def _folded(ours: str, shape: tuple[int, ...], reading: Reading, found: Found) -> Array:
    """Return what stands in for a tensor that the file lacks: identity norms carry a folded convolution's bias.

    (x − 0)/√(1 − ε + ε)·1 + b = x + b. A classifier without bias gets zeros.
    """
    module, _, role = ours.rpartition(".")
    if role == "running_var":
        return np.full(shape, 1.0 - reading.spec.norm_eps, np.float32)
    if role == "weight":
        return np.ones(shape, np.float32)
    if role == "bias" and reading.folded and module != "fc":
        block, _, name = module.rpartition(".")
        conv = _conv_before(module, block, name)
        return _values(found.state.tensors[reading.keys[f"{conv}.bias"]], shape, False, False)
    return np.zeros(shape, np.float32)


def _conv_before(module: str, block: str, name: str) -> str:
    """Return the convolution behind which norm `module` stands."""
    if name.startswith("bn"):
        deep = module == "bn1"
        return f"{block}.conv{name[2:]}".lstrip(".") if not deep else "conv1"
    return f"{block}.{int(name) - 1}"


def _counter(key: str | None, tensors: Mapping[str, Stored]) -> Tensor:
    import torch

    counter = tensors.get(f"{key.rpartition('.')[0]}.num_batches_tracked") if key else None
    value = float(counter.array().reshape(-1)[0]) if counter is not None and counter.size == 1 else 0.0
    return torch.tensor(int(value) if 0 <= value < MOST_BATCHES else 0, dtype=torch.int64)
