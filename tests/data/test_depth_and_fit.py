"""Are pictures of more than 8 bits, or that are not square, seen alike by training and by every later verb?"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from residua.data import Preprocessing, load_image, open_dataset
from residua.data.doctor.examine import examine
from residua.data.pixels.depth import deep_strips, measure_depth, scaled
from residua.data.pixels.image import decode, fit
from residua.errors import ResiduaWarning
from residua.preprocessing import DEPTHS
from residua.weights.files.native import read_meta
from tests.data.conftest import picture, write


def colour_png(levels: np.ndarray) -> bytes:
    """Return (H, W, 3) levels as a PNG of 16 bits a channel, which Pillow does not write (PNG 1.2, §4)."""
    height, width, _ = levels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    parts = [struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("bits", DEPTHS)
def test_levels_are_scaled_so_that_the_largest_is_255(bits: int) -> None:
    top = 2**bits - 1
    levels = np.array([0, 1, top // 2, top - 1, top])
    expected = np.floor(levels * 255 / top + 0.5)
    assert scaled(levels, bits).tolist() == expected.tolist()


def test_all_sixteen_bits_of_a_colour_picture_are_read() -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (7, 9, 3))
    parts = [part for _, part in deep_strips(colour_png(levels))]
    np.testing.assert_array_equal(np.concatenate(parts), levels)


def test_levels_beyond_those_of_the_training_images_are_cut_off_and_that_is_said() -> None:
    with pytest.warns(ResiduaWarning, match="levels beyond 0…4,095, the 12 bits"):
        assert scaled(np.array([[0, 4095, 9000]]), 12).tolist() == [[0, 255, 255]]


@pytest.mark.parametrize(("largest", "bits"), [(200, 8), (256, 10), (1023, 10), (1024, 12), (4095, 12), (4096, 14)])
def test_the_smallest_depth_that_holds_the_largest_level_is_taken(largest: int, bits: int) -> None:
    pictures = [colour_png(np.full((2, 2, 3), level)) for level in (3, largest, 7)]
    assert measure_depth(lambda at: pictures[at], 3) == (bits, largest, 0)


@pytest.mark.parametrize(
    ("kind", "low", "high", "cut"),
    [
        (np.float32, -1000, 3000, 3),
        (np.float32, 0, 1.2, 0),
        (np.int32, 0, 10**6, 3),
        (np.int32, -5, 9, 3),
        (np.int32, 0, 65535, 0),
    ],
)
def test_levels_that_are_cut_off_are_counted_and_said(
    tmp_path: Path, kind: type, low: float, high: float, cut: int
) -> None:
    for number in range(3):
        path = write(
            tmp_path / "ab"[number % 2] / f"{number}.tif", np.linspace(low, high, 64).reshape(8, 8).astype(kind)
        )
    pictures = [each.read_bytes() for each in tmp_path.rglob("*.tif")]
    assert measure_depth(lambda at: pictures[at], 3).cut == cut
    words = {finding.code: finding.message for finding in examine(tmp_path).findings}.get("cut-levels", "")
    assert words.startswith("3 pictures have levels below 0, or above 65,535") == bool(cut)
    if high == 1.2:
        assert decode(path.read_bytes(), "it").mean() > 100  # no 1.2 of 255 levels


def deep_set(root: Path) -> Path:
    """Write two classes of 12-bit grey pictures: dark ones below level 1,000, light ones above it."""
    rng = np.random.default_rng(0)
    for name, low, high in (("dark", 0, 1000), ("light", 1000, 4096)):
        (root / name).mkdir(parents=True)
        for number in range(12):
            Image.fromarray(rng.integers(low, high, (8, 8)).astype(np.uint16)).save(root / name / f"{number}.tif")
    return root


def test_the_depth_of_the_training_images_is_kept_used_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = deep_set(tmp_path / "scans")
    (finding,) = (each for each in examine(root).findings if each.code == "deep-levels")
    assert "read as 12 bits, which hold their largest level, 4,0" in finding.message
    assert 0.35 < examine(root).mean[0] < 0.4  # by 16 bits it would be 0.02
    run = str(tmp_path / "run")
    assert main(["train", "resnet8", "--data", str(root), "--out", run, "--epochs", "1", "--batch", "8"]) == 0
    assert "read as 12 bits" in capsys.readouterr().err
    kept = Preprocessing.from_dict(read_meta(tmp_path / "run" / "model.safetensors")[1].preprocessing)
    assert kept.bits == 12
    seen = load_image(root / "light" / "0.tif", kept)  # as predict reads it
    source = open_dataset(root).train
    at = [source.where(index) for index in range(len(source))].index("light/0.tif")
    np.testing.assert_array_equal(source.read(np.array([at]), kept)[0], seen)  # as evaluate does
    stored = np.asarray(Image.open(root / "light" / "0.tif")).astype(int)
    np.testing.assert_array_equal(seen[..., 0], scaled(stored, 12))


WIDE = Preprocessing(16, 16, mean=(0.5, 0.25, 0.75), std=(1, 1, 1))


def test_a_padded_picture_is_whole_and_its_bars_are_the_mean() -> None:
    pixels = picture(0, 40, 10)
    padded = fit(pixels, Preprocessing(16, 16, mean=WIDE.mean, std=WIDE.std, fit="pad"))
    assert padded.shape == (16, 16, 3)
    bars = np.concatenate([padded[:6], padded[10:]])
    assert np.unique(bars.reshape(-1, 3), axis=0).tolist() == [[128, 64, 191]]
    whole = np.asarray(Image.fromarray(pixels).resize((16, 4), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(padded[6:10], whole)
    upright = fit(pixels.transpose(1, 0, 2), Preprocessing(16, 16, mean=WIDE.mean, std=WIDE.std, fit="pad"))
    lying = upright.transpose(1, 0, 2).astype(int)
    np.testing.assert_allclose(lying, padded, atol=1)  # Pillow 12 rounds across and down in an order of its own


def test_a_stretched_picture_is_what_crop_none_has_always_been() -> None:
    pixels = picture(0, 40, 10)
    stretched = Preprocessing(16, 16, fit="stretch")
    assert stretched == Preprocessing(16, 16, crop="none")
    whole = np.asarray(Image.fromarray(pixels).resize((16, 16), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(fit(pixels, stretched), whole)
    old = {key: value for key, value in stretched.to_dict().items() if key not in ("fit", "bits")}
    assert Preprocessing.from_dict(old) == stretched  # a checkpoint of an earlier version


def test_what_a_crop_never_shows_is_shown_and_remembered_with_fit(tmp_path: Path) -> None:
    root = tmp_path / "signs"
    for name, colour in (("red", (230, 30, 30)), ("green", (30, 230, 30))):
        for number in range(16):
            pixels = np.random.default_rng(number).integers(0, 120, (8, 32, 3), np.uint8)
            pixels[2:6, 1:5] = colour  # left of any centre crop
            write(root / name / f"{number}.png", pixels)
    (finding,) = (each for each in examine(root).findings if each.code == "cropped-away")
    assert "25% of the median picture" in finding.message
    for way in ("pad", "stretch"):
        run = tmp_path / way
        words = ["--data", str(root), "--size", "16", "--epochs", "1", "--batch", "8", "--fit", way, "--out", str(run)]
        assert main(["train", "resnet8", *words, "--precision", "fp32", "--quiet"]) == 0
        kept = Preprocessing.from_dict(read_meta(run / "model.safetensors")[1].preprocessing)
        assert kept.fit == way
        shown = load_image(root / "red" / "0.png", kept)
        assert (shown[..., 0].astype(int) - shown[..., 1] > 100).any()
