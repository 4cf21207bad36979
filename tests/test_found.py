"""Is every input that fuzzing found taken, or refused in one line, by the reader that it was found in?

`tests/found/READER-WHAT` holds them as they were found; names, and the commits that mended them, say what they did.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from residua.errors import ResiduaError
from tests.docs import ROOT

FOUND = sorted((ROOT / "tests" / "found").iterdir())


@pytest.fixture(scope="module")
def readers() -> dict[str, Any]:
    """The readers as `make fuzz` calls them."""
    sys.path.insert(0, str(ROOT / "fuzz"))
    try:
        from readers import READERS
    finally:
        sys.path.remove(str(ROOT / "fuzz"))
    return READERS


def marked(found: Path) -> object:
    """The one that had no end ends at a limit of processor time, three seconds."""
    return pytest.param(found, id=found.name, marks=[pytest.mark.slow] if "no-end" in found.name else [])


@pytest.mark.parametrize("found", [marked(found) for found in FOUND])
def test_what_was_found_is_mended(tmp_path: Path, readers: dict[str, Any], found: Path) -> None:
    reader = readers[found.name.partition("-")[0]]
    path = reader.place(tmp_path, found.read_bytes())
    try:
        reader.opens(path)
    except ResiduaError as error:
        message = str(error)
    else:
        message = "taken"
    assert "\n" not in message
