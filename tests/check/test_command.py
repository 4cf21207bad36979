"""Does `residua check` speak as promised, end with the right code, and leave nothing behind?"""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from torch.nn.modules import module as module_hooks

from residua.check import assert_residual, check_block
from residua.check.report.catalogue import catalogue
from residua.cli.app import main
from tests.check.cases import HERE, read
from tests.check.conftest import DOCUMENTS

RIGHT, WRONG = DOCUMENTS / "seed000.py", DOCUMENTS / "seed004.py"
STOPPED = HERE / "planted" / "R160"  # found from outside the process


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["check", *map(str, words)])
    out, err = capfd.readouterr()
    return code, out, err


def test_json_has_the_promised_keys_and_ends_with_1(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, f"{WRONG}:Block", "--json", "--no-isolate")
    target = json.loads(out)["targets"][0]
    assert code == 1
    assert set(target) == {"target", "style", "verdict", "reason", "findings", "seconds"}
    assert target["verdict"] == "errors"
    keys = {"rule", "severity", "message", "evidence", "file", "line", "fix", "source"}
    keys |= {"column", "end_line", "end_column"}
    assert all(set(finding) == keys for finding in target["findings"])


def test_the_child_process_says_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    def rules(*words: str) -> list[tuple[str, int]]:
        _, out, _ = run(capfd, f"{WRONG}:Block", "--json", *words)
        return [(f["rule"], f["line"]) for f in json.loads(out)["targets"][0]["findings"]]

    assert rules() == rules("--no-isolate")


def test_a_right_block_ends_with_0(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, f"{RIGHT}:ResidualBlock", "--no-isolate")
    assert code == 0
    assert "ResidualBlock  post-activation basic  " in out


def test_the_code_line_is_underlined(capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, f"{WRONG}:Block", "--no-isolate")
    lines = out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.endswith("| out = self.skip(x)"))
    assert lines[at + 1].strip() == "^" * len("out = self.skip(x)")


def test_messages_come_in_chinese(capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, f"{WRONG}:Block", "--lang", "zh", "--json", "--no-isolate")
    assert any("残差分支的结果" in f["message"] for f in json.loads(out)["targets"][0]["findings"])


def test_sarif_and_markdown_name_the_lines(capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, f"{WRONG}:Block", "--sarif", "--no-isolate")
    log = json.loads(out)
    lines = [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in log["runs"][0]["results"]]
    assert log["version"] == "2.1.0"
    assert len(lines) >= 3
    _, out, _ = run(capfd, f"{WRONG}:Block", "--markdown", "--no-isolate")
    assert all(f"| {line} |" in out for line in lines)


def test_every_rule_can_be_told_in_both_languages(capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, "--rules")
    assert all(code in out for code in catalogue())
    assert {f"R{100 + row}" for row in range(1, 54)} <= set(catalogue())
    for lang in ("en", "zh"):
        code, out, _ = run(capfd, "--explain", "R101", "--lang", lang)
        assert code == 0
        assert catalogue()["R101"]["good"].split("\n")[0] in out


@pytest.mark.parametrize(
    "words",
    [
        ["nowhere.py:Block"],
        [f"{WRONG}:Blok"],
        ["--explain", "R999"],
        [],
        ["nonsense"],
        [f"{WRONG}:Block", "--args", "depth=3"],
        [f"{WRONG}:Block", "--args", "x=("],
    ],
)
def test_a_users_mistake_ends_with_2_in_one_line(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, *words, *(["--no-isolate"] if words and ":" in words[0] else []))
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1


def test_a_comment_silences_a_rule_on_its_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = WRONG.read_text(encoding="utf-8").replace(
        "out = self.skip(x)\n", "out = self.skip(x)  # residua: ignore[R101]\n"
    )
    path = tmp_path / "quiet.py"
    path.write_text(text, encoding="utf-8")
    _, out, _ = run(capfd, f"{path}:Block", "--json", "--no-isolate")
    assert "R101" not in {f["rule"] for f in json.loads(out)["targets"][0]["findings"]}


def test_our_limit_of_time_says_nothing_about_the_code(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, f"{DOCUMENTS / 'endless_loop.py'}:ResBlock", "--json", "--timeout-seconds", "3")
    target = json.loads(out)["targets"][0]
    assert (code, target["verdict"], target["findings"]) == (2, "not run", [])
    assert target["reason"] == "it ran for more than 3 s; give --timeout-seconds for a longer limit"


def test_a_process_that_dies_is_a_finding(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, f"{STOPPED / 'abort.py'}:ResBlock", "--json")
    assert code == 1
    assert [f["rule"] for f in json.loads(out)["targets"][0]["findings"]] == ["R160"]


def test_arguments_may_be_words_of_the_users_own_file(capfd: pytest.CaptureFixture[str]) -> None:
    """That right ones are taken, `right/blocks/arguments_of_own_words.py` says itself."""
    case = read(HERE / "right/blocks/arguments_of_own_words.py")
    code, _, err = run(capfd, f"{case.path}:{case.target}", "--args", "size=Size(8), norm=nn.BatchNorm2d, act=relu")
    assert code == 2
    assert "the argument Size(8) fails: TypeError" in err


