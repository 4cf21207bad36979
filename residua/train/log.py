"""Where do a training's events go: steps, epochs, messages, images decoded beforehand?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from residua import extras

SCALARS = {
    "loss": "loss/train",
    "val_loss": "loss/validation",
    "mean_val_loss": "loss/validation of the running mean",
    "top1": "top-1/train",
    "val_top1": "top-1/validation",
    "exact_match": "all labels right/train",
    "val_map": "mAP/validation",
    "mean_val_map": "mAP/validation of the running mean",
    "mean_val_top1": "top-1/validation of the running mean",
    "lr": "lr",
    "gradient_norm": "gradient norm",
    "images_per_second": "speed/images per second",
    "data_wait": "speed/data wait",
}


@dataclass(frozen=True)
class StepEvent:
    """What is known after a step; means are over the images of this epoch so far.

    several: an image has several labels, and `top1` is the share of images whose labels were all right.
    """

    epoch: int
    epochs: int
    seen: int
    of: int
    loss: float
    top1: float
    lr: float
    images_per_second: float
    data_wait: float
    several: bool = False


@dataclass(frozen=True)
class Log:
    """What to call after each step, after each epoch (with its line of log.jsonl), with a message, while decoding.

    decoded: called with how many images of how many are decoded, where they all are before the first step.
    """

    step: Callable[[StepEvent], None] = lambda event: None
    epoch: Callable[[dict[str, Any]], None] = lambda row: None
    message: Callable[[str], None] = lambda line: None
    decoded: Callable[[int, int], None] = lambda done, of: None


@contextlib.contextmanager
def tensorboard(log: Log, folder: Path, after: int, *, on: bool) -> Iterator[Log]:
    """Give a log that also writes each epoch's line as scalars over the steps; `log` itself unless `on`.

    after: steps that earlier sessions had taken; what was written beyond them counts no more. Raises MissingExtra
    without `train`.
    """
    if not on:
        yield log
        return
    extras.require("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder / "tensorboard"), purge_step=after + 1)

    def epoch(row: dict[str, Any]) -> None:
        for name, tag in SCALARS.items():
            if row.get(name) is not None:
                writer.add_scalar(tag, row[name], row["step"])
        writer.flush()
        log.epoch(row)

    try:
        yield replace(log, epoch=epoch)
    finally:
        writer.close()
