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
class Images:
    """What a recipe learns from, as far as its cost depends on it: how many images, validation included, and which."""

    count: int
    channels: int
    side: int


@dataclass(frozen=True)
class Recipe:
    """Settings with a name: where they come from, what they cost, and what they gave.

    images: None where they are whatever a folder holds. suits: the data sets that it is chosen for where no recipe is
    named.
    """

    config: TrainConfig
    source: str
    images: Images | None = None
    expected: Expected | None = None
    suits: tuple[str, ...] = ()

    @property
    def flop(self) -> float:
        """Operations of the whole training, 6 a MAC and image (forward, and two passes back); 0 when unknown."""
        config, images = self.config, self.images
        if images is None or config.model not in ZOO:
            return 0.0
        spec = ZOO[config.model].spec.changed(**{"in_channels": images.channels} | parse_changes(config.set))
        full = config.size or images.side
        sizes = (size_at(config, epoch, full, total_stride(spec)) for epoch in range(config.epochs))
        macs = sum(cost(spec, side, side).macs for side in sizes)
        return 6.0 * macs * images.count * (1 - config.val_fraction)

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


XEON = "2 Xeon cores, fp32"
EPYC = "1 or 2 EPYC cores, bf16"
DIGITS, CIFAR, MNIST = Images(1437, 1, 8), Images(50_000, 3, 32), Images(60_000, 1, 28)
IMAGENET = Images(1_281_167, 3, 224)
QUICK = TrainConfig(
    model="resnet8_quick",
    batch=512,
    optimizer="muon",
    lr=0.15,
    momentum=0.85,
    weight_decay=0.1,
    label_smoothing=0.2,
    val_fraction=0,
    crop_pad=2,
    flip="alternating",
    whiten=True,
    dirac=True,
    tta="flip-shift",
)
RESNET50 = TrainConfig(
    model="resnet50",
    data="FOLDER",
    size=224,
    batch=256,
    lr=0.1,
    weight_decay=1e-4,
    val_fraction=0,
    augment="resized_crop=0.08,flip=random",
)

