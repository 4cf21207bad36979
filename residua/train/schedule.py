"""What is the learning rate after so many samples? Pure functions of the position in the run."""

from __future__ import annotations

import math

from residua.train.config import TrainConfig


def lr_at(config: TrainConfig, samples: int, samples_per_epoch: int) -> float:
    """Return the learning rate for the step that begins after `samples` training images.

    It rises linearly from zero over `warmup_epochs`, then follows `schedule` down to zero at the run's end.
    """
    total = config.epochs * samples_per_epoch
    warmup = min(config.warmup_epochs * samples_per_epoch, 0.5 * total)
    if samples < warmup:
        return config.lr * (samples + config.batch) / (warmup + config.batch)
    if config.schedule == "constant":
        return config.lr
    if config.schedule == "step":
        return config.lr * 0.1 ** sum(samples >= milestone * total for milestone in config.milestones)
    left = 1 - min((samples - warmup) / (total - warmup), 1.0)
    return config.lr * (left if config.schedule == "linear" else (1 - math.cos(math.pi * left)) / 2)
