"""Does a missing package name what to install, and never residua itself?"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from residua import extras
from residua.errors import MissingExtra

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL = {
    extra: PROJECT["optional-dependencies"][extra]
    for extra in ("report", "train", "weights", "data", "heic", "ship", "serve", "explain")
}
SOURCES = sorted((ROOT / "residua").rglob("*.py"))


def required() -> Iterator[tuple[str, str]]:
    """Yield each `require("name")` of the package: its file and the name."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        spelling = "require" if "from residua.extras import require" in text else "extras.require"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == spelling:
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path.name}:{node.lineno}: a name that no test can read"
                yield path.name, str(name.value).partition(".")[0]


def test_the_table_says_what_pyproject_says():
    known = {requirement for row in OPTIONAL.values() for requirement in row}
    assert {requirement for row in extras.REQUIREMENTS.values() for requirement in row} <= known


def test_every_package_that_is_required_has_its_row():
    names = set(required())
    assert {name for _, name in names} == set(extras.REQUIREMENTS)


@pytest.mark.parametrize("name", extras.REQUIREMENTS)
def test_a_missing_package_is_named_with_what_to_install(monkeypatch, name):
    def absent(module):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr(extras.importlib, "import_module", absent)
    packages = " ".join(f"'{requirement}'" for requirement in extras.REQUIREMENTS[name])
    with pytest.raises(MissingExtra) as caught:
        extras.require(name)
    assert str(caught.value) == f"this needs {name}, which is not installed: pip install {packages}"


def test_a_package_that_is_there_and_broken_keeps_its_own_error(monkeypatch):
    def broken(module):
        raise ModuleNotFoundError("No module named 'cffi'", name="cffi")

    monkeypatch.setattr(extras.importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="cffi"):
        extras.require("h5py")


def test_no_message_sends_anyone_to_an_index_for_residua():
    pattern = re.compile(r"pip3? install[^\n]*\bresidua\b(?!-)")
    texts = [*SOURCES, ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert not [path for path in texts if pattern.search(path.read_text(encoding="utf-8"))]
