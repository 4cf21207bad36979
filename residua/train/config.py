"""What has to be known to run a training again?"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from residua.errors import TrainError


class TrainConfig(BaseModel):
    """One training run as a value: flat, frozen, and the source of the command's flags, help and defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Parameter(parse=False)] = Field("resnet8", description="name from `residua list`")
    set: tuple[str, ...] = Field((), description="change a field of the network's spec: --set norm=group")
    data: str = Field("digits", description="digits, cifar10, cifar100, mnist, fashion-mnist, or a folder of images")
    root: str | None = Field(None, description="where the data set's files lie")
    download: bool = Field(False, description="fetch a public data set that is not there")
    skip_bad: bool = Field(False, description="leave out images that cannot be read")
    size: int | None = Field(None, ge=4, description="pixels of the square the network sees; default: the data's own")
    val_fraction: float = Field(0.1, ge=0, lt=1, description="share of the training images kept for validation")
    epochs: int = Field(30, ge=1, description="passes over the training images")
    batch: int = Field(128, ge=2, description="images in a step, over all processes")
    lr: float = Field(0.1, gt=0, description="peak learning rate")
    schedule: Literal["constant", "linear", "cosine", "step"] = Field("linear", description="how lr falls to zero")
    milestones: tuple[float, ...] = Field(
        (0.5, 0.75), description="for step: fractions of the run at which lr falls ×0.1"
    )
    warmup_epochs: float = Field(1.0, ge=0, description="epochs over which lr rises from zero")
    momentum: float = Field(0.9, ge=0, lt=1, description="of SGD")
    nesterov: Annotated[bool, Parameter(negative="--no-nesterov")] = Field(
        True, description="Nesterov's form of momentum"
    )
    weight_decay: float = Field(5e-4, ge=0, description="on convolutions and the classifier, not on norms and biases")
    decay_norms: bool = Field(False, description="weight decay on norms and biases too, as He 2016a did")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Szegedy 2016 §7")
    crop_pad: int = Field(0, ge=0, description="pixels of padding before a random crop")
    flip: Literal["none", "random", "alternating"] = Field("none", description="mirror images left-right")
    cutout: int = Field(0, ge=0, description="side of an erased square in pixels (DeVries 2017)")
    seed: int = Field(0, ge=0, description="of weights, data order and augmentation")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field("auto", description="of the forward pass")
    channels_last: Annotated[bool, Parameter(negative="--no-channels-last")] = Field(
        True, description="memory format of images and kernels"
    )
    compile: bool = Field(False, description="torch.compile the network")
    checkpoint_minutes: float = Field(5.0, gt=0, description="longest time between two checkpoints")
    recipe: str = Field("", description="named settings to start from; default: what suits the data")

    def to_toml(self) -> str:
        """Return the text of `config.toml`; fields without a value are left out."""
        import tomli_w

        return tomli_w.dumps({name: value for name, value in self.model_dump(mode="json").items() if value is not None})

    @classmethod
    def from_toml(cls, path: Path) -> TrainConfig:
        """Read `config.toml`. Raises TrainError when it is missing or is not one of ours."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise TrainError(f"{path} is missing: {path.parent} is not a run folder") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise TrainError(f"{path} is not readable TOML: {error}") from None
        except ValidationError as error:
            raise TrainError(f"{path}: {first_problem(error)}") from None


def merged(base: TrainConfig, changes: dict[str, Any]) -> TrainConfig:
    """Return `base` with `changes`, validated. Raises TrainError naming the field."""
    try:
        return TrainConfig.model_validate(base.model_dump() | changes)
    except ValidationError as error:
        raise TrainError(first_problem(error)) from None


def first_problem(error: ValidationError) -> str:
    """Return the first problem of a pydantic error in one line."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}={first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}"
