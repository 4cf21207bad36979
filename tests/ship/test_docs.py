"""Does docs/ship.md show what a trained network answers, whatever processor it was trained on?"""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
from PIL import Image

import residua
from residua.cli.app import main
from tests.docs import commands, failures, nearly_equal

PAGE = "docs/ship.md"
# What a percentage or a score may differ by: processors differ a little in training, and the page is about the labels.
TOLERANCE = {"percent": 20, "score": 0.2}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with a trained network, two pictures that it has not seen, and half a picture."""
    folder = tmp_path_factory.mktemp("ship")
    residua.fit("digits", out=folder / "runs" / "digits", epochs=6)
    test = residua.open_dataset("digits").test
    (folder / "pictures").mkdir()
    for digit in (3, 7):
        first = np.flatnonzero(test.labels == digit)[:1]
        Image.fromarray(test.read(first)[0, ..., 0]).save(folder / "pictures" / f"{digit}.png")
    whole = (folder / "pictures" / "3.png").read_bytes()
    (folder / "pictures" / "broken.png").write_bytes(whole[:60])
    return folder


@pytest.mark.parametrize(("command", "shown"), commands(PAGE))
def test_the_commands_print_what_the_page_shows(command, shown, workplace, capsys, monkeypatch):
    monkeypatch.chdir(workplace)
    assert main(shlex.split(command)[1:]) == 2
    printed = capsys.readouterr()
    tolerance = TOLERANCE["score" if "--json" in command else "percent"]
    lines = sorted(re.sub(r"\d+ threads?", "2 threads", printed.out + printed.err).splitlines())
    for got, wanted in zip(lines, sorted(shown.splitlines()), strict=True):
        assert nearly_equal(wanted, got, tolerance)


def test_python_prints_what_the_page_shows(workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    assert failures(PAGE) == ""
