"""What are the pixels of this image file, upright, 8 bits deep, in the channels that were asked for?

JPEG goes through simplejpeg where it is installed, every other format through Pillow. EXIF rotation is applied, CMYK,
palette, 16-bit and transparent images are converted, and a small file that claims to be huge is refused unread.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
from PIL import Image, UnidentifiedImageError

from residua.data.pixels.bounds import (
    MAX_PIXELS,
    ROOM,
    coefficient_bytes,
    is_deep_colour,
    opened,
    peeked,
    refuse_bomb,
    require_few_scans,
)
from residua.data.pixels.depth import deep_strips, scaled
from residua.data.pixels.headers import orientation_of
from residua.data.pixels.levels import adapt_channels, as_uint8
from residua.errors import DataError
from residua.preprocessing import FULL_DEPTH, Pixels, Preprocessing
from residua.reading import read_regular
from residua.text import one_line

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels of the decoded image


def load_image(path: str | os.PathLike[str], preprocessing: Preprocessing, *, exact: bool = True) -> Pixels:
    """Return the file as (size, size, channels) uint8: what predicting, evaluating and serving give the network.

    exact: Pillow's own resampling of the fully decoded image; otherwise scaled JPEG decoding and torch's resampling,
    which differ by a level or two and save half the time. Raises DataError, in one line, if the file cannot be read as
    an image.
    """
    data = read_regular(path, raises=DataError)
    name = str(path)
    return fit(
        decode(
            data, name, preprocessing.channels, at_least=0 if exact else preprocessing.resize, bits=preprocessing.bits
        ),
        preprocessing,
        exact=exact,
    )


def decode(data: bytes, name: str, channels: int = 3, *, at_least: int = 0, bits: int = FULL_DEPTH) -> Pixels:
    """Return the encoded image as upright (H, W, channels) uint8.

    at_least: when above 0, a JPEG whose shorter side is at least twice that may be decoded at a fraction of its size.
    bits: what the levels of a picture with more than 8 bits a channel are scaled by.
    Raises DataError naming `name` if it is empty, truncated, of no known format, or larger than MAX_PIXELS.
    """
    if not data:
        raise DataError(f"{name} is empty (0 bytes); an image was expected.")
    if data[:3] == b"\xff\xd8\xff":
        pixels = _decode_jpeg(data, name, channels, at_least)
        if pixels is not None:
            return pixels
    return _decode_any(data, name, channels, bits)


def fit(
    pixels: Pixels,
    preprocessing: Preprocessing,
    *,
    box: Box | None = None,
    exact: bool = True,
    height: int | None = None,
) -> Pixels:
    """Resize and crop (H, W, C) pixels to (size, size, C); `box` replaces the centre crop by that region of the image.

    Cropping comes first: only pixels that are kept are resampled, with the result of resizing the whole image and then
    cropping. height: of the result, where it is not square.
    """
    size, high = preprocessing.size, height or preprocessing.size
    rows, columns = pixels.shape[:2]
    if preprocessing.fit == "pad" and box is None and height is None:
        return _padded(pixels, preprocessing, exact)
    whole_first = box is None and _resizes_whole(columns, rows, preprocessing)
    if box is None:
        box = _centre_box(columns, rows, preprocessing)
    if box == (0, 0, columns, rows) and (rows, columns) == (high, size):
        return pixels
    if box[2] - box[0] == size and box[3] - box[1] == high and all(float(edge).is_integer() for edge in box):
        left, top = int(box[0]), int(box[1])
        return np.ascontiguousarray(pixels[top : top + high, left : left + size])
    if not exact and preprocessing.interpolation in ("bilinear", "bicubic"):
        return _resample_torch(pixels, box, (size, high), preprocessing.interpolation)
    if whole_first:
        return _resize_then_crop(pixels, preprocessing)
    return _resample_pillow(pixels, box, (size, high), preprocessing.interpolation)


def _padded(pixels: Pixels, preprocessing: Preprocessing, exact: bool) -> Pixels:
    """Return the whole picture amid bars of the mean colour, which the network sees as 0."""
    wide, high = whole_size(pixels.shape[1], pixels.shape[0], preprocessing)
    inner = fit(pixels, replace(preprocessing, size=wide), exact=exact, height=high)
    size = preprocessing.size
    out = np.empty((size, size, pixels.shape[2]), np.uint8)
    out[:] = np.round(255 * np.clip(preprocessing.mean, 0, 1)).astype(np.uint8)
    top, left = (size - high) // 2, (size - wide) // 2
    out[top : top + high, left : left + wide] = inner
    return out


def _decode_jpeg(data: bytes, name: str, channels: int, at_least: int) -> Pixels | None:
    """Decode by simplejpeg, or return None where Pillow must do it: CMYK, not installed, or a rotation in the EXIF."""
    try:
        import simplejpeg  # optional: its absence only costs time
    except ImportError:
        return None
    try:
        height, width, colorspace, _ = simplejpeg.decode_jpeg_header(data)
        refuse_bomb(width, height, name)
        if colorspace not in ("YCbCr", "Gray", "RGB") or (channels == 1 and colorspace != "Gray"):
            return None
        scale: dict[str, Any] = {}
        if at_least and min(height, width) >= 2 * at_least:
            ratio = at_least / min(height, width)
            scale = {"min_height": max(1, int(height * ratio)), "min_width": max(1, int(width * ratio))}
            height, width = scale["min_height"], scale["min_width"]
        require_few_scans(data, name)
        with ROOM.take(height * width * channels + coefficient_bytes(data)):
            pixels = cast(Pixels, simplejpeg.decode_jpeg(data, colorspace="GRAY" if channels == 1 else "RGB", **scale))
    except (DataError, MemoryError):
        raise
    except Exception as error:  # simplejpeg raises several types; all mean that the bytes are damaged
        raise DataError(f"{name} is damaged or truncated: {_reason(error)}.") from None
    return _turn(pixels, _orientation(data))


def _orientation(data: bytes) -> int:
    """Return a JPEG's orientation 1…8; only a head, all before the pixels, with EXIF or an XMP one is parsed."""
    end = 2
    while data[end : end + 1] == b"\xff" and data[end + 1 : end + 2] != b"\xda":  # from marker to marker
        end += 2 + int.from_bytes(data[end + 2 : end + 4], "big")
    if all(data.find(sign, 0, end) < 0 for sign in (b"Exif\x00\x00", b"tiff:Orientation")):
        return 1
    try:
        with peeked(data) as image:
            return orientation_of(image)
    except Exception:
        return 1  # what Pillow cannot open, the other decoder could: its pixels stay as they are


