"""How does a loaded network get other classes, other channels, another dtype, or another form of its projections?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from residua.errors import WeightsError
from residua.metadata import Meta
from residua.spec import ResNetSpec
from residua.weights.files.native import assemble
from residua.weights.options import Options
from residua.weights.recognise.our_names import expected

if TYPE_CHECKING:
    from torch import Tensor

    from residua.nn import ResNet


def adapt(model: ResNet, options: Options) -> ResNet:
    """Return `model` with the form, classes, channels and dtype of `options`; the same object if nothing is asked."""
    from residua.nn import with_classes, with_in_channels

    if options.projection_norm is not None and options.projection_norm != model.spec.projection_norm:
        model = with_projection_norm(model) if options.projection_norm else without_projection_norm(model)
    meta = model.meta or Meta()
    if options.classes is not None:
        model = select_classes(model, options.classes)
        meta = model.meta or Meta()
    elif options.num_classes is not None and options.num_classes != model.spec.num_classes:
        model = with_classes(model, options.num_classes)
        meta = Meta(None, meta.preprocessing, meta.provenance, None)
    if options.in_channels is not None and options.in_channels != model.spec.in_channels:
        model = with_in_channels(model, options.in_channels)
    model = model.to(options.dtype) if options.dtype is not None else model
    model.meta = meta
    return model.eval()


def select_classes(model: ResNet, classes: tuple[str, ...]) -> ResNet:
    """Return a copy of `model` whose classifier keeps only `classes`, in that order.

    Raises WeightsError when the file names no classes, or not these.
    """
    from residua.nn import with_classes

    meta = model.meta or Meta()
    if meta.classes is None:
        raise WeightsError(f"the file names no classes, so {', '.join(classes)} cannot be picked out; use num_classes=")
    missing = [name for name in classes if name not in meta.classes]
    if missing:
        raise WeightsError(f"no class {missing[0]!r} in the file; it has {', '.join(meta.classes[:10])}")
    rows = [meta.classes.index(name) for name in classes]
    chosen = with_classes(model, len(classes))
    state = chosen.state_dict()
    old = model.state_dict()
    state["fc.weight"], state["fc.bias"] = old["fc.weight"][rows].clone(), old["fc.bias"][rows].clone()
    chosen.load_state_dict(state)
    chosen.meta = Meta(tuple(classes), meta.preprocessing, meta.provenance, None)
    return chosen.eval()


def without_projection_norm(model: ResNet) -> ResNet:
    """Return the same function with each projection's norm folded away: w' = w·γ/√(σ²+ε), b' = β − μ·γ/√(σ²+ε).

    The projections get a bias, as do other convolutions that no norm follows (pre-activation): zeros there.
    Raises WeightsError when there is no batch norm behind a projection to fold.
    """
    import torch

    spec = model.spec
    if not spec.projection_norm or spec.norm != "batch" or spec.shortcut not in ("B", "C", "D"):
        raise WeightsError("this network has no batch norm behind its projections, so none can be folded away")
    changed = spec.changed(projection_norm=False, conv_bias=True if spec.conv_bias in (True, "stem") else "unnormed")
    state = dict(model.state_dict())
    conv, norm = ("1", "2") if spec.shortcut == "D" else ("0", "1")
    for name in [name for name in state if name.endswith(f"downsample.{norm}.running_var")]:
        prefix = name[: -len(f"{norm}.running_var")]
        found = {
            role: state.pop(f"{prefix}{norm}.{role}").double()
            for role in ("weight", "bias", "running_mean", "running_var")
        }
        state.pop(f"{prefix}{norm}.num_batches_tracked")
        scale = found["weight"] / torch.sqrt(found["running_var"] + spec.norm_eps)
        weight = state[f"{prefix}{conv}.weight"]
        bias = state.get(f"{prefix}{conv}.bias", torch.zeros_like(scale))
        state[f"{prefix}{conv}.weight"] = (weight.double() * scale[:, None, None, None]).to(weight.dtype)
        state[f"{prefix}{conv}.bias"] = (found["bias"] + (bias - found["running_mean"]) * scale).to(weight.dtype)
    return _with_biases(changed, state, model)


def with_projection_norm(model: ResNet) -> ResNet:
    """Return the same function with an identity norm behind each projection: γ = 1, μ = 0, σ² = 1 − ε.

    β is 0, or the projection's bias where biases only stood before no norm.

    Raises WeightsError when there are no projections, or they have norms.
    """
    import torch

    spec = model.spec
    if spec.projection_norm or spec.norm != "batch" or spec.shortcut not in ("B", "C", "D"):
        raise WeightsError("this network has no projection without a norm, so none can be given one")
    only_unnormed = spec.conv_bias == "unnormed"
    changed = (
        spec.changed(projection_norm=True, conv_bias=spec.preactivation and "unnormed")
        if only_unnormed
        else (spec.changed(projection_norm=True))
    )
    state = dict(model.state_dict())
    like = next(iter(state.values()))
    values = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0 - spec.norm_eps}
    for name, shape in expected(changed).items():
        module, _, role = name.rpartition(".")
        if name not in state:
            state[name] = torch.full(shape, values[role], dtype=like.dtype)
            state[f"{module}.num_batches_tracked"] = torch.tensor(0)
        if role == "bias" and only_unnormed and "downsample" in module:
            before, _, number = module.rpartition(".")
            state[name] = state.pop(f"{before}.{int(number) - 1}.bias")
    return assemble(changed, state, model.meta or Meta(), "the adapted network")


def _with_biases(spec: ResNetSpec, state: dict[str, Tensor], model: ResNet) -> ResNet:
    import torch

    like = next(iter(state.values()))
    for name, shape in expected(spec).items():
        if name not in state:
            state[name] = torch.zeros(shape, dtype=like.dtype)
    return assemble(spec, state, model.meta or Meta(), "the adapted network")
