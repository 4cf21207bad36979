"""Does the tape hold what a module executed: values before and after a write, named arguments, calls, lines?"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from residua.record.recorder import record_call
from residua.record.tape import Convolution, Op, Tape


def record(module: nn.Module, *inputs: Tensor, **asked: bool) -> Tape:
    tape = Tape()
    record_call(module, {f"input{index}": tensor for index, tensor in enumerate(inputs)}, tape, **asked)
    return tape


def op_of(tape: Tape, name: str) -> Op:
    return next(op for op in tape.ops if op.name == name)


class Writes(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x + 0
        view = y.view(-1)
        y.relu_()
        return view + 1


class Adds(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x)) + x


def test_a_write_in_place_makes_a_new_value_of_what_it_wrote() -> None:
    op = op_of(record(Writes(), torch.randn(2, 3)), "relu_")
    [(before, after)] = op.writes
    assert before == op.inputs[0]
    assert op.outputs == (after,)
    assert after != before


def test_a_view_of_what_was_written_holds_a_new_value_too() -> None:
    tape = record(Writes(), torch.randn(2, 3))
    viewed, written = op_of(tape, "view").outputs[0], op_of(tape, "relu_").outputs[0]
    [note] = [op for op in tape.ops if op.name == "alias"]
    assert note.inputs == (viewed, written)
    last = [op for op in tape.ops if op.name == "add"][-1]
    assert last.inputs == note.outputs


def test_a_convolution_says_how_it_was_executed() -> None:
    layer = nn.Conv2d(4, 8, (3, 1), stride=2, padding=(1, 0), dilation=2, groups=4, bias=False)
    op = op_of(record(layer, torch.randn(1, 4, 9, 9)), "convolution")
    assert isinstance(op, Convolution)
    assert (op.kernel, op.stride, op.padding, op.dilation) == ((3, 1), (2, 2), (1, 0), (2, 2))
    assert (op.groups, op.has_bias, op.transposed, op.depthwise, op.strided, op.side) == (
        4,
        False,
        False,
        True,
        True,
        3,
    )


def test_arguments_have_the_operators_names_and_its_defaults() -> None:
    op = op_of(record(nn.AvgPool2d(2), torch.randn(1, 1, 4, 4)), "avg_pool2d")
    assert op.arguments["kernel_size"] == (2, 2)
    assert op.arguments["ceil_mode"] is False


def test_parameters_modules_and_inputs_have_their_names() -> None:
    tape = record(Adds(), torch.randn(1, 4, 5, 5))
    assert sorted(tape.leaf.values()) == ["input0", "param:conv.bias", "param:conv.weight"]
    assert [call.path for call in tape.calls] == ["", "conv"]
    assert op_of(tape, "convolution").calls == (0, 1)
    assert tape.owner(op_of(tape, "convolution")) == 0


def test_lines_are_noted_only_where_they_are_asked_for() -> None:
    image = torch.randn(1, 4, 5, 5)
    assert not any(op.frames for op in record(Adds(), image).ops)
    frame = op_of(record(Adds(), image, frames=True), "relu").frames[0]
    assert frame.file == __file__
    assert frame.function == "forward"


def test_functions_are_noted_only_where_they_are_asked_for_and_without_those_they_call() -> None:
    image = torch.randn(1, 4, 5, 5)
    assert record(Adds(), image).functions == []
    assert [call.name for call in record(Adds(), image, functions=True).functions] == ["conv2d", "relu", "add"]


def test_what_raised_is_kept_with_the_calls_around_it() -> None:
    tape = Tape()
    module = Adds()
    with pytest.raises(RuntimeError):
        record_call(module, {"image": torch.randn(1, 3, 5, 5)}, tape)
    assert tape.failed is not None
    assert tape.failed.name == "convolution"
    assert tape.unfinished == (0, 1)


def test_the_module_has_no_hooks_afterwards() -> None:
    record(Adds(), torch.randn(1, 4, 5, 5))
    assert not torch.nn.modules.module._global_forward_hooks
    assert not torch.nn.modules.module._global_forward_pre_hooks
