"""How does a constructor's own code use its arguments: as lists, as words of a choice, as layers that may lack?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import Tensor, nn

from residua.errors import TargetError
from residua.targets.depths import keys_of
from residua.targets.find import load_file
from residua.targets.notebooks import read_text
from residua.targets.roles import maker_of, names_module
from residua.targets.scripts import Missing
from residua.targets.words import compared_words, tree_of

_USUAL = 2
_LOOPS = ("zip", "enumerate", "len", "iter", "reversed", "sorted", "sum", "list", "tuple", "map", "pairwise")


@dataclass(frozen=True)
class Use:
    """How a constructor's own code uses its arguments.

    lengths: the required ones that are counted, indexed, iterated or unpacked, and how many values of each. words: what
    required ones are compared with, the first word of each. norms: those that are None unless given, and then called.
    settings: required ones of which named items, or attributes that no module has, are read: `h.kernels`, `opt["nf"]`.
    defaults: for required ones what the file calls so, `default_conv` for `conv`. counts: required ones of which a
    range is made. levels: required ones with one less of which the class makes itself. widths: required ones that
    layers of torch get as a number, though their name may be that of a module: `inner`. keys: what is read of the
    keyword arguments without a default. nested: those of `lengths` whose values are lists themselves. convolves: it
    makes a convolution of images.
    """

    lengths: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    norms: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    widths: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    nested: frozenset[str] = frozenset()
    convolves: bool = False


def use_of(callee: Any, deeper: int = 1) -> Use:
    """Return how a class or function, and classes that it hands arguments to, use them as far as the source says."""
    maker = maker_of(callee)
    try:
        parameters = inspect.signature(maker).parameters if callable(maker) else {}
        tree = ast.parse(textwrap.dedent(inspect.getsource(maker)))
    except (OSError, TypeError, ValueError, SyntaxError):
        return Use()
    named = {
        name: each for name, each in parameters.items() if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    }
    required = {name for name, each in named.items() if each.default is each.empty}
    rebound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    lists = {name for name in required - set(_may_be_number(tree)) if _may_be_list(parameters[name])}
    lengths = {name: _USUAL for name in lists if re.search("_list$", name)}
    handed = list(_handed_on(tree, getattr(maker, "__globals__", {}), deeper)) if deeper else []
    for name, length in (*_uses(tree), *((name, length) for name, length, _ in handed if length)):
        if name in lists:
            lengths[name] = max(lengths.get(name, 0), length)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    absent = {name for name, each in parameters.items() if each.default is None and "norm" in name.lower()}
    settings: Set[str] = {name for name in required & set(_asked(tree)) if parameters[name].annotation in _UNTYPED}
    widths = frozenset(
        {name for name in required & set(_given_to_layers(tree)) if names_module(name.lower())} - rebound
    )
    rest = {name for name, each in parameters.items() if each.kind is each.VAR_KEYWORD}
    defaults = {name: value for name in required if (value := _default_of(maker, name)) is not None}
    return Use(
        lengths,
        {name: word for name in required if (word := _word_for(maker, tree, name, handed)) is not None},
        defaults,
        frozenset((absent & called) - rebound - set(_tested(tree))),
        frozenset(settings - rebound),
        frozenset((required & set(_ranged(tree))) - lengths.keys() - rebound),
        frozenset(widths),
        frozenset(key for name, key in _read_items(tree) if name in rest),
        frozenset(required & set(_lessened(tree, maker))),
        frozenset(required & set(_nested(tree))),
        "Conv2d(" in ast.unparse(tree),
    )


def _tested(tree: ast.AST) -> Iterator[str]:
    """Yield the names that are tested for being there: `norm(width) if norm is not None else nn.Identity()`."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.IfExp)):
            yield from (each.id for each in ast.walk(node.test) if isinstance(each, ast.Name))


