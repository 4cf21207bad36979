"""Images and folders that the data tests share; every one is made by the test itself."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ["HF_HUB_OFFLINE"] = "1"  # before `datasets` is imported: the tests need no network and leave no cache behind
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="residua-tests-")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def picture(seed: int, width: int = 40, height: int = 30) -> np.ndarray:
    """Return a smooth random colour picture, so that JPEG keeps it nearly as it is."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 6, 3), np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def write(path: Path, pixels: np.ndarray, **options: object) -> Path:
    """Write pixels to a file of the format that its ending says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes of eight JPEG and PNG files of different sizes."""
    root = tmp_path / "pets"
    for number, name in enumerate(["cat", "dog", "owl"]):
        for image in range(8):
            ending = "jpg" if image % 2 else "png"
            write(root / name / f"{image}.{ending}", picture(100 * number + image, 40 + 3 * image, 36 + image))
    return root


@pytest.fixture
def shared() -> Path:
    """The folder of real data next to the repository; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not there")
    return SHARED
