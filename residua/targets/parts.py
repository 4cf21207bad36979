"""Which tensors does a forward take: those of a dict by their keys, of a tuple by their places, those beside a mode?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from types import MethodType
from typing import Any

from torch import Tensor, nn

from residua.targets.further import states_of
from residua.targets.inputs import forward_of, is_taken_apart, required_inputs


@dataclass(frozen=True)
class Parts:
    """What a forward takes apart: the keys of a dict, or of its own keywords, or names for the places of a tuple.

    layers: of a list that is read place by place beside a list of layers, the layer for each place.
    """

    keys: tuple[str, ...]
    kind: type = tuple
    keywords: bool = False
    layers: tuple[nn.Module, ...] = ()

    @property
    def names(self) -> list[str]:
        """The keys as names of arguments, in the order in which forward asks for them."""
        words = [re.sub(r"\W", "_", key).strip("_") or "x" for key in self.keys]
        return [word if word.isidentifier() else f"x_{word}" for word in words]

    def call(self, module: nn.Module, tensors: Sequence[Tensor]) -> Any:
        """Call a class's own forward with these tensors put together as it takes them."""
        forward: Any = type(module).forward
        if self.kind is not dict:
            return forward(module, self.kind(tensors))
        named = dict(zip(self.keys, tensors, strict=True))
        return forward(module, **named) if self.keywords else forward(module, named)


def take_apart(module: nn.Module) -> None:
    """Let the forward of a module of ours take the tensors that its class takes out of one argument, each alone.

    What its class compares with words (`if mode == "norm"`) it takes no longer: it is the first of these words. Of the
    pair that an LSTM gets as its state it takes h and c.
    """
    parts, modes = parts_of(module), modes_of(module)
    pairs = [name for name, state in states_of(module).items() if state.pair and name in required_inputs(module)]
    if parts is not None and len(set(parts.names)) == len(parts.names):
        names, call = parts.names, parts.call
    elif modes or pairs:
        taken = [each for each in required_inputs(module) if each not in modes]
        names = [each for name in taken for each in ((f"{name}_h", f"{name}_c") if name in pairs else (name,))]

        def call(module: nn.Module, tensors: Sequence[Tensor]) -> Any:
            given: dict[str, Any] = dict(zip(names, tensors, strict=True))
            given |= {name: (given.pop(f"{name}_h"), given.pop(f"{name}_c")) for name in pairs}
            return type(module).forward(module, **given, **modes)
    else:
        return

    def forward(own: nn.Module, *tensors: Tensor, **words: Tensor) -> Any:
        return call(own, (*tensors, *(words[name] for name in names[len(tensors) :])))

    kinds = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in ("own", *names)]
    forward.__signature__ = inspect.Signature(kinds)  # type: ignore[attr-defined]  # inspect reads it
    forward.of_state = parts is None and not modes  # type: ignore[attr-defined]  # inputs.py reads it
    module.forward = MethodType(forward, module)  # bound, so that copies have their own


def modes_of(module: nn.Module) -> dict[str, str]:
    """Return for each required input that forward compares with words the first of these; a tensor goes before them."""
    tree, _ = _read(module)
    required, found = required_inputs(module), dict[str, str]()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id in required[1:]:
            words = [
                each.value for part in node.comparators for each in ast.walk(part) if isinstance(each, ast.Constant)
            ]
            if words and isinstance(words[0], str):
                found.setdefault(node.left.id, words[0])
    return found


def _read(module: nn.Module) -> tuple[ast.AST | None, list[Parameter]]:
    """Return the syntax tree of a class's forward, None where it has no source, and what it takes beside the module."""
    forward = forward_of(type(module))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(forward))).body[0]
        return tree, list(inspect.signature(forward).parameters.values())[1:]
    except (OSError, TypeError, ValueError, SyntaxError):
        return None, []


def parts_of(module: nn.Module) -> Parts | None:
    """Return what a module's class takes apart; None where it takes tensors, or nothing tells how many."""
    tree, parameters = _read(module)
    if tree is None:
        return None
    required = [each for each in parameters if each.default is each.empty and each.kind is not each.VAR_KEYWORD]
    if not required:
        keywords = [each.name for each in parameters if each.kind is each.VAR_KEYWORD]
        keys = _keys(tree, keywords[0], module) if keywords and len(parameters) == 1 else ()
        return Parts(keys, dict, keywords=True) if keys else None
    if len(required) > 1 or required[0].kind not in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
        return None
    keys = _keys(tree, required[0].name, module)
    if keys:
        return Parts(keys, dict)
    places = _unpacked(tree, required[0].name) or _indexed(tree, required[0].name)
    return Parts(places) if places else _beside_layers(tree, required[0].name, module)


