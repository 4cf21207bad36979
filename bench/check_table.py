"""Which rule finds how many planted mistakes, with how many false alarms, in how many seconds? Prints Markdown.

python bench/check_table.py [CODE …]: every rule, or the named ones, whose false alarms are counted on all right targets
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from residua.check.report.catalogue import catalogue  # noqa: E402
from tests.check.cases import cases, check, loud  # noqa: E402

STOPPED = "R160"  # ends the process that runs it


def planted(codes: list[str]) -> dict[str, list[tuple[bool, bool, float]]]:
    """Return for each rule of `codes`, a mistake an entry: found, in the right line, processor seconds."""
    rows: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
    for case in cases("planted"):
        rule = case.path.parent.name
        if rule in codes and rule != STOPPED:
            start = time.process_time()
            lines = [finding["line"] for finding in check(case)["findings"] if finding["rule"] == rule]
            seconds = time.process_time() - start
            rows[rule].append((bool(lines), bool(case.lines & set(lines)), seconds))
    return rows


def alarms() -> tuple[Counter[str], int, list[float]]:
    """Return for each rule its errors and warnings on right targets, their number, and a block's seconds.

    Networks are trained too, held-out blocks are those of the first three sets.
    """
    blocks = cases("right/blocks")
    for name in ("first", "second", "third"):
        blocks += [case for case in cases(f"held_out/{name}") if case.is_right]
    networks = [replace(case, train=True) for case in cases("right/networks")]
    counts: Counter[str] = Counter()
    seconds = []
    for case in blocks + networks:
        start = time.process_time()
        counts.update(finding["rule"] for finding in loud(check(case)))
        seconds += [] if case.train else [time.process_time() - start]
    return counts, len(blocks) + len(networks), seconds


def main() -> None:
    torch.set_num_threads(1)
    rules = catalogue()
    codes = sys.argv[1:] or list(rules)
    unknown = [code for code in codes if code not in rules]
    if unknown:
        sys.exit(f"there is no rule {unknown[0]!r}; `residua check --rules` lists them")
    false, targets, times = alarms()
    found = planted(codes)
    print(f"| rule | severity | what | found | right line | false alarms on {targets} right targets | seconds |")
    print("|---|---|---|---|---|---|---|")
    for code in codes:
        texts, rows = rules[code], found.get(code, [])
        seconds = f"{sum(row[2] for row in rows) / len(rows):.2f}" if rows else "—"
        cells = [code, texts["severity"], texts["title"], _ratio(rows, 0), _ratio(rows, 1), str(false[code]), seconds]
        print(f"| {' | '.join(cells)} |")
    every = [row for rows in found.values() for row in rows]
    median = sorted(times)[len(times) // 2]
    print(f"\nAll: {_ratio(every, 0)} found, {_ratio(every, 1)} in the right line;", end=" ")
    print(f"{sum(false[code] for code in codes)} false alarms on {targets} right blocks and networks;", end=" ")
    print(f"median {median:.2f} s of processor time a block.")


def _ratio(rows: list[tuple[bool, bool, float]], column: int) -> str:
    return f"{sum(bool(row[column]) for row in rows)}/{len(rows)}" if rows else "—"


if __name__ == "__main__":
    main()
