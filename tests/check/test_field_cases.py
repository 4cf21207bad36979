"""Does check say of faults and right constructions as public code has them what an expert says?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from residua.cli.app import main

CASES = Path(__file__).parents[3] / "shared" / "field" / "check"
_RANK = {"note": 1, "warning": 2, "error": 3}
_EXPECTED = CASES / "expected.json"
_FILES: list[dict[str, Any]] = json.loads(_EXPECTED.read_text("utf-8"))["files"] if _EXPECTED.is_file() else []


def _findings(capfd: pytest.CaptureFixture[str], case: dict[str, Any]) -> list[dict[str, Any]]:
    words = ["check", str(CASES / case["target"]), "--json"]
    given = case["args"]
    if given:
        text = given if isinstance(given, str) else ",".join(f"{name}={value!r}" for name, value in given.items())
        words += ["--args", text]
    main(words)
    (report,) = json.loads(capfd.readouterr().out)["targets"]
    assert report["verdict"] != "not run", report["reason"]
    found: list[dict[str, Any]] = report["findings"]
    return found


@pytest.mark.skipif(not _FILES, reason=f"{_EXPECTED} is not there")
@pytest.mark.parametrize("case", _FILES, ids=[case["file"] for case in _FILES])
def test_public_kinds_of_code_are_judged_as_an_expert_does(
    capfd: pytest.CaptureFixture[str], case: dict[str, Any]
) -> None:
    found = [(each["severity"], each["line"]) for each in _findings(capfd, case)]
    if case["kind"] == "bad":
        least = _RANK[case["min_severity"]]
        assert any(_RANK[severity] >= least and line in case["lines"] for severity, line in found), (found, case["why"])
    else:
        most = _RANK.get(case["max_severity"], 0)
        assert all(_RANK[severity] <= most for severity, _ in found), (found, case["why"])
