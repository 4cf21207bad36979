"""Does a fix that is shown mend its finding, and change nothing else of the user's file?"""

from __future__ import annotations

import importlib.util
import json
import os
import stat
from pathlib import Path
from types import ModuleType

import pytest
import torch

from residua.check.fixes.attempt import Mended, came, is_better, with_patches
from residua.check.fixes.edits import FIXES, candidates
from residua.check.fixes.page import Page, applied
from residua.check.fixes.write import Refused, write
from residua.check.jobs import Settings, check_all
from residua.check.listing import Target
from residua.check.report.finding import CheckReport, Finding
from residua.cli.app import main
from residua.targets.given import parse_arguments
from tests.check.cases import HERE, Case, cases
from tests.check.mended import EQUAL, compared, corrected

START = """# a comment at the top
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)   # two blanks too many
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()

    def forward(self, x):
        h = self.relu(self.bn1(self.conv1(x)))
"""
RIGHT = START + "        h = self.bn2(self.conv2(h))\n        return self.relu(h + x)\n"

LAST = "        h = self.bn2(self.conv2(h))\n"
SUM = "        return self.relu(h + x)\n"
# rule, the lines after START, and what the user would have written; both in the user's own names
SLIPS = [
    ("R155", f"        h = self.conv2(h)\n        self.bn2(h)\n{SUM}",
     f"        h = self.conv2(h)\n        h = self.bn2(h)\n{SUM}"),
    ("R104", f"{LAST}        return self.relu(h + h)  # sum\n",
     f"{LAST}        return self.relu(h + x)  # sum\n"),
    ("R103", f"        h = self.bn2(self.conv2(x))\n{SUM}", LAST + SUM),
    ("R127", f"        h = self.bn2(self.conv2(h)).detach()\n{SUM}", LAST + SUM),
    ("R127", f"        with torch.no_grad():\n            h = self.bn2(self.conv2(h))\n{SUM}", LAST + SUM),
    ("R108", f"{LAST}        x += h\n        return self.relu(x)\n",
     f"{LAST}        x = x + h\n        return self.relu(x)\n"),
    ("R101", f"{LAST}        out = h + x\n        return self.relu(h)\n",
     f"{LAST}        out = h + x\n        return self.relu(out)\n"),
    ("R102", f"{LAST}        return self.relu(h)\n", LAST + SUM),
]  # fmt: skip


def check(path: Path, name: str = "Block") -> tuple[list[CheckReport], list[Mended]]:
    settings = Settings()
    text = path.read_bytes().decode()
    reports = [r for c in check_all([Target(f"{path}:{name}", named=True)], settings) for r in c.reports]
    return with_patches(reports, {str(path): text}, settings)


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"mended_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(path: Path) -> torch.Tensor:
    torch.manual_seed(0)
    block = loaded(path).Block(8).eval()
    result: torch.Tensor = block(torch.randn(2, 8, 6, 6))
    return result


EVERY_TIME = 3  # three kinds of lines show that it works; each of the others starts as many processes
EACH = [
    pytest.param(*slip, id=f"{i}-{slip[0]}", marks=[pytest.mark.slow] if i >= EVERY_TIME else [])
    for i, slip in enumerate(SLIPS)
]


@pytest.mark.parametrize(("rule", "wrong", "right"), EACH)
def test_the_block_computes_what_a_hand_would_have_made_of_it(
    rule: str, wrong: str, right: str, tmp_path: Path
) -> None:
    path, hand = tmp_path / "block.py", tmp_path / "hand.py"
    path.write_text(START + wrong, encoding="utf-8")
    hand.write_text(START + right, encoding="utf-8")
    reports, [mended] = check(path)
    assert [f.rule for r in reports for f in r.findings if f.patch] == [rule]
    path.write_text(mended.after, encoding="utf-8")
    assert torch.equal(outcome(path), outcome(hand))
    assert mended.after.startswith(START)
    assert check(path)[1] == []  # twice is once


