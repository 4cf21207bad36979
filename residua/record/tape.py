"""What is kept of one forward pass: its operations on numbered values, and the calls of modules around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

CONVOLUTIONS = frozenset({"convolution", "_convolution", "mkldnn_convolution", "convolution_overrideable"})


@dataclass(frozen=True)
class Frame:
    """A place in a file that is not torch's: where a call was made from."""

    file: str
    line: int
    function: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Arg:
    """A tensor among an operation's arguments, by the number of its value."""

    value: int


@dataclass(frozen=True, eq=False)
class Op:
    """One executed aten operation; values are numbers, so that a write in place has a before and an after.

    arguments: by the operator's own names, tensors as Arg, defaults included. inputs: the values of the tensors among
    them, in order. frames: the user's lines, if asked for. calls: the module calls around it, the outermost first.
    side: the largest side of a convolution's kernel, 1 for every other operation.
    """

    index: int
    name: str
    inputs: tuple[int, ...]
    arguments: Mapping[str, Any]
    outputs: tuple[int, ...]
    frames: tuple[Frame, ...]
    calls: tuple[int, ...]
    writes: tuple[tuple[int, int], ...] = ()
    recording_grad: bool = True
    cut: tuple[int, ...] = ()
    side: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Convolution(Op):
    """An executed convolution: the values of its operands, and one number an axis of the rest.

    depthwise: each filter reads one channel; of a transposed one, each channel makes one. strided: the map gets
    smaller, or larger when transposed, along some axis.
    """

    data: int
    weight: int
    has_bias: bool
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    depthwise: bool
    strided: bool


@dataclass
class Call:
    """One call of a module's forward: which operations ran inside, and what went in and came out.

    of_torch: the module's class is one of torch's own.
    """

    index: int
    module: nn.Module
    path: str
    parent: int | None
    start: int
    frames: tuple[Frame, ...]
    inputs: tuple[int, ...] = ()
    end: int = 0
    outputs: tuple[int, ...] = ()
    finished: bool = False
    of_torch: bool = False


@dataclass
class FunctionCall:
    """One call of a function of torch that no other one made: `x + y`, `F.relu(x)`.

    calls: the module calls around it. position: how many module calls had begun before.
    """

    name: str
    calls: tuple[int, ...]
    position: int
    start: int
    inputs: tuple[int, ...] = ()
    end: int = 0
    outputs: tuple[int, ...] = ()
    finished: bool = False


@dataclass
class Tape:
    """All operations of one forward pass, in order.

    producer: the operation that made a value. leaf: the name of a value that none made, such as `param:conv1.weight`.
    failed: the operation that raised. unfinished: the module calls that it, or other code, ended by an exception.
    """

    ops: list[Op] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    functions: list[FunctionCall] = field(default_factory=list)
    producer: dict[int, int] = field(default_factory=dict)
    leaf: dict[int, str] = field(default_factory=dict)
    shape: dict[int, tuple[int, ...]] = field(default_factory=dict)
    tensor: dict[int, Tensor] = field(default_factory=dict)
    failed: Op | None = None
    unfinished: tuple[int, ...] = ()

    def owner(self, op: Op) -> int | None:
        """Return the innermost call of a module that is not torch's, in which `op` was executed."""
        ours = (index for index in reversed(op.calls) if not self.calls[index].of_torch)
        return next(ours, next(iter(op.calls), None))
