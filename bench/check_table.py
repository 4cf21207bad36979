"""Which rule finds how many planted mistakes, with how many false alarms, in how many seconds? Prints Markdown.

python bench/check_table.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from residua.check.examine import examine  # noqa: E402
from residua.check.report.catalogue import catalogue  # noqa: E402
from residua.targets import find  # noqa: E402
from tests.check import network_mutants  # noqa: E402
from tests.check.mutants import MUTANTS  # noqa: E402

RIGHT_NETWORKS = ["ResNet18", "ResNet34", "resnet50", "resnet20", "resnet32"]
RIGHT_NETWORKS += ["WRN16", "d2l_resnet18", "ResNet9", "MobileLike"]


def planted() -> dict[str, list[tuple[bool, bool, float]]]:
    """Return for each rule, a mutant an entry: found, in the right line, processor seconds."""
    found: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for index, mutant in enumerate([*MUTANTS, *network_mutants.MUTANTS]):
            path = Path(folder) / f"mutant{index}.py"
            path.write_text(mutant.source, encoding="utf-8")
            candidate = find(f"{path}:{mutant.name}" if mutant.name else str(path))[-1]
            start = time.process_time()
            findings = [f for f in examine(candidate, {}, train=mutant.train).findings if f.rule == mutant.rule]
            seconds = time.process_time() - start
            found[mutant.rule].append((bool(findings), any(f.line in mutant.lines for f in findings), seconds))
    return found


def alarms() -> tuple[dict[str, int], int, list[float]]:
    """Return for each rule its errors and warnings on right targets, their number, and a block's seconds."""
    counts: dict[str, int] = defaultdict(int)
    seconds = []
    names = [c.name for c in find(str(ROOT / "tests/check/fixtures/right.py"))]
    blocks = [(ROOT / "tests/check/fixtures/right.py", n) for n in names if n not in ("ScaledStdConv", "LayerNorm2d")]
    for file in sorted((ROOT / "tests/check/heldout").glob("*.py")):
        blocks += [(file, c.name) for c in find(str(file)) if c.name.startswith("Right")]
    networks = [(ROOT / "tests/check/fixtures/right_networks.py", n) for n in RIGHT_NETWORKS]
    for file, name in blocks + networks:
        start = time.process_time()
        for finding in examine(find(f"{file}:{name}")[0], {}, train=(file, name) in networks).findings:
            counts[finding.rule] += finding.severity != "note"
        if (file, name) not in networks:
            seconds.append(time.process_time() - start)
    return counts, len(blocks) + len(networks), seconds


def main() -> None:
    torch.set_num_threads(1)
    false, blocks, times = alarms()
    found = planted()
    print(f"| rule | severity | what | found | right line | false alarms on {blocks} right targets | seconds |")
    print("|---|---|---|---|---|---|---|")
    for code, texts in catalogue().items():
        rows = found.get(code, [])
        cells = ["—", "—", "—"]
        if rows:
            cells = [
                f"{sum(r[0] for r in rows)}/{len(rows)}",
                f"{sum(r[1] for r in rows)}/{len(rows)}",
                f"{sum(r[2] for r in rows) / len(rows):.2f}",
            ]
        print(
            f"| {code} | {texts['severity']} | {texts['title']} | {cells[0]} | {cells[1]} | {false.get(code, 0)} | {cells[2]} |"  # noqa: E501
        )
    every = [r for rows in found.values() for r in rows]
    print(
        f"\nAll: {sum(r[0] for r in every)}/{len(every)} found, {sum(r[1] for r in every)}/{len(every)} in the right line; ",  # noqa: E501
        end="",
    )
    print(
        f"{sum(false.values())} false alarms on {blocks} right blocks and networks; median {sorted(times)[len(times) // 2]:.2f} s of processor time a block."  # noqa: E501
    )


if __name__ == "__main__":
    main()
