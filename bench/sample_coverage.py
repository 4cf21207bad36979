"""Does every process together see each image exactly once an epoch? Judged by TrainParity, a program of other authors.

    pip install --no-deps trainparity==0.1.0 && python bench/sample_coverage.py

A line a number of processes: PASS, or the first image that is missing or there twice.
"""

from __future__ import annotations

import numpy as np
from trainparity import ExactlyOnce
from trainparity.api import audit_rank_iterables

from residua.data import Augment, Batches, Preprocessing, open_dataset


def main() -> None:
    """Audit one shuffled epoch of the digits by one to four processes."""
    digits = open_dataset("digits").train
    images = np.arange(len(digits))
    for world in (1, 2, 3, 4):
        ranks = {}
        for rank in range(world):
            batches = Batches(
                digits, images, 64, Preprocessing.plain(8, 1), Augment(), shuffle=True, rank=rank, world=world
            )
            ranks[rank] = batches.epoch(0)
        found = audit_rank_iterables(
            ranks,
            sample_id_extractor=lambda batch: [int(index) for index in batch.indices],
            policy=ExactlyOnce(tuple(images.tolist())),
        )
        print(f"{world} processes: {found.outcome.name} {found.first_violation or ''}".rstrip())


if __name__ == "__main__":
    main()
