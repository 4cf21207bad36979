"""Does docs/weights.md name every layout that is read and written? `--update-golden` draws its table anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from residua.weights.recognise.dialects import DIALECTS, Dialect

PAGE = Path(__file__).parents[2] / "docs" / "weights.md"
HEAD = "| `--to` | whose | the second convolution of the first block | its projection | classifier | files |\n"
OURS = (
    "| `residua` | ours: torchvision's and timm's names, with spec, classes, preprocessing | `layer1.0.conv2` | "
    "`layer1.0.downsample.0` | `fc` | `.safetensors` |\n"
)
STAGES = 4  # of ImageNet's networks: some layouts count the classifier behind the stages


def row(dialect: Dialect) -> str:
    """Return a dialect's row: how it calls three layers of a ResNet-50."""
    named = [f"`{dialect.path(module, STAGES)}`" for module in ("layer1.0.conv2", "layer1.0.downsample.0", "fc")]
    named[2] += ", a 1×1 convolution" if dialect.conv_head else ""
    files = ", ".join(f"`{suffix}`" for suffix in dialect.files)
    return f"| {' | '.join([f'`{dialect.name}`', dialect.source, *named, files])} |\n"


def test_the_table_of_layouts_is_the_dialects_own(request: pytest.FixtureRequest) -> None:
    table = HEAD + "|---|---|---|---|---|---|\n" + OURS + "".join(map(row, DIALECTS.values()))
    text = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"\| `--to` \|.*?\n(?=\n)", text, re.DOTALL).group()
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text.replace(shown, table), encoding="utf-8")
    else:
        assert shown == table, "pytest tests/weights/test_docs.py --update-golden draws it anew"
