"""How good are answers, counted: accuracies, calibration, confusion? Numpy alone, for whatever gave the answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """Measures over labelled images; all fractions are 0…1, `confusion[i][j]` counts class i taken for class j."""

    top1: float
    top5: float
    loss: float
    ece: float
    per_class: dict[str, float | None]
    confusion: list[list[int]]
    samples: int

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `metrics.json`."""
        return asdict(self)


def count(ranked: Integers, chances: Floats, labels: Integers, classes: Sequence[str], loss: float) -> Evaluation:
    """Return the measures of N answers, N at least 1.

    ranked: (N, k) classes, the likeliest first, k up to 5. chances: (N, classes) probabilities. labels: (N,).
    loss: the mean one, which whoever holds the logits has computed.
    """
    hits = ranked == labels[:, None]
    confusion = confusion_matrix(labels, ranked[:, 0], len(classes))
    totals, right = confusion.sum(1).tolist(), confusion.diagonal().tolist()
    return Evaluation(
        top1=float(hits[:, 0].mean()),
        top5=float(hits.any(1).mean()),
        loss=loss,
        ece=calibration_error(chances, labels),
        per_class={name: right[at] / totals[at] if totals[at] else None for at, name in enumerate(classes)},
        confusion=confusion.tolist(),
        samples=len(labels),
    )


def confusion_matrix(labels: Integers, predicted: Integers, classes: int) -> Integers:
    """Return how many images of each class (row) were taken for each class (column)."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def calibration_error(chances: Floats, labels: Integers, bins: int = 15) -> float:
    """Return the expected calibration error: mean |accuracy − confidence| over equal bins (Guo 2017 eq. 3)."""
    confidence, right = chances.max(1), chances.argmax(1) == labels
    places = np.fmax(1, np.fmin(bins, np.ceil(confidence * bins))).astype(np.int64) - 1  # NaN in some bin stays NaN
    gaps = np.bincount(places, weights=right - confidence, minlength=bins)
    return math.fsum(np.abs(gaps)) / len(labels)
