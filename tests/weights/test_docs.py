"""Does docs/weights.md show what is so: every layout, and what commands print? `--update-golden` writes it anew."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from residua.cli.app import main
from residua.weights.recognise.dialects import DIALECTS, Dialect
from tests.docs import commands
from tests.weights.conftest import real

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


FILES = {  # of the page's examples: where they lie among the real checkpoints
    "resnet20-12fca82f.th": "akamaster/resnet20-12fca82f.th",
    "plainnet20.pt": "a-martyn/plainnet20.pt",
    "pretrainedResnet.h5": "mlperf-tiny/pretrainedResnet.h5",
}


def shown_on_the_page() -> list[tuple[str, str]]:
    """Return the page's commands on real files, in order, each with its output."""
    named = ("residua inspect", "residua convert")
    return [(command, output) for command, output in commands("docs/weights.md") if command.startswith(named)]


@pytest.mark.norms
def test_the_pages_commands_on_real_files_print_what_it_shows(tmp_path, monkeypatch, capsys, request) -> None:
    for name, place in FILES.items():
        (tmp_path / name).symlink_to(real(place))
    (tmp_path / "evil.pth").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    for command, shown in shown_on_the_page():
        main(shlex.split(command)[1:])
        captured = capsys.readouterr()
        printed = captured.err + captured.out
        assert max(map(len, printed.splitlines())) <= 80 or "refused" in printed
        if request.config.getoption("--update-golden"):
            text = text.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}", 1)
        else:
            assert printed.splitlines() == shown.splitlines(), command
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8")
