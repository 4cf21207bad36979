"""Are settings taken as a file's own lines leave them, and modules found that a class imports when it is made?"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from residua.targets.repository.settled import settled
from tests.check.test_whole_files import checked, errors

OPTIONS = """
import argparse
import shapes
parser = argparse.ArgumentParser()
parser.add_argument("--template", default=".")
parser.add_argument("--scale", default="2+3")
parser.add_argument("--n_resblocks", type=int, default=16)
parser.add_argument("--n_feats", type=int, default=32)
parser.add_argument("--cpu", action="store_true")
args = parser.parse_args()
shapes.set_template(args)
args.scale = list(map(lambda x: int(x), args.scale.split("+")))
if args.n_resblocks == 0:
    args.n_feats = "none"
"""
INSIDE = """
import argparse
def options(words=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=str, default="2,3")
    parser.add_argument("--n_resblocks", default=4, type=int)
    parser.add_argument("--n_feats", default=16, type=int)
    parser.add_argument("--no_cuda", action="store_true")
    opt, _ = parser.parse_known_args(words)
    opt.scale = [int(each) for each in opt.scale.split(",")]
    opt.cpu = opt.no_cuda
    return opt
"""
FILLED = """
config = dict()
config = Config()
config.steps = 5
config.scale = [2] * 3
config.n_resblocks = 3
config.n_feats = 8 * config.n_resblocks
config.cpu = False
"""
NET = """
class EDSR(nn.Module):
    def __init__(self, args):
        super().__init__()
        scale, width = args.scale[0], args.n_feats
        if not args.cpu:
            raise AssertionError("no GPU")
        self.head = nn.Conv2d(3, width, 3, padding=1)
        body = [nn.Conv2d(width, width, 3, padding=1) for _ in range(args.n_resblocks)]
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(nn.Conv2d(width, 3 * scale ** 2, 3, padding=1), nn.PixelShuffle(scale))
    def forward(self, x):
        x = self.head(x)
        return self.tail(x + self.body(x))
"""


@pytest.mark.parametrize("options", [OPTIONS, INSIDE, FILLED], ids=["module", "function", "object"])
def test_settings_are_as_the_lines_behind_the_parser_leave_them(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, options: str
) -> None:
    report = checked(capfd, tmp_path, option=options, model__edsr=NET)["EDSR"]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("args.a = args.a * 2", {"a": 6}),
        ("args.a += 1\nargs.c = 2 * args.a", {"a": 4, "c": 8}),
        ("if args.b == 'x':\n    args.a = 7\nelse:\n    args.a = 9", {"a": 7}),
        ("if unknown():\n    args.a = 7", {}),
        ("half = args.a // 2\nargs.a = half", {"a": 1}),
        ("half = read()\nargs.a = half", {}),
        ("args.a = open('x').read()", {}),
        ("args.a = args.b.__class__", {}),
        ("args.a = ().__class__.__bases__", {}),
        ("args.a = __import__('os').getcwd()", {}),
        ("args.a = [0] * 10 ** 9", {}),
        ("args.a = [0] * 999999999", {}),
        ("other.a = 5", {}),
        ("args.a = args.missing", {}),
        ("args.a = {'x': 1, 'y': 2}[args.b]", {"a": 1}),
    ],
)
def test_only_plain_values_are_computed(lines: str, expected: dict[str, Any]) -> None:
    tree = ast.parse(f"args = parser.parse_args()\n{lines}\n")
    assert settled(tree, {("a",): 3, ("b",): "x"}) == {(name,): value for name, value in expected.items()}


BY_NAME = """
from importlib import import_module
class Model(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.model = import_module("model." + args.model.lower()).make_model(args)
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        return F.interpolate(self.conv(x), scale_factor=2.0) + self.model(x)
"""


def test_a_part_that_is_imported_by_its_name_is_found(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = OPTIONS.replace("args = ", 'parser.add_argument("--model", default="EDSR")\nargs = ')
    part = NET + "\ndef make_model(args):\n    return EDSR(args)\n"
    report = checked(capfd, tmp_path, option=options, model__edsr=part, model____init__=BY_NAME)["Model"]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []


def test_a_forgotten_shortcut_is_found_with_settings(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    block = """
class ResBlock(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.conv = nn.Conv2d(args.n_feats, args.n_feats * args.scale[0], 3, padding=1)
        self.back = nn.Conv2d(args.n_feats * args.scale[0], args.n_feats, 3, padding=1)
    def forward(self, x):
        return self.back(F.relu(self.conv(x)))
"""
    assert errors(checked(capfd, tmp_path, option=OPTIONS, block=block)["ResBlock"]) == ["R102"]
