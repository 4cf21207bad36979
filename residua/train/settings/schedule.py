"""What are the learning rate and the images' size after so many samples? Pure functions of the position in the run."""

from __future__ import annotations

import math

from residua.train.settings.config import TrainConfig


def lr_at(config: TrainConfig, samples: int, samples_per_epoch: int) -> float:
    """Return the learning rate for the step that begins after `samples` training images.

    It rises linearly from zero over `warmup_epochs` (at most half of the run), then follows `schedule`: "linear",
    "cosine" (Loshchilov 2017) and "rex" (Chen 2022) end at zero. "one-cycle" rises for as long as it then falls, and
    ends with a tenth of the run near zero (Smith 2018).
    """
    total = config.epochs * samples_per_epoch
    if config.schedule == "one-cycle":
        return config.lr * _one_cycle(samples / total)
    warmup = min(config.warmup_epochs * samples_per_epoch, 0.5 * total)
    if samples < warmup:
        return config.lr * (samples + config.batch) / (warmup + config.batch)
    if config.schedule == "constant":
        return config.lr
    if config.schedule == "step":
        return config.lr * 0.1 ** sum(samples >= milestone * total for milestone in config.milestones)
    left = 1 - min((samples - warmup) / (total - warmup), 1.0)
    if config.schedule == "linear":
        return config.lr * left
    if config.schedule == "rex":
        return config.lr * left / (0.5 + 0.5 * left)
    return config.lr * (1 - math.cos(math.pi * left)) / 2


def _one_cycle(done: float) -> float:
    """Return lr as a share of its peak: 1/25 up to 1 and back over nine tenths of the run, then down to 1/2500."""
    low, lowest, turn, end = 1 / 25, 1 / 2500, 0.45, 0.9
    if done < turn:
        return low + (1 - low) * done / turn
    if done < end:
        return 1 - (1 - low) * (done - turn) / (end - turn)
    return low - (low - lowest) * min((done - end) / (1 - end), 1.0)


def size_at(config: TrainConfig, epoch: int, size: int, step: int) -> int:
    """Return the side in pixels of the images of `epoch` (from 0): multiples of `step`, `size` at the end.

    It grows linearly from `size_from` over the first `size_until` of the epochs (Howard 2018, FFCV's ResNets).
    """
    if config.size_from is None or config.size_from >= size:
        return size
    growing = config.size_until * config.epochs
    done = min(epoch / growing, 1.0)
    side = config.size_from + done * (size - config.size_from)
    least = -(-config.size_from // step) * step
    return size if done == 1.0 else min(size, max(least, round(side / step) * step))


def sizes_of(config: TrainConfig, size: int, step: int) -> tuple[int, ...]:
    """Return all sides that `size_at` may give, the largest last."""
    if config.size_from is None or config.size_from >= size:
        return (size,)
    least = -(-config.size_from // step) * step
    return (*range(least, size, step), size)