# Rules whose planted mistake, in one of its styles at least, is one of those that a fix can mend.
PLANTED = [
    "R101", "R102", "R103", "R104", "R108", "R109", "R110", "R111", "R114", "R120", "R121", "R125", "R126", "R127",
    "R129", "R133", "R135", "R154", "R155", "R161", "R168", "R169", "R171", "R172",
    "R179", "R182", "R185", "R187", "R190", "R191", "R201", "R203", "R207", "R210", "R211",
    "R213", "R214", "R216", "R219", "R225",
]  # fmt: skip


def tried(case: Case) -> tuple[list[Finding], list[Mended]]:
    settings = Settings(parse_arguments(case.args), train=case.train)
    found = check_all([Target(f"{case.path}:{case.target}", named=True)], settings)
    reports = [report for checked in found for report in checked.reports]
    done, changes = with_patches(reports, {str(case.path): case.path.read_text("utf-8")}, settings)
    return [finding for report in done for finding in report.findings], changes


@pytest.mark.slow
@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_mistake_of_a_claimed_rule_is_mended(rule: str) -> None:
    assert any(f.rule == rule and f.patch for case in cases(f"planted/{rule}") for f in tried(case)[0])


HELD_OUT = [case for case in cases("held_out") if not case.is_right and corrected(case) is not None]


def test_every_correction_can_be_made_and_changes_its_file() -> None:
    for case in HELD_OUT:
        text = corrected(case)
        assert text is not None
        compile(text, str(case.path), "exec")
        assert text != case.path.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("case", HELD_OUT, ids=str)
def test_a_fix_computes_what_the_correction_computes_and_the_mistake_itself_does_not(case: Case) -> None:
    findings, changes = tried(case)
    is_wrong = any(finding.severity == "error" for finding in findings)
    mistake = [case.path.read_text("utf-8")] if is_wrong else []
    answers = compared(case, *(mended.after for mended in changes), *mistake) if changes or mistake else []
    assert answers[: len(changes)] == [EQUAL] * len(changes)
    assert EQUAL not in answers[len(changes) :]


def test_every_rule_of_the_table_has_a_planted_mistake() -> None:
    assert [rule for rule in FIXES if not (HERE / "planted" / rule).is_dir()] == []


def test_a_right_block_gets_no_fix(tmp_path: Path) -> None:
    path = tmp_path / "block.py"
    path.write_text(RIGHT, encoding="utf-8")
    assert check(path)[1] == []


def test_fix_keeps_line_ends_mode_mark_and_the_rest_letter_by_letter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "block.py"
    source = START + SLIPS[1][1]
    path.write_bytes(b"\xef\xbb\xbf" + source.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    assert main(["check", f"{path}:Block", "--fix"]) == 0
    right = source.replace("h + h", "x + h"), source.replace("h + h", "h + x")
    assert path.read_bytes() in [b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for text in right]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "mended R104 in line 19" in capsys.readouterr().err
    written = path.read_bytes()
    assert main(["check", f"{path}:Block", "--fix"]) == 0
    assert path.read_bytes() == written
    assert [each.name for each in tmp_path.iterdir()] == ["block.py"]


def test_diff_prints_a_patch_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "block.py"
    path.write_text(START + SLIPS[2][1], encoding="utf-8")
    assert main(["check", f"{path}:Block", "--diff"]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"--- {path}\n+++ {path}\n@@")
    assert "-        h = self.bn2(self.conv2(x))\n+        h = self.bn2(self.conv2(h))\n" in out
    assert path.read_text("utf-8") == START + SLIPS[2][1]


def test_json_has_the_patch_only_where_a_fix_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "block.py"
    path.write_text(START + SLIPS[2][1], encoding="utf-8")
    main(["check", f"{path}:Block", "--diff", "--json"])
    findings = json.loads(capsys.readouterr().out)["targets"][0]["findings"]
    assert [f["rule"] for f in findings if "patch" in f] == ["R103"]
    main(["check", f"{path}:Block", "--json"])
    assert '"patch"' not in capsys.readouterr().out


def test_what_cannot_be_written_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = tmp_path / "block.py", tmp_path / "nb.ipynb"
    path.write_text("x = 1\n", encoding="utf-8")
    mended = Mended(str(path), "x = 1\n", "x = 2\n", ())
    with pytest.raises(Refused, match="changed while"):
        write(mended, b"x = 0\n")
    with pytest.raises(Refused, match="notebook"):
        write(Mended(str(other), "", "", ()), b"")
    with pytest.raises(Refused, match="cannot be written"):
        write(Mended(str(tmp_path / "gone.py"), "", "", ()), b"")
    monkeypatch.setattr(os, "access", lambda *_: False)  # who runs the tests as root may write everywhere
    with pytest.raises(Refused, match="not writable"):
        write(mended, b"x = 1\n")
    assert path.read_text("utf-8") == "x = 1\n"


def test_a_disk_that_is_full_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "block.py"
    path.write_text("x = 1\n", encoding="utf-8")
    mended = Mended(str(path), "x = 1\n", "x = 2\n", ())
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="the disk is full"):
        write(mended, b"x = 1\n")
    assert path.read_text("utf-8") == "x = 1\n"
    assert [each.name for each in tmp_path.iterdir()] == ["block.py"]