def _turn(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the camera's rotation (EXIF 2.3, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _decode_any(data: bytes, name: str, channels: int, bits: int) -> Pixels:
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        refuse_bomb(int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"), name)
    if data.startswith(b"version https://git-lfs"):
        raise DataError(f"{name} is not an image but a pointer to one: `git lfs pull` fetches it.")
    with _decoding(name), opened(data, name) as image:
        if bits < FULL_DEPTH and is_deep_colour(image):
            pixels = np.empty((image.height, image.width, channels), np.uint8)
            for place, levels in deep_strips(data):
                pixels[place] = adapt_channels(scaled(levels, bits), channels)
        else:
            image.load()
            pixels = as_uint8(image, channels, bits)
        orientation = orientation_of(image, loaded=True)  # after loading: TIFF is turned by Pillow itself
    return _turn(pixels, orientation)


def from_pillow(image: Image.Image, name: str, channels: int = 3, bits: int = FULL_DEPTH) -> Pixels:
    """Return a Pillow image of any mode as `decode` returns a file: upright (H, W, channels) uint8.

    Raises DataError naming `name` if it cannot be loaded or is larger than MAX_PIXELS.
    """
    with _decoding(name):
        refuse_bomb(*image.size, name)
        image.load()
        return _turn(as_uint8(image, channels, bits), orientation_of(image, loaded=True))


@contextlib.contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn into a DataError what Pillow raises for bytes that it cannot decode."""
    try:
        yield
    except UnidentifiedImageError:
        raise DataError(f"{name} is not an image that Pillow can read.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(f"{name} claims more than {MAX_PIXELS:,} pixels; refused as a decompression bomb.") from None
    except (DataError, MemoryError):
        raise
    except Exception as error:  # each of Pillow's decoders raises types of its own; all mean that the bytes are damaged
        raise DataError(f"{name} is damaged or truncated: {_reason(error)}.") from None


def to_pillow(pixels: Pixels) -> Image.Image:
    """Return (H, W, 1 or 3) pixels as a Pillow image, grey or RGB."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def whole_size(width: int, height: int, preprocessing: Preprocessing) -> tuple[int, int]:
    """Return width and height of the resized image before it is cropped."""
    if preprocessing.fit == "pad":
        scale = preprocessing.size / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))
    if preprocessing.crop == "none":
        return preprocessing.size, preprocessing.size
    resize, short = preprocessing.resize, min(width, height)
    return max(resize, int(resize * width / short)), max(resize, int(resize * height / short))


