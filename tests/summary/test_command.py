"""What does `residua summary` print, and how does it end?"""

from __future__ import annotations

import json

import pytest

from residua.cli.app import main
from residua.cli.options.target import open_model, parse_size
from residua.errors import ResiduaError
from residua.metadata import Meta
from residua.nn import build
from residua.settings import parse_changes
from residua.weights.files.native import save

DOCUMENT_001 = (
    "Sequential output shape:\t torch.Size([1, 64, 56, 56])\n"
    "Sequential output shape:\t torch.Size([1, 64, 56, 56])\n"
    "Sequential output shape:\t torch.Size([1, 128, 28, 28])\n"
    "Sequential output shape:\t torch.Size([1, 256, 14, 14])\n"
    "Sequential output shape:\t torch.Size([1, 512, 7, 7])\n"
    "AdaptiveAvgPool2d output shape:\t torch.Size([1, 512, 1, 1])\n"
    "Flatten output shape:\t torch.Size([1, 512])\n"
    "Linear output shape:\t torch.Size([1, 10])\n"
)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["summary", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_stages_are_the_eight_lines_of_the_d2l_page(capsys):
    assert run(capsys, "resnet18_d2l", "--input", "1x224x224", "--stages") == (0, DOCUMENT_001, "")


@pytest.mark.parametrize("width", [80, 160])
def test_the_table_is_the_golden_one(capsys, monkeypatch, golden, width):
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = run(capsys, "resnet18", "--arithmetic")
    assert code == 0
    assert max(map(len, out.splitlines())) <= width
    golden(f"summary-resnet18-{width}.txt", out)


def test_the_markdown_is_the_golden_one(capsys, golden):
    code, out, _ = run(capsys, "resnet8", "--markdown", "--arithmetic")
    assert code == 0
    golden("summary-resnet8.md", out)


def test_json_has_the_keys_that_programs_rely_on(capsys):
    code, out, err = run(capsys, "resnet50", "--json")
    document = json.loads(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert {"target", "input_size", "params", "macs", "receptive_field", "total_stride", "layers"} <= set(document)
    assert (document["target"], document["input_size"]) == ("resnet50", [3, 224, 224])
    assert (document["params"], document["macs"]) == (25_557_032, 4_089_184_256)
    assert (document["receptive_field"], document["total_stride"]) == (427, 32)
    first = document["layers"][0]
    assert first == {
        "name": "conv1",
        "type": "Conv2d",
        "output_shape": [1, 64, 112, 112],
        "params": 9408,
        "macs": 118_013_952,
        "receptive_field": 7,
        "stride": 2,
        "activation_bytes": 3_211_264,
        "window": {"kernel": [7, 7], "stride": [2, 2], "padding": [3, 3], "dilation": [1, 1]},
    }
    stages = json.loads(run(capsys, "resnet50", "--json", "--stages")[1])["layers"]
    assert sum(stage["macs"] for stage in stages) == document["macs"]
    formulas = json.loads(run(capsys, "resnet20", "--json", "--arithmetic")[1])["layers"][0]["arithmetic"]
    assert formulas["params"] == "3·3·3·16 = 432"


def test_html_is_escaped_and_has_a_row_a_layer():
    from residua.summary import summarize

    page = summarize(build("resnet8"), (3, 32, 32), target="<b>").as_html()
    assert page.count("<tr>") == 30
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_the_spec_can_be_changed(capsys):
    words = ("resnet20", "--set", "shortcut=B", "--set", "num_classes=100", "--set", "widths=16,32,64", "--json")
    document = json.loads(run(capsys, *words)[1])
    assert document["params"] == 272_474 + 90 * 65


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resnet99"], "did you mean"),
        (["resnet18", "--input", "3x16x16"], "layer4.0.conv1: the map has vanished"),
        (["resnet18", "--input", "1x64x64"], "conv1: takes 3 channels, gets 1"),
        (["resnet18", "--input", "224"], "--input takes CHANNELSxHEIGHTxWIDTH"),
        (["resnet18", "--input", "3x0x4"], "--input takes CHANNELSxHEIGHTxWIDTH"),
        (["resnet18", "--set", "depth=3"], "depths"),
        (["resnet18", "--set", "block"], "--set takes field=value"),
        (["nowhere/model.safetensors"], "no such file or folder"),
        (["nowhere.pth"], "no such file or folder"),
        (["resnet18", "--wide"], "--wide"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(capsys, words, message):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("residua")


def test_a_folder_without_weights_is_no_run(tmp_path):
    with pytest.raises(ResiduaError, match="not a run that has finished"):
        open_model(str(tmp_path), {})


def test_a_checkpoint_and_a_run_are_opened_from_the_header_alone(tmp_path, capsys):
    model = build("resnet8", in_channels=1, widths=(16, 24, 32))
    meta = Meta(preprocessing={"size": 24})
    save(tmp_path / "model.safetensors", model, model.spec, meta)
    for target in (tmp_path, tmp_path / "model.safetensors"):
        document = json.loads(run(capsys, str(target), "--json")[1])
        assert document["params"] == sum(parameter.numel() for parameter in model.parameters())
        assert document["input_size"] == [1, 24, 24]
    save(tmp_path / "unsized.safetensors", model, model.spec, Meta())
    assert json.loads(run(capsys, str(tmp_path / "unsized.safetensors"), "--json")[1])["input_size"] == [1, 32, 32]
    code, _, err = run(capsys, str(tmp_path), "--set", "norm=group")
    assert (code, err.count("\n")) == (2, 1)
    (tmp_path / "model.safetensors").write_bytes(b"nothing of the kind")
    code, _, err = run(capsys, str(tmp_path))
    assert (code, err.count("\n")) == (2, 1)


BLOCK = """
import torch.nn as nn
import torch.nn.functional as F

class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.pool = nn.AvgPool2d(stride)

    def forward(self, x):
        return F.relu(self.conv(x) + self.pool(x))
"""


def test_a_class_in_a_file_is_measured_with_its_arguments(tmp_path, capsys):
    pytest.importorskip("residua.targets")
    (tmp_path / "block.py").write_text(BLOCK)
    target = f"{tmp_path / 'block.py'}:Block"
    words = ("--set", "in_channels=8", "--set", "out_channels=8", "--set", "stride=2")
    code, out, err = run(capsys, target, *words, "--json")
    assert code == 0
    assert "--input changes it" in err
    assert json.loads(out)["params"] == 8 * 8 * 9 + 8
    code, out, err = run(capsys, target, *words, "--input", "8x9x9")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "8×5×5 and 8×4×4" in err
    code, out, err = run(capsys, target, "--set", "depth=2")
    assert (code, out, err.count("\n")) == (2, "", 1)
    code, out, err = run(capsys, f"{tmp_path / 'block.py'}:Black")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_settings_and_sizes_are_read_as_written():
    assert parse_changes(["a=1", "b=0.5", "c=true", "d=group", "e=1,2", "f=(3,)", "g=[]"]) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": "group",
        "e": (1, 2),
        "f": (3,),
        "g": (),
    }
    assert parse_size("1×28X28") == (1, 28, 28)
