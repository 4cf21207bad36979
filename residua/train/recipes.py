"""Which settings suit which data? A recipe is one value, with its source; flags change single fields of it."""

from __future__ import annotations

import difflib

from residua.errors import TrainError
from residua.train.config import TrainConfig

RECIPES: dict[str, TrainConfig] = {
    # 8×8 grey digits: flips would turn a 2 into no digit at all; a pixel of shift is what a hand does.
    "digits": TrainConfig(recipe="digits", epochs=20, batch=64, lr=0.1, crop_pad=1),
    # He 2016a §4.2: 64k steps of 128, lr 0.1 cut at 32k and 48k; 45k/5k split; plain SGD; decay on everything.
    "cifar-he2016": TrainConfig(
        recipe="cifar-he2016",
        model="resnet20",
        data="cifar10",
        epochs=182,
        batch=128,
        lr=0.1,
        schedule="step",
        warmup_epochs=0,
        nesterov=False,
        weight_decay=1e-4,
        decay_norms=True,
        crop_pad=4,
        flip="random",
    ),
    # The paper's ingredients with a linear schedule (Li 2020), for few epochs.
    "cifar": TrainConfig(recipe="cifar", model="resnet20", data="cifar10", crop_pad=4, flip="random"),
    "mnist": TrainConfig(recipe="mnist", model="resnet20", data="mnist", epochs=10, crop_pad=2),
    "fashion": TrainConfig(recipe="fashion", model="resnet20", data="fashion-mnist", crop_pad=2, flip="random"),
    # zhang2021 §8.6, as printed there: plain SGD at a constant 0.05, 10 epochs of 256 images enlarged to 96×96.
    "d2l": TrainConfig(
        recipe="d2l",
        model="resnet18_d2l",
        data="fashion-mnist",
        size=96,
        epochs=10,
        batch=256,
        lr=0.05,
        schedule="constant",
        warmup_epochs=0,
        momentum=0,
        nesterov=False,
        weight_decay=0,
    ),
    "folder": TrainConfig(recipe="folder", model="resnet18", epochs=30, batch=32, lr=0.025, flip="random", crop_pad=8),
}

_FOR_DATA = {
    "digits": "digits",
    "cifar10": "cifar",
    "cifar100": "cifar",
    "mnist": "mnist",
    "fashion-mnist": "fashion",
}


def find_recipe(name: str | None, data: str | None) -> TrainConfig:
    """Return the recipe called `name`; without one, what suits the data set `data` (any folder: "folder").

    Raises TrainError with the nearest names when there is no such recipe.
    """
    if not name:
        return RECIPES[_FOR_DATA.get(data or "digits", "folder")]
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise TrainError(f"unknown recipe {name!r}; {hint}There are: {', '.join(RECIPES)}.")
