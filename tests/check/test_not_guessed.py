"""Does a check from Python, or of code with a configuration, or of code that ends its process, speak of what was so?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from residua import check_block, check_network
from residua.cli.app import main
from residua.errors import CheckError, ResiduaError
from residua.nn import ResNet, build

CONFIGURED = """
from torch import nn

class Block(nn.Module):
    def __init__(self, {name}):
        super().__init__()
        {body}
        self.conv = nn.Conv2d(first, second, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)
"""
ENDING = """
import os
from torch import nn

class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        {}

    def forward(self, x):
        {}
        return x + self.conv(x)
"""
INITIALISED = """
from torch import nn

def start(module):
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            {first}
            if m.bias is not None:
                {second}

class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16))
        self.fc = nn.Linear(16, num_classes)
        start(self)

    def forward(self, x):
        x = self.stem(x)
        return self.fc((x + self.body(x)).mean((2, 3)))
"""
SQUEEZED = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(nn.Linear(16, 8), {layer}, nn.Linear(8, num_classes))

    def forward(self, x):
        x = self.stem(x)
        return self.head({squeezed})
"""


def checked(capfd: pytest.CaptureFixture[str], folder: Path, text: str, name: str) -> tuple[int, dict[str, Any]]:
    path = folder / "net.py"
    path.write_text(text, encoding="utf-8")
    code = main(["check", f"{path}:{name}", "--json"])
    return code, json.loads(capfd.readouterr().out)["targets"][0]


@pytest.mark.parametrize("key", ["in", "class", "3x3"])
def test_a_key_that_is_no_name_is_guessed(key: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = CONFIGURED.format(name="cfg", body=f"first, second = cfg[{key!r}], cfg['out']")
    code, target = checked(capfd, tmp_path, text, "Block")
    assert "parameter name" not in target["reason"]
    assert code == 0 or "configuration that we could not guess (cfg)" in target["reason"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("cfg", "first, second = map(int, cfg['layers']['sizes'].split(','))"),
        ("config", "first, second = config.model['widths'][0].pair"),
        ("opt", "first, second = opt['pairs'][0]['sizes'][1]"),
        ("hparams", "first, second = hparams['widths'].first, 8"),
    ],
)
def test_a_configuration_that_was_not_guessed_is_asked_for(
    name: str, body: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, target = checked(capfd, tmp_path, CONFIGURED.format(name=name, body=body), "Block")
    assert (code, target["verdict"], target["findings"]) == (2, "not run", [])
    assert target["reason"] == f"it takes a configuration that we could not guess ({name}); give --args {name}=…"
    assert main(["summary", f"{tmp_path / 'net.py'}:Block"]) == 2
    assert f"a configuration that we could not guess ({name}); give --set {name}=…" in capfd.readouterr().err


@pytest.mark.parametrize("lines", [("os._exit(3)", "pass"), ("pass", "os.abort()"), ("pass", "os._exit(0)")])
def test_code_that_ends_its_process_is_told_so(
    lines: tuple[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, target = checked(capfd, tmp_path, ENDING.format(*lines), "Block")
    (found,) = target["findings"]
    assert (code, found["rule"]) == (1, "R160")
    assert "limit" not in json.dumps(found)


def test_a_signal_of_the_systems_is_no_fault(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = ENDING.format("import signal", "os.kill(os.getpid(), signal.SIGKILL)").replace(
        "import os", "import os, signal"
    )
    code, target = checked(capfd, tmp_path, text, "Block")
    assert (code, target["verdict"], target["findings"]) == (2, "not run", [])
    assert "SIGKILL" in target["reason"]


def test_a_module_without_values_is_not_run() -> None:
    with torch.device("meta"):
        network = build("resnet20")
    for report in (check_network(network), check_block(network.layer1[0])):
        assert (report.verdict, report.findings) == ("not run", ())
        assert "give a module with values" in report.reason


def test_an_instance_in_a_file_without_values_is_not_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = "from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3, device='meta'), nn.BatchNorm2d(8))\n"
    code, target = checked(capfd, tmp_path, text, "net")
    assert (code, target["verdict"], target["findings"]) == (2, "not run", [])


def test_python_is_told_what_to_give_in_its_own_words() -> None:
    with pytest.raises(ResiduaError, match="give spec=… as keyword arguments") as raised:
        check_network(ResNet)
    assert "--" not in str(raised.value)
    with pytest.raises(CheckError, match="lang='fr' is no language"):
        check_block(build("resnet20").layer1[0], lang="fr")


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("nn.init.constant_(m.weight, 1)", "nn.init.constant_(m.weight, 0)", 9),
        ("nn.init.ones_(m.weight)", "m.weight.data.zero_()", 9),
        ("m.weight.data.fill_(0)", "m.bias.data.zero_()", 7),
        ("nn.init.zeros_(m.weight)", "nn.init.zeros_(m.bias)", 7),
    ],
)
def test_scales_are_placed_where_they_get_their_value(
    first: str, second: str, line: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, target = checked(capfd, tmp_path, INITIALISED.format(first=first, second=second), "Net")
    assert [found["line"] for found in target["findings"] if found["rule"] == "R181"] == [line]


@pytest.mark.parametrize(
    ("layer", "squeezed", "severity"),
    [
        ("nn.BatchNorm1d(8)", "torch.squeeze(self.pool(x + self.body(x)))", "error"),
        ("nn.Softmax(1)", "self.pool(x + self.body(x)).squeeze()", "error"),
        ("nn.ReLU()", "self.pool(x + self.body(x)).squeeze()", "warning"),
        ("nn.BatchNorm1d(8)", "self.pool(x + self.body(x)).flatten(1)", ""),
    ],
)
def test_a_squeeze_after_which_one_image_fails_is_an_error(
    layer: str, squeezed: str, severity: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, target = checked(capfd, tmp_path, SQUEEZED.format(layer=layer, squeezed=squeezed), "Net")
    assert "".join(found["severity"] for found in target["findings"] if found["rule"] == "R192") == severity


@pytest.mark.slow
@pytest.mark.skipif(not torch.backends.cuda.is_built(), reason="torch is built without CUDA: it knows no forked GPU")
def test_a_gpu_that_the_asking_process_has_tried_itself_is_no_other_matter(tmp_path: Path) -> None:
    """Torch forbids a GPU to what is forked later, in words of its own."""
    path = tmp_path / "net.py"
    path.write_text(
        "from torch import nn\nclass Block(nn.Module):\n    def __init__(self, channels):\n        super().__init__()\n"
        "        self.conv = nn.Conv2d(channels, channels, 3, padding=1)\n    def forward(self, x):\n"
        "        return x + self.conv(x).cuda()\n",
        encoding="utf-8",
    )
    tried = "import sys, contextlib, torch\nwith contextlib.suppress(RuntimeError):\n    torch.zeros(1).cuda()\n"
    command = f"{tried}from residua.cli.app import main\nsys.exit(main(['check', '{path}:Block', '--json']))"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False)
    findings = json.loads(done.stdout)["targets"][0]["findings"]
    assert [found["line"] for found in findings if found["rule"] == "R190"] == [7], done.stderr