def is_apart_in_one_mode(module: nn.Module) -> bool:
    """Tell a forward that unpacks its argument, to images and labels, in training alone: `if self.training: …`."""
    tree, parameters = _read(module)
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If)] if tree is not None and parameters else []
    modes = [node for node in tests if "self.training" in ast.unparse(node.test)]
    branches = (ast.Module(body, []) for node in modes for body in (node.body, node.orelse) if body)
    return any(_unpacked(branch, parameters[0].name) for branch in branches)


def _keys(tree: ast.AST, name: str, module: nn.Module) -> tuple[str, ...]:
    """Return the words by which a name is indexed, each once; none where something else is an index of it too."""
    keys = [_meaning(each.slice, module) for each in _items(tree, name)]
    return tuple(dict.fromkeys(keys)) if all(isinstance(key, str) for key in keys) else ()


def _meaning(node: ast.expr, module: nn.Module) -> Any:
    """Return a constant, or what a global name or an attribute of the module stands for."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        names: Mapping[str, Any] = getattr(forward_of(type(module)), "__globals__", {})
        return names.get(node.id)
    own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return getattr(module, node.attr, None) if own and isinstance(node, ast.Attribute) else None


def _items(tree: ast.AST, name: str) -> Iterator[ast.Subscript]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name:
            yield node


def _unpacked(tree: ast.AST, name: str) -> tuple[str, ...]:
    """Return the names that the argument is unpacked to: `nodes, edges = data`, before it is anything else."""
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    first = min(reads, key=lambda node: (node.lineno, node.col_offset), default=None)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and node.value in reads and isinstance(node.targets[0], (ast.Tuple, ast.List)):
            names = [each.id for each in node.targets[0].elts if isinstance(each, ast.Name)]
            others = [read for read in reads if read is not node.value and read.lineno < node.lineno]
            whole = len(names) == len(node.targets[0].elts) > 1 and first is not None and not others
            return _apart(names) if whole else ()
    return ()


def _indexed(tree: ast.AST, name: str) -> tuple[str, ...]:
    """Return a name for each place by which alone the argument is read: `x[0]` and `x[1]`."""
    indices = [each.slice for each in _items(tree, name)]
    places = [each.value for each in indices if isinstance(each, ast.Constant) and type(each.value) is int]
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    count = len(set(places))
    whole = len(reads) == len(indices) == len(places) and count > 1 and set(places) == set(range(count))
    return tuple(f"{name}{place}" for place in range(count)) if whole else ()


def layers_of_levels(module: nn.Module) -> tuple[nn.Module, ...]:
    """Return the layer for each place of the list that a module takes apart; none where it takes no such list."""
    parts = parts_of(module) if is_taken_apart(module) else None
    return parts.layers if parts is not None else ()


def _beside_layers(tree: ast.AST, name: str, module: nn.Module) -> Parts | None:
    """Return a place for each layer beside which a loop reads the argument: `zip(self.lateral, inputs)`."""
    reads = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name}
    as_list = {id(node) for each in ast.walk(tree) for node in _read_as_list(each)}
    if not reads or not reads <= as_list:
        return None
    for loop in ast.walk(tree):
        if isinstance(loop, (ast.For, ast.ListComp, ast.GeneratorExp)) and _reads_places(loop, name):
            beside = (each for each in ast.walk(loop) if isinstance(each, ast.Attribute))
            lists = [getattr(module, each.attr, None) for each in beside if ast.unparse(each.value) == "self"]
            layers = [each for each in lists if isinstance(each, nn.ModuleList) and len(each) > 1]
            if layers and len({len(each) for each in layers}) == 1:
                names = tuple(f"{name}{place}" for place in range(len(layers[0])))
                return Parts(names, list, layers=tuple(layers[0]))
    return None


def _read_as_list(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node counts, goes through or takes a place of."""
    if isinstance(node, ast.Subscript):
        yield node.value
    elif isinstance(node, (ast.For, ast.comprehension)):
        yield node.iter
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from node.args if node.func.id in ("zip", "enumerate", "len", "reversed", "list", "tuple") else ()


def _reads_places(loop: ast.For | ast.ListComp | ast.GeneratorExp, name: str) -> bool:
    """Tell a loop over a list, alone or beside others, or one that takes its places by a number that it counts."""
    heads = [loop] if isinstance(loop, ast.For) else loop.generators
    counted = {id(each) for part in ast.walk(loop) if _is_len(part) for each in ast.walk(part)}
    over = [each for head in heads for each in ast.walk(head.iter) if isinstance(each, ast.Name)]
    places = {each.id for head in heads for each in ast.walk(head.target) if isinstance(each, ast.Name)}
    indices = [each.slice for each in _items(loop, name)]
    return any(each.id == name and id(each) not in counted for each in over) or any(
        isinstance(each, ast.Name) and each.id in places for each in indices
    )


def _is_len(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _apart(names: Sequence[str]) -> tuple[str, ...]:
    """Return names that differ: `_, x, _ = data` has one twice."""
    return tuple(f"{name}{index}" if names.count(name) > 1 else name for index, name in enumerate(names))
