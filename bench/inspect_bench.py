"""How long does `residua inspect` take for a file of 100 MB, and how much memory: in a running process, from the shell?

    python bench/inspect_bench.py [--rounds 5]

Prints the best of the rounds, and processor time beside the clock's: others may be using the machine. Every inspection
runs in a process of its own, so that memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INSIDE = """
import json, sys, time
import residua

def peak():  # of this process alone; getrusage counts its parent's too
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

residua.inspect(sys.argv[2])  # a small file first: a running process has its modules
before = peak()
started = time.perf_counter()
report = residua.inspect(sys.argv[1])
seconds = time.perf_counter() - started
print(json.dumps([seconds, peak() - before, "torch" in sys.modules, report.network.name]))
"""


def write(folder: Path) -> dict[str, Path]:
    """Write the same ResNet-50 (102 MB) in three formats, and a small file of each; return {format: path}."""
    import torch

    import residua
    from residua.metadata import Meta
    from residua.weights.files import native

    for name, size in (("resnet50", "large"), ("resnet8", "small")):
        model = residua.build(name)
        native.save(folder / f"{size}.safetensors", model, model.spec, Meta())
        torch.save(model.state_dict(), folder / f"{size}.zip.pth")
        torch.save(model.state_dict(), folder / f"{size}.legacy.pth", _use_new_zipfile_serialization=False)
    return {kind: folder / f"large.{kind}" for kind in ("safetensors", "zip.pth", "legacy.pth")}


def measure(path: Path, rounds: int) -> dict[str, object]:
    """Return the best seconds inside a process and from the shell, and the memory that inspecting added, in bytes."""
    small = path.with_name(path.name.replace("large", "small"))
    inside, shell = [], []
    for _ in range(rounds):
        done = subprocess.run([sys.executable, "-c", INSIDE, str(path), str(small)], capture_output=True, check=True)
        inside.append(json.loads(done.stdout))
        shell.append(timed([sys.executable, "-m", "residua", "inspect", str(path)]))
    size = path.stat().st_size
    return {
        "bytes": size,
        "seconds_in_a_running_process": round(min(row[0] for row in inside), 3),
        "seconds_from_the_shell": round(min(row[0] for row in shell), 3),
        "processor_seconds_from_the_shell": round(min(row[1] for row in shell), 3),
        "added_memory_over_file_size": round(max(row[1] for row in inside) / size, 3),
        "imports_torch": inside[0][2],
    }


def timed(command: list[str]) -> tuple[float, float]:
    """Return the seconds that a command took by the clock, and of processor time."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure every format and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        rows = {kind: measure(path, rounds) for kind, path in write(Path(folder)).items()}
        alone = timed([sys.executable, "-c", "import torch"])[1]
    print(json.dumps(rows | {"processor_seconds_of_importing_torch": round(alone, 3)}, indent=1))


if __name__ == "__main__":
    main()
