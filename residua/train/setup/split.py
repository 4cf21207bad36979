"""Which images does a run learn from, and which does it choose its best epoch by?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from residua.data import Dataset
from residua.data.groups.drawn import DrawnSplit, SplitRules, draw_split
from residua.data.groups.leaks import Leaks, find_leaks
from residua.data.groups.named import require_groups
from residua.data.sources.folder import ONLY_CLASS
from residua.errors import TrainError
from residua.train.distributed import World
from residua.train.log import Log
from residua.train.settings.config import TrainConfig
from residua.train.settings.recipes import RECIPES

Indices = npt.NDArray[np.int64]


def choose_split(config: TrainConfig, world: World, dataset: Dataset, log: Log) -> DrawnSplit:
    """Return the images to train on and those to choose by: the data's own validation split, or a share of training.

    Raises TrainError for too few classes or images, for none to choose an epoch by, and for a fold beside validation.
    """
    split = _drawn(config, world, dataset, log) if dataset.val is None else _given(config, dataset, log)
    if len(dataset.classes) < 2:
        raise TrainError(f"{dataset.name}: {dataset.classes[0]!r} {ONLY_CLASS}")
    if len(split.train) < 2:
        raise TrainError(f"{dataset.name} leaves {len(split.train)} images to train on; at least 2 are needed")
    if len(split.validation):
        return split
    if config.select != "top1":
        raise TrainError(f"--select {config.select} chooses an epoch by validation, and no images are held out for it")
    if config.patience:
        raise TrainError(f"--patience {config.patience} waits for a better validation, and no images are held out")
    return split


def find_crossed(config: TrainConfig, world: World, dataset: Dataset, train: Indices, log: Log) -> Leaks:
    """Return what is the same in splits that were given and in training, and log it."""
    with world.in_turn():
        leaks = find_leaks(dataset, train, config.grouping, config.group, log.decoded)
    for line in leaks.messages:
        log.message(line)
    return leaks


def _given(config: TrainConfig, dataset: Dataset, log: Log) -> DrawnSplit:
    """Return the validation that the data has; options that draw one are refused, or said to do nothing."""
    assert dataset.val is not None
    itself = f"{dataset.name} says itself what is validated"
    if config.fold is not None:
        raise TrainError(f"--fold {config.fold}: {itself}; leave out --fold")
    recipe = RECIPES.get(config.recipe)
    if recipe is not None and config.val_fraction != recipe.config.val_fraction:
        log.message(f"warning: --val-fraction {config.val_fraction:g} does nothing: {itself}")
    if config.group is not None:
        require_groups(dataset.train, config.group)  # by which leaks into the validation are looked for
    return DrawnSplit(np.arange(len(dataset.train)), np.arange(len(dataset.val)), "none", None)


def _drawn(config: TrainConfig, world: World, dataset: Dataset, log: Log) -> DrawnSplit:
    with world.in_turn():  # the first process leaves the signatures of files in the cache
        split = draw_split(dataset.train, SplitRules.of(config.model_dump()), log.decoded)
    for line in split.messages:
        log.message(line)
    return split
