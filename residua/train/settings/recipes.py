"""Which settings suit which data? A recipe is one value, with its source; flags change single fields of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from residua.errors import TrainError
from residua.plan import cost, total_stride
from residua.settings import parse_changes
from residua.text import nearest
from residua.train.settings.config import TrainConfig
from residua.train.settings.schedule import size_at
from residua.zoo import ZOO


@dataclass(frozen=True)
class Expected:
    """The top-1 that a recipe gave: mean and standard deviation over `seeds` runs, and on which machine.

    seeds: 0 when the number is the source's, not measured here.
    """

    top1: float
    sd: float = 0.0
    seeds: int = 0
    machine: str = "not measured here"

    def __str__(self) -> str:
        if not self.seeds:
            return f"{self.top1:.2%} (source; not measured here)"
        spread = f" ± {100 * self.sd:.2f}" if self.seeds > 1 else ""
        return f"{100 * self.top1:.2f}{spread} % ({self.seeds} seed{'s' * (self.seeds > 1)}, {self.machine})"


@dataclass(frozen=True)
class Recipe:
    """Settings with a name: where they come from, what they cost, and what they gave."""

    config: TrainConfig
    source: str
    images: int = 0  # to train on, validation included; 0: whatever the folder holds
    expected: Expected | None = None

    @property
    def flop(self) -> float:
        """Operations of the whole training, 6 a MAC and image (forward, and two passes back); 0 when unknown."""
        config = self.config
        if not self.images or config.model not in ZOO:
            return 0.0
        row = ZOO[config.model]
        channels, side = _SHAPES.get(config.data, (row.input_size[0], row.input_size[1]))
        spec = row.spec.changed(**{"in_channels": channels} | parse_changes(config.set))
        full = config.size or side
        macs = sum(
            cost(spec, side, side).macs
            for side in (size_at(config, epoch, full, total_stride(spec)) for epoch in range(config.epochs))
        )
        return 6.0 * macs * self.images * (1 - config.val_fraction)

    @property
    def cost(self) -> str:
        """The operations in words."""
        if not self.flop:
            return "depends on the folder"
        power, name = (18, "EFLOP") if self.flop >= 1e17 else (15, "PFLOP") if self.flop >= 1e14 else (12, "TFLOP")
        return f"{self.flop / 10**power:.2g} {name}"

    @property
    def command(self) -> str:
        """What to type."""
        words = ["residua train", self.config.model, "--recipe", self.config.recipe]
        default = TrainConfig.model_fields["data"].default
        return " ".join(words if self.config.data == default else [*words, "--data", self.config.data])


def _recipe(name: str, source: str, images: int, expected: Expected | None = None, **settings: Any) -> Recipe:
    return Recipe(TrainConfig(recipe=name, **settings), source, images, expected)


XEON = "2 Xeon cores, fp32"
IMAGENET = 1_281_167
_SHAPES = {"digits": (1, 8), "cifar10": (3, 32), "cifar100": (3, 32), "mnist": (1, 28), "fashion-mnist": (1, 28)}
_HE_CIFAR: dict[str, Any] = {
    "model": "resnet20",
    "data": "cifar10",
    "epochs": 182,
    "batch": 128,
    "lr": 0.1,
    "schedule": "step",
    "warmup_epochs": 0,
    "nesterov": False,
    "weight_decay": 1e-4,
    "decay_norms": True,
    "crop_pad": 4,
    "flip": "random",
    "compile": True,
}
_QUICK: dict[str, Any] = {
    "model": "resnet8_quick",
    "batch": 512,
    "optimizer": "muon",
    "lr": 0.15,
    "momentum": 0.85,
    "weight_decay": 0.1,
    "label_smoothing": 0.2,
    "val_fraction": 0,
    "crop_pad": 2,
    "flip": "alternating",
    "whiten": True,
    "dirac": True,
    "views": "flip-shift",
}
_IMAGENET: dict[str, Any] = {
    "model": "resnet50",
    "data": "FOLDER",
    "size": 224,
    "batch": 256,
    "lr": 0.1,
    "weight_decay": 1e-4,
    "val_fraction": 0,
    "augment": "resized_crop=0.08,flip=random",
}
_ALL = (
    # 8×8 grey digits: flips would turn a 2 into no digit at all; a pixel of shift is what a hand does.
    _recipe("digits", "ours", 1437, Expected(0.9944, 0.0028, 3, XEON), epochs=20, batch=64, lr=0.1, crop_pad=1),
    # He 2016a §4.2: 64k steps of 128, lr 0.1 cut at 32k and 48k; 45k/5k split; plain SGD; decay on everything.
    _recipe("cifar-he2016", "he2016a §4.2", 50_000, Expected(0.9125), **_HE_CIFAR),
    # The paper's ingredients with a linear schedule (Li 2020), for few epochs.
    _recipe("cifar", "he2016a, li2020", 50_000, model="resnet20", data="cifar10", crop_pad=4, flip="random"),
    _recipe(
        "cifar-fast",
        "he2016a's network; li2020, jordan2024, jordan2024b",
        50_000,
        Expected(0.9155, 0.0, 1, XEON),
        model="resnet20",
        data="cifar10",
        epochs=30,
        batch=256,
        optimizer="muon",
        lr=0.1,
        warmup_epochs=0,
        weight_decay=0.05,
        norm_bias_lr=16,
        label_smoothing=0.1,
        val_fraction=0,
        crop_pad=4,
        flip="alternating",
        compile=True,
    ),
    # The ingredients of Jordan 2024 on a residual network of ours: whitening stem, partial identity, Muon, few epochs.
    _recipe(
        "cifar-94",
        "ours; page2018, jordan2024, jordan2024b",
        50_000,
        Expected(0.9337, 0.0, 1, XEON),
        **_QUICK | {"data": "cifar10", "epochs": 16, "warmup_epochs": 0, "norm_bias_lr": 64, "weight_decay": 0.06},
    ),
    _recipe("mnist", "ours", 60_000, model="resnet20", data="mnist", epochs=10, crop_pad=2),
    _recipe("fashion", "ours", 60_000, model="resnet20", data="fashion-mnist", crop_pad=2, flip="random"),
    _recipe(
        "fashion-fast",
        "ours, half as wide as cifar-94; page2018, jordan2024, jordan2024b",
        60_000,
        Expected(0.9448, 0.0, 1, XEON),
        **_QUICK
        | {"data": "fashion-mnist", "epochs": 10, "warmup_epochs": 0, "norm_bias_lr": 64, "weight_decay": 0.05}
        | {"set": ("widths=[32,128,128]",)},
    ),
    # zhang2021 §8.6, as printed there: plain SGD at a constant 0.05, 10 epochs of 256 images enlarged to 96×96.
    _recipe(
        "d2l",
        "zhang2021 §8.6",
        60_000,
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
    _recipe(
        "folder",
        "ours",
        0,
        model="resnet18",
        data="FOLDER",
        epochs=30,
        batch=32,
        lr=0.025,
        flip="random",
        crop_pad=8,
    ),
    # Kornblith 2019 and Kumar 2022: the new classifier first, then all.
    _recipe(
        "finetune",
        "kornblith2019, kumar2022",
        0,
        model="CHECKPOINT",
        data="FOLDER",
        epochs=12,
        batch=32,
        lr=0.05,
        weight_decay=1e-4,
        head_epochs=1,
        flip="random",
        crop_pad=4,
    ),
    _recipe(
        "imagenet-he2016",
        "he2016a §3.4, goyal2017; the number is torchvision's",
        IMAGENET,
        Expected(0.7613),
        **_IMAGENET | {"epochs": 90, "schedule": "step", "milestones": (1 / 3, 2 / 3, 8 / 9), "warmup_epochs": 5},
    ),
    # FFCV's ResNet-50 (Leclerc 2023): 160 growing to 192 pixels, batch 1024, lr 1.7 for 1024, label smoothing.
    _recipe(
        "imagenet-fast",
        "leclerc2023",
        IMAGENET,
        Expected(0.738),
        **_IMAGENET
        | {
            "epochs": 16,
            "batch": 1024,
            "lr": 1.7,
            "schedule": "linear",
            "warmup_epochs": 2,
            "label_smoothing": 0.1,
            "size": 192,
            "size_from": 160,
            "size_until": 0.85,
            "augment": "resized_crop=0.25,flip=random",
            "views": "flip",
        },
    ),
    # Wightman 2021, procedure A3: 160 pixels, LAMB, one against all, mixup and cutmix.
    _recipe(
        "imagenet-a3",
        "wightman2021",
        IMAGENET,
        Expected(0.781),
        **_IMAGENET
        | {
            "epochs": 100,
            "batch": 2048,
            "optimizer": "lamb",
            "lr": 8e-3,
            "schedule": "cosine",
            "warmup_epochs": 5,
            "weight_decay": 0.02,
            "loss": "bce",
            "size": 160,
            "augment": "resized_crop=0.08,flip=random,policy=rand,operations=2,magnitude=6,mixup=0.1,cutmix=1.0",
        },
    ),
    # torchvision's second weights (Vryniotis 2021).
    _recipe(
        "imagenet-tv2",
        "vryniotis2021",
        IMAGENET,
        Expected(0.8086),
        **_IMAGENET
        | {
            "epochs": 600,
            "batch": 1024,
            "lr": 0.5,
            "schedule": "cosine",
            "warmup_epochs": 5,
            "weight_decay": 2e-5,
            "label_smoothing": 0.1,
            "nesterov": False,
            "ema": 0.99998,
            "size": 176,
            "augment": "resized_crop=0.08,flip=random,policy=trivial,erase=0.1,mixup=0.2,cutmix=1.0,repeats=4",
        },
    ),
)
RECIPES: dict[str, Recipe] = {recipe.config.recipe: recipe for recipe in _ALL}

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
        return RECIPES[_FOR_DATA.get(data or "digits") or _for_path(Path(data or ""))].config
    if name in RECIPES:
        return RECIPES[name].config
    near = nearest(name, RECIPES)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise TrainError(f"unknown recipe {name!r}; {hint}There are: {', '.join(RECIPES)}.")


def recipe_as_json(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe's settings, and beside them its source, cost, command and expectation."""
    expected = None if recipe.expected is None else asdict(recipe.expected)
    about = {"source": recipe.source, "cost": recipe.cost, "command": recipe.command, "expected": expected}
    return recipe.config.model_dump(mode="json") | about


