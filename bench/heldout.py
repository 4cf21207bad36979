"""How many of the held-out blocks does `residua check` judge rightly?

python bench/heldout.py tests/check/heldout/*.py tests/check/heldout/*.json

A .json file holds a set by other hands: of each file its source, the target, whether it is wrong, and the lines its
author would point to.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import torch

from residua.check.examine import examine
from residua.cli.check import _arguments
from residua.errors import ResiduaError
from residua.targets import Candidate, find


def judge(candidate: Candidate, args: str = "") -> tuple[list[tuple[str, str, int | None]], float]:
    """Return (rule, severity, line) of every finding that is not a note, and the seconds it took."""
    try:
        report = examine(candidate, _arguments(args))
    except ResiduaError as error:
        return [("-", "refused: " + str(error)[:120], None)], 0.0
    return [(f.rule, f.severity, f.line) for f in report.findings if f.severity != "note"], report.seconds


def marked(file: str) -> dict[str, set[int]]:
    """Return for each class or function the lines that carry the mark `# HERE`."""
    found: dict[str, set[int]] = {}
    name = ""
    for number, row in enumerate(Path(file).read_text(encoding="utf-8").splitlines(), 1):
        if row.startswith(("class ", "def ")):
            name = row.split("(")[0].split()[1]
        if "# HERE" in row:
            found.setdefault(name, set()).add(number)
    return found


def measure(file: str) -> dict[str, int]:
    """Print every miss, and return the counts of one file."""
    lines = marked(file)
    counts = dict.fromkeys(("right", "errors", "warnings", "wrong", "found", "on the line"), 0)
    names = [c.name for c in find(file) if c.name.startswith(("Right", "Wrong"))]
    for name in names:
        findings, _ = judge(find(f"{file}:{name}")[0])
        if name.lower().startswith("right"):
            counts["right"] += 1
            counts["errors"] += any(f[1] == "error" or f[0] == "-" for f in findings)
            counts["warnings"] += any(f[1] == "warning" for f in findings)
            if findings:
                print("  false alarm:", name, findings)
        else:
            counts["wrong"] += 1
            hit = [f for f in findings if f[2] is not None or f[0] == "R160"]
            counts["found"] += bool(hit)
            here = any(f[2] in lines.get(name, set()) for f in hit)
            counts["on the line"] += here
            if not here:
                print("  missed:" if not hit else "  other line:", name, sorted(lines.get(name, set())), findings)
    return counts


def measure_set(path: str) -> dict[str, int]:
    """Print every miss, and return the counts of a set by other hands."""
    counts = dict.fromkeys(("right", "errors", "warnings", "wrong", "found", "on the line"), 0)
    with tempfile.TemporaryDirectory() as folder:
        for name, each in json.loads(Path(path).read_text(encoding="utf-8")).items():
            file = Path(folder, f"{name}.py")
            file.write_text("\n".join(each["source"]), encoding="utf-8")
            findings, _ = judge(find(f"{file}:{each['target']}")[0], each["args"])
            loud = [f for f in findings if f[0] != "-"]
            if each["wrong"]:
                counts["wrong"] += 1
                counts["found"] += bool(loud)
                here = any(f[2] in each["lines"] for f in loud)
                counts["on the line"] += here
                if not here:
                    print("  missed:" if not loud else "  other line:", name, each["lines"], findings)
            else:
                counts["right"] += 1
                counts["errors"] += any(f[1] != "warning" for f in findings)
                counts["warnings"] += bool(findings) and all(f[1] == "warning" for f in findings)
                if findings:
                    print("  false alarm:", name, findings)
    return counts


def main(files: list[str]) -> None:
    torch.set_num_threads(1)
    for file in files:
        counts = measure_set(file) if file.endswith(".json") else measure(file)
        print(file, counts)


if __name__ == "__main__":
    main(sys.argv[1:])
