"""Can a map be believed? Does the answer depend on the pixels that it names, and does the map depend on the weights?

Deletion and insertion (Petsiuk 2018 §4.1) take pixels away, or put them in, in the map's order, and follow the class's
probability. They stand beside those of random maps as coarse as this one: fine noise alone destroys an image sooner
than large patches do. The randomisation check (Adebayo 2018) compares the map with that of the same network with the
values of each weight tensor in random order.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from residua.explain.methods import Heat, Method, logits_of, mean_colour
from residua.nn import ResNet
from residua.preprocessing import Pixels
from residua.ship.predictor import chances_of
from residua.ship.runners import Runner, TorchRunner

STEPS = 10  # from the whole image to none of it
RANDOM = 9  # maps: one that is better than all of them is so by chance once in ten times
SHUFFLES = 3
# A map that changes with the weights has less than this rank correlation with that of shuffled ones. At 0.5 they share
# a quarter of the variance of their ranks; what edges of the image alone explain lies above it (guided backpropagation
# keeps 0.9 and more, Adebayo 2018 Fig. 3), and two smooth maps that both fall off to the edges often reach 0.3.
MOST_ALIKE = 0.5


@dataclass(frozen=True)
class Honesty:
    """What speaks for and against a map.

    deletion, insertion: mean probability of the class while pixels go, low in a good map, or come, high in a good map.
    random_deletion, random_insertion: of random maps. correlations: of ranks, with each shuffled network's map; empty
    where weights cannot be shuffled. doubts: why the map explains nothing, or may not; empty for a map that stands.
    """

    deletion: float
    insertion: float
    random_deletion: tuple[float, ...]
    random_insertion: tuple[float, ...]
    correlations: tuple[float, ...]
    doubts: tuple[str, ...]

    @property
    def correlation(self) -> float | None:
        """Mean rank correlation with the maps of shuffled networks."""
        return float(np.mean(self.correlations)) if self.correlations else None

    @property
    def undoubted(self) -> str:
        """What is said of a map without doubts: no more than was examined."""
        return "no doubt found" if self.correlations else "no doubt found, without the check with shuffled weights"


def shuffled(runner: Runner) -> list[Runner]:
    """Return the networks with shuffled weights, ready to answer; none for an artifact, whose weights are compiled."""
    if not isinstance(runner, TorchRunner):
        return []
    return [
        TorchRunner(with_shuffled_weights(runner.model, seed), runner.placement, "fp32") for seed in range(SHUFFLES)
    ]


def with_shuffled_weights(model: ResNet, seed: int) -> ResNet:
    """Return a copy in which the values of each parameter have changed places; the norms' statistics stay."""
    generator = torch.Generator().manual_seed(seed)
    moved = copy.deepcopy(model)
    with torch.no_grad():
        for weight in moved.parameters():
            order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return moved


def examine(
    method: Method, heat: Heat, runner: Runner, pixels: Pixels, index: int, others: Sequence[Runner]
) -> Honesty:
    """Return what speaks for and against a map. pixels: (1, size, size, channels). others: with shuffled weights."""

    def chance(images: Pixels) -> npt.NDArray[np.float32]:
        return chances_of(logits_of(runner, images), runner.several)[:, index]

    deletion, insertion = scores(heat, pixels, chance)
    draws = np.random.default_rng(0)
    random = [scores(draws.random(heat.shape), pixels, chance) for _ in range(RANDOM)]
    theirs = [method.compute(other, pixels, index) for other in others]
    correlations = tuple(rank_correlation(heat, other) for other in theirs)
    gains = [one - other for other, one in random]
    doubts = tuple(_doubts(heat, insertion - deletion, gains, correlations))
    return Honesty(
        deletion, insertion, tuple(one for one, _ in random), tuple(other for _, other in random), correlations, doubts
    )


def scores(heat: Heat, pixels: Pixels, chance: Callable[[Pixels], Any]) -> tuple[float, float]:
    """Return deletion and insertion of a map: the mean probability over the steps, by the trapezoid rule.

    Pixels go, or come, largest first; where they are gone the image has its mean colour. chance: of (N, size, size,
    channels) pixels.
    """
    order = np.argsort(-enlarged(heat, pixels.shape[1]).ravel(), kind="stable")
    plain = np.broadcast_to(mean_colour(pixels), pixels.shape[1:]).reshape(len(order), -1)
    whole = pixels.reshape(len(order), -1)
    images = np.empty((2, STEPS + 1, *whole.shape), np.uint8)
    for step in range(STEPS + 1):
        first = order[: round(step / STEPS * len(order))]
        images[0, step], images[1, step] = whole, plain
        images[0, step, first], images[1, step, first] = plain[first], whole[first]
    found = chance(images.reshape(-1, *pixels.shape[1:])).reshape(2, STEPS + 1)
    deletion, insertion = np.trapezoid(found, dx=1 / STEPS, axis=1)
    return float(deletion), float(insertion)


def enlarged(heat: Heat, side: int) -> Heat:
    """Return a map as large as the image, between its cells on a line."""
    cells = torch.from_numpy(heat)[None, None]
    if heat.shape == (side, side):
        return heat
    return torch.nn.functional.interpolate(cells, (side, side), mode="bilinear", align_corners=False)[0, 0].numpy()


def rank_correlation(heat: Heat, other: Heat) -> float:
    """Return Spearman's ρ of two maps; 0 where one of them is the same everywhere or not finite: no ranks agree."""
    from scipy import stats

    if any(flat(each) for each in (heat, other)):
        return 0.0
    return float(stats.spearmanr(heat, other, axis=None).statistic)


def flat(heat: Heat) -> bool:
    """Whether a map says nothing: the same everywhere, or not finite."""
    return not bool(np.isfinite(heat).all()) or math.isclose(heat.min(), heat.max(), rel_tol=1e-9, abs_tol=1e-12)


def _doubts(heat: Heat, gain: float, random: Sequence[float], correlations: Sequence[float]) -> list[str]:
    if flat(heat):
        return ["this map is the same everywhere: it explains nothing"]
    doubts = []
    alike = float(np.mean(correlations)) if correlations else 0.0
    if alike > MOST_ALIKE:
        doubts.append(
            f"this map hardly changes when the weights are shuffled (rank correlation {alike:.2f}, more than "
            f"{MOST_ALIKE:g}): it shows the image rather than what the network learnt"
        )
    better = sum(gain > other for other in random)
    if better < len(random):
        doubts.append(
            f"this map was not shown to name the pixels that matter: {len(random) - better} of {len(random)} random "
            "maps do as well by deletion and insertion"
        )
    return doubts
