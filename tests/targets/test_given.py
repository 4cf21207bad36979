"""Do arguments of a command or a comment reach a constructor as a call would hand them over?"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from torch import nn

from residua.errors import CheckError
from residua.targets.given import Expression, Input, directives_of, named, parse_arguments, written


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1, *, groups: int = 1) -> None:
        super().__init__()


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("64,128,stride=2", {"inputs": 64, "outputs": 128, "stride": 2}),
        ("64, outputs=(1, [2.5])", {"inputs": 64, "outputs": (1, [2.5])}),
        ("-1, None, 'x y', groups=relu", {"inputs": -1, "outputs": None, "stride": "x y", "groups": "relu"}),
        ("", {}),
    ],
)
def test_values_without_a_name_go_to_the_arguments_in_their_order(text: str, arguments: dict[str, object]) -> None:
    assert named(parse_arguments(text), Block) == arguments


def test_an_expression_stays_one_wherever_it_stands() -> None:
    found = named(parse_arguments("Size(8), act=nn.ReLU, outputs=4"), type("Other", (Block,), {}))
    assert {name: type(value) for name, value in found.items()} == {
        "inputs": Expression,
        "act": Expression,
        "outputs": int,
    }


@pytest.mark.parametrize("text", ["*sizes", "**options", "1) + g(2", "x=(", "1, x=2, 3"])
def test_what_is_no_list_of_arguments_is_refused(text: str) -> None:
    with pytest.raises(CheckError, match=r"64, 128, stride=2"):
        parse_arguments(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1, 2, 3, 4", r"4 values without a name; give no more than it takes, 3 \(inputs, outputs, stride\)"),
        ("1, 2, inputs=3", "inputs by its place and by its name"),
    ],
)
def test_what_no_call_could_hand_over_is_refused(text: str, said: str) -> None:
    with pytest.raises(CheckError, match=said):
        named(parse_arguments(text), Block)


def test_arguments_are_written_as_they_are_read() -> None:
    args = parse_arguments("64, 'x y', act=nn.ReLU, size=Size(8), d={'k': None}")
    assert parse_arguments(written(args)) == args


@pytest.mark.parametrize(
    ("comment", "arguments", "inputs"),
    [
        ("args=(64, stride=2)", {"0": 64, "stride": 2}, ()),
        ("args=64, sizes=(1, 2)", {"0": 64, "sizes": (1, 2)}, ()),
        ("args=64, 128, input=2x64x8x8", {"0": 64, "1": 128}, (Input((2, 64, 8, 8)),)),
        ("input=2x64x8x8, args=(64)", {"0": 64}, (Input((2, 64, 8, 8)),)),
    ],
)
def test_a_comment_says_the_same(
    comment: str, arguments: dict[str, object], inputs: tuple[Input, ...], tmp_path: Path
) -> None:
    path = tmp_path / "said.py"
    path.write_text(f"# residua: {comment}\nclass Block:\n    pass\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("said", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "said", module)
        assert directives_of(module.Block) == (arguments, inputs)
