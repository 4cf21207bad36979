"""Do the README's snippets run, and print what it shows?"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.docs import ROOT, commands, failures


def test_python_snippets_print_what_is_shown():
    assert failures("README.md") == ""


@pytest.mark.parametrize(("command", "output"), commands("README.md"))
def test_commands_print_what_is_shown(command, output):
    runnable = command.replace("residua ", f"{sys.executable} -m residua ", 1)
    done = subprocess.run(runnable, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.rstrip("\n") == output.rstrip("\n"), done.stderr


def test_it_is_short_and_names_every_verb():
    from residua.cli.app import VERBS

    for page in ("README.md", "README.zh-CN.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert len(text.splitlines()) < 120
        assert [verb for verb in VERBS if f"| `residua {verb}` |" not in text] == []


def test_nothing_is_left_open_and_every_link_and_script_is_there():
    folders = (page for name in ("docs", "results") for page in sorted((ROOT / name).rglob("*.md")))
    for page in (*sorted(ROOT.glob("*.md")), *folders):
        text = page.read_text(encoding="utf-8")
        assert "@@" not in text, page
        prose = re.sub(r"^```.*?^```$|`[^`]+`", "", text, flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", prose):
            assert (page.parent / link).exists(), f"{page}: {link}"
        for script in re.findall(r"python ((?:bench|tests|fuzz)/[\w/]+\.py)", text):
            assert (ROOT / script).exists(), f"{page}: {script}"
