"""What is done to an image before training sees it, as a value, and how is it written in words?"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

from residua.errors import DataError


@dataclass(frozen=True)
class Augment:
    """A recipe of augmentation; the default does nothing. In the order in which they are applied:

    resized_crop: smallest share of the area of a random crop that is resized to the input (Szegedy 2015 uses 0.08); 0
    is off.
    pad: zero padding, in pixels a side, before a random crop of the original size (He 2016a §4.2 uses 4 for CIFAR).
    flip: "random" mirrors half of the images at each epoch; "alternating" mirrors each image every second epoch.
    policy: "trivial" (Müller 2021), "rand" (Cubuk 2020) with `operations` at `magnitude` of 10, "augmix" (Hendrycks
    2020).
    jitter, hue: brightness, contrast and saturation change by up to ± jitter, the hue by up to ± hue of the circle (≤
    0.5).
    erase: probability that a random rectangle is set to the mean (Zhong 2017).
    cutout: side in pixels of a square that is set to the mean (DeVries 2017); its centre may lie at the border.
    mixup, cutmix: α of the Beta distribution of the share (Zhang 2017, Yun 2019); with both, each image draws one of
    them.
    repeats: how many differently augmented copies of an image an epoch holds (Hoffer 2020); its length stays the same.
    """

    resized_crop: float = 0.0
    pad: int = 0
    flip: Literal["none", "random", "alternating"] = "none"
    policy: Literal["none", "trivial", "rand", "augmix"] = "none"
    operations: int = 2
    magnitude: float = 9.0
    jitter: float = 0.0
    hue: float = 0.0
    erase: float = 0.0
    cutout: int = 0
    mixup: float = 0.0
    cutmix: float = 0.0
    repeats: int = 1

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise DataError(f"augmentation: {name} {value} came; {low} to {high} was expected.")
        for name, allowed in (("flip", _FLIPS), ("policy", _POLICIES)):
            if getattr(self, name) not in allowed:
                raise DataError(
                    f"augmentation: {name} {getattr(self, name)!r} came; expected one of {', '.join(allowed)}."
                )

    @property
    def mixes(self) -> bool:
        """True when an image is mixed with another one."""
        return self.mixup > 0 or self.cutmix > 0


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("resized_crop", 0, 1),
    ("pad", 0, 10_000),
    ("operations", 1, 20),
    ("magnitude", 0, 10),
    ("jitter", 0, 1),
    ("hue", 0, 0.5),
    ("erase", 0, 1),
    ("cutout", 0, 10_000),
    ("mixup", 0, 100),
    ("cutmix", 0, 100),
    ("repeats", 1, 100),
)
_FLIPS = ("none", "random", "alternating")
_POLICIES = ("none", "trivial", "rand", "augmix")

PRESETS: dict[str, Augment] = {
    "none": Augment(),
    "crop-flip": Augment(pad=4, flip="random"),
    "cutout": Augment(pad=4, flip="random", cutout=16),
    "resized-crop": Augment(resized_crop=0.08, flip="random"),
    "colour": Augment(resized_crop=0.08, flip="random", jitter=0.4, hue=0.1),
    "trivial": Augment(resized_crop=0.08, flip="random", policy="trivial", erase=0.1),
    "rand": Augment(resized_crop=0.08, flip="random", policy="rand"),
    "augmix": Augment(resized_crop=0.08, flip="random", policy="augmix", magnitude=3.0),
    "strong": Augment(resized_crop=0.08, flip="random", policy="trivial", erase=0.1, mixup=0.2, cutmix=1.0),
}


def default_augment(name: str, size: int) -> Augment:
    """Return what is usual for the data set `name`: digits are never mirrored, photographs are."""
    if name in ("digits", "mnist"):
        return Augment(pad=max(1, size // 14))
    if name == "fashion-mnist":
        return Augment(pad=2, flip="random")
    return Augment(pad=max(1, size // 8), flip="random")


def parse_augment(text: str, name: str = "", size: int = 32, base: Augment = Augment()) -> Augment:
    """Read a recipe from words: a preset, "default" (what suits the data set), and field=value, separated by commas.

    A preset replaces `base`; fields alone are laid over it.
    """
    augment = base
    for word in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = word.partition("=")
        if not equals and (key in PRESETS or key == "default"):
            augment = default_augment(name, size) if key == "default" else PRESETS[key]
            continue
        kinds = {field.name: type(getattr(augment, field.name)) for field in fields(Augment)}
        if not equals or key not in kinds:
            known = f"presets default, {', '.join(PRESETS)}; fields {', '.join(kinds)}"
            raise DataError(f"augmentation {word!r} is not known; {known}, as in trivial,cutout=16.")
        try:
            augment = replace(augment, **{key: kinds[key](value)})
        except ValueError as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"augmentation {word!r}: {kinds[key].__name__} was expected, as {key}={getattr(augment, key)}."
            ) from None
    return augment
