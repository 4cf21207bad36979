"""Does this processor compute what the exporting one did? An artifact carries the questions and the answers.

Engines have given garbage, or died of an illegal instruction, on single kinds of processors while they were right
everywhere else. So an artifact's own inputs run once for each (artifact, processor, engine version, precision), in a
child process that may die, before the first answer is given. No torch.

The answers are the logits that the engine gave where it was verified; what they may differ by elsewhere is rounding.
"""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from residua.errors import ShipError
from residua.preprocessing import Pixels
from residua.ship import machine
from residua.ship.artifact import Artifact, open_artifact
from residua.ship.engine import Engine, Floats, open_engine, without_converter
from residua.version import command

FILE = "canaries.safetensors"
SYNTHETIC = 8
PATIENCE_SECONDS = 120  # a network of 10 GMACs takes 8 such images in two seconds
# How far logits may lie from those of another processor, as a share of their spread over classes. Float32 sums in
# another order move them by 1e-6 to 1e-5; one bf16 rounding by 4e-3; in int8 a sum that rounds the other way moves one
# level of 255, which the next layers average. A wrong engine, weight or option is off by more than a tenth.
TOLERANCE = {"fp32": 1e-3, "bf16": 0.06, "int8": 0.06}


@dataclass(frozen=True)
class Verdict:
    """Whether an engine is right here. distance: of its worst canary, as TOLERANCE measures it; None where it died."""

    right: bool
    distance: float | None
    precision: str
    because: str = ""


def textures(count: int, side: int, channels: int) -> Pixels:
    """Return synthetic pictures, the same everywhere: waves, edges, checks and noise of several sizes and colours.

    Integers alone make them, since a sine may differ in its last bit from one system to the next.
    """
    rng = np.random.Generator(np.random.PCG64(20160))
    rows, columns = np.mgrid[0:side, 0:side]
    made = np.empty((count, side, side, channels), np.uint8)
    for number in range(count):
        period = 2 + (number * 5) % max(3, side // 2)
        for channel in range(channels):
            down, across = rng.integers(-3, 4, 2)
            wave = np.abs((rows * down + columns * across + number * 7) % (2 * period) - period) * 255 // period
            coarse = rng.integers(0, 256, (side // period + 1, side // period + 1))
            patches = coarse[rows // period, columns // period]
            grain = rng.integers(0, 256, (side, side))
            parts = (wave, patches, grain)
            first, second = parts[number % 3], parts[(number + channel + 1) % 3]
            made[number, ..., channel] = (2 * first + second) // 3
    return made


def distance(logits: Floats, reference: Floats) -> float:
    """Return the largest distance of a picture's logits from its reference, as a share of the reference's spread."""
    if not np.isfinite(logits).all() or logits.shape != reference.shape:
        return float("inf")
    gaps = np.abs(logits.astype(np.float64) - reference).max(1)
    return float((gaps / np.maximum(np.ptp(reference.astype(np.float64), axis=1), 1e-12)).max())


def write(path: Path, pixels: Pixels, engine: Engine) -> None:
    """Write canaries and the logits that the verified engine gives them, one picture at a time. Raises ShipError."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    logits = np.concatenate([engine.run(picture[None]).logits for picture in pixels])
    try:
        save_file({"pixels": np.ascontiguousarray(pixels), "logits": logits}, path)
    except SafetensorError as error:
        raise ShipError(f"cannot write {path.name}: {error}; is the disk full?") from None


def read(artifact: Artifact) -> tuple[Pixels, Floats]:
    """Return the canaries and their reference logits. Raises ShipError where they do not fit the artifact."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = artifact.path(artifact.manifest.canaries["file"])
    prepared, classes = artifact.manifest.preprocessing, len(artifact.manifest.classes)
    try:
        tensors = load_file(path)
        pixels, logits = tensors["pixels"], tensors["logits"]
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise ShipError(f"{path} is damaged: {type(error).__name__} {error}.") from None
    wanted = (len(pixels), prepared.size, prepared.size, prepared.channels)
    if pixels.dtype != np.uint8 or pixels.shape != wanted or logits.shape != (len(pixels), classes) or not len(pixels):
        raise ShipError(f"{path} does not fit the artifact: {pixels.shape} pixels and {logits.shape} logits.")
    return pixels, logits


def ask(artifact: Artifact, precision: str) -> Verdict:
    """Run the canaries in this process, and return what they say."""
    pixels, reference = read(artifact)
    engine = open_engine(artifact, precision)
    logits = np.concatenate([engine.run(picture[None]).logits for picture in pixels])
    off = distance(logits, reference)
    # a bf16 artifact in fp32 is nearer to the truth than its own canaries: their tolerance is the wider of the two
    allowed = max(TOLERANCE[precision], TOLERANCE[artifact.manifest.precision])
    said = f"its canaries' logits are off by {off:.2g} of their spread, where {allowed:g} is rounding"
    return Verdict(off <= allowed, off if np.isfinite(off) else None, precision, "" if off <= allowed else said)


def ask_apart(artifact: Artifact, precision: str) -> Verdict:
    """Run the canaries in a process of their own, which may die without harm."""
    words = command("from residua.ship.canaries import main; main(*sys.argv[1:])", str(artifact.folder), precision)
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Verdict(False, None, precision, f"its canaries did not end within {PATIENCE_SECONDS} seconds")
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return Verdict(False, None, precision, f"the engine died of {name} on its canaries")
    try:
        return Verdict(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        last = (done.stderr.strip().splitlines() or ["no reason"])[-1][:200]
        return Verdict(False, None, precision, f"the canaries could not be run: {last}")


def key(artifact: Artifact, precision: str) -> dict[str, Any]:
    """Return what a verdict holds for: this artifact in this precision, on this processor, by this engine."""
    return {"artifact": artifact.sha256, "precision": precision} | machine.describe(artifact.manifest.engine)


def main(folder: str, precision: str) -> None:
    """Print the verdict on an artifact as JSON: what `ask_apart` starts."""
    try:
        with without_converter():
            verdict = ask(open_artifact(folder), precision)
    except ShipError as error:
        verdict = Verdict(False, None, precision, str(error))
    print(json.dumps(asdict(verdict)))
