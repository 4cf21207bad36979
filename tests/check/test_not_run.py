"""Is what our own guesses did not suit reported as not run, with what to give, and never held against the code?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from residua.cli.app import main

FOLDER = Path(__file__).parent / "not_run"
LAZY = """
from torch import nn
from torch.nn import functional as F

class Residual(nn.Module):
    def __init__(self, num_channels):
        super().__init__()
        self.conv1 = nn.LazyConv2d(num_channels, kernel_size=3, padding=1, bias=False)
        self.conv2 = nn.LazyConv2d(num_channels, kernel_size=3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.LazyBatchNorm2d(), nn.LazyBatchNorm2d()

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        return F.relu(self.bn2(self.conv2(Y)) + X)
"""


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = main(["check", *map(str, words), "--json"])
    return code, json.loads(capfd.readouterr().out)["targets"][0]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_a_guess_of_ours_that_fails_is_no_fault_of_the_code(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = path.read_text(encoding="utf-8")
    name = text.rpartition("class ")[2].partition("(")[0]
    code, target = run(capfd, f"{path}:{name}")
    assert (code, target["verdict"], target["findings"]) == (2, "not run", [])
    assert text.splitlines()[0].removeprefix("# reason: ") in target["reason"]


BASE = """
from torch import nn

class Base(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        return x + self.body(self.norm(x))

class Block(Base):
    def __init__(self, dim):
        super().__init__(dim)
        self.body = nn.Conv2d(dim, dim, 3, padding=1)
"""


def test_what_a_derived_class_sets_its_base_class_need_not_have(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "base.py"
    path.write_text(BASE, encoding="utf-8")
    code, target = run(capfd, f"{path}:Base")
    assert (code, target["verdict"], target["findings"]) == (2, "not run", [])


def test_inputs_that_are_given_are_taken(capfd: pytest.CaptureFixture[str]) -> None:
    words = (f"{FOLDER / 'two_inputs_of_a_graph.py'}:ResidualGraphLayer", "--input", "x=6x16, edges=long[2x5]")
    code, target = run(capfd, *words)
    assert (code, target["reason"]) == (0, "")


def test_a_comment_above_a_class_gives_its_inputs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = (FOLDER / "two_inputs_of_a_graph.py").read_text(encoding="utf-8")
    path = tmp_path / "graph.py"
    comment = "# residua: input=x=6x16, edges=long[2x5]\nclass "
    path.write_text(text.replace("class ", comment, 1), encoding="utf-8")
    assert run(capfd, f"{path}:ResidualGraphLayer")[0] == 0


@pytest.mark.parametrize("text", ["2x", "x=float[2", "t=int[2]"])
def test_inputs_that_cannot_be_read_are_the_users_mistake(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", f"{FOLDER / 'tokens_of_one_size.py'}:TokenMixer", "--input", text]) == 2
    assert "--input" in capfd.readouterr().err


def test_lazy_layers_take_their_sizes_from_the_first_pass(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lazy.py"
    path.write_text(LAZY, encoding="utf-8")
    code, target = run(capfd, f"{path}:Residual")
    assert (code, target["verdict"], target["style"]) == (0, "ok", "post-activation basic")


def test_a_pattern_of_more_sides_than_an_image_has_is_no_mistake_of_ours(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "patches.py"
    path.write_text(PATCHES, encoding="utf-8")
    code, target = run(capfd, f"{path}:Encoder")
    assert (code, target["verdict"]) == (2, "not run")


PATCHES = """
from torch import nn

class Rearrange(nn.Module):
    def __init__(self, pattern):
        super().__init__()
        self.pattern = pattern

    def forward(self, x):
        if x.dim() != 6:
            raise ValueError(f"{tuple(x.shape)} does not suit {self.pattern}")
        return x.flatten(2).transpose(1, 2)

class Encoder(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.to_patches = Rearrange("b c (t pt) (f pf) (h ph) (w pw) -> b (t f h w) (pt pf ph pw c)")
        self.fc = nn.Linear(48, num_classes)

    def forward(self, x):
        return self.fc(self.to_patches(x)).mean(1)
"""


UNASKED = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(1, 8, 3, padding=1)

    def forward(self, x):
        return self.first(x[:, :1]) + self.second(x[:, 1:])
"""


def test_a_layer_that_gets_no_channels_at_all_is_answered(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.py").write_text(UNASKED, encoding="utf-8")
    code, target = run(capfd, f"{tmp_path / 'net.py'}:Net")
    assert code in (0, 2), target
