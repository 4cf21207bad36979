"""Does `residua learn` show the lessons, and tell right answers from wrong ones?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from residua.cli.app import main
from residua.learn import answers
from residua.learn.exercises import EXERCISES
from residua.learn.lessons import lessons
from tests.learn.lessons import ENGLISH, NAMES

ANSWERS = Path(__file__).parent / "answers"
CHECKED = (2, 4)  # lessons with a block that `residua check` has to pass: seconds
NUMBERS = [pytest.param(each, marks=[pytest.mark.slow] if each in CHECKED else []) for each in sorted(EXERCISES)]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_answers_are_told_apart(number, kind, capsys):
    code = main(["learn", "check", str(number), str(ANSWERS / f"{kind}_{number}.py"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["verdict"]) for each in found["exercises"]] == [
        (name, kind) for name in EXERCISES[number]
    ], found
    assert code == (0 if kind == "right" else 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_exercises_of_a_lesson_are_those_that_are_measured(name):
    asked = (ENGLISH / name).read_text(encoding="utf-8").partition("## Exercises\n")[2]
    assert re.findall(r"^\d\. `(\w+)", asked, re.MULTILINE) == list(EXERCISES[int(name[:2])])


def test_what_is_not_answered_is_not_wrong(tmp_path, capsys):
    (tmp_path / "answer.py").write_text("def side(n, k, s, p, d):\n    return 1 // 0\n")
    assert main(["learn", "check", "3", str(tmp_path / "answer.py")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "1  side  wrong: it raises ZeroDivisionError in line 2: integer division or modulo by zero",
        "2  receptive_field  not answered: answer.py defines no `receptive_field`",
        "3  stage  not answered: answer.py defines no `stage`",
    ]


def test_an_endless_loop_costs_its_own_exercise_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(answers, "SECONDS", 1.0)
    (tmp_path / "answer.py").write_text(
        "def side(n, k, s, p, d):\n    return (n + 2 * p - d * (k - 1) - 1) // s + 1\n"
        "def receptive_field(layers):\n    while True: pass\n"
        "def stage(*given):\n    return ()\n"
    )
    assert main(["learn", "check", "3", str(tmp_path / "answer.py")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "1  side  right",
        "2  receptive_field  wrong: it ran for more than 1 s",
        "3  stage  wrong: the blocks of stage(8, 16, 1, 1) gives [], expected ['BasicBlock']",
    ]


def test_a_file_that_never_loads_ends_in_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(answers, "SECONDS", 0.5)
    (tmp_path / "answer.py").write_text("class stage:\n    while True: pass\n")
    refused(["check", "3", str(tmp_path / "answer.py")], "ran for more than 0.5 s, before any exercise", capsys)


def test_a_file_that_answers_nothing_is_told_what_to_define(tmp_path, capsys):
    (tmp_path / "answer.py").write_text("sides = 3\n")
    refused(["check", "3", str(tmp_path / "answer.py")], "none of `side`, `receptive_field`, `stage`", capsys)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "1", "no_such.py"], "no_such.py is not a file"),
        (["check", "99", "answer.py"], "'99' is no lesson; there are 1 to "),
        (["0"], "'0' is no lesson"),
        (["one"], "'one' is no lesson"),
        (["check"], "`residua learn check N FILE`"),
        (["1", "2", "3", "4"], "`residua learn check N FILE`"),
    ],
)
def test_a_mistake_is_one_line(words, says, capsys):
    refused(words, says, capsys)


def refused(words, says, capsys):
    assert main(["learn", *words]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert says in printed.err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lessons_are_listed_and_shown_without_the_stamps(language, capsys):
    assert main(["learn", "--lang", language]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == [f"{each.number}  {each.title}" for each in lessons(language)]
    assert main(["learn", "1", "--lang", language]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"# 1 · {lessons(language)[0].title}\n")
    assert "<!--" not in shown
    assert "class ResidualBlock(nn.Module):" in shown


def test_a_lesson_is_shown_without_torch():
    code = "import sys; sys.modules['torch'] = None; from residua.cli.app import main; sys.exit(main(['learn', '1']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
