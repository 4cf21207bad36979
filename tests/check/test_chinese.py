"""Is everything that `residua check --lang zh` says in Chinese, but for code, names, Python's own words and papers?"""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from residua.check.report.finding import CheckReport, Finding
from residua.check.report.full import as_full
from residua.check.report.render import as_markdown
from residua.check.rules import RULES
from residua.check.rules.phrases import in_chinese
from residua.check.run.trial import Kind
from residua.cli.app import main
from tests.check.cases import HERE, Case, cases

# Words that Chinese texts of the field use as they are: names of operations, arguments and modes in torch.
TERMS = frozenset(
    re.findall(
        r"\w+",
        "autograd both check conv detach div drop dropout eval fastai forward list log logits meta mul padding permute "
        "relu residua residual return self shortcut shuffle sigmoid softmax squeeze sum torch torchvision tuple "
        "view xresnet zero",
    )
)
# What tells English from code where both stand in one line.
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "after alone are before between both each every give has here instead it its made more nothing of one only "
        "other same several so than that the them then this to used where without",
    )
)
FOREIGN = re.compile(r"[^\u3000-\u9fff\uff00-\uffef\n]+")
CODE = re.compile(r"[=()\[\]_@]|\w\.\w")
PAPERS = re.compile(r"\b(appendix|eq\.|Fig\.|et al\.)")
RAISED = re.compile(r"\b(?:\w*(?:Error|Exception)\b|one of the variables|shape '\[)[^;\n]*")


def english(text: str, names: frozenset[str] = frozenset()) -> list[str]:
    """Return the English words of a text: of small letters, no code, no term of the field, and none of the names."""
    found = []
    for piece in FOREIGN.findall(PAPERS.sub(" ", RAISED.sub(" ", text))):
        words = re.findall(r"(?<![\w./#'-])[a-z]{2,}(?![\w/#'-])", piece)
        found += [word for word in words if not CODE.search(piece) or word in ENGLISH]
    return [word for word in found if word not in names and word not in TERMS]


def names_of(path: Path) -> frozenset[str]:
    """Return every word of a file: what a message quotes of it is no English of ours."""
    text = path.read_text(encoding="utf-8")
    found = {token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)}
    return frozenset(word for string in found for word in re.findall(r"[A-Za-z]+", string))


@pytest.mark.parametrize("code", RULES)
def test_a_rules_texts_are_in_chinese(code: str) -> None:
    rule = RULES[code]
    for text in ("title", "message", "evidence", "fix", "source"):
        said = rule.worded(text, dict.fromkeys(re.findall(r"\{(\w+)", getattr(rule, text)), ""), "zh")
        assert english(said) == [], f"{text}: {said}"


@pytest.mark.parametrize("kind", Kind)
def test_a_configuration_is_named_in_chinese(kind: Kind) -> None:
    assert english(in_chinese(kind.value)) == []


def test_what_stands_around_findings_is_in_chinese() -> None:
    found = [Finding("R101", severity, "", "", None, None, "", "") for severity in ("error", "warning", "note")]
    reports = [CheckReport("", "pre-activation bottleneck", (each,)) for each in found]
    reports += [CheckReport("", "2 residual additions"), CheckReport("", "", reason="没有运行")]
    lines = [line.text for line in as_full(reports, quiet=False, lang="zh")]
    assert english("\n".join([*lines, as_markdown(reports, "zh").replace("```diff", "")])) == []


def words_left(case: Case, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return the English words in what the command prints of a file, its own lines left out."""
    words = [f"{case.path}:{case.target}", "--lang", "zh"]
    words += ["--args", case.args] if case.args else []
    main(["check", *words, *(["--train"] if case.train else [])])
    out, err = capfd.readouterr()
    own = {line.strip() for line in case.path.read_text(encoding="utf-8").split("\n")}
    rows = [row for row in out.split("\n") if str(case.path) not in row or "  " in row.strip()]
    said = [row.replace(str(case.path), "") for row in rows]
    said = [row for row in said if re.sub(r"^\s*(\d+ \||[-+])\s", "", row).strip() not in own]
    last = [row for row in err.split("\n") if row.startswith("residua: ")]
    return english("\n".join([*said, *last]), names_of(case.path))


def first_of_each_rule() -> list[Case]:
    found: dict[str, Case] = {}
    for case in cases("planted"):
        found.setdefault(case.path.parent.name, case)
    return [case for rule, case in found.items() if rule != "R160"]


@pytest.mark.slow
@pytest.mark.parametrize("case", first_of_each_rule(), ids=str)
def test_what_is_said_of_a_mistake_is_in_chinese(case: Case, capfd: pytest.CaptureFixture[str]) -> None:
    assert words_left(case, capfd) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in cases("held_out") if not case.is_right], ids=str)
def test_what_is_said_of_held_out_mistakes_is_in_chinese(case: Case, capfd: pytest.CaptureFixture[str]) -> None:
    assert words_left(case, capfd) == []


@pytest.mark.parametrize("path", sorted((HERE / "not_run").glob("*.py")), ids=lambda path: path.stem)
def test_why_something_was_not_run_is_in_chinese(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main(["check", str(path), "--lang", "zh"])
    out, err = capfd.readouterr()
    said = "\n".join([out.replace(str(path), ""), *(row for row in err.split("\n") if row.startswith("residua: "))])
    assert english(said, names_of(path)) == []


@pytest.mark.parametrize("words", [("--help", "--lang", "zh"), ("--lang=zh", "-h")])
def test_the_help_of_check_is_in_chinese(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words]) == 0
    help_in_chinese = capsys.readouterr().out
    assert main(["check", "--help"]) == 0
    flags = re.findall(r"│ (--[\w-]+)", capsys.readouterr().out)
    assert re.findall(r"│ (--[\w-]+)", help_in_chinese) == flags
    joined = re.sub(r" *│\n│ *(?!--)", "", help_in_chinese)  # a table's lines may break within a word
    own = re.sub(r"--?[\w-]+|\b(?:concise|full|github|json|markdown|sarif|en|zh|py|file|module)\b", " ", joined)
    assert english(own, frozenset({"mask", "attr", "nb", "function", "forward"})) == []
