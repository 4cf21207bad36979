"""How many errors that `residua check` finds in the held-out wrong files carry a verified fix?

python bench/fixes.py                      (all sets of tests/check/held_out; about ten minutes)
python bench/fixes.py hands_3 --show       (with each patch)
python bench/fixes.py hands_1 hands_2 --rule R155
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from residua.check.fixes.attempt import with_patches  # noqa: E402
from residua.check.jobs import Settings, check_all  # noqa: E402
from residua.check.listing import Target  # noqa: E402
from residua.check.report.finding import Finding  # noqa: E402
from residua.cli.check import _arguments  # noqa: E402
from tests.check.cases import HERE, Case, cases  # noqa: E402


def errors_of(case: Case) -> list[Finding]:
    """Return the error findings of a case, with the patches of those that have a verified fix."""
    settings = Settings(_arguments(case.args), train=case.train)
    text = case.path.read_text(encoding="utf-8")
    reports = [r for c in check_all([Target(f"{case.path}:{case.target}", named=True)], settings) for r in c.reports]
    done, _ = with_patches(reports, {str(case.path): text}, settings)
    return [finding for report in done for finding in report.errors]


def main(words: list[str]) -> None:
    """Print a row for each rule and the sum."""
    torch.set_num_threads(1)
    rule = words[words.index("--rule") + 1] if "--rule" in words else ""
    sets = [word for word in words if not word.startswith("-") and word != rule]
    found, fixed = Counter[str](), Counter[str]()
    for name in sets or sorted(path.name for path in (HERE / "held_out").iterdir()):
        for case in cases(f"held_out/{name}"):
            if case.is_right or (rule and rule not in {mark.rule for mark in case.marks}):
                continue
            for finding in errors_of(case):
                found[finding.rule] += 1
                fixed[finding.rule] += bool(finding.patch)
                print(f"{'fixed' if finding.patch else '  -  '} {finding.rule} {case}:{finding.line}", flush=True)
                if "--show" in words:
                    print(finding.patch)
    for code in sorted(found):
        print(f"{code} {fixed[code]}/{found[code]}")
    print(f"all: {sum(fixed.values())} of {sum(found.values())} errors carry a verified fix")


if __name__ == "__main__":
    main(sys.argv[1:])
