"""Fuzz every reader for some minutes of processor time, in turns, and keep a table of what was reached and found.

python fuzz/campaign.py --minutes 10 [--readers png tar] [--work FOLDER] [--table FILE.md]

Minutes are of processor time, and for all readers together unless --each is given. Inputs that reached new edges and
finds stay in the work folder, where the next campaign goes on; `--table` writes what all campaigns there did so far.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from readers import READERS

HERE = Path(__file__).resolve().parent
TURN_SECONDS = 30  # of processor time that a reader has before the next one's turn; starting one takes up to five
HANG_SECONDS = (
    600  # without an answer to one input, by the clock: beside other work 60 of it were 0.15 of processor time
)
INPUTS = re.compile(rb"inputs\": (\d+)|stat::number_of_executed_units: (\d+)")  # the second after a native crash
BEGAN = re.compile(rb"INITED cov: (\d+)")
EDGES = re.compile(rb"cov: (\d+)")
IDLE, PEAK = re.compile(rb"idle_mb\": (\d+)"), re.compile(rb"peak_mb\": (\d+)|stat::peak_rss_mb:\s+(\d+)")


@dataclass
class Total:
    """What was done with one reader so far. edges: of Python code, reached by the seeds and by all inputs."""

    inputs: int = 0
    cpu_seconds: float = 0.0
    edges_before: int = 0
    edges: int = 0
    idle_mb: int = 0
    peak_mb: int = 0


def turn(name: str, work: Path, seconds: float) -> tuple[bytes, float]:
    """Fuzz one reader for some seconds of processor time, and return its log and what it took."""
    grown, finds, log = (work / kind / name for kind in ("grown", "finds", "logs"))
    for folder in (grown, finds, log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, str(HERE / "child.py"), name, str(seconds), f"{finds}/", f"{grown}/"]
    clock = (f"-timeout={HANG_SECONDS}", f"-report_slow_units={HANG_SECONDS}")  # what is slow, `child.py` tells
    words += [str(HERE / "corpus" / name), *clock, "-print_final_stats=1", "-max_len=65536"]
    own = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(work / "datasets")}
    with open(log, "wb") as out:
        before = os.times()
        subprocess.run(words, stdout=out, stderr=subprocess.STDOUT, env=os.environ | own, check=False)
        after = os.times()
    took = after.children_user + after.children_system - before.children_user - before.children_system
    return log.read_bytes(), took


def add(total: Total, log: bytes, cpu_seconds: float) -> None:
    """Count what a turn's log says it did."""

    def last(pattern: re.Pattern[bytes]) -> int:
        found = (value for match in pattern.finditer(log) for value in match.groups() if value)
        return max(map(int, found), default=0)

    total.inputs += last(INPUTS)
    total.cpu_seconds += cpu_seconds
    total.edges_before = total.edges_before or last(BEGAN)
    total.edges, total.peak_mb = max(total.edges, last(EDGES)), max(total.peak_mb, last(PEAK))
    total.idle_mb = last(IDLE) or total.idle_mb


def table(totals: dict[str, Total], work: Path) -> str:
    """Return the table of all readers as Markdown."""
    head = ("reader", "inputs", "CPU minutes", "edges before", "after", "MB idle", "MB at most", "finds")
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    for name, total in totals.items():
        minutes, finds = f"{total.cpu_seconds / 60:.1f}", len(list((work / "finds" / name).glob("*")))
        row = (name, f"{total.inputs:,}", minutes, total.edges_before, total.edges, total.idle_mb, total.peak_mb, finds)
        lines.append("| " + " | ".join(map(str, row)) + " |")
    minutes = sum(total.cpu_seconds for total in totals.values()) / 60
    lines.append(f"| all | {sum(total.inputs for total in totals.values()):,} | {minutes:.1f} | | | | | |")
    return "\n".join(lines) + "\n"


def main(words: Sequence[str]) -> int:
    """Give every reader its minutes, and return 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--each", action="store_true", help="minutes are for each reader")
    parser.add_argument("--readers", nargs="*", default=list(READERS))
    parser.add_argument("--work", type=Path, default=HERE.parent / ".fuzz")
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args(words)
    state = asked.work / "totals.json"
    known = json.loads(state.read_text()) if state.exists() else {}
    totals = {name: Total(**known.get(name, {})) for name in READERS}
    left = dict.fromkeys(asked.readers, 60 * asked.minutes / (1 if asked.each else len(asked.readers)))
    while left:
        name = max(left, key=left.__getitem__)  # the least served
        log, took = turn(name, asked.work, min(TURN_SECONDS, left[name]))
        add(totals[name], log, took)
        left[name] -= max(took, 1.0)
        left = {each: seconds for each, seconds in left.items() if seconds > 0}
        state.write_text(json.dumps({each: asdict(total) for each, total in totals.items()}, indent=1) + "\n")
        finds = sorted(path.name for path in (asked.work / "finds" / name).glob("*"))
        print(
            f"{name}: {totals[name].inputs:,} inputs, {totals[name].edges} edges{': ' * bool(finds)}{', '.join(finds)}",
            flush=True,
        )
    if asked.table:
        asked.table.write_text(table(totals, asked.work), encoding="utf-8")
    return int(any((asked.work / "finds").rglob("*.*")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
