"""How far is a trained block from the identity, and how strong are its responses (He 2016a §4.2, Fig. 7)?"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from residua.nn import ResNet
from residua.nn.blocks import Block, PostActivation
from residua.study.depth import KINDS, Subjects, circumstances, missing, subjects_of, with_rates
from residua.study.intervals import Mean, difference, mean_of
from residua.study.kept import Kept, Trained
from residua.study.options import TrainingOptions
from residua.study.plan import Advance, Part, Work
from residua.study.report import Figure, Published, Report, Row

QUESTION = "Is what a trained residual block adds to its input small?"
IMAGES = 256  # means over more change in the third figure
PUBLISHED = (
    Published("responses of layers, residual against plain, CIFAR-10", "generally smaller", "he2016a Fig. 7"),
    Published("responses of layers, 110 against 20 layers, residual", "smaller", "he2016a Fig. 7"),
)
SHORTER = "--layers 8 --layers 20, --seeds 1 or --epochs 1"
NOT_SHOWN = (
    "The ratio compares norms: a small F(x) may still turn an answer, which `residua study lesion` tests.",
    "Responses are taken behind the last batch norm of each residual, before sum and ReLU; He 2016a took every layer.",
    "Where a block changes the shape, x is what its shortcut makes of it; a plain block has no ratio there.",
    "The networks had a small budget: those of the papers are trained to the end.",
)


@dataclass(frozen=True)
class Measured:
    """One block: ‖F(x)‖/‖x‖, the mean over pictures (None: nothing to compare with), and the std of its response."""

    block: str
    ratio: float | None
    response_std: float


def work(kept: Kept, options: TrainingOptions, seeds: int) -> Work:
    """Return the study: the missing networks of `depth`, and one pass through each network."""
    subjects = subjects_of(options, seeds)
    parts = missing(kept, subjects, options)
    images = min(IMAGES, kept.pictures.counts[1])
    for network in subjects.networks():
        if not kept.is_measured("identity", [kept.key(network), images]):
            spec = network.spec(kept.pictures)
            parts.append(Part(f"{network.name}, blocks", spec, kept.pictures.pixels, 2 * images, backward=0))
    return Work(parts, lambda advance: run(kept, with_rates(kept, subjects, options, advance)[0], advance), SHORTER)


def run(kept: Kept, subjects: Subjects, advance: Advance) -> Report:
    """Measure every block of every network and return the report."""
    images = min(IMAGES, kept.pictures.counts[1])
    found: dict[tuple[str, int], list[list[Measured]]] = {}
    rows: list[Row] = []
    for network in subjects.networks():
        trained = kept.trained(network, advance)
        raw = kept.measured("identity", [trained.key, images], partial(_measured, kept, trained, images))
        blocks = [Measured(**block) for block in raw]
        kind, _, layers = network.label.partition("-")
        found.setdefault((kind, int(layers)), []).append(blocks)
        rows += [{"kind": kind, "layers": int(layers), "seed": network.seed, **asdict(block)} for block in blocks]
        advance(f"{network.name}, blocks", 1.0)
    made = circumstances(kept, subjects) | {"measured on": f"{images} test pictures, running statistics, fp32"}
    return Report("identity", QUESTION, rows, _figures(found), list(_seen(found)), NOT_SHOWN, PUBLISHED, made)


def measure(model: ResNet, images: Tensor) -> list[Measured]:
    """Return what each block adds, from the first to the last. model: in eval mode. images: (N, C, H, W)."""
    found = []
    with torch.inference_mode():
        x = model.stem(images)
        for stage, blocks in model.layers():
            for number, block in enumerate(blocks):
                assert isinstance(block, Block)
                added, carried = terms(block, x)
                ratio = None if carried is None else (added.flatten(1).norm(dim=1) / carried.flatten(1).norm(dim=1))
                std = added.double().std().item()
                found.append(Measured(f"{stage}.{number}", None if ratio is None else ratio.mean().item(), std))
                x = block(x)
    return found


def terms(block: Block, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return F(x), and what it is added to: the shortcut; in a plain block x where the shapes are the same, or None."""
    if isinstance(block, PostActivation):
        added = block.residual(x)
        carried = block.shortcut(x) if block.downsample is not None else x
    else:
        active = block.relu1(block.bn1(x))
        added = _call(block, "residual", active)
        carried = _call(block, "shortcut", x, active) if block.downsample is not None else x
    return added, carried if carried.shape == added.shape else None


def _call(block: nn.Module, name: str, *values: Tensor) -> Tensor:
    result: Tensor = getattr(block, name)(*values)
    return result


def _measured(kept: Kept, trained: Trained, images: int) -> list[dict[str, Any]]:
    return [asdict(block) for block in measure(trained.model(), kept.test_set(trained, images)[0])]


def _figures(found: Mapping[tuple[str, int], Sequence[Sequence[Measured]]]) -> list[Figure]:
    def by_block(key: str, kinds: Sequence[str], label: str) -> Any:
        def draw(axes: Any) -> None:
            for (kind, layers), networks in found.items():
                if kind not in kinds:
                    continue
                values = list(_means(networks, key))
                places = [(number + 1) / len(networks[0]) for number, _ in values]
                style = ".--" if kind == "plain" else ".-"
                axes.plot(places, [value for _, value in values], style, label=f"{kind}-{layers}")
            axes.set(xlabel="block, as a share of the depth", ylabel=label)
            axes.legend()

        return draw

    return [
        Figure("identity-ratio", "What a block adds to its input", by_block("ratio", ("residual",), "‖F(x)‖ / ‖x‖")),
        Figure("identity-std", "Responses behind each residual", by_block("response_std", tuple(KINDS), "std")),
    ]


def _means(networks: Sequence[Sequence[Measured]], key: str) -> Iterator[tuple[int, float]]:
    for number, blocks in enumerate(zip(*networks, strict=True)):
        values = [getattr(block, key) for block in blocks]
        if None not in values:
            yield number, statistics.fmean(values)


def _seen(found: Mapping[tuple[str, int], Sequence[Sequence[Measured]]]) -> Iterator[str]:
    """Yield what the medians over blocks say: of each network, of depth, and of plain against residual."""
    ratios = {key: [_median(one, "ratio") for one in networks] for key, networks in found.items()}
    stds = {key: [_median(one, "response_std") for one in networks] for key, networks in found.items()}
    layers = sorted({count for _, count in found})
    for count in layers:
        yield f"residual-{count}: the median block adds {mean_of(ratios['residual', count])} of the norm of its input."
    deeper = difference(ratios["residual", layers[-1]], ratios["residual", layers[0]])
    yield f"That share, {layers[-1]} minus {layers[0]} layers: {deeper}: {_side(deeper)}."
    for count in layers:
        gap = difference(stds["residual", count], stds["plain", count])
        yield f"Median std of responses, residual minus plain, {count} layers: {gap}: {_side(gap)}."


def _side(gap: Mean) -> str:
    if gap.low is None:
        return "not known, as one seed does not tell how far seeds spread"
    return {None: "not told apart", True: "larger", False: "smaller"}[gap.above_zero]


def _median(blocks: Sequence[Measured], key: str) -> float:
    values = [getattr(block, key) for block in blocks if getattr(block, key) is not None]
    return float(statistics.median(values))
