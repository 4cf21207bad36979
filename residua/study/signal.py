"""How do a signal and its gradient pass through a deep network at its start, with shortcuts and without? No training.

The effective path length is the mean number of blocks that the gradient passes through. Scaled by s in each
block's residual the gradient is Σ sᵏ·gₖ, with gₖ that of the paths through k residuals (Veit 2016 §4.3 tells paths
apart), so that d log‖g‖ / d log s at s = 1 is Σ k·⟨gₖ, g⟩ / ⟨g, g⟩: the mean of k, weighted by what these paths
contribute. The forward pass, and with it every ReLU's mask, stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from residua.nn import ResNet, build
from residua.nn.blocks import Block
from residua.spec import ResNetSpec
from residua.study.plan import Advance, Part, Work
from residua.study.report import Figure, Published, Report, Row, logarithmic, spread
from residua.zoo import ZOO

QUESTION = "What reaches the other end of a deep network before it has learnt anything, forward and backward?"
PER_STAGE = (1, 3, 9, 54, 166)  # blocks: networks of 8, 20, 56, 326 and 998 layers (He 2016a §4.2: 6n + 2)
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {"shortcut": "none"},
    "residual": {},
    "residual, zero γ": {"zero_gamma": True},
}
PIXELS, IMAGES, _STEP = 16, 4, 0.01
PUBLISHED = (
    Published("layers on the paths that contribute most gradient, of 110, trained", "10 to 34", "veit2016, abstract"),
    Published("are gradients in plain networks with batch norm vanishing?", "“unlikely”", "he2016a §4.1"),
)
NOT_SHOWN = (
    "Images are noise of unit variance, four at a time: real images have structure that noise lacks.",
    "Networks are untrained. A path length after training is another one; the published figure is of trained networks.",
    "Gradients that arrive are necessary for learning and not sufficient: only training shows whether depth hurts.",
    "Batch norm holds the forward variance of every residual near one, in plain networks too.",
    "A weighted mean of path lengths says nothing of single paths; contributions that point against each other cancel.",
)


@dataclass(frozen=True)
class Passed:
    """What one untrained network did: a number a block, from the input's side on, and its effective path length.

    path_length: None where the gradient overflows single precision on its way, as it does in deep plain networks.
    """

    variances: tuple[float, ...]
    gradients: tuple[float, ...]
    path_length: float | None


def spec_of(blocks_per_stage: int, variant: str) -> ResNetSpec:
    """Return the CIFAR network of 6n + 2 layers in one of VARIANTS."""
    return ZOO["resnet20"].spec.changed(depths=(blocks_per_stage,) * 3, **VARIANTS[variant])


def work(seeds: int) -> Work:
    """Return the study: every variant once forward, and backward three times for the derivative."""
    parts = [
        Part(f"{6 * n + 2} layers, {variant}", spec_of(n, variant), PIXELS, IMAGES * seeds, backward=3)
        for n in PER_STAGE
        for variant in VARIANTS
    ]
    return Work(parts, lambda advance: run(seeds, advance), "--seeds 1" if seeds > 1 else "")


def run(seeds: int, advance: Advance) -> Report:
    """Pass noise through every network and return the report. advance: called when a part is done."""
    rows: list[Row] = []
    passed: dict[tuple[str, int], list[Passed]] = {}
    for n in PER_STAGE:
        for variant in VARIANTS:
            for seed in range(seeds):
                found = pass_through(spec_of(n, variant), seed)
                passed.setdefault((variant, 6 * n + 2), []).append(found)
                rows.append(_row(variant, 6 * n + 2, seed, found))
            advance(f"{6 * n + 2} layers, {variant}", 1.0)
    circumstances = {"images": f"{IMAGES} of noise, {PIXELS}×{PIXELS}", "seeds": str(seeds), "precision": "fp32"}
    return Report("signal", QUESTION, rows, _figures(passed), _seen(passed), NOT_SHOWN, PUBLISHED, circumstances)


def pass_through(spec: ResNetSpec, seed: int, pixels: int = PIXELS, images: int = IMAGES) -> Passed:
    """Return what reaches each block of an untrained network, in training mode; the logits' gradient is noise too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(spec).train()
        batch = torch.randn(images, spec.in_channels, pixels, pixels)
        towards = torch.randn(images, spec.num_classes)
    return measure(model, batch, towards)


