"""How much of an engine's speed is left when the pictures are files, and when they come one by one?

    python bench/ship_files.py ARTIFACT FOLDER [--files 2000] [--out metrics.json]

The JPEGs of FOLDER, again and again under other names, are answered by `Predictor.predict` (what `residua predict`
runs), in turns with the bare engine on as many pictures that are decoded already. One by one: `Predictor(path)` beside
`engine.run` of one picture. CPU-seconds hold on a shared machine, the clock does not.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from residua.ship import machine
from residua.ship.artifact import open_artifact
from residua.ship.engine import BATCH
from residua.ship.images import read_pixels
from residua.ship.predictor import Predictor

TURN = 200  # pictures
ONE_BY_ONE = 200


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Return CPU-seconds and seconds of some work."""
    began, processor = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - processor, time.perf_counter() - began


def in_turns(predictor: Predictor, files: list[Path]) -> dict[str, float]:
    """Return what files cost beside their pixels, in batches."""
    pixels = np.stack([read_pixels(file, predictor.preprocessing) for file in files[: 8 * BATCH]])
    batches = [pixels[at : at + BATCH] for at in range(0, len(pixels), BATCH)]
    times = []
    for at in range(0, len(files), TURN):
        turn = files[at : at + TURN]
        ready = list(islice(cycle(batches), len(turn) // BATCH))
        times.append(
            spent(lambda turn=turn: list(predictor.predict(turn)))
            + spent(lambda ready=ready: list(predictor.model.stream(ready)))
        )
    files_cpu, files_clock, pixels_cpu, pixels_clock = np.array(times).sum(0)
    found = {"files": len(files), "files_cpu_seconds": files_cpu, "pixels_cpu_seconds": pixels_cpu}
    found |= {"files_seconds": files_clock, "pixels_seconds": pixels_clock}
    return found | {"share_by_cpu": pixels_cpu / files_cpu, "share_by_clock": pixels_clock / files_clock}


def one_by_one(predictor: Predictor, files: list[Path]) -> dict[str, float]:
    """Return the median cost of one file, and of one picture that is decoded, in milliseconds."""
    pixels = read_pixels(files[0], predictor.preprocessing)[None]
    times = []
    for file in files[:ONE_BY_ONE]:
        times.append(
            spent(lambda file=file: predictor(file)) + spent(lambda: predictor.model.run(pixels)),
        )
    file_cpu, file_clock, engine_cpu, engine_clock = np.median(np.array(times), 0) * 1000
    found = {"file_cpu_ms": file_cpu, "engine_cpu_ms": engine_cpu, "file_p50_ms": file_clock}
    found |= {"engine_p50_ms": engine_clock, "ratio_by_cpu": file_cpu / engine_cpu}
    return found | {"ratio_by_clock": file_clock / engine_clock}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    pictures = sorted(path.resolve() for path in asked.folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    predictor = Predictor(asked.artifact)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, picture in enumerate(islice(cycle(pictures), asked.files)):
            files.append(Path(folder) / f"{number:05}.jpg")
            files[-1].symlink_to(picture)
        predictor(files[0])
        list(predictor.predict(files[: 2 * BATCH]))  # both sizes of batch are compiled
        found = {"batches": in_turns(predictor, files), "one by one": one_by_one(predictor, files)}
    manifest = open_artifact(asked.artifact).manifest
    network = {"name": manifest.name, "precision": manifest.precision, "size": manifest.preprocessing.size}
    text = json.dumps({"machine": machine.describe(manifest.engine), "network": network, **found}, indent=1)
    print(text)
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
