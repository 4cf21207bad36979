"""Which layers and functions does a tape hold, what did each read, and what is it called in a drawing?

A piece is one call of a layer, or one operation outside any: a convolution, a norm, a sum. Views are no pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from residua.record.tape import Call, Convolution, Op, Tape

INPUT, LAYER, SUM, FAILED, UNUSED = "input", "layer", "sum", "failed", "unused"
_VIEWS = frozenset(
    {
        "alias", "view", "_unsafe_view", "reshape", "_reshape_alias", "t", "transpose", "permute", "expand",
        "unsqueeze", "squeeze", "detach", "clone", "contiguous", "empty_like", "zeros_like", "ones_like", "_to_copy",
        "lift_fresh", "copy_", "fill_", "zero_",
    }
)  # fmt: skip
_JOINS = {"add": "+", "mul": "×", "sub": "−", "cat": "concatenate", "div": "÷", "maximum": "maximum"}
_WORDS = {
    "native_batch_norm": "norm", "cudnn_batch_norm": "norm", "_native_batch_norm_legit": "norm",
    "native_group_norm": "norm", "native_layer_norm": "norm", "relu": "ReLU", "threshold": "ReLU",
    "hardtanh": "ReLU6", "leaky_relu": "leaky ReLU", "_prelu_kernel": "PReLU", "elu": "ELU",
    "silu": "SiLU", "gelu": "GELU", "sigmoid": "sigmoid",
    "hardsigmoid": "hard sigmoid", "hardswish": "hard swish", "native_dropout": "dropout", "bernoulli": "dropout",
    "constant_pad_nd": "pad", "_softmax": "softmax", "addmm": "linear", "mm": "linear", "bmm": "matrix product",
    "mean": "mean", "_adaptive_avg_pool2d": "average pool",
}  # fmt: skip
_AFTER = frozenset({"norm", "ReLU", "ReLU6", "leaky ReLU", "PReLU", "ELU", "SiLU", "GELU", "hard swish", "dropout"})
_CLASSES = {"AdaptiveAvgPool2d": "average pool", "GroupNorm": "norm", "Dropout": "dropout"}


@dataclass
class Piece:
    """One layer or function: what it is, the pieces that it read, by number, and the shape that it made.

    ops: where it stands on the tape. call: the innermost call of the user's code around it, by index.
    """

    kind: str
    name: str
    text: str
    sources: list[int] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    ops: list[Op] = field(default_factory=list)
    call: int | None = None
    heavy: bool = False


@dataclass(frozen=True)
class Pieces:
    """All pieces of a tape in order; origin: the piece that made a value."""

    pieces: tuple[Piece, ...]
    origin: dict[int, int]


def pieces_of(tape: Tape) -> Pieces:
    """Cut a tape into pieces: what its inputs became, up to the operation that failed."""
    reader = _Reader(tape)
    for op in tape.ops:
        reader.read(op)
    if tape.failed is not None:
        reader.fail(tape.failed)
    return Pieces(tuple(reader.pieces), reader.origin)


class _Reader:
    """The pieces read so far, and which of them made each value."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.pieces: list[Piece] = []
        self.origin: dict[int, int] = {}
        self.of_call: dict[int, int] = {}
        self.leaves = {call.index: call for call in tape.calls if _is_leaf(call)}
        for value, name in tape.leaf.items():
            if not name.startswith(("param:", "buffer:", "const:")):
                self.origin[value] = len(self.pieces)
                self.pieces.append(Piece(INPUT, name, "input", shape=tape.shape[value][1:]))

    def read(self, op: Op) -> None:
        sources = [self.origin[value] for value in op.inputs if value in self.origin]
        if not sources:
            return
        leaf = next((index for index in op.calls if index in self.leaves), None)
        number = self.of_call.get(leaf) if leaf is not None else None
        if op.name.strip("_") in _VIEWS or op.name in _VIEWS:
            number = sources[0] if number is None else number
        elif number is None:
            number = self._new(op, leaf)
        piece = self.pieces[number]
        if piece.kind != INPUT and number not in sources[:1]:
            piece.sources += [source for source in dict.fromkeys(sources) if source not in (*piece.sources, number)]
        if op.outputs and op.name not in _VIEWS and piece.kind != INPUT:
            piece.ops.append(op)
            piece.shape = self.tape.shape[op.outputs[0]][1:]
            piece.text, piece.heavy = self._described(piece, op)
        for value in op.outputs:
            if value not in op.inputs:
                self.origin[value] = number

    def fail(self, op: Op) -> None:
        """Add the operation that raised, with the shapes that it was given."""
        leaf = next((index for index in op.calls if index in self.leaves), None)
        number = self._new(op, leaf)
        piece = self.pieces[number]
        piece.kind = FAILED
        piece.text = self._described(piece, op)[0] if isinstance(op, Convolution) else _JOINS.get(_bare(op), _word(op))
        piece.sources = list(dict.fromkeys(self.origin[value] for value in op.inputs if value in self.origin))
        piece.ops.append(op)
        shapes = [times(self.tape.shape[value]) for value in op.inputs[:2]]
        piece.text += f" fails: {' and '.join(shapes)}"

    def _new(self, op: Op, leaf: int | None) -> int:
        number = len(self.pieces)
        name = self.leaves[leaf].path if leaf is not None else next((self._path(i) for i in reversed(op.calls)), "")
        own = [index for index in op.calls if not self.tape.calls[index].of_torch]
        kind = SUM if leaf is None and _bare(op) in _JOINS and len(op.inputs) > 1 else LAYER
        self.pieces.append(Piece(kind, name, "", call=own[-1] if own else None))
        if leaf is not None:
            self.of_call[leaf] = number
        return number

    def _path(self, index: int) -> str:
        return self.tape.calls[index].path

    def _described(self, piece: Piece, op: Op) -> tuple[str, bool]:
        """Return what the last operation of a piece makes it: its words, and whether it has a matrix of weights."""
        if isinstance(op, Convolution):
            return _convolution(op, self.tape), True
        if piece.heavy:
            return piece.text, True  # a layer that goes on after its convolution
        if "pool" in op.name:
            return _pool(op), False
        word = _word(op)
        if word == "linear" and op.outputs:
            return f"linear, {self.tape.shape[op.outputs[0]][-1]}", True
        leaf = next((self.leaves[index] for index in op.calls if index in self.leaves), None)
        if leaf is not None and not leaf.of_torch:
            return type(leaf.module).__name__, False
        if leaf is not None:
            return _CLASSES.get(type(leaf.module).__name__, word), False
        return (_JOINS.get(_bare(op), word) if piece.kind == SUM else word), False


