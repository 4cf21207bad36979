"""Which images were taken for another class, the worst first?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from residua.data.doctor.contact_sheet import data_uri
from residua.data.feed.loader import Batches

MOST_MISTAKES = 24


def worst_mistakes(batches: Batches, logits: Tensor, labels: Tensor, classes: Sequence[str]) -> list[dict[str, str]]:
    """Return the wrongly classified images with the largest loss, worst first, as embedded PNGs with their words.

    batches: the images, in the order of `logits` (N, classes) and `labels` (N,).
    """
    chances = logits.softmax(1)
    predicted = chances.argmax(1)
    wrong = (predicted != labels).nonzero()[:, 0]
    truth = chances[wrong, labels[wrong]]
    worst = wrong[truth.argsort()][:MOST_MISTAKES].tolist()
    if not worst:
        return []
    indices = batches.indices[np.array(worst)]
    pixels = batches.source.read(indices, batches.preprocessing)
    return [
        {
            "uri": data_uri(image),
            "label": classes[int(labels[at])],
            "taken_for": classes[int(predicted[at])],
            "score": f"{chances[at].max():.0%} sure",
            "where": Path(batches.source.where(int(index))).name,
        }
        for at, index, image in zip(worst, indices, pixels, strict=True)
    ]
