"""How good are answers, and how sure is that: accuracies and their intervals, classes, calibration, confusion?

No torch: for whatever gave the answers. scipy and scikit-learn are imported when they are needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from residua.errors import DataError

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


CONFIDENCE = 0.95  # of every interval
Interval = tuple[float, float]


@dataclass(frozen=True)
class ClassScores:
    """One class: how many of its images were recognised, and how far an answer of this class can be relied on.

    precision: None where no image was taken for the class. recall, f1: None where there are no images of it.
    """

    samples: int
    correct: int
    interval: Interval | None
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Evaluation:
    """Measures over labelled images; all fractions are 0…1, `confusion[i][j]` counts class i taken for class j.

    top5: None where there are no more than five classes. interval: Wilson's, of 95 %, for top1. class_mean: the mean of
    the classes' own accuracies. auroc: of two classes that both have images. never_answered: classes with images, for
    which no image was taken.
    """

    top1: float
    top5: float | None
    loss: float
    ece: float
    per_class: dict[str, float | None]
    confusion: list[list[int]]
    samples: int
    correct: int
    interval: Interval
    class_mean: float
    classes: dict[str, ClassScores]
    auroc: float | None = None
    never_answered: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `metrics.json`."""
        return asdict(self, dict_factory=lambda pairs: {k: list(v) if isinstance(v, tuple) else v for k, v in pairs})


def count(ranked: Integers, chances: Floats, labels: Integers, classes: Sequence[str], loss: float) -> Evaluation:
    """Return the measures of N answers, N at least 1.

    ranked: (N, k) classes, the likeliest first, k up to 5. chances: (N, classes) probabilities. labels: (N,).
    loss: the mean one, which whoever holds the logits has computed.
    """
    hits = ranked == labels[:, None]
    confusion = confusion_matrix(labels, ranked[:, 0], len(classes))
    totals, right = confusion.sum(1).tolist(), confusion.diagonal().tolist()
    shares = {name: right[at] / totals[at] if totals[at] else None for at, name in enumerate(classes)}
    known = [share for share in shares.values() if share is not None]
    answered = confusion.sum(0)
    return Evaluation(
        top1=float(hits[:, 0].mean()),
        top5=float(hits.any(1).mean()) if len(classes) > 5 else None,
        loss=loss,
        ece=calibration_error(chances, labels),
        per_class=shares,
        confusion=confusion.tolist(),
        samples=len(labels),
        correct=sum(right),
        interval=interval(sum(right), len(labels)),
        class_mean=math.fsum(known) / len(known),
        classes=_class_scores(labels, ranked[:, 0], confusion, classes),
        auroc=_auroc(chances, labels),
        never_answered=[name for at, name in enumerate(classes) if totals[at] and not answered[at]],
    )


@dataclass(frozen=True)
class LabelScores:
    """One of several labels: how many images have it, and how it is found; None where no image has it, or was given it.

    precision, recall, f1: of the answers at the evaluation's threshold.
    """

    samples: int
    average_precision: float | None
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class MultiLabelEvaluation:
    """Measures over images with any number of labels each; all fractions are 0…1.

    map: the mean of the labels' average precisions. f1_macro: the mean of their F1; f1_micro: over all labels at once.
    correct: images of which every label was answered right. map and f1_macro are of labels that some image has.
    """

    map: float
    f1_macro: float
    f1_micro: float
    loss: float
    threshold: float
    samples: int
    correct: int
    exact_match: float
    interval: Interval
    labels: dict[str, LabelScores]
    never_answered: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `metrics.json`."""
        return asdict(self, dict_factory=lambda pairs: {k: list(v) if isinstance(v, tuple) else v for k, v in pairs})


MAX_DROP = 0.005  # of accuracy that an export may cost: half a point
THRESHOLD = 0.5  # of a label's probability: where its binary cross-entropy changes side


def count_labels(
    chances: Floats, truth: npt.NDArray[np.bool_], labels: Sequence[str], loss: float, threshold: float = THRESHOLD
) -> MultiLabelEvaluation:
    """Return the measures of (N, labels) probabilities against which labels N images have, N at least 1.

    Raises DataError where no image has a label: nothing could be found.
    """
    from sklearn.metrics import average_precision_score, f1_score, precision_recall_fscore_support

    if not truth.any():
        raise DataError(f"none of the {len(truth)} images has a label: there is nothing to measure")
    answers = chances >= threshold
    there, given = truth.sum(0), answers.sum(0)
    table = precision_recall_fscore_support(truth, answers, average=None, zero_division=0)
    found = {
        name: LabelScores(
            samples=int(there[at]),
            average_precision=float(average_precision_score(truth[:, at], chances[:, at])) if there[at] else None,
            precision=float(table[0][at]) if given[at] else None,
            recall=float(table[1][at]) if there[at] else None,
            f1=float(table[2][at]) if there[at] else None,
        )
        for at, name in enumerate(labels)
    }
    known = [scores for scores in found.values() if scores.samples]
    correct = int((answers == truth).all(1).sum())
    return MultiLabelEvaluation(
        map=math.fsum(scores.average_precision or 0 for scores in known) / len(known),
        f1_macro=math.fsum(scores.f1 or 0 for scores in known) / len(known),
        f1_micro=float(f1_score(truth, answers, average="micro", zero_division=0)),
        loss=loss,
        threshold=threshold,
        samples=len(truth),
        correct=correct,
        exact_match=correct / len(truth),
        interval=interval(correct, len(truth)),
        labels=found,
        never_answered=[name for at, name in enumerate(labels) if there[at] and not given[at]],
    )


def interval(correct: int, samples: int) -> Interval:
    """Return between which shares the accuracy lies in 95 of 100 such measurements (Wilson 1927); samples above 0."""
    from scipy.stats import binomtest

    found = binomtest(correct, samples).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def in_words(correct: int, samples: int) -> str:
    """Return "8 of 9, 57…98 %": what an accuracy rests on, and its interval in as few digits as its width deserves."""
    low, high = interval(correct, samples)
    digits = 0 if high - low >= 0.04 else 1 if high - low >= 0.004 else 2
    return f"{correct:,} of {samples:,}, {100 * low:.{digits}f}…{100 * high:.{digits}f} %"


@dataclass(frozen=True)
class Paired:
    """Two networks on the same images: how many one alone had right, and the other; p of so great a difference."""

    first_alone: int
    second_alone: int
    samples: int
    p: float

    def __str__(self) -> str:
        counts = f"{self.second_alone} against {self.first_alone} images right alone, p = {self.p:.2g}"
        if self.p >= 1 - CONFIDENCE:
            return f"cannot be told apart ({counts})"
        return f"{'better' if self.second_alone > self.first_alone else 'worse'} ({counts})"


def paired(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """Compare which of the same images two networks recognised, by McNemar's exact test, two-sided (McNemar 1947)."""
    from scipy.stats import binomtest

    pairs = list(zip(first, second, strict=True))
    alone, other = pairs.count((True, False)), pairs.count((False, True))
    p = float(binomtest(alone, alone + other).pvalue) if alone + other else 1.0
    return Paired(alone, other, len(pairs), p)