def _given_to_layers(tree: ast.AST) -> Iterator[str]:
    """Yield the names that stand for the channels of a layer of torch: `nn.Conv2d(width, inner, 3)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _LAYERS.match(node.func.attr):
            yield from (each.id for each in node.args[:2] if isinstance(each, ast.Name))


_LAYERS = re.compile(r"(Conv|ConvTranspose|BatchNorm|InstanceNorm)[123]d$|Linear$|LayerNorm$|GroupNorm$")


def _ranged(tree: ast.AST) -> Iterator[str]:
    """Yield the names that bound a range, also in a sum, and where an attribute keeps them: `range(self.n - 1)`."""
    kept: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            kept |= {ast.unparse(each): node.value.id for each in node.targets if isinstance(each, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            for each in (part for bound in node.args for part in _terms(bound)):
                if isinstance(each, ast.Name):
                    yield each.id
                elif isinstance(each, ast.Attribute) and ast.unparse(each) in kept:
                    yield kept[ast.unparse(each)]


def _lessened(tree: ast.AST, maker: Any) -> Iterator[str]:
    """Yield the names with one less of which a class makes itself: `Hourglass(n - 1, width)`."""
    own = getattr(maker, "__qualname__", "").removesuffix(".__init__").rpartition(".")[2]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == own:
            for each in (*node.args, *(word.value for word in node.keywords)):
                if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub) and isinstance(each.left, ast.Name):
                    yield each.left.id


def _terms(bound: ast.expr) -> Iterator[ast.expr]:
    if isinstance(bound, ast.BinOp):
        yield from (*_terms(bound.left), *_terms(bound.right))
    else:
        yield bound


def _read_items(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (name, key) for each item that is read by a word: `kwargs["width"]`, `kwargs.pop("width")`."""
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            owner, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
            owner, key = node.func.value, node.args[0] if node.func.attr == "pop" else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(owner, ast.Name):
            yield owner.id, key.value


_UNTYPED = (inspect.Parameter.empty, dict, "dict", Any)


def _asked(tree: ast.AST) -> Iterator[str]:
    """Yield the names of which a named item is read, or an attribute that no module, class or plain value has."""
    yield from (name for name, _ in _read_items(tree))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        plain = node.attr == "expansion" or any(hasattr(kind, node.attr) for kind in _PLAIN)
        if not plain and not _MODULES.search(node.value.id):
            yield node.value.id


_MODULES = re.compile(r"self|block|layer|module|net|model|backbone|encoder|decoder|embed|env", re.I)
_PLAIN = (nn.Module, Tensor, str, list, dict, type, nn.Conv2d, nn.Linear)


def _handed_on(tree: ast.AST, names: Mapping[str, Any], deeper: int) -> Iterator[tuple[str, int, Any]]:
    """Yield (name, length, word) for what is handed on to a class or function of the user's.

    That uses it as a list, or looks it up by a word; a length of 0, and the word None, where it does not.
    """
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        callee = names.get(node.func.id)
        users = inspect.isfunction(callee) or isinstance(callee, type)
        if not users or callee.__module__.startswith("torch"):
            continue
        use = use_of(callee, deeper - 1)
        given = [(word.arg or "", word.value) for word in node.keywords]
        for name, value in (*zip(_parameters(callee), node.args, strict=False), *given):
            if isinstance(value, ast.Name) and (name in use.lengths or name in use.words):
                yield value.id, use.lengths.get(name, 0), use.words.get(name)


def _parameters(kind: Any) -> list[str]:
    try:
        return list(inspect.signature(kind).parameters)
    except (TypeError, ValueError):
        return []


def _default_of(maker: Any, name: str) -> Any:
    """Return the function or class `default_conv` for an argument `conv`, of the file or a module that it imports."""
    names, wanted = getattr(maker, "__globals__", {}), f"default_{name}"
    for home in (names, *(vars(each) for each in list(names.values()) if isinstance(each, ModuleType))):
        if callable(home.get(wanted)) and not isinstance(home[wanted], Missing):
            return home[wanted]
    path = Path(str(names.get("__file__", "")))
    with suppress(OSError, ValueError, TargetError):  # of the file no more has been run than was asked for
        if path.is_file() and wanted in read_text(path):
            return vars(load_file(path, wanted)).get(wanted)
    return None


