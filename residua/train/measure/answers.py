"""What did a network answer for each image: rows of a table, a page of mistakes, what stands beside the measures?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residua import pages
from residua.data.feed.loader import Batches
from residua.data.sources.source import Source
from residua.errors import DataError
from residua.files import write_atomic
from residua.nn import ResNet
from residua.scores import THRESHOLD, Evaluation, interval
from residua.train.measure.evaluation import Answers, measure_several
from residua.train.measure.images import Chosen
from residua.train.measure.mistakes import worst_mistakes
from residua.weights.trained import preprocessing_of


def rows_of(answers: Answers, source: Source, threshold: float | None = None) -> list[dict[str, Any]]:
    """Return a row an image: its file, what it shows, what was answered with which score, and whether that is right.

    threshold: of a label's probability, where an image may have several; a column a label then holds its score.
    """
    least = THRESHOLD if threshold is None else threshold
    rows, chances = [], answers.chances.numpy()
    for at, index in enumerate(answers.indices.tolist()):
        row: dict[str, Any] = {"file": source.where(index)}
        if answers.several:
            truth, given = answers.truth[at].numpy() > 0, chances[at] >= least
            for column, marks in (("labels", truth), ("answered", given)):
                row[column] = "|".join(name for name, mark in zip(answers.classes, marks, strict=True) if mark)
            row["right"] = bool((given == truth).all())
            row |= {f"score {name}": float(score) for name, score in zip(answers.classes, chances[at], strict=True)}
        else:
            best, label = int(chances[at].argmax()), int(answers.truth[at])
            row |= {"label": answers.classes[label], "answered": answers.classes[best], "right": best == label}
            row |= {"score": float(chances[at, best]), "score_of_label": float(chances[at, label])}
        rows.append(row)
    return rows


def beside(answers: Answers, chosen: Chosen, threshold: float | None = None) -> dict[str, Any]:
    """Return what stands beside the measures: without images that training has seen, and of sure answers alone."""
    hits, found = answers.right.numpy(), {}
    if chosen.seen is not None:
        unseen = ~chosen.seen[answers.indices]
        found["without_seen"] = without_seen(hits, unseen)
        if answers.several and answers.truth[unseen].any():
            rest = measure_several(answers.logits[unseen], answers.truth[unseen], answers.classes)
            found["without_seen"]["map"] = rest.map
    if threshold is not None and not answers.several:
        sure = (answers.chances.max(1).values >= threshold).numpy()
        found["above_threshold"] = {"threshold": threshold, "answered": float(sure.mean())} | _share(hits[sure])
    return found


def without_seen(hits: np.ndarray, unseen: np.ndarray) -> dict[str, Any]:
    """Return the accuracy over the held-out images that training has not seen; None where there are none."""
    return {"seen": int((~unseen).sum())} | _share(hits[unseen])


def _share(hits: np.ndarray) -> dict[str, Any]:
    correct, samples = int(hits.sum()), len(hits)
    known = {"top1": correct / samples, "interval": list(interval(correct, samples))} if samples else {}
    return {"top1": None, "interval": None} | known | {"correct": correct, "samples": samples}


def write_mistakes(answers: Answers, source: Source, model: ResNet, out: Path) -> tuple[int, int]:
    """Write a page of the worst mistakes, and return how many it shows, and of how many.

    Raises DataError where an image may have several labels: none of them is the mistake. Raises MissingExtra without
    `report`.
    """
    evaluation = answers.evaluation()
    if not isinstance(evaluation, Evaluation):
        raise DataError("--mistakes shows what an image was taken for, and these have several labels: --out lists them")
    preprocessing = preprocessing_of(model)
    batches = Batches(source, answers.indices, batch=256, preprocessing=preprocessing)
    mistakes = worst_mistakes(batches, answers.logits, answers.truth, answers.classes)
    wrong = evaluation.samples - evaluation.correct
    page = pages.render(
        "residua.train.measure",
        "mistakes.html",
        title=f"{wrong:,} of {evaluation.samples:,} images taken for another class",
        lead=f"{len(mistakes)} of them, those whose own class got the lowest score first.",
        mistakes=mistakes,
        split="measured",
        rendering="pixelated" if preprocessing.size <= 96 else "auto",
    )
    write_atomic(out, page)
    return len(mistakes), wrong
