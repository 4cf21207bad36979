"""How large is this encoded image, and in which mode, without decoding it?"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from residua.data.pixels.bounds import peeked

ORIENTED = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}  # where a PNG keeps its orientation


@dataclass(frozen=True)
class Header:
    """What an image says of itself; `format` and `mode` as Pillow names them, EXIF `orientation` 1…8.

    deep: more than 8 bits a channel. alpha: some pixels may not be opaque. animated: there are more frames or pages.
    """

    width: int
    height: int
    format: str
    mode: str
    orientation: int
    deep: bool = False
    alpha: bool = False
    animated: bool = False

    @property
    def grey(self) -> bool:
        """True when one channel holds all there is to see."""
        return self.mode in ("1", "L", "LA", "La", "I", "F") or self.mode.startswith("I;16")


def read_header(data: bytes) -> Header | None:
    """Return the header of an encoded image, or None if it has none that can be read."""
    try:
        with peeked(data) as image:
            # Pillow gives 16-bit colour the mode RGB; what the decoder has to read shows the depth.
            deep = image.mode.startswith(("I", "F")) or any(";16" in str(tile) for tile in getattr(image, "tile", ()))
            seen = *image.size, image.format or "?", image.mode, orientation_of(image), deep, has_alpha(image)
            return Header(*seen, _has_second_frame(image))
    except Exception:  # whatever a damaged header makes Pillow raise: there is no header to speak of
        return None


def _has_second_frame(image: Image.Image) -> bool:
    """Whether there is more than one frame; they are not counted, since a file may link to a million."""
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # what a damaged second frame makes Pillow raise: the first is all that counts
        return False


def orientation_of(image: Image.Image, loaded: bool = False) -> int:
    """Return the orientation 1…8 that EXIF or, without it, XMP states; 1 when that is damaged or out of range.

    loaded: the pixels have been decoded. Pillow decodes those of a PNG to look for EXIF behind them; a look at the
    header does without.
    """
    if image.format == "PNG" and not loaded and not ORIENTED & set(image.info):
        return 1
    try:
        value = int(image.getexif().get(0x0112, 1))
    except Exception:  # a broken EXIF block says nothing about the pixels
        return 1
    return value if 1 <= value <= 8 else 1


def has_alpha(image: Image.Image) -> bool:
    """Say whether an image of up to 8 bits a channel has an alpha channel, or a colour that stands for transparency."""
    if image.mode.startswith(("I", "F")):
        return False
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