# All recipes, each once. What one asks for over QUICK or RESNET50 is what it changes of them.
_ALL = (
    Recipe(
        # 8×8 grey digits: flips would turn a 2 into no digit at all; a pixel of shift is what a hand does.
        TrainConfig(recipe="digits", epochs=20, batch=64, lr=0.1, crop_pad=1),
        source="ours",
        images=DIGITS,
        expected=Expected(0.9944, 0.0028, 3, XEON),
        suits=("digits",),
    ),
    Recipe(
        # He 2016a §4.2: 64k steps of 128, lr 0.1 cut at 32k and 48k; 45k/5k split; plain SGD; decay on everything.
        TrainConfig(
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
            compile=True,
        ),
        source="he2016a §4.2",
        images=CIFAR,
        expected=Expected(0.9125),
    ),
    Recipe(
        # The paper's ingredients with a linear schedule (Li 2020), for few epochs.
        TrainConfig(recipe="cifar", model="resnet20", data="cifar10", crop_pad=4, flip="random"),
        source="he2016a, li2020",
        images=CIFAR,
        suits=("cifar10", "cifar100"),
    ),
    Recipe(
        TrainConfig(
            recipe="cifar-fast",
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
        source="he2016a's network; li2020, jordan2024, jordan2024b",
        images=CIFAR,
        expected=Expected(0.9156, 0.0019, 3, EPYC),
    ),
    Recipe(
        # The ingredients of Jordan 2024 on a residual network of ours: whitening stem, partial identity, Muon.
        QUICK.changed(
            recipe="cifar-94", data="cifar10", epochs=16, warmup_epochs=0, norm_bias_lr=64, weight_decay=0.06
        ),
        source="ours; page2018, jordan2024, jordan2024b",
        images=CIFAR,
        expected=Expected(0.9347, 0.0019, 3, EPYC),
    ),
    Recipe(
        TrainConfig(recipe="mnist", model="resnet20", data="mnist", epochs=10, crop_pad=2),
        source="ours",
        images=MNIST,
        suits=("mnist",),
    ),
    Recipe(
        TrainConfig(recipe="fashion", model="resnet20", data="fashion-mnist", crop_pad=2, flip="random"),
        source="ours",
        images=MNIST,
        suits=("fashion-mnist",),
    ),
    Recipe(
        QUICK.changed(
            recipe="fashion-fast",
            data="fashion-mnist",
            epochs=10,
            warmup_epochs=0,
            norm_bias_lr=64,
            weight_decay=0.05,
            set=("widths=[32,128,128]",),
        ),
        source="ours, half as wide as cifar-94; page2018, jordan2024, jordan2024b",
        images=MNIST,
        expected=Expected(0.9453, 0.0008, 3, EPYC),
    ),
    Recipe(
        # zhang2021 §8.6, as printed there: plain SGD at a constant 0.05, 10 epochs of 256 images enlarged to 96×96.
        TrainConfig(
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
        source="zhang2021 §8.6",
        images=MNIST,
    ),
    Recipe(
        TrainConfig(
            recipe="folder", model="resnet18", data="FOLDER", epochs=30, batch=32, lr=0.025, flip="random", crop_pad=8
        ),
        source="ours",
    ),
    Recipe(
        # Kornblith 2019 and Kumar 2022: the new classifier first, then all.
        TrainConfig(
            recipe="finetune",
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
        source="kornblith2019, kumar2022",
    ),
    Recipe(
        RESNET50.changed(
            recipe="imagenet-he2016", epochs=90, schedule="step", milestones=(1 / 3, 2 / 3, 8 / 9), warmup_epochs=5
        ),
        source="he2016a §3.4, goyal2017; the number is torchvision's",
        images=IMAGENET,
        expected=Expected(0.7613),
    ),
    Recipe(
        # FFCV's ResNet-50 (Leclerc 2023): 160 growing to 192 pixels, batch 1024, lr 1.7 for 1024, label smoothing.
        RESNET50.changed(
            recipe="imagenet-fast",
            epochs=16,
            batch=1024,
            lr=1.7,
            schedule="linear",
            warmup_epochs=2,
            label_smoothing=0.1,
            size=192,
            size_from=160,
            size_until=0.85,
            augment="resized_crop=0.25,flip=random",
            tta="flip",
        ),
        source="leclerc2023",
        images=IMAGENET,
        expected=Expected(0.738),
    ),
    Recipe(
        # Wightman 2021, procedure A3: 160 pixels, LAMB, one against all, mixup and cutmix.
        RESNET50.changed(
            recipe="imagenet-a3",
            epochs=100,
            batch=2048,
            optimizer="lamb",
            lr=8e-3,
            schedule="cosine",
            warmup_epochs=5,
            weight_decay=0.02,
            loss="bce",
            size=160,
            augment="resized_crop=0.08,flip=random,policy=rand,operations=2,magnitude=6,mixup=0.1,cutmix=1.0",
        ),
        source="wightman2021",
        images=IMAGENET,
        expected=Expected(0.781),
    ),
    Recipe(
        # torchvision's second weights (Vryniotis 2021).
        RESNET50.changed(
            recipe="imagenet-tv2",
            epochs=600,
            batch=1024,
            lr=0.5,
            schedule="cosine",
            warmup_epochs=5,
            weight_decay=2e-5,
            label_smoothing=0.1,
            nesterov=False,
            ema=0.99998,
            size=176,
            augment="resized_crop=0.08,flip=random,policy=trivial,erase=0.1,mixup=0.2,cutmix=1.0,repeats=4",
        ),
        source="vryniotis2021",
        images=IMAGENET,
        expected=Expected(0.8086),
    ),
)
RECIPES: dict[str, Recipe] = {recipe.config.recipe: recipe for recipe in _ALL}


def find_recipe(name: str | None, data: str | None) -> TrainConfig:
    """Return the recipe called `name`; without one, what suits the data set `data` (any folder: "folder").

    Raises TrainError with the nearest names when there is no such recipe.
    """
    if not name:
        return _suited(data or "digits").config
    if name in RECIPES:
        return RECIPES[name].config
    near = nearest(name, RECIPES)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise TrainError(f"unknown recipe {name!r}; {hint}there are: {', '.join(RECIPES)}.")


def recipe_as_json(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe's settings, and beside them its source, cost, command and expectation."""
    expected = None if recipe.expected is None else asdict(recipe.expected)
    about = {"source": recipe.source, "cost": recipe.cost, "command": recipe.command, "expected": expected}
    settings = recipe.config.model_dump(mode="json", exclude={"split_sha256"})  # which a run finds out
    return settings | {"views": recipe.config.tta} | about  # what tta was called


def _suited(data: str) -> Recipe:
    """Return the recipe for a data set by name, or for what lies at a path: a public set, or pictures of the user's."""
    known = {name: recipe for recipe in _ALL for name in recipe.suits}
    return known.get(data) or known.get(_public(Path(data)) or "") or RECIPES["folder"]


def _public(path: Path) -> str | None:
    """Return the name of the public set whose own files lie at `path`.

    MNIST and Fashion-MNIST share their file names; the recipe without mirroring is safe for both.
    """
    from residua.data.sources.open import SETS

    found = next((name for name, public in SETS.items() if path.is_dir() and public.holds(path)), None)
    return "mnist" if found is not None and found.endswith("mnist") else found
