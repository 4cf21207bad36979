"""What does the loss look like around trained weights, with shortcuts and without (Li 2018)?

Two random directions span a plane through the weights. Each filter of a direction gets the norm of the filter that it
moves (Li 2018 §4), so that networks of other scales can be compared; norms and biases stay as they are. At every point
batch norm takes the statistics of the pictures that the loss is measured on: those of other weights mean nothing.
"""

from __future__ import annotations

import copy
import statistics
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from residua.nn import ResNet
from residua.study.depth import KINDS, Subjects, circumstances, missing, subjects_of, with_rates
from residua.study.kept import Kept, Trained
from residua.study.options import TrainingOptions
from residua.study.plan import Advance, Part, Work
from residua.study.report import Figure, Published, Report, Row

QUESTION = "Is the loss around a trained network smoother with shortcuts than without?"
SIDE, REACH = 15, 1.0  # points along each direction, from −REACH to REACH times each filter's norm; Li 2018: 51
IMAGES = 512  # in one batch: batch norm's statistics are of all of them
DIRECTIONS = 2  # random planes; one alone may be any
PUBLISHED = (
    Published("surface of ResNet-56 with and without shortcuts", "convex-looking against chaotic", "li2018 Fig. 1"),
    Published("surface of 20 layers without shortcuts", "fairly benign, no chaos", "li2018 Fig. 5"),
)
SHORTER = "--layers 8 --layers 20"
NOT_SHOWN = (
    "Two directions of many thousands: a plane may miss what matters, which a second plane is drawn to show.",
    "The networks are those of `depth`, of a small budget: Li 2018 looked at ones trained to the end. A network that "
    "has not learnt has a flat surface, which is no sign of ease.",
    f"The loss is of {IMAGES} training pictures, and a curvature below zero there may be their noise.",
    "A smooth surface around the end does not say how training got there.",
)


def work(kept: Kept, options: TrainingOptions, seeds: int) -> Work:
    """Return the study: seed 0 of the missing networks of `depth`, and the planes around each."""
    subjects = subjects_of(options, 1)
    parts = missing(kept, subjects, options)
    for network in subjects.networks():
        if not kept.is_measured("landscape", _depends(kept, kept.key(network))):
            spec = network.spec(kept.pictures)
            images = DIRECTIONS * SIDE**2 * min(IMAGES, kept.pictures.counts[0])
            parts.append(Part(f"{network.name}, surface", spec, kept.pictures.pixels, images, backward=0))
    return Work(parts, lambda advance: run(kept, with_rates(kept, subjects, options, advance)[0], advance), SHORTER)


def _depends(kept: Kept, key: str) -> list[Any]:
    return [key, SIDE, REACH, min(IMAGES, kept.pictures.counts[0]), DIRECTIONS]


def run(kept: Kept, subjects: Subjects, advance: Advance) -> Report:
    """Measure every surface and return the report."""
    surfaces: dict[tuple[str, int, int], npt.NDArray[np.float64]] = {}
    for network in subjects.networks():
        trained = kept.trained(network, advance)
        found = kept.measured("landscape", _depends(kept, trained.key), partial(_measured, kept, trained, advance))
        kind, _, layers = network.label.partition("-")
        for seed, values in enumerate(found):
            surfaces[kind, int(layers), seed] = np.array(values)
    rows = [row for key, surface in surfaces.items() for row in _rows(key, surface)]
    made = circumstances(kept, subjects) | {
        "seeds": f"seed 0 of each network, {DIRECTIONS} pairs of directions",
        "plane": f"{SIDE} × {SIDE} points, up to {REACH:g} times the norm of each filter to every side",
        "loss": f"of {min(IMAGES, kept.pictures.counts[0])} training pictures, their own statistics in batch norm",
    }
    seen = list(_seen(surfaces))
    return Report("landscape", QUESTION, rows, _figures(surfaces), seen, NOT_SHOWN, PUBLISHED, made)


def direction(model: nn.Module, generator: torch.Generator) -> dict[str, Tensor]:
    """Return a random direction by the names of weights, each filter with the norm of the model's own (Li 2018 §4).

    Only weights of two and more dimensions move: norms and biases are left alone.
    """
    found = {}
    for name, weight in model.named_parameters():
        if weight.ndim < 2:
            continue
        drawn = torch.randn(weight.shape, generator=generator)
        own, norms = weight.detach().flatten(1).norm(dim=1), drawn.flatten(1).norm(dim=1)
        found[name] = drawn * (own / norms).view(-1, *(1,) * (weight.ndim - 1))
    return found


