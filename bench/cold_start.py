"""What does one answer cost from nothing, beside a bare script of numpy, simplejpeg and OpenVINO? In turns.

    python bench/cold_start.py ARTIFACT PICTURE.jpg [--runs 7]

Both are whole processes, measured in processor time (user and system), which holds on a shared machine. Both read what
the engine has compiled from a cache that an unmeasured first run fills. The bare script decodes, takes every so many
pixels of a square, and runs the model file; it checks nothing and names no class.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from residua.ship import machine

BARE = """
import sys
import numpy as np
import openvino
import simplejpeg
model, picture, side, channels, cache = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
pixels = simplejpeg.decode_jpeg(open(picture, "rb").read(), "GRAY" if channels == 1 else "RGB")
rows, columns = (np.arange(side) * length // side for length in pixels.shape[:2])
core = openvino.Core()
network = core.read_model(model)
network.reshape([1, side, side, channels])
compiled = core.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "CACHE_DIR": cache})
print(compiled(pixels[rows][:, columns][None])["logits"].argmax())
"""


def cpu_seconds(command: list[str]) -> float:
    """Return the processor time of a process. Raises where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("picture")
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    prepared = json.loads((asked.artifact / "manifest.json").read_text())["preprocessing"]
    with tempfile.TemporaryDirectory() as cache:
        sides = [str(prepared["size"]), str(prepared["channels"])]
        bare = [sys.executable, "-c", BARE, str(asked.artifact / "model.xml"), asked.picture, *sides, f"{cache}/bare"]
        words = ["predict", str(asked.artifact), asked.picture, "--cache", f"{cache}/ours"]
        ours = [sys.executable, "-m", "residua", *words]
        first = {"bare": cpu_seconds(bare), "residua": cpu_seconds(ours)}
        turns = [(cpu_seconds(bare), cpu_seconds(ours)) for _ in range(asked.runs)]
    bare_seconds, our_seconds = (statistics.median(times) for times in zip(*turns, strict=True))
    found = {"bare": bare_seconds, "residua": our_seconds}
    document = {"machine": machine.describe("openvino"), "artifact": asked.artifact.name, "runs": asked.runs}
    document |= {"first_cpu_seconds": first, "cpu_seconds": found, "ratio": our_seconds / bare_seconds}
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
