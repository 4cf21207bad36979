"""How many of the held-out blocks does `residua check` judge rightly?

python bench/heldout.py                    (all sets of tests/check/held_out)
python bench/heldout.py first second third
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.check.cases import HERE, Case, cases, check, loud  # noqa: E402


def judge(case: Case) -> Counter[str]:
    """Print a miss, and return what one case adds to the counts of its set."""
    try:
        findings = [(f["rule"], f["severity"], f["line"]) for f in loud(check(case))]
    except AssertionError as refused:
        print("  refused:", case, str(refused)[:120])
        return Counter({"right": 1, "errors": 1} if case.is_right else {"wrong": 1})
    severities = {severity for _, severity, _ in findings}
    if case.is_right:
        if findings:
            print("  false alarm:", case, findings)
        return Counter({"right": 1, "errors": int("error" in severities), "warnings": int(severities == {"warning"})})
    on_the_line = any(line in case.lines for _, _, line in findings)
    if not on_the_line:
        print("  missed:" if not findings else "  other line:", case, sorted(case.lines), findings)
    return Counter({"wrong": 1, "found": int(bool(findings)), "on the line": int(on_the_line)})


def main(sets: list[str]) -> None:
    torch.set_num_threads(1)
    for name in sets or sorted(path.name for path in (HERE / "held_out").iterdir()):
        counts = sum((judge(case) for case in cases(f"held_out/{name}")), Counter[str]())
        print(name, {key: counts[key] for key in ("right", "errors", "warnings", "wrong", "found", "on the line")})


if __name__ == "__main__":
    main(sys.argv[1:])