def surface(
    model: ResNet, images: Tensor, labels: Tensor, seed: int, side: int, reach: float
) -> npt.NDArray[np.float64]:
    """Return the loss at side × side points of a plane through the weights, which lie in its middle.

    model: is left as it was. seed: of the two directions.
    """
    generator = torch.Generator().manual_seed(seed)
    first, second = direction(model, generator), direction(model, generator)
    moved = copy.deepcopy(model).train()
    for module in moved.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    weights = dict(moved.named_parameters())
    own = {name: weights[name].detach().clone() for name in first}
    steps = np.linspace(-reach, reach, side)
    losses = np.empty((side, side))
    with torch.no_grad():
        for row, b in enumerate(steps):
            for column, a in enumerate(steps):
                for name, start in own.items():
                    weights[name].copy_(start + float(a) * first[name] + float(b) * second[name])
                losses[row, column] = nn.functional.cross_entropy(moved(images).double(), labels).item()
    return losses


def hollows(losses: npt.NDArray[np.float64]) -> float:
    """Return the share of inner points at which the surface curves downwards in some direction of the plane.

    The smaller eigenvalue of the 2 × 2 Hessian by central differences is below zero there; 0 for a convex surface.
    """
    inner = losses[1:-1, 1:-1]
    along = losses[1:-1, 2:] - 2 * inner + losses[1:-1, :-2]
    across = losses[2:, 1:-1] - 2 * inner + losses[:-2, 1:-1]
    mixed = (losses[2:, 2:] - losses[2:, :-2] - losses[:-2, 2:] + losses[:-2, :-2]) / 4
    smaller = (along + across) / 2 - np.sqrt(((along - across) / 2) ** 2 + mixed**2)
    known = smaller[np.isfinite(smaller)]
    return float((known < 0).mean()) if known.size else float("nan")


def _measured(kept: Kept, trained: Trained, advance: Advance) -> list[list[list[float]]]:
    images, labels = kept.train_set(trained, IMAGES)
    found = []
    for seed in range(DIRECTIONS):
        found.append(surface(trained.model(), images, labels, seed, SIDE, REACH).tolist())
        advance(f"{trained.network.name}, surface", 1 / DIRECTIONS)
    return found


def _rows(key: tuple[str, int, int], losses: npt.NDArray[np.float64]) -> list[Row]:
    kind, layers, seed = key
    steps = np.linspace(-REACH, REACH, len(losses)).tolist()
    return [
        {"kind": kind, "layers": layers, "directions": seed, "a": a, "b": b, "loss": float(losses[row, column])}
        for row, b in enumerate(steps)
        for column, a in enumerate(steps)
    ]


def _figures(surfaces: Mapping[tuple[str, int, int], npt.NDArray[np.float64]]) -> list[Figure]:
    deepest = max(layers for _, layers, _ in surfaces)
    shown = {key: losses for key, losses in surfaces.items() if key[1] == deepest}
    top = float(np.quantile(np.concatenate([losses.ravel() for losses in shown.values()]), 0.95))
    figures = []
    for (kind, layers, seed), losses in shown.items():
        name = f"{kind}-{layers}, directions {seed}"
        figures.append(Figure(f"landscape-{kind}-{seed}", f"{name}: contours of the loss", _contour(losses, top)))
        if not seed:
            title = f"{name}: the loss in space, cut off at {top:.3g}"
            figures.append(Figure(f"landscape-{kind}-solid", title, _solid(losses, top), solid=True))
    return figures


def _contour(losses: npt.NDArray[np.float64], top: float) -> Any:
    def draw(axes: Any) -> None:
        steps = np.linspace(-REACH, REACH, len(losses))
        lines = axes.contour(steps, steps, losses, np.linspace(float(losses.min()), top, 12)[1:], cmap="viridis")
        axes.clabel(lines, inline=True, fontsize=7, fmt="%.2g")
        axes.plot([0], [0], "+")
        axes.set(xlabel="first direction", ylabel="second direction", aspect="equal")

    return draw


def _solid(losses: npt.NDArray[np.float64], top: float) -> Any:
    def draw(axes: Any) -> None:
        steps = np.linspace(-REACH, REACH, len(losses))
        across, along = np.meshgrid(steps, steps)
        axes.plot_surface(across, along, np.minimum(losses, top), cmap="viridis", linewidth=0)
        axes.set(xlabel="first direction", ylabel="second direction", zlabel="loss")

    return draw


def _seen(surfaces: Mapping[tuple[str, int, int], npt.NDArray[np.float64]]) -> Iterator[str]:
    for layers in sorted({count for _, count, _ in surfaces}):
        for kind in KINDS:
            own = [losses for (name, count, _), losses in surfaces.items() if (name, count) == (kind, layers)]
            middle = own[0][len(own[0]) // 2, len(own[0]) // 2]
            edges = [statistics.fmean(np.concatenate([one[0], one[-1], one[:, 0], one[:, -1]]).tolist()) for one in own]
            bent = ", ".join(f"{hollows(one):.0%}" for one in own)
            rises = ", ".join(f"{edge - middle:.3g}" for edge in edges)
            yield (
                f"{kind}-{layers}: the loss is {middle:.3g} in the middle and rises by {rises} to the edge (the two "
                f"planes); it curves downwards somewhere at {bent} of the inner points."
            )
