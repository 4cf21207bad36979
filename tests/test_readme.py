"""Do the README's snippets run, and print what it shows?"""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Return each `$ command` of a console block with the output shown under it."""
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def test_python_snippets_print_what_is_shown():
    session = "\n".join(blocks("python"))  # one after the other, as a reader types them
    assert session
    test = doctest.DocTestParser().get_doctest(session, {}, "README", "README.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    said: list[str] = []
    runner.run(test, out=said.append)
    assert not runner.summarize(verbose=False).failed, "".join(said)


@pytest.mark.parametrize(("command", "output"), commands())
def test_commands_print_what_is_shown(command, output):
    runnable = command.replace("residua ", f"{sys.executable} -m residua ", 1)
    done = subprocess.run(runnable, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.rstrip("\n") == output.rstrip("\n"), done.stderr


def test_it_is_short_and_names_every_verb():
    from residua.cli.app import VERBS

    assert len(README.splitlines()) < 120
    for verb in VERBS:
        assert f"`residua {verb}`" in README


def test_nothing_is_left_open_and_every_link_leads_somewhere():
    root = Path(__file__).parents[1]
    for page in (root / "README.md", *sorted((root / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        assert "@@" not in text, page
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (page.parent / link).exists(), f"{page}: {link}"
