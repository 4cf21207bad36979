"""How is a network written in somebody else's layout, with proof that it still computes the same?"""

from __future__ import annotations

import copy
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from residua.errors import WeightsError
from residua.extras import require
from residua.metadata import Meta, assumed_of, licence_of
from residua.pickles.written import dumped
from residua.plan import total_stride
from residua.spec import ResNetSpec
from residua.weights.assumptions import Assumption, assumptions
from residua.weights.decide.wording import doubts
from residua.weights.files import native
from residua.weights.loading import build_found, choose, decided
from residua.weights.options import DEFAULTS, Options
from residua.weights.read import Found, read
from residua.weights.recognise.dialects import DIALECTS, Dialect
from residua.weights.recognise.nearest import differing
from residua.weights.recognise.our_names import COUNTER

if TYPE_CHECKING:
    from torch import Tensor

    from residua.nn import ResNet

LARGEST_DIFFERENCE = 1e-6  # of logits, relative to the largest, in float64
OWN = "residua"


@dataclass(frozen=True)
class Conversion:
    """What was written, and how far the logits of source and destination differ (in float64).

    unsaid: fields of the spec that the written file does not show, so that its reader must know them. dropped: what
    the source declares beside its weights and the written file has no place for: classes, preprocessing, licence.
    doubts: what may make it another network than the source holds: the proof is of the copying. assumed: what no
    tensor of the source shows, as `inspect` has it. images: what was assumed of how they are prepared.
    """

    source: str
    destination: str
    dialect: str
    max_abs_difference: float
    max_rel_difference: float
    unsaid: dict[str, Any]
    dropped: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    images: tuple[str, ...] = ()


def convert(
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    to: str = OWN,
    options: Options = DEFAULTS,
) -> Conversion:
    """Write the network in `source` to `destination` in layout `to`, and prove that both compute the same.

    The written file is read back, and both networks see random and structured images in float64.
    Raises WeightsError, leaving no file, when the layout cannot hold the network, or the logits differ by more than
    1e-6 of the largest.
    """
    require_destination(destination, to)
    return write_found(read(source, ema=options.ema, prefix=options.prefix), source, destination, to, options)


def require_destination(destination: str | os.PathLike[str], to: str = OWN) -> None:
    """Raise WeightsError unless there is a layout `to` and `destination` can be the name of a file in it."""
    if to not in (OWN, *DIALECTS):
        raise WeightsError(f"no layout {to!r}; there are {OWN}, {', '.join(DIALECTS)}")
    _require_name(Path(destination), to)


def write_found(
    found: Found,
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    to: str = OWN,
    options: Options = DEFAULTS,
) -> Conversion:
    """Write what `read` found in `source` as `convert` does; raises what it raises."""
    target = Path(destination)
    found = decided(found, options)
    for file in (found.opened.path, *found.opened.shards):
        if target.exists() and os.path.samefile(file, target):
            raise WeightsError(f"{target} is the source itself; write to another file")
    model = build_found(found, options, wide=True)
    with native.replacing(target) as temporary:
        try:
            write(model, temporary, to)
            again = build_found(read(temporary), Options(spec=model.spec, allow_nan=options.allow_nan), wide=True)
            absolute, relative = compare(model, again)
            if not relative <= LARGEST_DIFFERENCE and not options.allow_nan:
                raise WeightsError(
                    f"{target} was not written: its logits would differ by {relative:.1e} of the "
                    f"largest, more than {LARGEST_DIFFERENCE:.0e}"
                )
        except WeightsError as error:
            raise WeightsError(str(error).replace(str(temporary), str(target))) from None
    unsaid, dropped = _unsaid(target, model.spec), _dropped(model.meta or Meta(), target, to)
    known = found.said or options.spec is not None
    chosen = replace(found.recognised, readings=(choose(found, options), *found.recognised.readings[1:]))
    taken = () if known else tuple(one for one in assumptions(chosen) if one.what not in options.change)
    return Conversion(
        str(source), str(target), to, absolute, relative, unsaid, dropped, tuple(doubts(found.recognised)), taken,
        tuple(assumed_of(model.meta)),
    )  # fmt: skip


def _require_name(target: Path, to: str) -> None:
    """Raise WeightsError unless `target` can be the name of a file in layout `to`."""
    kinds = DIALECTS[to].files if to != OWN else (".safetensors",)
    if target.is_dir():
        raise WeightsError(f"{target} is a folder; name the file to write, such as {target / ('model' + kinds[-1])}")
    if target.suffix not in kinds:
        other = "; `residua convert --to` chooses another layout" if to == OWN else ""
        raise WeightsError(
            f"{to} networks are kept in {' or '.join(kinds)} files, not {target.suffix or 'none'} ({target}){other}"
        )


def _unsaid(path: Path, spec: ResNetSpec) -> dict[str, Any]:
    """Return the fields of `spec` that a reader of `path` would assume otherwise."""
    shown = read(path).recognised.readings[0].spec
    return {name: getattr(spec, name) for name in differing(spec, shown)}


def _dropped(meta: Meta, path: Path, to: str) -> dict[str, str]:
    """Return, in words, what `meta` has and a file in somebody else's layout has no place for."""
    if to == OWN:
        return {}
    dropped = {}
    if meta.classes:
        dropped["classes"] = f"the names of its {len(meta.classes):,} classes"
    if meta.preprocessing:
        dropped["preprocessing"] = "how images are prepared"
    if (terms := licence_of(meta)) and path.suffix != ".safetensors":
        dropped["licence"] = f"that its weights are {terms}"
    return dropped


