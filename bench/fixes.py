"""How many errors that `residua check` finds in the held-out wrong files carry a verified fix, and is it the right one?

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
from residua.targets.given import parse_arguments  # noqa: E402
from tests.check.cases import HERE, Case, cases  # noqa: E402
from tests.check.mended import EQUAL, OTHER_DESIGN, compared, corrected  # noqa: E402


def mended(case: Case) -> tuple[list[Finding], str | None]:
    """Return the errors of a case, with the patches of those that have a verified fix, and what these make of it."""
    settings = Settings(parse_arguments(case.args), train=case.train)
    text = case.path.read_text(encoding="utf-8")
    reports = [r for c in check_all([Target(f"{case.path}:{case.target}", named=True)], settings) for r in c.reports]
    done, changes = with_patches(reports, {str(case.path): text}, settings)
    return [f for report in done for f in report.errors], changes[0].after if changes else None


def main(words: list[str]) -> None:
    """Print a row for each rule, the sum, and how the files with their fixes made compare with their corrections."""
    torch.set_num_threads(1)
    rule = words[words.index("--rule") + 1] if "--rule" in words else ""
    sets = [word for word in words if not word.startswith("-") and word != rule]
    found, fixed, answers = Counter[str](), Counter[str](), Counter[str]()
    for name in sets or sorted(path.name for path in (HERE / "held_out").iterdir()):
        for case in cases(f"held_out/{name}"):
            if case.is_right or (rule and rule not in {mark.rule for mark in case.marks}):
                continue
            errors, text = mended(case)
            answer = "" if text is None else compared(case, text)[0] if corrected(case) else "no correction"
            answers[answer if answer in ("", EQUAL, OTHER_DESIGN, "no correction") else "differs"] += 1
            for finding in errors:
                found[finding.rule] += 1
                fixed[finding.rule] += bool(finding.patch)
                print(f"{answer if finding.patch else '-':<8} {finding.rule} {case}:{finding.line}", flush=True)
                if "--show" in words:
                    print(finding.patch)
    for code in sorted(found):
        print(f"{code} {fixed[code]}/{found[code]}")
    print(f"all: {sum(fixed.values())} of {sum(found.values())} errors carry a verified fix")
    print("files with their fixes made, beside their corrections:", {key: n for key, n in answers.items() if key})


if __name__ == "__main__":
    main(sys.argv[1:])
