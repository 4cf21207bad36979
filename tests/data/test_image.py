"""Do all kinds of image files become the pixels that Pillow would give, and the impossible ones one clear line?"""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import PIL
import pytest
from PIL import Image, ImageCms, ImageOps, features

from residua import extras
from residua.data import Preprocessing, load_image, normalise
from residua.data.pixels import bounds
from residua.data.pixels.headers import read_header
from residua.data.pixels.image import decode, fit
from residua.errors import DataError
from residua.preprocessing import INTERPOLATIONS
from tests.data.conftest import picture, write


def _reference(image: Image.Image, size: int, resize: int, interpolation: str = "bilinear") -> np.ndarray:
    """Pillow, as everybody writes it: resize the shorter side, then cut out the centre."""
    image = image.convert("RGB")
    short = min(image.size)
    wide, high = (max(resize, int(resize * side / short)) for side in image.size)
    left, top = round((wide - size) / 2), round((high - size) / 2)
    whole = image.resize((wide, high), Image.Resampling[interpolation.upper()])
    return np.asarray(whole.crop((left, top, left + size, top + size)))


def test_real_jpegs_have_pillows_pixels_within_one_level(shared: Path) -> None:
    for path in sorted((shared / "images").iterdir()):
        got = load_image(path, Preprocessing(224, 256)).astype(int)
        assert np.abs(got - _reference(Image.open(path), 224, 256)).max() <= 1, path.name


def test_full_decoding_is_pillows(shared: Path) -> None:
    for path in sorted((shared / "images").iterdir())[:10]:
        with Image.open(path) as image:
            difference = decode(path.read_bytes(), path.name).astype(int) - np.asarray(image.convert("RGB"))
        assert np.abs(difference).max() <= 1, path.name


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("shape", [(301, 207), (236, 314), (500, 375), (61, 90), (150, 600), (33, 32)])
@pytest.mark.parametrize(("size", "resize"), [(64, 64), (60, 91), (97, 128)])
def test_every_interpolation_has_pillows_pixels_within_one_level(interpolation, shape, size, resize) -> None:
    pixels = picture(7, *shape)
    got = fit(pixels, Preprocessing(size, resize, interpolation=interpolation)).astype(int)
    assert np.abs(got - _reference(Image.fromarray(pixels), size, resize, interpolation)).max() <= 1


def test_a_very_long_image_is_not_resized_whole() -> None:
    line = np.arange(20_000, dtype=np.uint32).astype(np.uint8)[:, None, None].repeat(3, axis=2)
    tracemalloc.start()
    assert fit(line, Preprocessing(64, 64, interpolation="lanczos")).shape == (64, 64, 3)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_torchs_resampling_is_pillows_within_one_level(interpolation: str) -> None:
    pixels = picture(5, 301, 207)
    small = Preprocessing(64, 64, crop="none", interpolation=interpolation)
    difference = fit(pixels, small).astype(int) - fit(pixels, small, exact=False)
    assert np.abs(difference).max() <= 1


