"""Does the public Python do what docs/python.md shows, whatever was imported before, and is importing it cheap?"""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest

import residua
from tests.docs import ROOT, blocks, failures

PAGE = "docs/python.md"


def test_every_public_name_is_called_on_the_page_after_all_submodules_were_imported(tmp_path, monkeypatch):
    """A submodule that is imported becomes an attribute of its package, and must not take a function's place."""
    monkeypatch.chdir(tmp_path)
    for module in pkgutil.walk_packages(residua.__path__, "residua."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert failures(PAGE) == ""
    page, session = (ROOT / PAGE).read_text(encoding="utf-8"), "".join(blocks(PAGE, "python"))
    values = {"__version__", "ResNetSpec", "ZOO", "ZooRow"}  # which the other pages call
    assert [name for name in residua.__all__ if f"`{name}`" not in page and name not in ("__version__", "ZooRow")] == []
    assert [name for name in {*residua.__all__} - values if not re.search(rf"residua\.{name}\b", session)] == []


def test_importing_costs_nothing_and_every_name_is_offered():
    code = (
        "import sys, residua; heavy = {'torch', 'numpy', 'pydantic', 'PIL'} & set(sys.modules); assert not heavy; "
        "assert set(residua.__all__) <= set(dir(residua)); from residua import *; residua.fit"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(AttributeError, match="no attribute 'train_'; it has .*fit"):
        residua.train_  # noqa: B018
