"""Which settings look like a mistake before the first step?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from residua.data import Augment
from residua.nn.device import choose_placement
from residua.train.settings.config import TrainConfig, flag_of
from residua.train.settings.recipes import RECIPES
from residua.train.setup.weights import Start
from residua.weights.pretrained import of_network, table

SGD_MOST_DECAY = 2e-3  # four times what any recipe has; AdamW's customary 1e-2 and 5e-2 are another thing
ADAM_MOST_LR = 1e-2  # the recipe imagenet-a3 has 8e-3, for LAMB
MOST_LR_RATIO = 4.0  # to the recipe's lr, scaled with the batch: --batch 1024 at the lr for 128 is warned of
FEW_IMAGES = 8  # in a process's batch norm
MOST_FOR_PRETRAINED = 1000  # images; the one comparison that was made had 900, and nothing is known of more


def advice(config: TrainConfig, start: Start, processes: int = 1) -> Iterator[str]:
    """Yield a line for each setting far off what is known to work; none for a recipe as it is."""
    yield from _about_decay(config)
    yield from _about_lr(config)
    share = config.batch // processes // config.accumulate
    if start.spec.norm == "batch" and share < FEW_IMAGES and not (config.sync_bn or config.frozen_norms):
        other = "--sync-bn, " if processes > 1 else ""
        yield (
            f"batch norm sees {share} images at a time, too few for its statistics; {other}a larger --batch, or "
            "--set norm=group"
        )
    if config.warmup_epochs > config.epochs / 2 and config.schedule != "one-cycle":
        yield f"warm-up of {config.warmup_epochs:g} epochs is cut to half of the run's {config.epochs}"
    if config.compile and not choose_placement(config.device, compiled=True).compiled:
        yield (
            "--compile needs a compiler ($CXX or g++; beside CUDA $CC or gcc), and there is none: the network is "
            "not compiled"
        )
    if config.head_epochs >= config.epochs:
        yield (
            f"only the classifier learns: --head-epochs {config.head_epochs} leaves none of {config.epochs} for the "
            "rest"
        )
    if not config.nesterov and config.optimizer in ("adamw", "lamb"):
        yield f"--no-nesterov is about SGD's momentum and does nothing with {config.optimizer}"
    yield from _about_norms(config, start, processes)


def erased(augment: Augment, size: int) -> Iterator[str]:
    """Yield a line for augmentation that leaves nothing of some images of `size` pixels."""
    if augment.cutout >= size:
        yield f"cutout={augment.cutout} erases most of an image of {size} pixels, and of many all"
    if augment.pad >= size:
        yield f"of some images of {size} pixels, pad={augment.pad} leaves the padding alone"


def pretrained_hint(config: TrainConfig, start: Start, images: int) -> list[str]:
    """Return what was measured with pretrained weights on a small folder of images, and which to take; else nothing.

    Two lines, so that a long path leaves the command whole.
    """
    if start.model is not None or images > MOST_FOR_PRETRAINED or not Path(config.data).is_dir():
        return []
    rows = [row for row in of_network(config.model) if row.repo and row.published and not row.non_commercial]
    best = max(rows, key=lambda row: row.published[0].top1, default=table()["resnet18.a1_in1k"])
    return [
        f"{images} images are few for new weights: of two runs on 900 photographs of flowers, the one that began with "
        "CIFAR-10's weights reached 73 % and the one with new ones 63 %",
        f"`residua train {best.name} --data {shlex.quote(config.data)}` begins with ImageNet's",
    ]


def _about_norms(config: TrainConfig, start: Start, processes: int) -> Iterator[str]:
    if config.sync_bn and processes == 1:
        yield "--sync-bn does nothing in a single process; torchrun starts several"
    if start.spec.norm != "batch":
        usual = TrainConfig()
        for name in ("sync_bn", "frozen_norms", "norm_momentum"):
            if getattr(config, name) != getattr(usual, name):
                yield f"{flag_of(name)} is about batch norm and does nothing here, with norm={start.spec.norm}"


def _about_decay(config: TrainConfig) -> Iterator[str]:
    if config.optimizer == "sgd" and config.weight_decay > SGD_MOST_DECAY:
        yield (
            f"weight decay {config.weight_decay:g} is far too much for SGD, where lr × decay counts; 1e-4 to 5e-4 "
            "are usual (1e-2 and more belong to AdamW)"
        )


def _about_lr(config: TrainConfig) -> Iterator[str]:
    if config.optimizer in ("adamw", "lamb") and config.lr > ADAM_MOST_LR:
        yield f"lr {config.lr:g} is far too much for {config.optimizer}; 1e-3 is usual"
        return
    if config.recipe not in RECIPES:
        return
    base = RECIPES[config.recipe].config
    if base.optimizer != config.optimizer:
        return
    scaled = base.lr * config.batch / base.batch
    ratio = config.lr / scaled
    if not 1 / MOST_LR_RATIO < ratio < MOST_LR_RATIO:
        yield (
            f"lr {config.lr:g} for a batch of {config.batch} is {ratio:.2g} times what the recipe {base.recipe} has "
            f"({base.lr:g} for {base.batch}); scaled with the batch that is --lr {scaled:.3g}"
        )