def is_after(text: str) -> bool:
    """Whether words are those of a norm, an activation or dropout, which share the box of what they follow."""
    return text in _AFTER


def times(shape: Iterable[int]) -> str:
    """Return 64×56×56."""
    return "×".join(map(str, shape))


def _is_leaf(call: Call) -> bool:
    children = [name for name, _ in call.module.named_children() if name != "parametrizations"]
    return not children and (call.of_torch or call.parent is not None)


def _bare(op: Op) -> str:
    return op.name.strip("_")


def _word(op: Op) -> str:
    bare = _bare(op)
    return _WORDS.get(op.name, _WORDS.get(bare, bare.replace("_", " ")))


def _convolution(op: Convolution, tape: Tape) -> str:
    shape = tape.shape[op.weight]
    made = shape[1] * op.groups if op.transposed else shape[0]
    kind = "transposed conv" if op.transposed else "conv"
    text = f"{times(op.kernel)} {kind}, {made}" if len(op.kernel) > 1 else f"1-d {kind} of {op.kernel[0]}, {made}"
    if max(op.stride, default=1) > 1:
        text += f", {'×' if op.transposed else '/'}{_one(op.stride)}"
    if op.groups > 1:
        text += ", depthwise" if op.depthwise else f", {op.groups} groups"
    return text + (f", dilation {_one(op.dilation)}" if max(op.dilation, default=1) > 1 else "")


def _pool(op: Op) -> str:
    word = "max pool" if "max" in op.name else "average pool"
    size = op.arguments.get("kernel_size")
    if size is None:
        return word
    stride = op.arguments.get("stride") or size
    return f"{_one(size)}×{_one(size)} {word}" + (f", /{_one(stride)}" if _one(stride) != "1" else "")


def _one(numbers: object) -> str:
    """Return one number where all axes agree, else all of them."""
    axes = tuple(numbers) if isinstance(numbers, (tuple, list)) else (numbers,)
    return str(axes[0]) if len(set(axes)) == 1 else times(axes)