def compare(first: ResNet, second: ResNet) -> tuple[float, float]:
    """Return the largest difference of the logits of two networks in float64: absolute, and relative to the largest.

    Inputs: two random images and four structured ones (constant, ramp, checkerboard, one bright pixel).
    """
    import torch

    images = _images(first.spec)
    with torch.inference_mode():
        one, other = (_in_float64(network)(images) for network in (first, second))
    absolute = float((one - other).abs().max())
    return absolute, absolute / max(float(one.abs().max()), 1e-30)


def _in_float64(network: ResNet) -> ResNet:
    return copy.deepcopy(network).double().eval()


def _images(spec: ResNetSpec) -> Tensor:
    import torch

    size = max(32, total_stride(spec) * 2)
    shape = (spec.in_channels, size, size)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2, *shape, generator=generator, dtype=torch.float64)
    ramp = torch.linspace(-2, 2, size, dtype=torch.float64).expand(shape)
    board = (torch.arange(size)[:, None] + torch.arange(size)) % 2 * 2.0 - 1
    point = torch.zeros(shape, dtype=torch.float64)
    point[:, size // 3, size // 2] = 10
    flat = torch.full(shape, 0.5, dtype=torch.float64)
    return torch.cat([noise, torch.stack([flat, ramp, board.double().expand(shape), point])])


def write(model: ResNet, path: Path, to: str) -> None:
    """Write `model` to `path` in layout `to`; the suffix chooses among the layout's kinds of file.

    Raises WeightsError when the layout cannot hold the network, or is not kept in such files.
    """
    meta = model.meta or Meta()
    if to == OWN:
        native.save(path, model, model.spec, meta)
        return
    dialect = DIALECTS[to]
    if path.suffix not in dialect.files:
        raise WeightsError(f"{to} networks are kept in {' or '.join(dialect.files)} files, not {path.suffix or 'none'}")
    tensors = named_as(dialect, model.state_dict(), model.spec)
    if path.suffix == ".safetensors":
        unshared = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
        terms = licence_of(meta)
        native.write_tensors(path, unshared, {"format": "pt"} | ({"license": terms} if terms else {}))
    elif path.suffix in (".pth", ".pt", ".bin"):
        import torch

        buffer = io.BytesIO()  # torch has no word of its own for a full disk
        torch.save({name: tensor.clone() for name, tensor in tensors.items()}, buffer)
        path.write_bytes(buffer.getbuffer())
    else:
        _write_arrays({name: tensor.numpy() for name, tensor in tensors.items()}, path)


def _write_arrays(arrays: Mapping[str, Any], path: Path) -> None:
    import numpy as np

    if path.suffix == ".npz":
        with open(path, "wb") as file:
            np.savez(file, **dict(arrays))
    elif path.suffix == ".pkl":
        path.write_bytes(dumped({"blobs": dict(arrays)}))
    else:
        _write_h5(arrays, path)


def _write_h5(arrays: Mapping[str, Any], path: Path) -> None:
    """Write Keras's own HDF5 layout: a group a layer, `layer_names` and `weight_names` as attributes."""
    h5py = require("h5py")
    layers: dict[str, list[str]] = {}
    for name in arrays:
        layers.setdefault(name.rpartition("/")[0], []).append(name)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        file.attrs["backend"] = b"tensorflow"
        for layer, names in layers.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name in names:
                group.create_dataset(name, data=arrays[name])
    path.write_bytes(buffer.getvalue())


def _unlike(dialect: Dialect, state: Mapping[str, Tensor], spec: ResNetSpec) -> str:
    """Return in words why a layout cannot hold a network."""
    if spec.block in dialect.unlike:
        return f"{dialect.unlike[spec.block]} in {spec.block} blocks, and this one has not"
    modules = (name.rpartition(".")[0] for name in state)
    missing = next((module for module in modules if dialect.path(module, len(spec.depths)) is None), None)
    return f"no place for {missing or 'batch norms'}; residua's own layout has (leave --to)"


def named_as(dialect: Dialect, state: Mapping[str, Tensor], spec: ResNetSpec) -> dict[str, Tensor]:
    """Return a state dict under the dialect's names and in its kernel layout.

    Raises WeightsError, naming the first layer that the dialect has no place for.
    """
    paths = dialect.paths(spec)
    if paths is None:
        raise WeightsError(f"{dialect.name} networks have {_unlike(dialect, state, spec)}")
    found = {}
    for name, tensor in state.items():
        module, _, role = name.rpartition(".")
        is_norm = f"{module}.weight" in state and state[f"{module}.weight"].ndim == 1
        names = dialect.norm if is_norm else dialect.conv
        if role not in names:
            if role == COUNTER:
                continue
            raise WeightsError(f"{dialect.name} networks have no {role} (of {module})")
        found[dialect.key(paths[module], role, is_norm)] = _laid_out(tensor.detach().cpu(), module, role, dialect)
    return found


def _laid_out(tensor: Tensor, module: str, role: str, dialect: Dialect) -> Tensor:
    """Return a tensor as the dialect keeps it: (H, W, in, out), and a classifier as the convolution it is there."""
    if module == "fc" and role == "weight" and dialect.conv_head:
        tensor = tensor[:, :, None, None]
    if dialect.hwio and tensor.ndim in (2, 4):
        tensor = tensor.permute(2, 3, 1, 0) if tensor.ndim == 4 else tensor.t()
    return tensor.contiguous()
