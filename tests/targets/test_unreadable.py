"""Is code that cannot be read, or that raises while it is read, named with its line, and held against nobody?"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from residua.cli.app import main

BLOCK = """
class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + self.conv(x)
"""
UNREADABLE = {
    "syntax": (b"from torch import nn\n\nclass A(nn.Module)\n    pass\n", ":3: Python cannot read this line"),
    "syntax_without_torch": (b"x = 1\ndef f(:\n    pass\n", ":2: Python cannot read this line"),
    "latin": (b"import torch\n# caf\xe9\n", ":2: byte 0xe9 is not utf-8"),
    "latin_without_torch": (b"# caf\xe9\n", ":1: byte 0xe9 is not utf-8"),
    "null_byte": (b"import torch\nx = '\0'\n", ":2: Python cannot read this line: it holds a null byte"),
    "chain": (b"import torch\nx = 0" + b"+1" * 20_000, ": Python cannot read this file: an expression in it is nested"),
    "brackets": (b"import torch\nx = " + b"(" * 20_000, ":2: Python cannot read this line: too many nested"),
    "encoding": (b"# coding: klingon\nimport torch\n", ":1: unknown encoding: klingon"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, (content, said) = tmp_path / "net.py", UNREADABLE[name]
    path.write_bytes(content)
    assert main(["check", str(path)]) == 2
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert f"{path}{said}" in err


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("Untold()", ":11: __str__ raises ValueError: what its value says cannot be shown"),
        ("KeyboardInterrupt", "the process ended by itself with exit code 1"),
    ],
)
def test_an_exception_that_cannot_be_told_is_the_codes_own(
    raised: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    untold = "class Untold(Exception):\n    def __str__(self):\n        raise ValueError\n"
    code = BLOCK.replace("return x", f"raise {raised}; return x")
    (tmp_path / "net.py").write_text(f"from torch import nn\n{code}{untold}", encoding="utf-8")
    assert main(["check", f"{tmp_path / 'net.py'}:Block"]) in (1, 2)
    out, err = capfd.readouterr()
    assert said in out + err
    assert "Traceback" not in err


def test_in_a_folder_the_other_files_go_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, (content, _) in UNREADABLE.items():
        (tmp_path / f"{name}.py").write_bytes(content)
    (tmp_path / "right.py").write_text(f"from torch import nn\n{BLOCK}", encoding="utf-8")
    assert main(["check", str(tmp_path), "--json"]) == 0
    found = {Path(each["target"]).name: each for each in json.loads(capfd.readouterr().out)["targets"]}
    assert found.pop("right.py:Block")["verdict"] == "ok"
    assert {name.removesuffix(".py"): each["verdict"] for name, each in found.items()} == dict.fromkeys(
        UNREADABLE, "not run"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from torch import nn\nraise ValueError('no licence')\n" + BLOCK, r"net_\w+\.py:2: ValueError: no licence"),
        ("import sys\nsys.exit(3)\n", r"net_\w+\.py:2: SystemExit: 3"),
        ("import torch\ntorch.zeros(2).view(3)\n", r"net_\w+\.py:2: RuntimeError"),
    ],
)
def test_a_module_whose_import_raises_is_not_run(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"net_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", f"{name}:Block", "--json"]) == 2
    (target,) = json.loads(capfd.readouterr().out)["targets"]
    assert (target["verdict"], target["findings"]) == ("not run", [])
    assert re.search(said, target["reason"])


def test_a_class_whose_body_raises_is_not_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.py"
    path.write_text("from torch import nn\nclass Block(nn.Module):\n    width = {}[7]\n", encoding="utf-8")
    assert main(["check", f"{path}:Block", "--json"]) == 2
    (target,) = json.loads(capfd.readouterr().out)["targets"]
    assert (target["verdict"], target["reason"]) == ("not run", f"{path}:3: KeyError: 7")


def test_torchvision_is_imported_by_its_module_path_too(capfd: pytest.CaptureFixture[str]) -> None:
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    assert main(["check", "torchvision.models.resnet:BasicBlock", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["targets"][0]["verdict"] == "notes"


@pytest.mark.parametrize(
    "content", ['{"cells": [{"cell_type": "code"}]}', '{"cells": [1, 2]}', '{"cells":' + "[" * 100_000, "[]", '"cells"']
)
def test_what_is_no_notebook_is_told_in_one_line(
    content: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.ipynb").write_text(content, encoding="utf-8")
    assert main(["check", str(tmp_path / "a.ipynb")]) == 2
    err = capfd.readouterr().err
    assert "a.ipynb is not a notebook of format 4" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("ending", "said"), [("os.kill(os.getpid(), 35)", "by signal 35"), ("os.closerange(3, 100)", "exit code 1")]
)
def test_a_process_that_ends_without_a_word_has_its_ending_named(
    ending: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = BLOCK.replace("        return", f"        {ending}\n        return")
    (tmp_path / "net.py").write_text(f"import os\nfrom torch import nn\n{code}", encoding="utf-8")
    assert main(["check", f"{tmp_path / 'net.py'}:Block"]) == 1
    out, err = capfd.readouterr()
    assert "R160" in out
    assert said in out
    assert "Traceback" not in err
