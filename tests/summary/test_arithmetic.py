"""Does every formula, worked out by Python, give the number that was measured?"""

from __future__ import annotations

import math
import re

import pytest
import torch
from torch import nn

from residua.nn import build
from residua.summary import Summary, summarize


def value_of(expression: str) -> int:
    """Work out `⌊(224 − 7 + 2·3)/2⌋ + 1` in exact arithmetic."""
    text = expression.replace("·", "*").replace("−", "-")
    for left, right, name in (("⌊", "⌋", "math.floor"), ("⌈", "⌉", "math.ceil")):
        text = text.replace(left, f"{name}(").replace(right, ")")
    assert re.fullmatch(r"[\d\s.+\-*/(),]*((math\.(floor|ceil)|max)[\d\s.+\-*/(),]*)*", text), text
    return eval(text, {"math": math, "max": max, "__builtins__": {}})


def require_right(found: Summary) -> int:
    worked = 0
    for layer in found.layers:
        measured = {
            "params": layer.params,
            "macs": layer.macs,
            "bytes": layer.activation_bytes,
            "receptive_field": layer.receptive_field,
            "receptive_field_height": layer.receptive_field[0] if isinstance(layer.receptive_field, tuple) else 0,
            "receptive_field_width": layer.receptive_field[1] if isinstance(layer.receptive_field, tuple) else 0,
            "stride": layer.stride,
            "size": layer.output_shape[-1],
            "height": layer.output_shape[-2],
            "width": layer.output_shape[-1],
            "length": layer.output_shape[-1],
        }
        for what, formula in layer.arithmetic.items():
            expression, _, result = formula.partition(" = ")
            if not result:
                assert formula.startswith(str(measured[what]))
                continue
            assert value_of(expression) == int(result) == measured[what], (layer.name, what, formula)
            worked += 1
    return worked


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (lambda: build("resnet18_d2l"), (1, 224, 224)),
        (lambda: build("resnext50_32x4d", output_stride=8), (3, 65, 65)),
        (lambda: build("seresnet18", shortcut="D", stem="deep", stem_width=32), (3, 51, 51)),
        (
            lambda: nn.Sequential(nn.MaxPool2d(2, ceil_mode=True), nn.ConvTranspose2d(3, 6, 4, 2, 1, 1, groups=3)),
            (3, 9, 9),
        ),
        (lambda: nn.Sequential(nn.Conv2d(2, 4, 3, dilation=2, padding="same", groups=2, bias=False)), (2, 9, 9)),
        (lambda: nn.Sequential(nn.MaxPool2d(2, 3, 1, ceil_mode=True), nn.Conv2d(3, 3, (5, 3))), (3, 21, 21)),
        (lambda: nn.Sequential(nn.Conv1d(2, 3, 4)), (2, 9)),
        (lambda: nn.Sequential(nn.Linear(5, 2)), (3, 7, 5)),
    ],
)
def test_every_formula_gives_the_measured_number(model, size):
    with torch.device("meta"):
        found = summarize(model(), size)
    windows = sum(layer.window is not None for layer in found.layers)
    assert require_right(found) > 2 * windows


def test_the_stem_of_a_resnet_reads_as_in_the_books():
    with torch.device("meta"):
        stem = summarize(build("resnet50"), (3, 224, 224)).layers[0]
    assert stem.arithmetic["size"] == "⌊(224 − 7 + 2·3)/2⌋ + 1 = 112"
    assert stem.arithmetic["params"] == "7·7·3·64 = 9408"
    assert stem.arithmetic["macs"] == "7·7·3·64·112·112 = 118013952"
    assert stem.arithmetic["receptive_field"] == "1 + (7 − 1)·1 = 7"


def test_groups_and_dilation_and_bias_are_in_the_formula():
    with torch.device("meta"):
        layers = [nn.Conv2d(8, 4, 3, dilation=2, groups=4), nn.Linear(20, 3)]
        found = summarize(nn.Sequential(*layers), (8, 24, 24))
    assert found.layers[0].arithmetic["size"] == "⌊(24 − 2·(3 − 1) − 1 + 2·0)/1⌋ + 1 = 20"
    assert found.layers[0].arithmetic["params"] == "3·3·(8/4)·4 + 4 = 76"
    assert found.layers[1].arithmetic["params"] == "20·3 + 3 = 63"