def test_scaled_decoding_is_near_and_only_used_when_allowed(tmp_path: Path) -> None:
    path = write(tmp_path / "big.jpg", picture(1, 800, 600), quality=95)
    half = decode(path.read_bytes(), "big", at_least=200)
    assert half.shape[0] < 600
    assert decode(path.read_bytes(), "big", at_least=400).shape == (600, 800, 3)
    small = Preprocessing(64, 64)
    exact, fast = load_image(path, small).astype(int), load_image(path, small, exact=False)
    assert np.abs(exact - fast).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_exif_rotation_is_undone(tmp_path: Path, orientation: int, ending: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = write(tmp_path / f"turned.{ending}", picture(2, 48, 32), exif=exif)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.abs(decode(path.read_bytes(), "turned").astype(int) - expected).max() <= 1


def _jpeg(orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(picture(2, 48, 32)).save(file, "jpeg", quality=95, exif=exif, **options)
    return file.getvalue()


def _jpeg_with_xmp(attribute: str) -> bytes:
    file = io.BytesIO()
    packet = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description {attribute}/></x:xmpmeta>"
    Image.fromarray(picture(2, 48, 32)).save(file, "jpeg", quality=95, xmp=packet.encode())
    return file.getvalue()


def _after_a_large_profile(data: bytes) -> bytes:
    """Put 130 KB before the EXIF block, as large colour profiles do."""
    body = b"profile\0" + bytes(65_000)
    segment = b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    return data[:2] + segment * 2 + data[2:]


@pytest.mark.parametrize(
    ("data", "orientation"),
    [
        (_jpeg(6), 6),
        (_after_a_large_profile(_jpeg(6)), 6),
        (_jpeg_with_xmp('tiff:Orientation="8"'), 8),
        (_jpeg_with_xmp('dc:title="Exif"'), 1),
        (_jpeg(9), 1),
    ],
)
def test_the_header_says_how_decoding_turns_the_image(data: bytes, orientation: int) -> None:
    assert read_header(data).orientation == orientation
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.abs(decode(data, "turned").astype(int) - expected).max() <= 1


def test_a_jpeg_turns_alike_whether_or_not_the_fast_decoder_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _after_a_large_profile(_jpeg(6))
    fast = decode(data, "turned").astype(int)
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    assert np.abs(decode(data, "turned") - fast).max() <= 1


def _png16(height: int = 4, width: int = 4) -> tuple[bytes, np.ndarray]:
    levels = np.linspace(0, 65535, height * width).astype(np.uint16).reshape(height, width)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "png")
    return file.getvalue(), levels


def test_sixteen_bit_levels_are_scaled_not_clipped() -> None:
    data, levels = _png16()
    np.testing.assert_array_equal(decode(data, "deep", 1)[..., 0], np.round(levels / 257).astype(np.uint8))
    assert decode(data, "deep", 3).shape == (4, 4, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F", "LAB"])
def test_every_mode_becomes_grey_or_colour(mode: str) -> None:
    base = Image.fromarray(picture(3))
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(base, srgb, lab, outputMode="LAB")
    else:
        image = base.convert("L").convert(mode) if mode in ("LA", "I", "F") else base.convert(mode)
    file = io.BytesIO()
    image.save(file, "tiff")
    if mode == "YCbCr" and int(PIL.__version__.partition(".")[0]) < 13:
        pytest.skip("Pillow before 13 cannot read the YCbCr files that it writes")
    colour = decode(file.getvalue(), mode, 3)
    assert colour.shape == (30, 40, 3)
    assert decode(file.getvalue(), mode, 1).shape == (30, 40, 1)
    if mode in ("RGB", "RGBA", "CMYK", "YCbCr", "LAB"):
        assert np.abs(colour.astype(int) - picture(3)).mean() < 6


def test_cmyk_and_grey_jpegs(tmp_path: Path) -> None:
    cmyk = tmp_path / "print.jpg"
    Image.fromarray(picture(4)).convert("CMYK").save(cmyk, quality=95)
    with Image.open(cmyk) as image:
        expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(decode(cmyk.read_bytes(), "print"), expected)
    grey = write(tmp_path / "grey.jpg", picture(4)[..., 0])
    three = decode(grey.read_bytes(), "grey", 3)
    np.testing.assert_array_equal(three[..., 0], three[..., 2])
    np.testing.assert_array_equal(three[..., :1], decode(grey.read_bytes(), "grey", 1))


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    pixels = np.dstack([picture(0), np.zeros((30, 40), np.uint8)])
    assert (decode(write(tmp_path / "clear.png", pixels).read_bytes(), "clear") == 255).all()


def test_the_first_frame_of_an_animation_is_taken(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((8, 8), level, np.uint8)) for level in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert decode((tmp_path / "a.gif").read_bytes(), "a").max() <= 12


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["png", "bmp", "jpeg"])
def test_a_small_file_that_claims_to_be_huge_is_refused(format: str) -> None:
    if format == "png":
        data = _png(30_000, 30_000)
    elif format == "bmp":
        data = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 2000, 0, 0, 54, 40, 30_000, 30_000, 1, 24, 0, 0, 1, 1, 0, 0)
        data += b"\0" * 1900
    else:
        file = io.BytesIO()
        Image.fromarray(picture(0)).save(file, "jpeg")
        data = bytearray(file.getvalue())
        at = data.find(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", 30_000, 30_000)
        data = bytes(data)
    assert len(data) < 4096
    with pytest.raises(DataError, match=r"decompression bomb|damaged"):
        decode(data, "bomb")


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "bmp", "tif", "webp"])
def test_a_truncated_file_is_one_line(tmp_path: Path, ending: str) -> None:
    rng = np.random.default_rng(0)
    path = write(tmp_path / f"cut.{ending}", rng.integers(0, 256, (64, 64, 3), np.uint8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="cut") as caught:
        load_image(path, Preprocessing(32, 32))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [RuntimeError, AttributeError, ZeroDivisionError, struct.error])