def measure(model: ResNet, batch: Tensor, towards: Tensor) -> Passed:
    """Return the variance behind each block, the gradient's norm there, and the effective path length.

    model: is left as it was, but for the statistics of its batch norms in training mode. towards: (N, classes), the
    gradient that the logits get.
    """
    scale = [1.0]
    outputs: list[Tensor] = []
    blocks = [module for module in model.modules() if isinstance(module, Block)]
    handles = [block.register_forward_hook(lambda _m, _i, out: outputs.append(out)) for block in blocks]
    handles += [_end(block).register_forward_hook(lambda _m, _i, out: _scaled(out, scale)) for block in blocks]
    try:
        stem = model.stem(batch)
        maps = stem
        for _, layer in model.layers():
            maps = layer(maps)
        logits = model.head(maps)
    finally:
        for handle in handles:
            handle.remove()
    values = [stem, *outputs]
    gradients = torch.autograd.grad(logits, values, towards, retain_graph=True)
    norms = []
    for scale[0] in (1 - _STEP, 1 + _STEP):
        [first] = torch.autograd.grad(logits, [stem], towards, retain_graph=True)
        norms.append(first.double().norm().item())
    passed = min(norms) > 0 and math.isfinite(max(norms))
    length = math.log(norms[1] / norms[0]) / math.log((1 + _STEP) / (1 - _STEP)) if passed else None
    return Passed(
        tuple(value.detach().double().var().item() for value in values),
        tuple(gradient.double().norm().item() for gradient in gradients),
        length,
    )


def _end(block: Block) -> nn.Module:
    """Return the module whose output is the residual of a block."""
    module: nn.Module = getattr(block, block.LAST)
    return module


def _scaled(value: Tensor, scale: list[float]) -> Any:
    return _Scaled.apply(value, scale)  # type: ignore[no-untyped-call]  # torch gives it no types


class _Scaled(torch.autograd.Function):
    """The identity forward; backward the gradient times a number that is read when it passes."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, scale: list[float]) -> Tensor:
        ctx.scale = scale
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient * ctx.scale[0], None


def _row(variant: str, layers: int, seed: int, found: Passed) -> Row:
    return {
        "variant": variant,
        "layers": layers,
        "seed": seed,
        "effective_path_blocks": found.path_length,
        "blocks": len(found.gradients) - 1,
        "variance_first": found.variances[0],
        "variance_last": found.variances[-1],
        "gradient_norm_first": _finite(found.gradients[0]),
        "gradient_norm_last": _finite(found.gradients[-1]),
        "gradient_first_by_last": _finite(found.gradients[0] / found.gradients[-1]),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _figures(passed: dict[tuple[str, int], list[Passed]]) -> list[Figure]:
    deepest = max(layers for _, layers in passed)

    def by_block(values: Callable[[Passed], Sequence[float]], label: str) -> Callable[[Any], None]:
        def draw(axes: Any) -> None:
            for variant in VARIANTS:
                axes.plot(values(passed[variant, deepest][0]), label=variant)
            axes.set(yscale="log", xlabel=f"block, of {deepest} layers", ylabel=label)
            logarithmic(axes.yaxis)
            axes.legend()

        return draw

    def path_length(axes: Any) -> None:
        for variant in VARIANTS:
            points = {depth: _mean(found) for (name, depth), found in passed.items() if name == variant}
            known = {depth: mean for depth, mean in points.items() if mean is not None}
            axes.plot(list(known), list(known.values()), "o-", label=variant)
        axes.set(xscale="log", xlabel="layers", ylabel="effective path, blocks")
        logarithmic(axes.xaxis)
        axes.legend()

    return [
        Figure("signal-variance", "Variance behind each block", by_block(lambda one: one.variances, "variance")),
        Figure("signal-gradient", "Gradient behind each block", by_block(lambda one: one.gradients, "gradient norm")),
        Figure("signal-path", "Blocks that the gradient passes through", path_length),
    ]


def _mean(found: Sequence[Passed]) -> float | None:
    lengths = [one.path_length for one in found if one.path_length is not None]
    return sum(lengths) / len(lengths) if len(lengths) == len(found) else None


def _seen(passed: dict[tuple[str, int], list[Passed]]) -> list[str]:
    return [line for variant in VARIANTS for line in _sentences(variant, passed)]


def _sentences(variant: str, passed: dict[tuple[str, int], list[Passed]]) -> Iterator[str]:
    """Say what the deepest network did through which the gradient came, and in which it overflowed."""
    depths = [layers for name, layers in passed if name == variant]
    through = [layers for layers in depths if _mean(passed[variant, layers]) is not None]
    for layers in through[-1:]:
        found = passed[variant, layers]
        ratios = [one.gradients[0] / one.gradients[-1] for one in found]
        lengths = spread([one.path_length for one in found if one.path_length is not None])
        yield (
            f"{variant}, {layers} layers: the gradient before the first block is {spread(ratios)} times that "
            f"behind the last; it passes through {lengths} of {len(found[0].gradients) - 1} blocks."
        )
    for layers in depths:
        if layers not in through:
            yield f"{variant}, {layers} layers: the gradient overflows single precision on its way to the first block."
