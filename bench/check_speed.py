"""What does `residua check` cost on one block, and on a repository of a hundred classes? Prints JSON.

    python bench/check_speed.py [--rounds 5] [--out results/check/speed.json]

One block: processor seconds of the command less those of `python -c "import torch"`, each the least of some runs that
take turns; the blocks are those of the four documents. Byte code is kept, as an installed package has it. A repository:
files of tests/check/right with over a hundred classes, in a folder of their own; wall and processor seconds of the one
command, with as many processors as there are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = {"seed000": "ResidualBlock", "seed001": "Residual", "seed002": "ResidualBlock", "seed004": "Block"}
CLASSES = 110  # as the text has them; a few are helpers, which are not checked for themselves


def processor_seconds(command: list[str]) -> tuple[float, str]:
    """Return the user and system time of a command and its children, and what it printed."""
    places = {"PYTHONPYCACHEPREFIX": os.path.join(tempfile.gettempdir(), "check-speed"), "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | places)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def of_one_block(rounds: int) -> dict[str, Any]:
    """Measure the command on each document's block against the import of torch alone."""
    alone, whole = [], dict[str, list[float]]()
    processor_seconds([sys.executable, "-m", "residua", "check", "tests/check/documents/seed000.py"])
    for _ in range(rounds):
        alone.append(processor_seconds([sys.executable, "-c", "import torch"])[0])
        for name, block in BLOCKS.items():
            target = f"tests/check/documents/{name}.py:{block}"
            whole.setdefault(name, []).append(processor_seconds([sys.executable, "-m", "residua", "check", target])[0])
    torch = min(alone)
    beyond = {name: round(min(seconds) - torch, 2) for name, seconds in whole.items()}
    return {"import_torch": round(torch, 2), "beyond_import_torch": beyond, "rounds": rounds}


def of_a_repository() -> dict[str, Any]:
    """Measure one command on a hundred files of right blocks and networks, a class or more each."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "repository"
        (folder / "blocks").mkdir(parents=True)
        files = sorted((ROOT / "tests" / "check" / "right").rglob("*.py"))
        files = [file for file in files if not file.name.startswith("_")]
        count = 0
        for file in files:
            count += len(re.findall(r"^class \w+\(", file.read_text(encoding="utf-8"), re.M))
            shutil.copy(file, folder / "blocks")
            if count >= CLASSES:
                break
        start = time.perf_counter()
        used, out = processor_seconds([sys.executable, "-m", "residua", "check", str(folder), "--json"])
        seconds = time.perf_counter() - start
    reports = [target for target in json.loads(out)["targets"] if ":" in Path(target["target"]).name]
    idle = sum(target["verdict"] == "not run" for target in reports)
    return {"classes": len(reports), "not_run": idle, "wall": round(seconds, 1), "processor": round(used, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    found = {
        "machine": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": [round(each, 1) for each in os.getloadavg()],
        "one_block_seconds": of_one_block(words.rounds),
        "repository_seconds": of_a_repository(),
    }
    text = json.dumps(found, indent=1)
    if words.out:
        words.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