def _word_for(maker: Any, tree: ast.AST, name: str, handed: list[tuple[str, int, Any]]) -> Any:
    """Return the first word that an argument is compared with, or key that it is looked up by; None of no such one."""
    text = ast.unparse(tree)
    looked_up = (key for kind in (str, int) for key in keys_looked_up(maker, text, name, kind))
    passed_on = (word for own, _, word in handed if own == name and word is not None)
    return next(chain(compared_words(maker).get(name, ()), looked_up, passed_on), None)


def _may_be_number(tree: ast.AST) -> Iterator[str]:
    """Yield the names of which the code asks whether they are numbers: `isinstance(shape, int)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance" and len(node.args) == 2:
            own, kind = node.args
            if isinstance(own, ast.Name) and re.search(r"\b(int|Integral|Number)\b", ast.unparse(kind)):
                yield own.id


def _may_be_list(parameter: inspect.Parameter) -> bool:
    plain = parameter.annotation in (int, float, bool, str, dict, "int", "float", "bool", "str", "dict")
    return not plain and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def _uses(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield (name, length) for each place that uses a name as a sequence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            yield from _indexed(node.value.id, node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LOOPS:
            yield from ((each.id, _USUAL) for each in node.args if isinstance(each, ast.Name))
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Name):
            yield node.iter.id, _USUAL
        elif isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
            yield node.value.id, _USUAL
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            yield from (
                (node.value.id, len(each.elts)) for each in node.targets if isinstance(each, (ast.Tuple, ast.List))
            )


def _nested(tree: ast.AST) -> Iterator[str]:
    """Yield the names whose values are used as lists themselves: `for width in widths[i]`, `len(widths[i])`."""
    inner: dict[str, str] = {}  # what a loop calls one value, by the name of the list
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.comprehension)):
            whole = node.iter
            if isinstance(whole, ast.Call) and getattr(whole.func, "id", "") == "enumerate" and whole.args:
                whole = whole.args[0]
            names = [each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)]
            if isinstance(whole, ast.Name) and names:
                inner[names[-1]] = whole.id
    for node in ast.walk(tree):
        used: list[ast.expr] = []
        if isinstance(node, (ast.For, ast.comprehension)):
            used = [node.iter]
        elif isinstance(node, (ast.Subscript, ast.Starred)):
            used = [node.value]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in _LOOPS:
            used = node.args
        for each in used:
            if isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name):
                yield each.value.id
            elif isinstance(each, ast.Name) and each.id in inner:
                yield inner[each.id]


def _indexed(name: str, index: ast.expr) -> Iterator[tuple[str, int]]:
    if isinstance(index, ast.Constant) and isinstance(index.value, int):
        yield name, max(_USUAL, index.value + 1)
    elif isinstance(index, (ast.Slice, ast.UnaryOp, ast.BinOp, ast.Name)):
        yield name, _USUAL


def keys_looked_up(callee: Any, text: str, name: str, kind: type = str) -> list[Any]:
    """Return the keys of the dictionaries in which an argument is looked up: `NORMS[norm]`, `{...}.get(norm.lower())`.

    These are written out, or stand in the file, in the class or in the constructor. text: the source of the callee.
    """
    found: list[Any] = []
    tree = tree_of(text)
    for node in ast.walk(tree) if tree is not None else ():
        key: ast.expr | None
        if isinstance(node, ast.Subscript):
            table, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            table, key = node.func.value, (*node.args, None)[0]
        else:
            continue
        key = key.func.value if isinstance(key, ast.Call) and isinstance(key.func, ast.Attribute) else key
        if isinstance(key, ast.Name) and key.id == name:
            found += [each for each in keys_of(table, callee, tree) if type(each) is kind]
    return list(dict.fromkeys(found))
