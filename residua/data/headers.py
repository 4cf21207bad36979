"""How large is this encoded image, and in which mode, without decoding it?"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Header:
    """What an image says of itself; `format` and `mode` as Pillow names them, EXIF `orientation` 1…8."""

    width: int
    height: int
    format: str
    mode: str
    orientation: int
    frames: int

    @property
    def grey(self) -> bool:
        """True when one channel holds all there is to see."""
        return self.mode in ("1", "L", "LA", "La", "I", "F") or self.mode.startswith("I;16")


def read_header(data: bytes) -> Header | None:
    """Return the header of an encoded image, or None if it has none that can be read."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            orientation = int(image.getexif().get(0x0112, 1) or 1)
            frames = int(getattr(image, "n_frames", 1))
            return Header(*image.size, image.format or "?", image.mode, orientation, frames)
    except Exception:  # whatever a damaged header makes Pillow raise: there is no header to speak of
        return None
