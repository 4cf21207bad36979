"""Does docs/summary.md show what the commands print?"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from residua.cli.app import main

PAGE = (Path(__file__).parents[2] / "docs" / "summary.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ residua (.*)\n((?:.|\n)*?)```", PAGE)


def test_the_page_shows_commands():
    assert len(SHOWN) == 5


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_the_commands_on_the_page_print_what_it_shows(command, output, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code = main(shlex.split(command))
    captured = capsys.readouterr()
    assert code == (2 if output.startswith("residua:") else 0)
    printed = captured.out + captured.err
    for piece in output.split("…\n"):
        assert piece in printed


def test_the_python_on_the_page_runs(capsys):
    (source,) = re.findall(r"```python\n((?:.|\n)*?)```", PAGE)
    names: dict = {}
    exec(source, names)
    assert capsys.readouterr().out == "269722 40551040 81\n"
    assert names["summary"].layers[0].arithmetic["size"] == "⌊(32 − 3 + 2·1)/1⌋ + 1 = 32"
