"""Does a drawing show what ran: every shortcut, what it changes, what repeats, what fails, and no word on another?"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from residua.cli.app import main
from residua.cli.results.drawing import draw_class
from residua.nn import build
from residua.plan import plan_stages
from residua.record.recorder import record_call
from residua.record.tape import Tape
from residua.summary.diagram import Diagram, Mark, drawn, tape_of
from residua.summary.in_terminal import as_lines
from residua.summary.layout import laid_out, overlaps
from residua.summary.svg import as_svg
from residua.zoo import ZOO

FIELD = Path(__file__).parents[3] / "shared" / "field" / "check"
BROKEN = (
    "class_level_conv.py", "cn_d2l_k3.py", "dpcnn_first_skip.py", "encoder_second_skip.py", "eval_path_without_sum.py",
    "flow_inplace_time.py", "gat_head_lost.py", "groups_as_stride.py", "late_binding_paths.py", "layerscale_of_x.py",
)  # fmt: skip


@cache
def of_zoo(name: str, **changes: object) -> Diagram:
    with torch.device("meta"):
        model = build(name, **changes)
    return drawn(tape_of(model, ZOO[name].input_size), name)


def repeated(diagram: Diagram) -> list[int]:
    """Return how often each box of a drawing stands in the network."""
    counts = [1] * len(diagram.boxes)
    for fold in diagram.folds:
        counts[fold.first : fold.first + fold.count] = [fold.times] * fold.count
    return counts


def require_readable(diagram: Diagram) -> None:
    page = laid_out(diagram)
    assert not overlaps(page)
    assert all(words.x >= 0 and words.rectangle[2] <= page.width + 0.5 for words in page.words)
    for index, frame in enumerate(page.frames):
        for other in page.frames[index + 1 :]:
            apart = other.x >= frame.x + frame.width or frame.x >= other.x + other.width
            assert apart or other.y >= frame.y + frame.height or frame.y >= other.y + other.height
    ElementTree.fromstring(as_svg(diagram))


@pytest.mark.parametrize("name", ["resnet18", "resnet152"])
def test_no_word_stands_on_another(name):
    require_readable(of_zoo(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_no_word_of_any_published_network_stands_on_another(name):
    diagram = of_zoo(name)
    require_readable(diagram)
    blocks = sum(map(len, plan_stages(ZOO[name].spec)))
    counts = repeated(diagram)
    assert sum(count for box, count in zip(diagram.boxes, counts, strict=True) if box.text == "+") == blocks


@pytest.mark.parametrize(("name", "blocks"), [("resnet18", 8), ("resnet152", 50), ("resnet20", 9)])
def test_every_block_of_the_plan_has_its_sum_and_its_arc(name, blocks):
    diagram = of_zoo(name)
    counts = repeated(diagram)
    sums = [number for number, box in enumerate(diagram.boxes) if box.text == "+"]
    assert sum(counts[number] for number in sums) == blocks
    assert {arc.end for arc in diagram.arcs} == set(sums)


def test_the_arcs_where_a_projection_changes_the_shape_are_dotted():
    dotted = [arc for arc in of_zoo("resnet18").arcs if arc.dotted]
    assert [arc.through for arc in dotted] == [(f"1×1 conv, {width}, /2", "norm") for width in (128, 256, 512)]
    assert len([arc for arc in of_zoo("resnet50").arcs if arc.dotted]) == 4  # He 2016a Table 1: each stage begins wider


def test_a_stem_like_the_first_layer_of_a_block_is_no_repetition_of_it():
    """With one block a stage: the shortcut of the first begins between the two."""
    diagram = of_zoo("resnet8")
    assert diagram.folds == ()
    starts = {diagram.boxes[arc.start].name: diagram.boxes[arc.end].name for arc in diagram.arcs}
    assert starts["conv1"] == "layer1.0"
    assert [box.name for box in diagram.boxes[1:4]] == ["conv1", "layer1.0.conv1", "layer1.0.conv2"]


def test_the_plain_twin_has_no_arc():
    diagram = of_zoo("resnet20", shortcut="none")
    assert diagram.arcs == ()
    assert not any(box.text == "+" for box in diagram.boxes)


@pytest.mark.parametrize("name", ["resnet18", "resnet152"])
def test_the_drawing_in_the_terminal_is_the_golden_one(name, golden):
    golden(f"diagram-{name}.txt", "\n".join(as_lines(of_zoo(name))) + "\n")


class Thrown(nn.Module):
    """A block that throws a convolution's result away, and fails in its sum where the shape changes."""

    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, made, 3, padding=1) for width in (given, made))
        self.bn = nn.BatchNorm2d(made)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn(self.conv1(x)))
        self.conv2(out)
        return out + x


def of_block(module: nn.Module, *marks: Mark) -> Diagram:
    tape = Tape()
    try:
        record_call(module, {"input0": torch.zeros(2, 8, 6, 6)}, tape, frames=True)
    except RuntimeError:
        assert tape.failed is not None
    return drawn(tape, "block", marks)


