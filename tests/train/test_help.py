"""Does the help of `residua train` show what matters first, every option once, and only defaults that hold?"""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from residua.cli.app import main
from residua.train.settings.config import TrainConfig, flag_of
from residua.train.settings.groups import BY_RECIPE
from residua.train.settings.recipes import RECIPES

HEADINGS = [
    "Arguments", "What matters first", "Network", "Images", "Optimizer and loss", "Fine-tuning", "Evaluation",
    "Memory", "Machine and output",
]  # fmt: skip


@pytest.fixture(scope="module")
def shown() -> dict[str, dict[str, str]]:
    """Return, below each heading of the help at 80 columns, every option with its text in one line."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setenv("COLUMNS", "80")
        assert main(["train", "--help"]) == 0
    sections: dict[str, dict[str, str]] = {}
    for line in out.getvalue().splitlines():
        assert len(line) <= 80
        if heading := re.match(r"╭─ (.+?) ─+╮", line):
            section = sections[heading[1]] = {}
        elif option := re.match(r"│ (--[a-z-]+|[A-Z]+)(.+)│", line):
            section[option[1]] = option[2].strip()
        elif line.startswith("│"):
            section[list(section)[-1]] += " " + line.strip("│ ")
    return sections


def test_ten_options_come_first_and_every_option_stands_below_one_heading(shown: dict[str, dict[str, str]]) -> None:
    assert list(shown) == HEADINGS
    assert set(shown["What matters first"]) == {
        "--data", "--recipe", "--recipes", "--epochs", "--minutes", "--size", "--batch", "--lr", "--out", "--resume",
    }  # fmt: skip
    options = [name for section in shown.values() for name in section]
    assert len(options) == len(set(options)) > 60
    hidden = {"model", "data_path", "split_sha256"}  # an argument, and what a run finds out
    assert {flag_of(name) for name in TrainConfig.model_fields if name not in hidden} <= set(options)


def test_a_default_that_recipes_change_is_the_recipes_and_every_other_is_the_fields_own() -> None:
    plain = TrainConfig()
    changed = {
        name
        for recipe in RECIPES.values()
        for name, value in recipe.config
        if name not in ("model", "recipe") and value != getattr(plain, name)
    }
    assert {name for name, field in TrainConfig.model_fields.items() if BY_RECIPE in field.metadata} == changed


@pytest.mark.parametrize(
    ("heading", "name", "default"),
    [
        ("What matters first", "--lr", "recipe"),
        ("Optimizer and loss", "--optimizer", "recipe"),
        ("Optimizer and loss", "--clip-norm", "0"),
        ("Machine and output", "--keep", "2"),
        ("Memory", "--channels-last", "on"),
        ("Machine and output", "--quiet", None),
        ("Images", "--root", None),
    ],
)
def test_a_default_is_shown_where_there_is_one(
    shown: dict[str, dict[str, str]], heading: str, name: str, default: str | None
) -> None:
    found = re.search(r"\[default: (.+?)\]", shown[heading][name])
    assert (found and found[1]) == default
