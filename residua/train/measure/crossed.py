"""What is a validation worth whose images have chosen the epoch that they measure?

The best of many epochs is a maximum over noise: of labels drawn by chance it lies far above one half. So the images
are held in two halves, and each half is counted at the epoch that the other one chose, as in cross-fitting: no image
is measured at an epoch that it helped to choose, and every one counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from residua.data.splitting import split_validation
from residua.scores import interval
from residua.train.measure.evaluation import measure
from residua.train.settings.config import TrainConfig
from residua.train.setup.data import Prepared
from residua.train.state import Row


def halves_of(logits: Tensor, labels: Tensor, data: Prepared, config: TrainConfig) -> list[list[float]] | None:
    """Return of each half of the validation images by what epochs are compared, right answers, and images.

    None where an image has several labels, or there are too few images.
    """
    held = data.val
    if held is None or data.label_sets is not None or len(labels) != len(held.indices) or len(labels) < 2:
        return None
    first = first_half(labels.numpy(), data.split.groups, config.seed)
    if first.all() or not first.any():
        return None
    found = []
    for half in (torch.from_numpy(first), torch.from_numpy(~first)):
        own, truth = logits[half], labels[half]
        correct = int((own.argmax(1) == truth).sum())
        score = correct / len(truth)
        if config.select != "top1":
            measured = measure(own, truth, data.classes)
            score = measured.class_mean if config.select == "class-mean" else -measured.loss
        found.append([score, correct, len(truth)])
    return found


def first_half(labels: npt.NDArray[np.int64], groups: npt.NDArray[np.int64] | None, seed: int) -> npt.NDArray[np.bool_]:
    """Return which images are in the first half: half of each class, whole groups of images that belong together."""
    mask = np.zeros(len(labels), bool)
    mask[split_validation(labels, 0.5, seed, groups).validation] = True
    return mask


def crossed(rows: Sequence[Row], prefix: str = "") -> dict[str, Any] | None:
    """Return the accuracy of both halves, each at the epoch that the other chose; None where no row has halves.

    prefix: "mean_" where the running mean serves.
    """
    halves = [row.get(f"{prefix}val_halves") for row in rows]
    if len(rows) < 2 or any(each is None for each in halves):
        return None
    table = np.array(halves)  # (epochs, halves, (score, correct, samples))
    latest = len(rows) - 1 - table[::-1, :, 0].argmax(0)  # of equal ones the later epoch, as the best one is chosen
    chosen = latest[::-1]  # of each half, the epoch of the other one
    correct, samples = (int(table[chosen, [0, 1], at].sum()) for at in (1, 2))
    return {
        "top1": correct / samples,
        "correct": correct,
        "samples": samples,
        "interval": list(interval(correct, samples)),
        "epochs": [rows[at]["epoch"] for at in chosen.tolist()],
    }
