"""What may the user say of a network's images and classes? The fields are the flags of every verb that takes them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from residua.preprocessing import Preprocessing


NOT_PREPARING = ("preprocessing", "max_pixels", "classes")  # beside the parts of a preprocessing


@dataclass(frozen=True)
class ImageOptions:
    """How images become the network's input, and the names of its classes; each field wins over what the file declares.

    Parameters
    ----------
    preprocessing
        How pixels are normalised: imagenet, cifar10, clip, half, … or FILE.json (ours, timm's, transformers').
    mean
        Mean of each channel, of pixels in 0…1.
    std
        Standard deviation of each channel.
    size
        Side of the network's input in pixels.
    resize
        Side that an image's shorter edge gets before the crop.
    crop
        center; or none: squeezed to size × size.
    interpolation
        nearest, box, bilinear, bicubic or lanczos.
    max_pixels
        Most pixels of a picture; by default 89 million, and what 896 MiB can decode.
    classes
        imagenet, a FILE (a name a line, or JSON), or a,b,c.
    """

    preprocessing: str | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    size: int | None = None
    resize: int | None = None
    crop: Literal["center", "none"] | None = None
    interpolation: str | None = None
    max_pixels: int | None = None
    classes: str | None = None

    def single(self) -> dict[str, Any]:
        """Return the parts of a preprocessing that are given one by one."""
        names = [field.name for field in fields(self) if field.name not in NOT_PREPARING]
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def prepares(self) -> bool:
        """Whether anything is said of the preprocessing."""
        return self.preprocessing is not None or bool(self.single())

    def with_(self, found: Preprocessing) -> ImageOptions:
        """Return the options with each part of a preprocessing that was found."""
        return replace(
            self, mean=found.mean, std=found.std, size=found.size, resize=found.resize, crop=found.crop,
            interpolation=found.interpolation,
        )  # fmt: skip


NOTHING = ImageOptions()
