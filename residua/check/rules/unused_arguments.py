"""Which arguments of a constructor, or of forward, does the code take and not use?"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from residua.check.evidence import source
from residua.text import nearest

# What says how a layer is made: a network that ignores it is not the one that was asked for. Names, sizes of images,
# numbers of classes and the like are kept for others to read.
_LAYER = {
    r"^k$|kernel|ksize|^ks$": r"conv|pool|^dw|depthwise",
    r"dilation|^d$": r"conv",
    r"stride": r"conv|pool|down",
    r"^groups$|cardinality|num_groups|n_groups": r"conv|norm",
    r"drop|^p$|surviv": r"drop",
    r"bias": r"conv|linear",
    r"^eps$|momentum|norm": r"norm|^bn|^ln|^gn",
    r"head": r"attention|attn",
    r"^(act|activation|nonlinearity|act_layer|act_fn)$": r"relu|gelu|silu|act",
    r"emb_?dim|_dim$|hidden|^mlp_ratio$|expan|ratio|reduction|^r$|bottleneck|squeeze": r"linear|conv|mlp|se",
    r"res_?scale|layer_?scale|init_value|^alpha$|^beta$|^gain$": r"scale|param|full|ones",
    r"depth|num_layers|n_layers|num_blocks|n_blocks": r"range|list",
    r"pad": r"conv|pad",
}


@dataclass(frozen=True)
class Unused:
    """An argument without use: its name, the line to blame, and what is said instead of it there; how, for messages."""

    name: str
    line: int
    how: str


def unused_arguments(file: str, class_name: str) -> Iterator[Unused]:
    """Yield the arguments of a constructor that say how its layers are made and that no layer depends on."""
    init = source.method(file, class_name, "__init__")
    node = source.class_in(file, class_name)
    if init is None or node is None or passes_all_on(init) or not all(map(_is_plain_base, node.bases)):
        return
    for argument, default in _parameters(init):
        name = argument.arg
        pattern = next((callees for names, callees in _LAYER.items() if re.search(names, name, re.I)), None)
        causal = "stride" in name and any("dilation" in each.arg for each, _ in _parameters(init))  # never strided
        if pattern is None or causal or name.startswith("_") or _only_refuses(init, name, default):
            continue
        if _is_replaced(init, name):
            yield Unused(name, _replacing(init, name)[0].lineno, "is overwritten here before anything reads it")
            continue
        kept = _kept_as(init, name)
        reads = [each for each in _reads(init, name) if not _is_idle(init, each, kept)]
        if (
            reads
            or any(_is_read(file, attribute, node.name) for attribute in kept)
            or _serves_a_sibling(file, node, name)
        ):
            continue
        line = _line(init, name, default, pattern)
        if re.search(_OF_START, name, re.I):
            line = _filling_line(node) or line
        how = "is only kept, and nothing reads it" if kept else "is read by nothing that makes a layer"
        yield Unused(name, line or argument.lineno, how)


_OF_START = r"init_value|layer_?scale|^gain$"


def _filling_line(node: ast.ClassDef) -> int | None:
    """Return the one line of a class that fills a parameter with a number of its own: `nn.init.ones_(self.gamma)`."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)]
    lines = [each.lineno for each in calls if re.search(r"^(ones|zeros|constant|fill|zero)_$", _attribute(each))]
    return lines[0] if len(lines) == 1 else None


def _attribute(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def is_idle_argument(file: str, init: ast.FunctionDef, name: str) -> bool:
    """Tell an argument of a constructor that nothing reads, or that is only kept under names that nothing reads."""
    default = {each.arg: value for each, value in _parameters(init)}.get(name)
    kept = _kept_as(init, name)
    owner = next((each.name for each in source.classes_around(file, init.lineno)), "")
    if name.startswith("_") or _only_refuses(init, name, default) or any(_is_read(file, each, owner) for each in kept):
        return False
    return all(_is_idle(init, each, kept) for each in _reads(init, name))


def _parameters(function: ast.FunctionDef) -> list[tuple[ast.arg, ast.expr | None]]:
    """Return the arguments of a method beside self, each with its default."""
    names = [*function.args.posonlyargs, *function.args.args]
    defaults = [None] * (len(names) - len(function.args.defaults)) + list(function.args.defaults)
    pairs = list(zip(names, defaults, strict=True))[1:]
    return pairs + list(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))


def passes_all_on(init: ast.FunctionDef) -> bool:
    """Tell a constructor that hands over everything it got: `locals()`, `save_hyperparameters()`, `self.__dict__`."""
    words = {each.id for each in ast.walk(init) if isinstance(each, ast.Name)}
    words |= {each.attr for each in ast.walk(init) if isinstance(each, ast.Attribute)}
    return bool(words & {"locals", "vars", "save_hyperparameters", "__dict__", "setattr"})


