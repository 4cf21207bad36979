"""Does an engine give the answers that the network gives? Compared on real images where there are any.

With labels the verdict is about accuracy, on images that neither training nor calibration has seen: paired counts, with
the interval that so many images allow. Without labels it is about the logits alone, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from residua.errors import ShipError
from residua.nn import ResNet
from residua.preprocessing import Pixels, Preprocessing
from residua.scores import MAX_DROP, Drop, accuracy_drop
from residua.ship.canaries import distance
from residua.ship.engine import BATCH, Engine, Floats
from residua.ship.images import as_tensor

LEAST_COSINE = 0.99  # between logits, where only numbers can be compared
# How far float32 logits may be off, as a share of their spread: rounding alone moves those of 152 layers by 1e-5.
EXACT = 1e-3

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Verification:
    """What came out of the comparison. drop: None where there were no labels. problem: why it failed, or empty.

    agreement: the share of images with the same likeliest class. floats: the layers that were given back to float32.
    exact: whether the engine computes in float32.
    """

    max_abs_difference: float
    top1_agreement: float
    cosine: float
    samples: int
    kind: str
    accuracy_before: float | None = None
    accuracy_after: float | None = None
    drop: Drop | None = None
    max_drop: float = MAX_DROP
    problem: str = ""
    floats: tuple[str, ...] = ()
    exact: bool = True

    @property
    def verdict(self) -> str:
        """What the counts show, in words."""
        if self.problem:
            return self.problem
        if self.drop is None:
            near = f"the logits' cosine with the network's is {math.floor(1e4 * self.cosine) / 1e4:.4f} or more"
            same = "the same numbers to rounding" if self.exact else near
            return f"{same}: no accuracy was measured ({self.kind})"
        if self.drop.interval[1] <= self.max_drop:
            return f"accuracy falls by less than {self.max_drop:.2%}"
        return f"cannot be told apart from a loss of {self.max_drop:.2%} with {self.samples:,} images"

    def to_json(self) -> dict[str, Any]:
        """Return what the manifest and `export --json` hold."""
        found: dict[str, Any] = {
            "max_abs_difference": self.max_abs_difference,
            "top1_agreement": self.top1_agreement,
            "cosine": self.cosine,
            "accuracy_before": self.accuracy_before,
            "accuracy_after": self.accuracy_after,
            "samples": self.samples,
            "images": self.kind,
            "verdict": self.verdict,
            "float_layers": list(self.floats),
        }
        if self.drop is not None:
            found |= {
                "right_to_wrong": self.drop.lost,
                "wrong_to_right": self.drop.won,
                "drop": self.drop.drop,
                "drop_interval": list(self.drop.interval),
                "max_drop": self.max_drop,
            }
        return found


@dataclass(frozen=True)
class Question:
    """The images that an export is verified on, and what the network says of them. labels: by the network's classes.

    kind: what the images are, in words. exact: whether the engine computes in float32, so that logits must be the same.
    """

    pixels: Pixels
    reference: Floats
    labels: Labels | None
    kind: str
    exact: bool
    max_drop: float = MAX_DROP


def reference_logits(network: ResNet, pixels: Pixels, preprocessing: Preprocessing) -> Floats:
    """Return the float32 logits of the torch network: what every engine is compared with."""
    found = []
    with torch.inference_mode():
        for at in range(0, len(pixels), 64):
            images = as_tensor(pixels[at : at + 64], preprocessing)
            found.append(network(images.contiguous(memory_format=torch.channels_last)).numpy())
    return np.concatenate(found)


def verify(engine: Engine, question: Question) -> Verification:
    """Run the engine on all images, in batches of BATCH and the last of them one by one, and compare."""
    try:
        logits = np.concatenate([engine.run(batch).logits for batch in _in_two_sizes(question.pixels)])
    except ShipError as error:  # one of the two sizes does not go
        problem = str(error).rstrip(".")
        return Verification(float("inf"), 0.0, -1.0, 0, question.kind, problem=problem, exact=question.exact)
    reference = question.reference
    answered, wanted = logits.argmax(1), reference.argmax(1)
    cosine = _least_cosine(logits, reference)
    problem = _numeric_problem(logits, question, cosine)
    difference, agreement = float(np.abs(logits - reference).max()), float((answered == wanted).mean())
    found = Verification(
        difference, agreement, cosine, len(logits), question.kind, problem=problem, exact=question.exact
    )
    if question.labels is None:
        return found
    before, after = wanted == question.labels, answered == question.labels
    drop = accuracy_drop(int((before & ~after).sum()), int((~before & after).sum()), len(logits))
    if not problem and drop.interval[0] > question.max_drop:
        low, high = (f"{100 * end:.2f}" for end in drop.interval)
        problem = (
            f"accuracy falls from {before.mean():.2%} to {after.mean():.2%} on {len(logits):,} held-out images, "
            f"by {low} to {high} points: more than {question.max_drop:.2%}"
        )
    return replace(
        found,
        accuracy_before=float(before.mean()),
        accuracy_after=float(after.mean()),
        drop=drop,
        max_drop=question.max_drop,
        problem=problem,
    )


def _in_two_sizes(pixels: Pixels) -> Iterator[Pixels]:
    """Yield batches of BATCH, and the rest, at least one image, one by one: both sizes are part of the proof."""
    whole = (len(pixels) - 1) // BATCH * BATCH
    for at in range(0, whole, BATCH):
        yield pixels[at : at + BATCH]
    for at in range(whole, len(pixels)):
        yield pixels[at : at + 1]


def _least_cosine(logits: Floats, reference: Floats) -> float:
    """Return the smallest cosine between an image's logits and their reference, both less their means."""
    one, other = (array.astype(np.float64) - array.mean(1, keepdims=True) for array in (logits, reference))
    scale = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines = np.where(scale > 0, (one * other).sum(1) / np.maximum(scale, 1e-300), 1.0)
    return float(cosines.min()) if np.isfinite(cosines).all() else -1.0


def _numeric_problem(logits: Floats, question: Question, cosine: float) -> str:
    """Return what is wrong with the numbers alone, whatever the labels say."""
    if not np.isfinite(logits).all():
        return "the engine's logits are NaN or infinite"
    if question.exact:
        off = distance(logits, question.reference)
        return (
            "" if off <= EXACT else f"float32 logits are off by {off:.2g} of their spread; rounding is below {EXACT:g}"
        )
    if question.labels is None and cosine < LEAST_COSINE:
        return f"the logits' cosine with the network's falls to {cosine:.4f}; at least {LEAST_COSINE} is expected"
    return ""
