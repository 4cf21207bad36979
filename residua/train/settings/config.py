"""What has to be known to run a training again?"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from residua.errors import TrainError
from residua.reading import read_text
from residua.text import one_line
from residua.train.settings.groups import (
    BY_RECIPE,
    EVALUATION,
    FINE_TUNING,
    FIRST,
    IMAGES,
    MACHINE,
    MEMORY,
    NETWORK,
    OPTIMIZER,
)

# Where the same images lie, and on which device a run goes on, may change between two sessions.
LOCATION = ("data", "root", "data_path", "download", "reading", "device")
DECIDED = ("grouping", "split_sha256")  # what a run finds out about its split before the first step
NEW_NAMES = {"views": "tta"}
LARGEST_FILE = 2**20  # bytes of a config.toml; ours take 2,000
MOST_DOTS = (
    100  # of a line of it: those of a key are tables within tables, which take tomllib the square of their number
)
LONGEST_VALUE = 100  # characters of a value in a message: a path fits in, a printed network would fill the screen


class TrainConfig(BaseModel):
    """One training run as a value: flat, frozen, and the source of the command's flags, help and defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Annotated[str, Parameter(parse=False)] = Field(
        "resnet8", description="Name from `residua list`, or a checkpoint or pretrained name to start from."
    )
    set: Annotated[tuple[str, ...], NETWORK, BY_RECIPE] = Field(
        (), description="Change a field of the network's spec: --set norm=group."
    )
    data: Annotated[str, FIRST, BY_RECIPE] = Field(
        "digits", description="digits, cifar10, cifar100, mnist, fashion-mnist, a folder of images, or a list (.csv)."
    )
    root: Annotated[str | None, IMAGES] = Field(None, description="Where the data set's files lie.")
    data_path: Annotated[str | None, Parameter(parse=False)] = Field(
        None, description="Where the images were found, whatever directory they were named in; the run writes it."
    )
    download: Annotated[bool, IMAGES] = Field(False, description="Fetch a public data set that is not there.")
    reading: Annotated[Literal["auto", "memory", "cache", "decode"], IMAGES] = Field(
        "auto", description="Where training reads pictures: decoded in memory, in a cache on disk, or from the files."
    )
    multi_label: Annotated[bool, IMAGES] = Field(
        False, description="An image has any number of labels, each learnt for itself (bce) and measured by mAP and F1."
    )
    skip_bad: Annotated[bool, IMAGES] = Field(False, description="Leave out images that cannot be read.")
    size: Annotated[int | None, FIRST, BY_RECIPE] = Field(
        None, ge=4, description="Side of the square the network sees, in pixels; where no recipe has one: the data's."
    )
    fit: Annotated[Literal["crop", "pad", "stretch"], IMAGES] = Field(
        "crop", description="How a picture becomes a square: its centre, or all of it, with bars or squeezed."
    )
    val_fraction: Annotated[float, IMAGES, BY_RECIPE] = Field(
        0.1, ge=0, lt=1, description="Share of the training images kept for validation."
    )
    grouping: Annotated[Literal["auto", "near", "exact", "none"], IMAGES] = Field(
        "auto",
        description="Images kept on one side of the split that is drawn: near duplicates, exact copies, none; "
        "auto: near up to 20,000 images, else exact.",
    )
    group: Annotated[str | None, IMAGES] = Field(
        None,
        description="Pattern on an image's path; images of equal matches, of one patient or film, stay on one side: "
        "--group 'patient(\\d+)_'.",
    )
    fold: Annotated[str | None, IMAGES] = Field(
        None, description="Hold out the images of this fold, by a list's column `fold`, and no share of each class."
    )
    split_sha256: Annotated[str | None, Parameter(parse=False)] = Field(
        None, description="Of the held-out images' names in order, a line each; the run writes it."
    )
    epochs: Annotated[int, FIRST, BY_RECIPE] = Field(30, ge=1, le=10**6, description="Passes over the training images.")
    batch: Annotated[int, FIRST, BY_RECIPE] = Field(128, ge=2, description="Images in a step, over all processes.")
    accumulate: Annotated[int, MEMORY] = Field(
        1, ge=1, description="Parts in which a step's images pass through, to save memory."
    )

    optimizer: Annotated[Literal["sgd", "adamw", "lamb", "muon"], OPTIMIZER, BY_RECIPE] = Field(
        "sgd", description="muon: kernels by Muon, others by SGD."
    )
    lr: Annotated[float, FIRST, BY_RECIPE] = Field(0.1, gt=0, description="Peak learning rate.")
    schedule: Annotated[Literal["constant", "linear", "cosine", "step", "rex", "one-cycle"], OPTIMIZER, BY_RECIPE] = (
        Field("linear", description="How lr goes from its peak.")
    )
    milestones: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], OPTIMIZER, BY_RECIPE] = Field(
        (0.5, 0.75), description="For step: fractions of the run at which lr falls ×0.1."
    )
    warmup_epochs: Annotated[float, OPTIMIZER, BY_RECIPE] = Field(
        1.0, ge=0, description="Epochs over which lr rises from zero, at most half of the run."
    )
    momentum: Annotated[float, OPTIMIZER, BY_RECIPE] = Field(
        0.9, ge=0, lt=1, description="Of SGD and Muon; β₁ of AdamW and LAMB."
    )
    nesterov: Annotated[bool, Parameter(negative="--no-nesterov"), OPTIMIZER, BY_RECIPE] = Field(
        True, description="Nesterov's form of momentum."
    )
    weight_decay: Annotated[float, OPTIMIZER, BY_RECIPE] = Field(
        5e-4, ge=0, description="On kernels (with Muon: only its own), not norms and biases."
    )
    decay_norms: Annotated[bool, Parameter(negative="--no-decay-norms"), OPTIMIZER, BY_RECIPE] = Field(
        False, description="Weight decay on norms and biases too, as He 2016a did."
    )
    norm_bias_lr: Annotated[float, OPTIMIZER, BY_RECIPE] = Field(
        1.0, gt=0, description="Learning rate of the norms' biases as a multiple of lr."
    )
    clip_norm: Annotated[float, OPTIMIZER] = Field(
        0.0, ge=0, description="Largest norm of a step's gradient; 0: as it comes."
    )
    ema: Annotated[float, OPTIMIZER, BY_RECIPE] = Field(
        0.0, ge=0, lt=1, description="Decay of the weights' running mean, which is then what serves."
    )

    loss: Annotated[Literal["cross-entropy", "bce"], OPTIMIZER, BY_RECIPE] = Field(
        "cross-entropy", description="bce: one against all (Wightman 2021)."
    )
    label_smoothing: Annotated[float, OPTIMIZER, BY_RECIPE] = Field(0.0, ge=0, lt=1, description="Szegedy 2016 §7.")
    teacher: Annotated[str | None, FINE_TUNING] = Field(
        None, description="Checkpoint whose answers are learnt as well (Hinton 2015)."
    )
    teacher_weight: Annotated[float, FINE_TUNING] = Field(
        0.5, gt=0, le=1, description="The teacher's share of the loss."
    )
    temperature: Annotated[float, FINE_TUNING] = Field(
        4.0, gt=0, description="Softening of both networks' answers beside a teacher."
    )
    hardest: Annotated[float, OPTIMIZER] = Field(
        1.0, gt=0, le=1, description="Share of each batch to learn from: that of the largest loss."
    )

    balance: Annotated[bool, IMAGES] = Field(
        False, description="Show each class equally often in an epoch, rare images several times."
    )
    class_weights: Annotated[bool, OPTIMIZER] = Field(
        False, description="Weigh each image's loss by how rare its class is."
    )
    crop_pad: Annotated[int, IMAGES, BY_RECIPE] = Field(0, ge=0, description="Pixels of padding before a random crop.")
    flip: Annotated[Literal["none", "random", "alternating"], IMAGES, BY_RECIPE] = Field(
        "none", description="Mirror images left-right."
    )
    cutout: Annotated[int, IMAGES] = Field(0, ge=0, description="Side of an erased square in pixels (DeVries 2017).")
    augment: Annotated[str, IMAGES, BY_RECIPE] = Field(
        "", description="More, as `residua data --augment` takes it: trivial,mixup=0.2."
    )
    size_from: Annotated[int | None, IMAGES, BY_RECIPE] = Field(
        None, ge=4, description="Pixels in the first epoch, growing to the full size."
    )
    size_until: Annotated[float, IMAGES, BY_RECIPE] = Field(
        0.5, gt=0, le=1, description="Fraction of the run after which images have their full size."
    )

    dirac: Annotated[bool, Parameter(negative="--no-dirac"), NETWORK, BY_RECIPE] = Field(
        False, description="Convolutions start as the identity where channels allow (Zagoruyko 2017)."
    )
    whiten: Annotated[bool, Parameter(negative="--no-whiten"), NETWORK, BY_RECIPE] = Field(
        False, description="The stem whitens the images' patches, and stays (Page 2018; Jordan 2024)."
    )
    norm_momentum: Annotated[float, NETWORK] = Field(
        0.1, gt=0, le=1, description="Share of a batch in batch norm's running statistics."
    )
    head_epochs: Annotated[int, FINE_TUNING, BY_RECIPE] = Field(
        0, ge=0, description="Epochs at the start in which only the classifier learns."
    )
    frozen_norms: Annotated[bool, FINE_TUNING] = Field(False, description="Batch norms keep a checkpoint's statistics.")
    layer_decay: Annotated[float, FINE_TUNING] = Field(
        1.0, gt=0, le=1, description="lr of each block as a multiple of that of the one above it."
    )

    select: Annotated[Literal["top1", "class-mean", "loss", "map"], EVALUATION] = Field(
        "top1",
        description="Which validation measure the best epoch is chosen by; class-mean: of classes' accuracies; map: "
        "with --multi-label, whose default it is.",
    )
    patience: Annotated[int, EVALUATION] = Field(
        0, ge=0, description="Stop after so many epochs without a better validation; 0: never."
    )
    tta: Annotated[Literal["one", "flip", "flip-shift"], EVALUATION, BY_RECIPE] = Field(
        "one", description="Test-time augmentation: views of a test image, reported beside the one."
    )
    sync_bn: Annotated[bool, MACHINE] = Field(False, description="Batch norm over all processes' images.")
    recompute: Annotated[bool, MEMORY] = Field(
        False, description="Compute activations twice to hold few of them (Chen 2016)."
    )
    seed: Annotated[int, MACHINE] = Field(0, ge=0, lt=2**32, description="Of weights, data order and augmentation.")
    device: Annotated[str, MACHINE] = Field("auto", description="auto, cpu, cuda, cuda:N.")
    precision: Annotated[Literal["auto", "fp32", "tf32", "bf16", "fp16"], MACHINE] = Field(
        "auto", description="Of the forward pass; the run keeps to what auto chose at its start."
    )
    channels_last: Annotated[bool, Parameter(negative="--no-channels-last"), MEMORY] = Field(
        True, description="Memory format of images and kernels."
    )
    compile: Annotated[bool, Parameter(negative="--no-compile"), MACHINE, BY_RECIPE] = Field(
        False, description="Run the network through torch.compile."
    )
    checkpoint_minutes: Annotated[float, MACHINE] = Field(
        5.0, gt=0, description="Longest time between two checkpoints."
    )
    keep: Annotated[int, MACHINE] = Field(
        2, ge=1, description="Newest checkpoints to keep; the best weights are kept beside them."
    )
    tensorboard: Annotated[bool, MACHINE] = Field(False, description="Write event files for TensorBoard too.")
    recipe: Annotated[str, FIRST] = Field("", description="Named settings to start from; default: what suits the data.")

    @model_validator(mode="before")
    @classmethod
    def _with_new_names(cls, fields: Any) -> Any:
        """Read a field by the name that it had in the config.toml of earlier versions."""
        return renamed(fields) if isinstance(fields, dict) else fields

    def changed(self, **changes: Any) -> TrainConfig:
        """Return this configuration with `changes`, validated. Raises TrainError naming the field."""
        try:
            return TrainConfig.model_validate(self.model_dump() | renamed(changes))
        except ValidationError as error:
            raise TrainError(first_problem(error)) from None

    def given(self) -> dict[str, Any]:
        """Return the fields that were given when this was made, apart from those that took their defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def to_toml(self) -> str:
        """Return the text of `config.toml`; fields without a value are left out."""
        import tomli_w

        return tomli_w.dumps({name: value for name, value in self.model_dump(mode="json").items() if value is not None})

    @classmethod
    def of_run(cls, folder: Path) -> TrainConfig:
        """Read the `config.toml` of a run folder. Raises TrainError when `folder` is none, or as `from_toml` does."""
        if not (folder / "config.toml").is_file():
            raise TrainError(f"{folder} is not a run folder: it has no config.toml")
        return cls.from_toml(folder / "config.toml")

    @classmethod
    def from_toml(cls, path: Path) -> TrainConfig:
        """Read `config.toml`. Raises TrainError when it is missing or is not one of ours."""
        if not os.path.lexists(path):
            raise TrainError(f"{path} is missing: {path.parent} is not a run folder")
        text = read_text(path, TrainError, LARGEST_FILE)
        if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            raise TrainError(f"{path} has a line of more than {MOST_DOTS} dots, which no run wrote")
        try:
            written = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # ValueError: for a number of thousands of digits, too
            raise TrainError(f"{path} is not readable TOML: {error}") from None
        try:
            return cls.model_validate({"grouping": "none"} | written)  # earlier versions drew image by image
        except ValidationError as error:
            raise TrainError(f"{path}: {first_problem(error, written)}") from None


def renamed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return `fields` with the names of today: `tta` was called `views`. Raises TrainError where both are given."""
    for old, new in NEW_NAMES.items():
        if old in fields and new in fields and fields[old] != fields[new]:
            given = f"{old}={fields[old]!r} came beside {new}={fields[new]!r}"
            raise TrainError(f"{given}, and {old} is only the earlier name of {new}: leave it out")
    return {NEW_NAMES.get(name, name): value for name, value in fields.items()}


def flag_of(name: str, value: object = True) -> str:
    """Return the flag that gives the field `name`; for a switch, the one that gives it this value."""
    return f"--{'no-' * (value is False)}{name.replace('_', '-')}"


def first_problem(error: ValidationError, written: Mapping[str, Any] | None = None) -> str:
    """Return the first problem of a pydantic error in one line.

    written: the fields by the names that the user wrote, some of which may be those of earlier versions.
    """
    first = error.errors()[0]
    earlier = {new: old for old, new in NEW_NAMES.items() if old in (written or {})}
    field = ".".join(earlier.get(str(part), str(part)) for part in first["loc"])
    came = one_line(repr(first["input"]), LONGEST_VALUE)
    return f"{field}={came}: {first['msg'][0].lower()}{first['msg'][1:]}"
