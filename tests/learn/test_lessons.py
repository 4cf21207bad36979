"""Does every block of a lesson print what is shown, and do both languages say the same?"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff

import pytest
import torch

from tests.docs import ROOT
from tests.learn import lessons
from tests.learn.lessons import CHINESE, ENGLISH, NAMES, Part, page_of, parts_of, run


def pages(name: str) -> tuple[str, str]:
    return (ENGLISH / name).read_text(encoding="utf-8"), (CHINESE / name).read_text(encoding="utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return the folder that blocks run in; `results` is the repository's."""
    (tmp_path / "results").symlink_to(ROOT / "results")
    monkeypatch.chdir(tmp_path)
    torch.seed()  # a lesson that prints what chance gives sets the seed itself
    return tmp_path


def hold(name: str, here, update: bool, *, slow: bool) -> None:
    english, chinese = map(parts_of, pages(name))
    printed = dict(run(english, here, slow=slow))
    if update:
        english = [replace(part, text=printed.get(index, part.text)) for index, part in enumerate(english)]
        (ENGLISH / name).write_text(page_of(english), encoding="utf-8")
        if [part.kind for part in english] == [part.kind for part in chinese]:
            twins = [lessons.restamped(*pair) for pair in zip(english, chinese, strict=True)]
            (CHINESE / name).write_text(page_of(twins), encoding="utf-8")
    wrong = [index for index, text in printed.items() if not english[index].agrees(text)]
    for index in wrong:
        lines = (text.splitlines() for text in (english[index].text, printed[index]))
        print("\n".join(unified_diff(*lines, "shown", "printed", lineterm="")))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_block_prints_what_is_shown(name, here, request):
    hold(name, here, request.config.getoption("--update-golden"), slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if any(part.slow for part in parts_of(pages(name)[0]))])
def test_the_slow_blocks_print_what_is_shown(name, here, request):
    for package in ("openvino", "captum") if name.startswith("07") else ():
        pytest.importorskip(package, reason=f"{package} is an extra")
    hold(name, here, request.config.getoption("--update-golden"), slow=True)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same(name):
    assert {path.name for path in CHINESE.glob("0*.md")} == set(NAMES)
    assert lessons.unlike(*pages(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_printed_by_a_block(name):
    assert lessons.unproved(pages(name)[0]) == []
    unmatched = [part for part in parts_of(pages(name)[0]) if part.fence and part.fence.split()[0] not in RUN]
    assert unmatched == [], "a block of another kind would not be run"


RUN = ("python", "console", "text")


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_short(name):
    english = pages(name)[0]
    parts = parts_of(english)
    assert len(english.splitlines()) <= 250
    assert sum(len(part.text.split()) for part in parts if not part.fence) <= 1200
    assert max(part.text.count("\n") for part in parts if part.fence == "python") <= 50
    exercises = english.partition("## Exercises\n")[2]
    assert re.findall(r"^(\d)\. `(\w+)", exercises, re.MULTILINE) != []
    assert [number for number, _ in re.findall(r"^(\d)\. `(\w+)", exercises, re.MULTILINE)] == ["1", "2", "3"]


def mutants(page: str, seed: str, count: int = 10) -> Iterator[tuple[str, str]]:
    """Yield (the line, the page with one character of it exchanged), of lines of every kind."""
    lines = page.splitlines(keepends=True)
    kinds = [[], []]
    fenced = False
    for index, line in enumerate(lines):
        fenced ^= line.startswith("```")
        if line.strip() and not line.startswith(("```", "<!--")):
            kinds[fenced].append(index)
    draw = random.Random(seed)
    for turn in range(count):
        index = draw.choice(kinds[turn % 2])
        line = lines[index]
        place = draw.choice([at for at, letter in enumerate(line) if letter.isalnum()] or [0])
        other = draw.choice([letter for letter in "abc012" if letter != line[place]])
        changed = line[:place] + other + line[place + 1 :]
        yield line, "".join([*lines[:index], changed, *lines[index + 1 :]])


@pytest.mark.parametrize("name", NAMES)
def test_a_line_that_is_changed_in_one_language_is_found_ten_times_of_ten(name):
    english, chinese = pages(name)
    for line, page in mutants(english, name):
        assert lessons.unlike(page, chinese) != [], line
    for line, page in mutants(chinese, name):
        assert lessons.unlike(english, page) != [], line


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("print(1 + 1)\n", "3\n"),
        ("print(1 + 2)\n", "2\n"),
        ("print(2.0004)\n", "2.0003\n"),
        ("print(2)\nprint(3)\n", "2\n"),
        ("pass\n", "2\n"),
        ("print(2)\n", None),
    ],
)
def test_an_output_or_a_line_of_code_that_is_changed_in_both_languages_is_found(code, shown, here):
    parts = [Part(code, "python"), *([Part(shown, "text")] if shown is not None else [])]
    assert [parts[index].agrees(text) for index, text in run(parts, here, slow=False)] == [False]
    assert not Part("0.985 of 360\n", "text within 0.02").agrees("0.985 of 361\n")
    assert [Part("0.985\n", "text within 0.02").agrees(f"{each}\n") for each in (0.97, 0.96)] == [True, False]
    right = [Part("import math\nprint(2)\n", "python"), Part("2\n", "text")]
    assert dict(run(right, here, slow=False)) == {1: "2\n"}
