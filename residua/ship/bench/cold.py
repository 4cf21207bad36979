"""What does one answer cost from nothing: a process that starts, loads the network and names what is in one picture?"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from residua.errors import ShipError
from residua.preprocessing import Pixels
from residua.ship.artifact import is_artifact
from residua.version import RESIDUA, command

PATIENCE_SECONDS = 300  # importing torch on a busy machine takes a minute


def cold_start(target: str, pixels: Pixels) -> dict[str, float]:
    """Return what `residua predict` costs for one picture: CPU-seconds of the whole process, and seconds by the clock.

    pixels: (size, size, channels) uint8. Of an artifact the cache is empty at first, so that its canaries run once and
    its engine compiles: that is `first_cpu_seconds`. Raises ShipError where the command gives no answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.png"
        Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0]).save(picture)
        words = [target, str(picture), "--quiet", *(("--cache", folder) if is_artifact(target) else ())]
        first, _ = _run(words)
        again, seconds = _run(words)
    return {"cpu_seconds": round(again, 3), "seconds": round(seconds, 3), "first_cpu_seconds": round(first, 3)}


def _run(words: Sequence[str]) -> tuple[float, float]:
    """Return processor time and time of one command."""
    before, began = os.times(), time.perf_counter()
    try:
        done = subprocess.run(
            command(RESIDUA, "predict", *words), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ShipError(f"`residua predict` of one picture took over {PATIENCE_SECONDS} seconds") from None
    seconds, after = time.perf_counter() - began, os.times()
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        raise ShipError(f"`residua predict` gives no answer for one picture: {said}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, seconds
