"""Is a whole file believed: its classes tried as its own code makes, calls and adds them, helpers left alone?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from residua.cli.app import main

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"


def checked(capfd: pytest.CaptureFixture[str], folder: Path, **files: str) -> dict[str, dict[str, Any]]:
    """Write files (`pkg__net` is pkg/net.py), check the folder, and return the reports by class."""
    (folder / ".git").mkdir()
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + (".md" if name == "README" else ".py"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if name == "README" else HEAD + text, encoding="utf-8")
    main(["check", str(folder), "--json"])
    found = json.loads(capfd.readouterr().out)["targets"]
    return {each["target"].rpartition(":")[2]: each for each in found}


def errors(report: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in report["findings"] if finding["severity"] == "error"]


WRAPPER = """
class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn
    def forward(self, x, **kwargs):
        return self.fn(x, **kwargs) + x
"""
PADDED = """
class BasicConvBlock(nn.Module):
    def __init__(self, cin, cout, kernel=3):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(cin, cout, kernel, padding=kernel // 2), nn.BatchNorm2d(cout)
    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))
class UNetUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a, self.b = BasicConvBlock(channels, channels), BasicConvBlock(2 * channels, channels)
    def forward(self, x):
        return self.b(torch.cat([x, self.a(x)], 1))
"""
DENSE = """
class Bottleneck(nn.Module):
    def __init__(self, in_planes, growth_rate):
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(in_planes), nn.Conv2d(in_planes, growth_rate, 3, padding=1)
    def forward(self, x):
        return torch.cat([x, self.conv(F.relu(self.bn(x)))], 1)
class DenseNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.blocks = nn.Sequential(Bottleneck(16, 8), Bottleneck(24, 8))
        self.fc = nn.Linear(32, num_classes)
    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))
"""
ADDED = """
class ResBranchBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1), nn.ReLU(), nn.Conv2d(dim, dim, 3, padding=1))
    def forward(self, x):
        return self.body(x)
class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.blocks = nn.ModuleList([ResBranchBlock(16), ResBranchBlock(16)])
        self.fc = nn.Linear(16, num_classes)
    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x)
        return self.fc(x.mean((2, 3)))
"""


@pytest.mark.parametrize("text", [WRAPPER, PADDED, DENSE, ADDED], ids=["wrapper", "padded", "dense", "added"])
def test_nothing_of_a_right_file_is_an_error(text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = checked(capfd, tmp_path, net=text)
    assert found
    assert {name: errors(report) for name, report in found.items() if errors(report)} == {}
    assert not [name for name, report in found.items() if report["verdict"] == "not run"]


@pytest.mark.parametrize("name", ["ResBlock", "ResidualUnit", "Bottleneck", "ShortcutBlock"])
def test_a_block_that_is_named_residual_is_still_asked_for_its_sum(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = ADDED.replace("ResBranchBlock", name).replace("x = x + block(x)", "x = block(x)")
    assert errors(checked(capfd, tmp_path, net=text)[name]) == ["R102"]


OPTION_A = """
class BasicBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = Pad(planes // 4)
    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + self.shortcut(x))
class Pad(nn.Module):
    def __init__(self, more):
        super().__init__()
        self.more = more
    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more))
class ResNet(nn.Module):
    def __init__(self, block, num_blocks, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.layers = nn.Sequential(block(16, 16), block(16, 32, 2), block(32, 64, 2))
        self.fc = nn.Linear(64, num_classes)
    def forward(self, x):
        return self.fc(self.layers(self.stem(x)).mean((2, 3)))
"""


def test_a_configuration_that_the_file_never_asks_for_is_no_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert errors(checked(capfd, tmp_path, net=OPTION_A)["BasicBlock"]) == []


SIZED = """
class Mixer(nn.Module):
    def __init__(self, dim, tokens):
        super().__init__()
        self.mix, self.norm = nn.Linear(tokens, tokens), nn.LayerNorm(dim)
    def forward(self, x, scale):
        b, n, c = x.shape
        assert scale.shape == (b, 1, c)
        return x + self.mix(self.norm(x).transpose(1, 2)).transpose(1, 2) * scale
class MixerNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 8, 8)
        self.blocks = nn.ModuleList([Mixer(24, 64), Mixer(24, 64)])
        self.fc = nn.Linear(24, num_classes)
    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        scale = x.mean(1, keepdim=True)
        for block in self.blocks:
            x = block(x, scale)
        return self.fc(x.mean(1))
