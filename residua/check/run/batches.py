"""Does code run only with a batch of the size that is written into it, and what becomes of a batch of one?"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.run.forward import attempt
from residua.record.recorder import as_tensors
from residua.record.tape import Op, Tape
from residua.targets.inputs import Signal, required_inputs
from residua.text import one_line

_SHAPED = frozenset(
    {
        "view", "reshape", "expand", "repeat", "zeros", "ones", "randn", "rand", "empty", "full", "new_zeros",
        "range", "arange", "new_ones", "new_full", "new_empty", "broadcast_to", "tile", "randint", "normal", "resize",
        "unflatten",
    }
)  # fmt: skip
_VIEWS = frozenset({"view", "reshape"})
_RANGES = frozenset({"range", "arange"})
_STATES = frozenset({"zeros", "ones", "randn", "rand"})  # of (layers, batch, width), as a recurrence takes them
_SIZES, _OFFERS = 4, 4  # written sizes and inputs to try: more only cost time


@dataclass(frozen=True)
class WrittenBatch:
    """A size of batch that a line of code demands, and what another one raises."""

    size: int
    file: str
    line: int
    error: str


@dataclass(frozen=True)
class Alone:
    """One pass in eval mode on a batch of one: what it recorded, and in what it differs from larger batches."""

    tape: Tape
    what: str
    fails: bool = False


@dataclass(frozen=True)
class _Size:
    """The first size in a call that takes a shape: fixed where the code alone says it, and no argument."""

    size: int
    file: str
    line: int
    fixed: bool


def batch_written_for(module: nn.Module, offers: list[Signal]) -> tuple[Signal, WrittenBatch | None] | None:
    """Return the first offer that runs once its batch has a size that the code says, and the line that says it.

    No line where the size comes from an argument or an option: then whoever calls it says it. None where no size helps.
    """
    sizes = list(_sizes_in(module))
    if not sizes or any(attempt(module, offer)[0] for offer in offers):
        return None
    for size in list(dict.fromkeys(each.size for each in sizes))[:_SIZES]:
        for offer in offers[:_OFFERS]:
            outputs, _ = attempt(module, replace(offer, batch=size))
            if not outputs or outputs[0].shape[:1] not in ((size,), ()):
                continue
            error = attempt(module, offer)[1]
            written = [each for each in sizes if each.size == size]
            blamed = next((each for each in written if each.fixed), None)
            of_code = blamed is not None and all(each.fixed for each in written) and len(required_inputs(module)) < 2
            found = WrittenBatch(size, blamed.file, blamed.line, one_line(error, 120)) if blamed and of_code else None
            return replace(offer, batch=size), found
    return None


def in_pieces(module: nn.Module, offers: list[Signal]) -> Signal | None:
    """Return an offer of more images where `chunk` along the batch gave fewer pieces than the code unpacks.

    The first that runs, as of triplets that stand one behind the other; else the first that fails in another way.
    """
    further = None
    for offer in offers[:_OFFERS] if offers and not offers[0].given else ():
        error = attempt(module, offer)[1]
        found = _FEW_PIECES.search(error)
        pieces = int(found[1]) if found is not None and int(found[2]) == offer.batch else _frames(error)
        if pieces is None:
            continue
        larger = replace(offer, batch=2 * pieces)
        outputs, error = attempt(module, larger)
        if outputs:
            return larger
        further = further or (None if _FEW_PIECES.search(error) else larger)
    return further


_FEW_PIECES = re.compile(r"not enough values to unpack \(expected (\d+), got (\d+)\)")


_SEGMENTS = re.compile(r"(?:shape '\[(?:-1|0), (\d+), \d+[^']*' is invalid|unflatten: Provided sizes \[-1, (\d+)\])")


def _frames(error: str) -> int | None:
    """Return of how many frames each a code takes the images apart, `x.view(n // 8, 8, c, h, w)`: few give no group."""
    found = _SEGMENTS.search(error)
    return int(found[1] or found[2]) if found is not None else None


def takes_frames(module: nn.Module, offer: Signal) -> bool:
    """Tell code that refuses a batch that is no number of whole clips: the images of one clip may well meet."""
    return _frames(attempt(module, replace(offer, batch=1))[1]) is not None


def _sizes_in(module: nn.Module) -> Iterator[_Size]:
    """Yield the sizes of first axes that the methods of a module and its parts write, but for 2, which always runs."""
    seen: set[type] = set()
    for part in module.modules():
        kind = type(part)
        if kind in seen or kind.__module__.startswith("torch."):
            continue
        seen.add(kind)
        for each in kind.__mro__:
            if each.__module__.startswith(("torch.", "builtins")):
                break
            yield from _sizes_of(part, each)


def _sizes_of(part: nn.Module, kind: type) -> Iterator[_Size]:
    try:
        file = inspect.getsourcefile(kind) or ""
    except (OSError, TypeError):
        return
    own = source.class_in(file, kind.__name__)
    methods = [each for each in own.body if isinstance(each, ast.FunctionDef)] if own is not None else []
    for method in methods:
        if method.name == "__init__":
            continue  # the sizes of parameters and buffers, as of positions
        for node in ast.walk(method):
            name = _name_of(node.func) if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or name not in _SHAPED:
                continue
            for expression in _first_sizes(node, name):
                size, fixed = _value(expression, part, method, file)
                if size is not None and size != 2 and (size > 1 or _binds_one(node, name, expression)):
                    yield _Size(size, file, node.lineno, fixed)


def _first_sizes(call: ast.Call, name: str) -> list[ast.expr]:
    """Return what may be the batch in the shape that a call takes: its first size; of a state, also the second."""
    shapes = [each.elts for each in call.args if isinstance(each, (ast.Tuple, ast.List))]
    shape = shapes[0] if shapes else list(call.args)
    if name in _RANGES:
        return shape if len(shape) == 1 else []
    return shape[:2] if name in _STATES and len(shape) == 3 else shape[:1]


def _binds_one(call: ast.Call, name: str, expression: ast.expr) -> bool:
    """Tell where a 1 is no axis that broadcasts: in a view, and as the second size of a recurrence's state.

    A view that multiplies sizes, `view(1, b * c, h, w)`, moves the batch into another axis.
    """
    if any(isinstance(node, ast.BinOp) for node in ast.walk(call)):
        return False
    return name in _VIEWS or (name in _STATES and expression is not _first_sizes(call, name)[0])


def _value(expression: ast.expr, part: nn.Module, method: ast.FunctionDef, file: str) -> tuple[int | None, bool]:
    """Return the whole number that an expression stands for, if it does, and whether it is written in the code."""
    if isinstance(expression, ast.Constant):
        return (expression.value, True) if type(expression.value) is int else (None, False)
    home = vars(sys.modules.get(type(part).__module__, object))
    if isinstance(expression, ast.Name):
        local = _assigned(method, lambda target: _name_of(target) == expression.id)
        if local is not None:
            return local, True
        value = home.get(expression.id)
        return (value, True) if type(value) is int else (None, False)
    if isinstance(expression, ast.Attribute):
        of_self = isinstance(expression.value, ast.Name) and expression.value.id == "self"
        owner: Any = part if of_self else home.get(_name_of(expression.value))
        value = getattr(owner, expression.attr, None) if owner is not None else None
        tree = source.class_in(file, type(part).__name__) if of_self else None
        fixed = tree is not None and _assigned(tree, lambda target: _name_of(target) == expression.attr) == value
        return (value, fixed) if type(value) is int else (None, False)
    return None, False


def _assigned(tree: ast.AST, wanted: Callable[[ast.expr], bool]) -> int | None:
    """Return the whole number that an assignment inside `tree` gives to a target."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)):
            continue
        if type(node.value.value) is int and any(wanted(target) for target in node.targets):
            return node.value.value
    return None


def _name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def drops_first(op: Op) -> bool:
    """Tell a squeeze of every axis, or of the first one."""
    axes = op.arguments.get("dim")
    return op.name == "squeeze" and (axes is None or axes == 0 or axes == (0,))


def alone(run: Callable[[Tape, list[Tensor]], Any], given: list[Tensor], beside: list[Tensor]) -> Alone | None:
    """Run the first image alone and return that pass; None where it gives what it gives beside others.

    run: records a pass. beside: the outputs for the whole batch `given`.
    """
    tape = Tape()
    try:
        single = as_tensors(run(tape, [tensor[:1].clone() if tensor.dim() else tensor.clone() for tensor in given]))
    except Exception as error:
        return Alone(tape, f"fails: {type(error).__name__}: {one_line(error, 120)}", fails=True)
    for one, many in zip(single, beside, strict=False):
        if one.shape != (1, *many.shape[1:]):
            return Alone(tape, f"gives {_words(one)} where it should give {_words(many[:1])}")
    return None


def _words(tensor: Tensor) -> str:
    return "x".join(str(side) for side in tensor.shape) or "a single number"