def test_what_a_link_names_is_written_and_the_link_stays(tmp_path: Path) -> None:
    path, link = tmp_path / "block.py", tmp_path / "link.py"
    path.write_text("x = 1\n", encoding="utf-8")
    link.symlink_to(path)
    write(Mended(str(link), "x = 1\n", "x = 2\n", ()), b"x = 1\n")
    assert link.is_symlink()
    assert path.read_text("utf-8") == "x = 2\n"


def test_a_file_that_is_not_utf8_is_checked_and_gets_no_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "block.py"
    before = ("# coding: latin-1\n# schön\n" + START + SLIPS[1][1]).encode("latin-1")
    path.write_bytes(before)
    assert main(["check", f"{path}:Block", "--fix"]) == 1
    assert f"{path} is not UTF-8: it gets no fix" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_notebook_gets_its_patch_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nb.ipynb"
    cell: dict[str, object] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    code = (START + SLIPS[1][1]).splitlines(keepends=True)
    before = json.dumps({"cells": [cell | {"source": code}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    path.write_text(before, encoding="utf-8")
    assert main(["check", f"{path}:Block", "--fix"]) == 1
    out, err = capsys.readouterr()
    assert "-        return self.relu(h + h)  # sum\n" in out
    assert "is a notebook: its patch is printed, not written" in err
    assert path.read_text("utf-8") == before


@pytest.mark.slow
def test_of_two_fixes_on_one_line_the_first_is_made_and_the_other_on_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "block.py"
    path.write_text(f"{START}{LAST}        return x * torch.softmax(h + h, dim=0)\n", encoding="utf-8")
    written: list[str] = []
    while (changes := check(path)[1]) and len(written) < 3:
        written += [finding.rule for finding in changes[0].fixed]
        path.write_text(changes[0].after, encoding="utf-8")
    assert written == ["R104", "R135"]
    assert path.read_text("utf-8").endswith("        return x * torch.softmax(h + x, dim=1)\n")


def report(*rules: str) -> CheckReport:
    return CheckReport("t", "s", tuple(Finding(r, "error", "", "", None, 1, "", "") for r in rules))


def test_a_fix_that_brings_another_finding_is_none() -> None:
    assert is_better(report("R101", "R102"), report("R102"), "R101")
    assert not is_better(report("R101"), report("R101"), "R101")
    assert not is_better(report("R101"), report("R118"), "R101")
    assert came(report("R101"), report("R101", "R101"))


@pytest.mark.slow
def test_candidates_of_any_line_change_something() -> None:
    page = Page((HERE / "held_out" / "hands_1" / "w33_mul.py").read_text("utf-8"))
    for line in range(1, page.text.count("\n") + 1):
        for rule in FIXES:
            for edits in candidates(rule, page, line):
                assert applied(page.text, edits) != page.text
