"""Does the public Python do what docs/python.md shows, whatever was imported before, and is importing it cheap?"""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from PIL import Image

import residua
from residua.cli.app import main
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


@pytest.mark.parametrize(
    "use",
    [
        "residua.nn.BasicBlock(8, 8)",
        "residua.data.Preprocessing(size=8, resize=8)",
        "residua.weights.infer",
        "residua.errors.WeightsError",
        "residua.check.check_block",
        "residua.summary.summarize",
    ],
)
def test_a_chapter_is_there_without_an_import_of_its_own(use):
    """In a process of its own: any import of a submodule makes it an attribute."""
    done = subprocess.run([sys.executable, "-c", f"import residua; {use}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_chapter_of_the_page_of_public_names_is_one():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"^## `residua\.(\w+)`$", page, re.MULTILINE)
    assert named
    assert set(named) <= set(dir(residua))


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(AttributeError, match="no attribute 'train_'; it has .*fit"):
        residua.train_  # noqa: B018


def test_what_a_verb_prints_as_a_warning_python_warns_of(tmp_path, capsys):
    for name in ("train/cat", "train/dog", "test"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        Image.new("RGB", (32, 32)).save(tmp_path / "pictures" / name / "a.png")
    model, path = residua.build("resnet8", num_classes=2), tmp_path / "model.safetensors"
    residua.save(model, path, classes=("cat", "dog"), preprocessing={"size": 32, "resize": 32})
    with pytest.warns(residua.ResiduaWarning) as caught:
        evaluation = residua.evaluate(path, tmp_path / "pictures", device="cpu")
    assert evaluation.samples == 2
    assert [warning.filename for warning in caught] == [__file__]
    assert main(["evaluate", str(path), "--data", str(tmp_path / "pictures"), "--device", "cpu"]) == 0
    assert f"warning: {caught[0].message}" in capsys.readouterr().err
