"""Is what is installed called, typed and versioned as the project says, and does a built package work by itself?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import residua

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [*PROJECT["dependencies"], *(row for extra in EXTRAS.values() for row in extra)]


def distribution(requirement: str) -> str:
    """Return the distribution that `requirement` names, as an index writes it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_nothing_requires_the_name_that_belongs_to_somebody_else():
    assert PROJECT["name"] == "residua-torch"
    names = {distribution(requirement) for requirement in REQUIREMENTS}
    assert "residua" not in names
    assert "residua-torch" in names  # `all` and `dev` name the project's own extras


def test_every_direct_requirement_is_pinned():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {distribution(pin) for pin in pins if not pin.startswith("#")}
    assert {distribution(requirement) for requirement in REQUIREMENTS} - pinned == {"residua-torch"}


def test_types_are_there_for_who_imports_it():
    assert (Path(residua.__file__).parent / "py.typed").is_file()
