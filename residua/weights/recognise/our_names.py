"""Which tensors does the network of a spec have, of which shape and in which order? Without torch."""

from __future__ import annotations

from collections.abc import Iterator

from residua.plan import (
    BlockPlan,
    ConvPlan,
    eca_kernel,
    plan_branch,
    plan_projection,
    plan_stages,
    plan_stem,
    squeeze_channels,
)
from residua.spec import ResNetSpec

Shape = tuple[int, ...]
NORM_ROLES = ("weight", "bias", "running_mean", "running_var")
COUNTER = "num_batches_tracked"  # a batch norm's own count of batches, which no network computes with


def expected(spec: ResNetSpec) -> dict[str, Shape]:
    """Return {parameter or statistic: shape} of `build(spec)`, counters left out, in the order of its state dict."""
    shapes: dict[str, Shape] = {}
    for module, found in _modules(spec):
        for leaf, shape in found.items():
            shapes[f"{module}.{leaf}"] = shape
    return shapes


def _modules(spec: ResNetSpec) -> Iterator[tuple[str, dict[str, Shape]]]:
    """Yield (module's name, {leaf: shape}) for every module with weights."""
    plans, stages = plan_stem(spec), plan_stages(spec)
    stem = [plan for plan in plans if plan.name != "maxpool.0"]
    for plan in stem[:-1]:
        yield plan.name, _conv(plan)
        yield _next(plan.name), _norm(plan.out_channels, spec)
    yield stem[-1].name, _conv(stem[-1])
    if not spec.preactivation:
        yield "bn1", _norm(spec.stem_channels, spec)
    if spec.stem_pool == "conv":
        yield "maxpool.0", _conv(plans[-1])
        yield "maxpool.1", _norm(plans[-1].out_channels, spec)
    for stage, blocks in enumerate(stages, start=1):
        for index, block in enumerate(blocks):
            for name, shapes in block_modules(spec, block):
                yield f"layer{stage}.{index}.{name}", shapes
    if spec.ends_in_norm:
        yield "norm", _norm(spec.features, spec)
    if spec.num_classes:
        yield "fc", {"weight": (spec.num_classes, spec.features), "bias": (spec.num_classes,)}


def block_modules(spec: ResNetSpec, block: BlockPlan) -> Iterator[tuple[str, dict[str, Shape]]]:
    """Yield (name inside the block, {leaf: shape}) for every module of one block."""
    for step, plan in enumerate(plan_branch(spec, block), start=1):
        yield plan.name, _conv(plan)
        yield f"bn{step}", _norm(plan.in_channels if spec.preactivation else plan.out_channels, spec)
    channels = block.out_channels
    if spec.attention == "se":
        squeezed = squeeze_channels(spec, channels)
        yield "se.fc1", {"weight": (squeezed, channels, 1, 1), "bias": (squeezed,)}
        yield "se.fc2", {"weight": (channels, squeezed, 1, 1), "bias": (channels,)}
    elif spec.attention == "eca":
        yield "se.conv", {"weight": (1, 1, eca_kernel(channels))}
    projection = plan_projection(spec, block)
    if projection is not None:
        yield projection.name, _conv(projection)
        if projection.normed:
            yield _next(projection.name), _norm(projection.out_channels, spec)


def _conv(plan: ConvPlan) -> dict[str, Shape]:
    weight = (plan.out_channels, plan.in_channels // plan.groups, plan.kernel, plan.kernel)
    return {"weight": weight} | ({"bias": (plan.out_channels,)} if plan.bias else {})


def _norm(channels: int, spec: ResNetSpec) -> dict[str, Shape]:
    roles = NORM_ROLES if spec.norm == "batch" else NORM_ROLES[:2]
    return dict.fromkeys(roles, (channels,))


def _next(name: str) -> str:
    """Return the name behind a numbered one: `downsample.0` → `downsample.1`."""
    before, _, number = name.rpartition(".")
    return f"{before}.{int(number) + 1}"