@dataclass(frozen=True)
class Drop:
    """By how much accuracy falls from one network to another on the same images, with its interval of 95 %, 0…1.

    lost: images that the first alone had right, won: the second alone; drop = (lost − won) / samples.
    """

    lost: int
    won: int
    samples: int
    drop: float
    interval: Interval


def accuracy_drop(lost: int, won: int, samples: int) -> Drop:
    """Return the drop and Tango's score interval, which holds without any difference too (Tango 1998); samples > 0."""
    z = _quantile()
    low, high = (_limit(lost, won, samples, sign * z) for sign in (1, -1))
    return Drop(lost, won, samples, (lost - won) / samples, (low, high))


def images_for_drop(drop: float) -> int:
    """Return how many images, all answered alike by both networks, show that accuracy falls by less than `drop`."""
    z = _quantile()
    return math.ceil(z * z * (1 / drop - 1))


def _quantile() -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + CONFIDENCE) / 2))


def _limit(lost: int, won: int, samples: int, z: float) -> float:
    """Return the difference of paired shares that lies z standard errors below (z > 0) or above what was counted."""
    from scipy.optimize import brentq

    def score(drop: float) -> float:
        """(lost − won − n·drop) / its standard error, with the likeliest share of `won` under that drop."""
        b = (2 * samples + won - lost) * drop - lost - won
        c = -won * drop * (1 - drop)
        share = (math.sqrt(max(b * b - 8 * samples * c, 0.0)) - b) / (4 * samples)
        variance = samples * (2 * share + drop * (1 - drop))
        gap = lost - won - samples * drop
        return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0

    observed, end = (lost - won) / samples, -1.0 if z > 0 else 1.0
    if observed == end:
        return end
    return float(brentq(lambda drop: score(drop) - z, *sorted((observed, end * (1 - 1e-12)))))


def _class_scores(
    labels: Integers, predicted: Integers, confusion: Integers, classes: Sequence[str]
) -> dict[str, ClassScores]:
    from sklearn.metrics import precision_recall_fscore_support

    numbers = np.arange(len(classes))
    table = precision_recall_fscore_support(labels, predicted, labels=numbers, zero_division=np.nan)
    precision, recall, f1 = ([None if math.isnan(value) else float(value) for value in row] for row in table[:3])
    totals, right = confusion.sum(1).tolist(), confusion.diagonal().tolist()
    return {
        name: ClassScores(
            samples=totals[at],
            correct=right[at],
            interval=interval(right[at], totals[at]) if totals[at] else None,
            precision=precision[at],
            recall=recall[at],
            f1=f1[at] if totals[at] else None,
        )
        for at, name in enumerate(classes)
    }


def _auroc(chances: Floats, labels: Integers) -> float | None:
    """Return the area under the ROC curve; None unless there are images of two classes, the only ones."""
    if chances.shape[1] != 2 or not 0 < int(labels.sum()) < len(labels) or np.isnan(chances).any():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, chances[:, 1]))


def confusion_matrix(labels: Integers, predicted: Integers, classes: int) -> Integers:
    """Return how many images of each class (row) were taken for each class (column)."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def calibration_error(chances: Floats, labels: Integers, bins: int = 15) -> float:
    """Return the expected calibration error: mean |accuracy − confidence| over equal bins (Guo 2017 eq. 3)."""
    confidence, right = chances.max(1), chances.argmax(1) == labels
    places = np.fmax(1, np.fmin(bins, np.ceil(confidence * bins))).astype(np.int64) - 1  # NaN in some bin stays NaN
    gaps = np.bincount(places, weights=right - confidence, minlength=bins)
    return math.fsum(np.abs(gaps)) / len(labels)