def _is_plain_base(base: ast.expr) -> bool:
    """Tell nn.Module from classes that may read what a derived one keeps."""
    return ast.unparse(base).rpartition(".")[2] == "Module"


def _reads(init: ast.FunctionDef, name: str) -> list[ast.Name]:
    found = (each for each in ast.walk(init) if isinstance(each, ast.Name) and each.id == name)
    return [each for each in found if isinstance(each.ctx, ast.Load)]


def _replacing(init: ast.FunctionDef, name: str) -> list[ast.stmt]:
    """Return the statements, under no condition, that give the argument another value without reading it."""
    found = [node for node in init.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name]
    return [node for node in found if not any(_holds(node, read) for read in _reads(init, name))]


def _is_replaced(init: ast.FunctionDef, name: str) -> bool:
    found = _replacing(init, name)
    return bool(found) and all(read.lineno > found[0].lineno for read in _reads(init, name))


def _kept_as(init: ast.FunctionDef, name: str) -> list[str]:
    """Return the attributes of self to which the argument, as it is, is assigned."""
    found = []
    for node in ast.walk(init):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
            found += [each.attr for each in node.targets if isinstance(each, ast.Attribute)]
    return found


def _is_idle(init: ast.FunctionDef, read: ast.Name, kept: list[str]) -> bool:
    """Tell a read that only tests the argument, to refuse it, or keeps it under a name."""
    for node in ast.walk(init):
        if isinstance(node, ast.Assert) and _holds(node.test, read):
            return True
        if isinstance(node, ast.If) and _holds(node.test, read) and not node.orelse:
            return all(isinstance(each, ast.Raise) for each in node.body)
        if isinstance(node, ast.Assign) and node.value is read:
            return all(isinstance(each, ast.Attribute) and each.attr in kept for each in node.targets)
    return False


def _holds(node: ast.AST, part: ast.AST) -> bool:
    return any(each is part for each in ast.walk(node))


def _only_refuses(init: ast.FunctionDef, name: str, default: ast.expr | None) -> bool:
    """Tell an argument of which the constructor takes one value alone: `if groups != 1: raise`."""
    tests = [node.test for node in ast.walk(init) if isinstance(node, (ast.If, ast.Assert))]
    for test in tests:
        for node in ast.walk(test):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            own = any(isinstance(each, ast.Name) and each.id == name for each in sides)
            same = default is not None and any(ast.dump(each) == ast.dump(default) for each in sides)
            same = same or (default is None and any(isinstance(each, ast.Constant) for each in sides))
            if own and same and isinstance(node.ops[0], (ast.NotEq, ast.Gt, ast.Eq, ast.Is, ast.IsNot)):
                return True
        if isinstance(test, ast.Name) and test.id == name:
            return True
    return False


def _is_read(file: str, attribute: str, owner: str) -> bool:
    """Tell whether the file reads what `owner` keeps under this name: not the like of another class that keeps its own.

    A derived class, or a base, reads what is kept here.
    """
    nodes = source.nodes_of(file)
    if any(isinstance(each, ast.Constant) and each.value == attribute for each in nodes):
        return True
    classes = [each for each in nodes if isinstance(each, ast.ClassDef)]
    alone = [each for each in classes if all(map(_is_plain_base, each.bases)) and not _has_derived(each, classes)]
    others = [each for each in alone if each.name != owner and source.assigned_to_self(file, each.name, attribute)]
    theirs = {id(each) for other in others for each in ast.walk(other) if _is_of_self(each)}
    reads = (each for each in nodes if isinstance(each, ast.Attribute) and each.attr == attribute)
    return any(isinstance(each.ctx, ast.Load) and id(each) not in theirs for each in reads)


def _has_derived(node: ast.ClassDef, classes: list[ast.ClassDef]) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] == node.name for each in classes for base in each.bases)


def _is_of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _serves_a_sibling(file: str, node: ast.ClassDef, name: str) -> bool:
    """Tell a class that takes what another one of the file takes, so that either can be made by the same call."""
    own = source.method(file, node.name, "__init__")
    names = {argument.arg for argument, _ in _parameters(own)} if own is not None else set()
    for other in source.nodes_of(file):
        init = source.method(file, other.name, "__init__") if isinstance(other, ast.ClassDef) else None
        if isinstance(other, ast.ClassDef) and other.name != node.name and init is not None:
            theirs = {argument.arg for argument, _ in _parameters(init)}
            if name in theirs and len(names & theirs) > max(2, len(names) - 2):
                return True
    return False


