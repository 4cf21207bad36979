"""Does a process of ours import what this one does, and nothing that lies in the current directory?"""

from __future__ import annotations

import subprocess

import pytest

from residua.version import RESIDUA, __version__, command


def said(words, folder) -> str:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("name", ["random", "json", "numpy", "residua"])
def test_a_file_of_the_current_directory_is_not_imported(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("raise SystemExit('somebody else ran')")
    found = said(command(f"import importlib.util as u; print(u.find_spec({name!r}).origin)"), tmp_path)
    assert str(tmp_path) not in found


def test_the_command_gets_its_words(tmp_path):
    assert said(command(RESIDUA, "--version"), tmp_path) == f"{__version__}\n"