def _for_path(path: Path) -> str:
    """Return the recipe for what lies at `path`: a public set in its own files, or pictures of the user's.

    MNIST and Fashion-MNIST share their file names; the recipe without mirroring is safe for both.
    """
    from residua.data.sources.open import SETS

    for name, public in SETS.items():
        if path.is_dir() and public.holds(path):
            return "mnist" if name.endswith("mnist") else _FOR_DATA[name]
    return "folder"


NO_MATTER = {
    "reading",
    "compile",
    "root",
    "download",
    "seed",
    "device",
    "checkpoint_minutes",
    "keep",
    "tensorboard",
    "views",
}
LEAST_RANGE = 0.005  # half a point: what another machine's rounding and another seed may cost at least


def changed_from(config: TrainConfig) -> list[str]:
    """Return the fields on which the accuracy depends and in which `config` differs from its recipe."""
    base = RECIPES[config.recipe].config
    return [name for name, value in config if name not in NO_MATTER and value != getattr(base, name)]


def verdict(config: TrainConfig, top1: float) -> dict[str, Any]:
    """Return what a finished run says of its recipe: the number expected, and whether `top1` lies in its range.

    The range is three standard deviations wide, and at least half a point; `inside` is None where there is nothing to
    compare: settings were changed, or no number is known.
    """
    expected, changed = RECIPES[config.recipe].expected, changed_from(config)
    said: dict[str, Any] = {"name": config.recipe, "changed": changed, "expected_top1": None, "inside": None}
    if expected is None:
        return said
    inside = None if changed else abs(top1 - expected.top1) <= max(3 * expected.sd, LEAST_RANGE)
    return said | {"expected_top1": expected.top1, "sd": expected.sd, "seeds": expected.seeds, "inside": inside}