def _line(init: ast.FunctionDef, name: str, default: ast.expr | None, callees: str) -> int | None:
    """Return the line of the layer that should have read the argument: where its default is written out instead."""
    calls = [node for node in ast.walk(init) if isinstance(node, ast.Call)]
    calls.sort(key=lambda node: node.lineno)
    fitting = [node for node in calls if re.search(callees, ast.unparse(node.func).rpartition(".")[2], re.I)]
    value = default.value if isinstance(default, ast.Constant) else None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    of_value = [node for node in fitting if number and any(map(_equals(value), _given(node)))]
    wide = [
        node
        for node in fitting
        if not any(isinstance(each, ast.Constant) and each.value == 1 for each in _given(node)[:3])
    ]
    chosen = of_value or (wide if re.search("kernel|dilation|groups", name) else fitting)
    if chosen:
        return chosen[0].lineno
    stores = [node for node in ast.walk(init) if isinstance(node, ast.Assign)]
    return next((node.lineno for node in stores if isinstance(node.value, ast.Name) and node.value.id == name), None)


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def _equals(value: object) -> Callable[[ast.expr], bool]:
    return lambda each: isinstance(each, ast.Constant) and type(each.value) is type(value) and each.value == value


@dataclass(frozen=True)
class Swallowed:
    """A keyword that a constructor's **kwargs swallows: what was given, what is nearest to it, whose, and where."""

    given: str
    meant: str
    owner: str
    line: int


def swallowed_keywords(file: str) -> Iterator[Swallowed]:
    """Yield keywords of calls in a file that the called class of the file neither takes nor reads from its **kwargs."""
    classes = [node for node in source.nodes_of(file) if isinstance(node, ast.ClassDef)]
    deaf: dict[str, list[str]] = {}
    for node in classes:
        init = source.method(file, node.name, "__init__")
        rest = init.args.kwarg.arg if init is not None and init.args.kwarg is not None else None
        if init is not None and rest is not None and not _reads(init, rest) and all(map(_is_plain_base, node.bases)):
            deaf[node.name] = [argument.arg for argument, _ in _parameters(init)]
    for call in (each for each in source.nodes_of(file) if isinstance(each, ast.Call)):
        name = ast.unparse(call.func)
        for keyword in call.keywords if name in deaf else ():
            free = [each for each in deaf[name] if each not in {other.arg for other in call.keywords}]
            near = _nearest(keyword.arg, free) if keyword.arg is not None and keyword.arg not in deaf[name] else None
            if near is not None:
                yield Swallowed(str(keyword.arg), near, name, keyword.value.lineno)


def _nearest(given: str, names: list[str]) -> str | None:
    inside = [name for name in names if len(given) > 3 and (given in name or (name in given and len(name) > 3))]
    return next(iter(inside or nearest(given, names, cutoff=0.75)), None)


@dataclass(frozen=True)
class Lost:
    """An argument of forward whose value goes nowhere, and the line where it is lost."""

    name: str
    line: int
    how: str


def lost_inputs(file: str, class_name: str) -> Iterator[Lost]:
    """Yield arguments of forward that are prepared and handed to nothing, or overwritten before they are read."""
    forward = source.method(file, class_name, "forward")
    for argument, default in _parameters(forward) if forward is not None else ():
        assert forward is not None
        name = argument.arg
        reads = [each for each in _reads(forward, name) if not _is_tested(forward, each)]
        stores = sorted(_stores(forward, name), key=lambda each: each.lineno)
        own = [each for each in stores if _is_prepared(each) and any(_holds(each, read) for read in reads)]
        if own and all(any(_holds(each, read) for each in own) for read in reads):
            yield Lost(name, own[-1].lineno, "is prepared here and handed to nothing")
        number = isinstance(default, ast.Constant) and type(default.value) in (int, float)
        others = [each for each in stores if each not in own and _is_computed(each)]
        before = [read for read in reads if others and read.lineno <= others[0].lineno]
        if number and others and reads and not before:
            yield Lost(name, others[0].lineno, "is overwritten here before anything reads it")


def _is_prepared(node: ast.Assign) -> bool:
    """Tell `mask = f(mask)` from `x, skip = layer(x)`, which also gives something else."""
    return isinstance(node.targets[0], ast.Name)


def _is_tested(function: ast.FunctionDef, read: ast.Name) -> bool:
    """Tell a read that asks only whether the argument was given."""
    tests = [node.test for node in ast.walk(function) if isinstance(node, (ast.If, ast.IfExp, ast.Assert))]
    parts = [part for test in tests for part in ast.walk(test) if isinstance(part, ast.Compare)]
    return any(part.left is read and isinstance(part.ops[0], (ast.Is, ast.IsNot)) for part in parts)


def _stores(function: ast.FunctionDef, name: str) -> list[ast.Assign]:
    found = (node for node in ast.walk(function) if isinstance(node, ast.Assign))
    targets = ((node, part) for node in found for target in node.targets for part in ast.walk(target))
    return [node for node, part in targets if isinstance(part, ast.Name) and part.id == name]


def _is_computed(node: ast.Assign) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node.value))