@pytest.fixture
def book(tmp_path: Path) -> Path:
    imports, _, block = WRONG.read_text(encoding="utf-8").partition("class ")
    cells = [
        nbformat.v4.new_markdown_cell("# hi"),
        nbformat.v4.new_code_cell(f"%time\n{imports}"),
        nbformat.v4.new_code_cell(f"class {block}\n"),  # its last line, an empty one, is no row of the file
        nbformat.v4.new_code_cell("\nhere = 1"),
    ]
    path = tmp_path / "book.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_notebook_is_read_and_its_lines_are_named_by_cell(book: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, f"{book}:Block", "--json", "--no-isolate")
    rows = book.read_text(encoding="utf-8").split("\n")
    source = nbformat.read(book, 4).cells[2].source.split("\n")
    found = {each["rule"]: each for each in json.loads(out)["targets"][0]["findings"]}
    for rule, code in (("R101", "out = self.skip(x)"), ("R110", "padding=1")):
        assert code in rows[found[rule]["line"] - 1]
        assert code in source[found[rule]["line_in_cell"] - 1]
        assert found[rule]["cell"] == 3
    line = found["R101"]["line_in_cell"]
    _, out, _ = run(capfd, f"{book}:Block", "--no-isolate")
    assert f"  {book}, cell 3, line {line}\n{line:>6} | out = self.skip(x)\n" in out
    _, out, _ = run(capfd, f"{book}:Block", "--no-isolate", "--output-format", "concise")
    assert f"{book}:cell 3:{line}:13: error R101 " in out


def test_the_texts_about_a_notebook_name_cells_too(book: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = book.read_text(encoding="utf-8").replace(
        "import torch.nn as nn", "import torch.nn as nn, einops_missing as e"
    )
    book.write_text(text.replace("out = self.block(x)", "out = e.rearrange(x)"), encoding="utf-8")
    _, out, _ = run(capfd, f"{book}:Block", "--no-isolate")
    assert "einops_missing is not installed (cell 2, line 4)" in out
    book.write_text(text.replace("out = self.block(x)", "out = self.block(x"), encoding="utf-8")
    _, _, err = run(capfd, f"{book}:Block", "--no-isolate")
    assert f"{book}, cell 3, line 19: Python cannot read this line" in err


@pytest.mark.parametrize("flag", ["--diff", "--fix"])
def test_the_patch_of_a_notebook_is_printed_by_cell_and_not_written(
    flag: str, book: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = book.read_bytes()
    code, out, err = run(capfd, f"{book}:Block", flag)
    assert code == 1
    assert book.read_bytes() == before
    assert out.startswith(f"--- {book}, cell 3\n+++ {book}, cell 3\n@@ -9,7 +9,7 @@\n")
    assert ("its patch is printed, not written" in err) == (flag == "--fix")


def test_nothing_on_disk_and_nothing_in_the_process_changes(tmp_path: Path) -> None:
    shutil.copy(WRONG, tmp_path / "mine.py")
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    torch.manual_seed(5)
    random.seed(5)
    states = torch.get_rng_state(), random.getstate(), torch.get_default_dtype(), torch.is_grad_enabled()
    hooks = len(module_hooks._global_forward_hooks), len(module_hooks._global_forward_pre_hooks)
    init, writes = torch.nn.Module.__init__, sys.dont_write_bytecode
    assert main(["check", f"{tmp_path / 'mine.py'}:Block", "--json", "--no-isolate"]) == 1
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (random.getstate(), torch.get_default_dtype(), torch.is_grad_enabled()) == states[1:]
    assert (len(module_hooks._global_forward_hooks), len(module_hooks._global_forward_pre_hooks)) == hooks
    assert torch.nn.Module.__init__ is init
    assert sys.dont_write_bytecode == writes


def test_a_file_is_executed_once(tmp_path: Path) -> None:
    path = tmp_path / "once.py"
    path.write_text(
        "import sys\n\nsys.modules['counted'] = None\n" + RIGHT.read_text(encoding="utf-8"), encoding="utf-8"
    )
    from residua.targets import find

    assert find(f"{path}:ResidualBlock")[0].value is find(f"{path}:ResidualBlock")[0].value


def test_assert_residual_fails_with_the_findings(tmp_path: Path) -> None:
    from residua.targets import find

    assert_residual(find(f"{RIGHT}:ResidualBlock")[0].value)
    with pytest.raises(AssertionError, match="R101"):
        assert_residual(find(f"{WRONG}:Block")[0].value)


def test_an_instance_is_checked_and_given_arguments_are_used() -> None:
    from residua.targets import find

    block = find(f"{WRONG}:Block")[0].value
    assert [f.rule for f in check_block(block(8, 8)).errors] == ["R101"]
    assert {f.rule for f in check_block(block, in_channels=16, out_channels=16).errors} == {"R101", "R110"}