"""


def test_a_block_is_run_as_a_network_of_its_file_makes_and_calls_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = checked(capfd, tmp_path, net=SIZED)
    assert list(found) == ["Mixer", "MixerNet"]  # in the order of the file, although the network runs first
    assert {report["verdict"] for report in found.values()} <= {"ok", "notes"}


CALLED = """
class WaveNet(nn.Module):
    def __init__(self, plan, act):
        super().__init__()
        assert plan["width"] % 5 == 0 and callable(act)
        self.conv, self.act = nn.Conv2d(3, plan["width"], 3, padding=1), act
    def forward(self, x):
        return self.act(self.conv(x)).mean((2, 3))
"""


@pytest.mark.parametrize(
    "files",
    [
        {"net": CALLED + '\ndef build():\n    return WaveNet({"width": 25}, F.relu)\n'},
        {"net": CALLED, "train": 'from net import WaveNet\nmodel = WaveNet(plan={"width": 25}, act=F.relu)\n'},
        {"net": CALLED, "README": 'Use:\n```python\nfrom net import WaveNet\nWaveNet({"width": 25}, nn.ReLU())\n```\n'},
    ],
    ids=["own file", "another file", "README"],
)
def test_arguments_are_those_of_the_users_own_calls(
    files: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert checked(capfd, tmp_path, **files)["WaveNet"]["verdict"] in ("ok", "notes", "warnings")


LISTS = """
class TemporalNet(nn.Module):
    def __init__(self, num_inputs, num_channels, kernel_size=3):
        super().__init__()
        layers = []
        for i in range(len(num_channels)):
            before = num_inputs if i == 0 else num_channels[i - 1]
            layers += [nn.Conv1d(before, num_channels[i], kernel_size, padding=1), nn.ReLU()]
        self.network = nn.Sequential(*layers)
    def forward(self, x):
        return self.network(x)
class Model(nn.Module):
    def __init__(self, input_size, output_size, num_channels):
        super().__init__()
        self.net, self.fc = TemporalNet(input_size, num_channels), nn.Linear(num_channels[-1], output_size)
    def forward(self, x):
        return self.fc(self.net(x).mean(2))
"""


def test_what_is_used_as_a_list_gets_a_list(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = checked(capfd, tmp_path, net=LISTS)
    assert {report["verdict"] for report in found.values()} <= {"ok", "notes", "warnings"}


BLOCK = """
class Res(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = conv_bn(channels)
    def forward(self, x):
        return F.relu(x + self.body(x))
"""
PARTS = "def conv_bn(c):\n    return nn.Sequential(nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c))\n"


@pytest.mark.parametrize(
    "files",
    [
        {"models__net": "from .parts import *\n" + BLOCK, "models__parts": PARTS},  # no __init__.py
        {
            "models__net": "from .parts import conv_bn\n" + BLOCK,
            "models__parts": PARTS,
            "models____init__": "import a_package_that_is_not_installed\n",
        },
        {"models__net": "from models.parts import conv_bn\n" + BLOCK, "models__parts": PARTS},
        {"a__models__net": "from models.parts import conv_bn\n" + BLOCK, "a__models__parts": PARTS},
    ],
    ids=["namespace package", "broken package", "absolute", "below the root"],
)
def test_files_of_a_repository_are_imported_as_they_import_each_other(
    files: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert checked(capfd, tmp_path, **files)["Res"]["verdict"] in ("ok", "notes")


def test_what_other_statements_fail_at_leaves_the_classes_that_need_nothing_of_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = 'TABLE = open("is_not_there.bin").read()\nclass Needs(nn.Module):\n    def __init__(self):\n'
    broken += (
        "        super().__init__()\n        self.t = TABLE.strip()\n    def forward(self, x):\n        return x + x\n"
    )
    found = checked(capfd, tmp_path, net=PARTS + BLOCK + broken)
    assert found["Res"]["verdict"] in ("ok", "notes")
    assert found["Needs"]["verdict"] == "not run"
    assert "is_not_there.bin" in found["Needs"]["reason"]