def region(width: int, height: int, preprocessing: Preprocessing) -> Box:
    """Return the part of a picture of this size that the network sees; beyond its edges where it is padded."""
    if preprocessing.fit != "pad":
        return _centre_box(width, height, preprocessing)
    side = max(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return (left, top, left + side, top + side)


def _centre_box(width: int, height: int, preprocessing: Preprocessing) -> Box:
    """Return the region of the source that resize-then-centre-crop keeps."""
    if preprocessing.crop == "none":
        return (0, 0, width, height)
    wide, high = whole_size(width, height, preprocessing)
    size, across, down = preprocessing.size, width / wide, height / high
    left, top = round((wide - size) / 2), round((high - size) / 2)
    return (left * across, top * down, (left + size) * across, (top + size) * down)


def _resizes_whole(width: int, height: int, preprocessing: Preprocessing) -> bool:
    """Say whether the whole image must be resized for its centre to have the right levels.

    For a region alone Pillow may make its two passes in the other order and rounds its edges. Bilinear levels hardly
    move by that, those of the other filters by dozens. What is too long to be held whole has to do without.
    """
    return (
        preprocessing.crop == "center"
        and preprocessing.interpolation != "bilinear"
        and max(width, height) <= 64 * min(width, height)
    )


def _resize_then_crop(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    height, width, size = *pixels.shape[:2], preprocessing.size
    wide, high = whole_size(width, height, preprocessing)
    whole = _resample_pillow(pixels, (0, 0, width, height), (wide, high), preprocessing.interpolation)
    left, top = round((wide - size) / 2), round((high - size) / 2)
    return np.ascontiguousarray(whole[top : top + size, left : left + size])


def _resample_pillow(pixels: Pixels, box: Box, size: tuple[int, int], interpolation: str) -> Pixels:
    image = to_pillow(pixels)
    height, width = pixels.shape[:2]
    inside = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
    out = np.asarray(image.resize(size, _RESAMPLING[interpolation], box=inside))
    return out[..., None] if out.ndim == 2 else out


def _resample_torch(pixels: Pixels, box: Box, size: tuple[int, int], interpolation: str) -> Pixels:
    import torch
    from torch.nn.functional import interpolate

    left, top = int(box[0] + 0.5), int(box[1] + 0.5)
    region = pixels[top : max(top + 1, int(box[3] + 0.5)), left : max(left + 1, int(box[2] + 0.5))]
    image = torch.from_numpy(region if region.flags.writeable else region.copy()).permute(2, 0, 1)[None]
    small = interpolate(image, size[::-1], mode=interpolation, antialias=True)
    return cast(Pixels, small[0].permute(1, 2, 0).contiguous().numpy())


def _reason(error: BaseException) -> str:
    return one_line(error, 120).rstrip(".") or type(error).__name__


def is_image_name(name: str) -> bool:
    """Say whether a file of this name is taken for an image, by its suffix."""
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES


IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".png", ".apng", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".avif", ".heic", ".heif", ".hif"}
)