def line_of(text: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


def test_a_failing_forward_is_drawn_up_to_the_operation_with_its_two_shapes():
    diagram = of_block(Thrown(8, 16))
    assert (diagram.boxes[-1].kind, diagram.boxes[-1].text) == ("failed", "+ fails: 2×16×6×6 and 2×8×6×6")
    assert [box.text for box in diagram.boxes[:-1]] == ["input", "3×3 conv, 16", "3×3 conv, 16"]
    require_readable(diagram)


class AlongTime(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(16, 16, 3, padding=1)
        self.act = nn.PReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.act(self.conv(x))


def test_a_convolution_along_one_axis_and_a_learnt_slope_have_their_names():
    tape = Tape()
    record_call(AlongTime(), {"input0": torch.zeros(2, 16, 8)}, tape, frames=True)
    boxes = drawn(tape, "block", ()).boxes
    assert [(box.text, box.after) for box in boxes[1:]] == [("1-d conv of 3, 16", "PReLU"), ("+", "")]


def test_a_result_that_nothing_reads_is_drawn_as_unused():
    diagram = of_block(Thrown(8, 8))
    assert [box.name for box in diagram.boxes if box.kind == "unused"] == ["conv2"]
    assert "its result is not used" in "\n".join(as_lines(diagram))


def test_a_mark_stands_at_the_box_of_its_line_and_a_missing_sum_is_an_arc():
    marks = (
        Mark("thrown away", __file__, line_of("self.conv2(out)")),
        Mark("no sum", __file__, line_of("out = F.relu(self.bn(self.conv1(x)))"), sum_missing=True),
        Mark("elsewhere", __file__, 1),
    )
    diagram = of_block(Thrown(8, 8), *marks)
    assert [(box.name, box.marks) for box in diagram.boxes if box.marks] == [
        ("conv1", ("no sum",)),
        ("conv2", ("thrown away",)),
    ]
    assert [(arc.start, arc.end) for arc in diagram.arcs if arc.missing] == [(0, len(diagram.boxes) - 1)]
    assert diagram.notes == ("line 1: elsewhere",)
    require_readable(diagram)


def test_summary_writes_the_file_and_prints_the_drawing(tmp_path, capsys):
    assert main(["summary", "resnet20", "--diagram", str(tmp_path / "out.svg")]) == 0
    out = capsys.readouterr().out
    assert "×3, to layer1.2" in out
    assert (tmp_path / "out.svg").read_text(encoding="utf-8").count("<rect") == len(of_zoo("resnet20").boxes)
    (tmp_path / "out.svg").write_text("mine", encoding="utf-8")
    assert main(["summary", "resnet20", "--diagram", str(tmp_path / "out.svg")]) == 2
    assert (tmp_path / "out.svg").read_text(encoding="utf-8") == "mine"
    assert main(["summary", "resnet20", "--diagram", str(tmp_path / "out.svg"), "--overwrite"]) == 0
    assert "<rect" in (tmp_path / "out.svg").read_text(encoding="utf-8")
    assert main(["summary", "resnet20", "--diagram", str(tmp_path), "--overwrite"]) == 2  # no SVG, and a folder
    capsys.readouterr()
    assert main(["summary", "resnet20", "--diagram"]) == 0
    assert capsys.readouterr().out == out
    assert main(["summary", "resnet20", "--diagram", "--json"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["summary", "resnet20", "--diagram", "out.png"], "--diagram out.png: a drawing is written as SVG"),
        (["summary", "resnet20", "--diagram=out"], "--diagram out: a drawing is written as SVG"),
        (["check", "nowhere.py", "--diagram", "out.pdf"], "--diagram out.pdf: a drawing is written as SVG"),
        (["check", "nowhere.py", "--diagram", "--json"], "--diagram stands beside text, not json"),
    ],
)
def test_a_drawing_that_cannot_be_is_refused_before_the_work(words, said, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert (captured.out, said in captured.err) == ("", True)


def test_an_argument_that_is_missing_is_asked_for_by_the_flag_that_summary_has(tmp_path, capsys):
    file = tmp_path / "block.py"
    lines = ["import torch.nn as nn", "class Block(nn.Module):", "    def __init__(self, cfg):"]
    lines += ["        super().__init__()", "        self.conv = nn.Conv2d(cfg['width']['first'], 8, 3)"]
    lines += ["    def forward(self, x):", "        return x + self.conv(x)"]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert main(["summary", f"{file}:Block", "--diagram"]) == 2
    assert "give --set cfg=…" in capsys.readouterr().err


@pytest.mark.slow
def test_check_draws_the_sum_that_is_missing(tmp_path, capsys):
    file = tmp_path / "block.py"
    lines = ["import torch.nn as nn", "class ResidualBlock(nn.Module):", "    def __init__(self, channels):"]
    lines += ["        super().__init__()", "        self.conv = nn.Conv2d(channels, channels, 3, padding=1)"]
    lines += ["    def forward(self, x):", "        return self.conv(x).relu()"]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert main(["check", f"{file}:ResidualBlock", "--diagram", str(tmp_path / "out.svg")]) == 1
    assert "(no sum)" in capsys.readouterr().out
    assert 'class="missing"' in (tmp_path / "out.svg").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not FIELD.is_dir(), reason="../shared/field is absent")
def test_ten_broken_blocks_of_others_are_drawn():
    for name in BROKEN:
        require_readable(draw_class(str(FIELD / "bad" / name), {}))