def test_whatever_a_decoder_raises_is_one_line(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(*_: object) -> None:
        raise error("odd bytes")

    data = _png16()[0]
    monkeypatch.setattr(Image.Image, "getexif", fail)
    assert decode(data, "deep", 1).shape == (4, 4, 1)  # what is only said about the pixels can be done without
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    with pytest.raises(DataError, match="deep is damaged or truncated: odd bytes"):
        decode(data, "deep", 1)


HAS_AVIF = "avif" in features.modules and features.check("avif")


@pytest.mark.skipif(not HAS_AVIF, reason="this Pillow has no AVIF")
def test_a_damaged_avif_is_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avif", picture(0, 64, 64))
    head, mark, pixels = path.read_bytes().partition(b"mdat")
    with pytest.raises(DataError, match=r"a\.avif is damaged"):
        decode(head + mark + b"\xff" * len(pixels), "a.avif")


def test_running_out_of_memory_is_no_fault_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    with pytest.raises(MemoryError):
        decode(_png16()[0], "deep", 1)


def test_folders_pipes_and_absent_files_are_one_line(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.png")
    for name in (".", "absent.png", "pipe.png"):
        with pytest.raises(DataError):
            load_image(tmp_path / name, Preprocessing(8, 8))


def test_normalise_is_the_formula() -> None:
    p = Preprocessing(4, 4, mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 0.125))
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), np.uint8)
    np.testing.assert_allclose(normalise(pixels, p), (pixels / 255 - p.mean) / p.std, rtol=1e-5, atol=1e-5)


def test_preprocessing_travels_as_json_and_refuses_nonsense() -> None:
    p = Preprocessing(28, 32, mean=(0.5,), std=(0.2,), channels=1)
    assert Preprocessing.from_dict(p.to_dict()) == p
    for change in ({"size": 64}, {"std": [0.0]}, {"mean": [127.5, 0, 0]}, {"interpolation": "cubic"}, {"channels": 4}):
        with pytest.raises(DataError):
            Preprocessing.from_dict({**p.to_dict(), **change})
    with pytest.raises(DataError, match="size"):
        Preprocessing.from_dict({"resize": 3})


def test_a_heif_picture_opens_where_its_package_is_and_is_upright(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif opens HEIF")
    image = Image.fromarray(picture(4, 64, 48))
    exif = image.getexif()
    exif[0x0112] = 6  # as a telephone that is held upright writes it
    heif.register_heif_opener()
    image.save(tmp_path / "phone.heic", quality=95, exif=exif.tobytes())
    got = decode((tmp_path / "phone.heic").read_bytes(), "phone.heic").astype(int)
    assert got.shape == (64, 48, 3)
    assert np.abs(got - np.rot90(picture(4, 64, 48), -1)).mean() < 10  # chroma is halved; turned the other way it is 80


@pytest.mark.parametrize("head", [b"ftypheic\0\0\0\0mif1heic", b"ftypmif1\0\0\0\0mif1heic"])
def test_a_heif_picture_without_its_package_names_it(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    bounds._allow_heif.cache_clear()
    monkeypatch.setattr(extras.importlib, "import_module", absent)
    with pytest.raises(DataError, match=r"phone.heic is a HEIF picture: .* pip install 'pillow-heif"):
        decode(b"\0\0\0\x18" + head + bytes(400), "phone.heic")
