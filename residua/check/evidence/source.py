"""Which statement of the user's file is behind something that was measured?"""

from __future__ import annotations

import ast
import linecache
import re
from functools import lru_cache


@lru_cache(maxsize=64)
def _parsed(file: str, size: int) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(file)), filename=file)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def tree_of(file: str) -> ast.Module | None:
    """Return the syntax tree of a file, or None when it cannot be read."""
    return _parsed(file, len(linecache.getlines(file)))


@lru_cache(maxsize=64)
def _nodes(file: str, size: int) -> tuple[ast.AST, ...]:
    tree = _parsed(file, size)
    return tuple(ast.walk(tree)) if tree else ()


def nodes_of(file: str) -> tuple[ast.AST, ...]:
    """Return every node of a file's syntax tree, outer ones first."""
    return _nodes(file, len(linecache.getlines(file)))


def text_of(file: str, line: int) -> str:
    """Return one line of a file without its indentation."""
    return linecache.getline(file, line).strip()


def statement_at(file: str, line: int) -> str:
    """Return the kind of the innermost statement on a line, such as "Raise"; empty when there is none."""
    found = innermost(file, line)
    return type(found).__name__ if found is not None else ""


def innermost(file: str, line: int) -> ast.stmt | None:
    """Return the innermost statement on a line."""
    best: ast.stmt | None = None
    for node in nodes_of(file):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            best = node
    return best


def argument_line(file: str, line: int, value: str) -> int:
    """Return the line of the argument, in the calls of the statement on `line`, whose last word `value` ends with."""
    statement = innermost(file, line)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    words = [(each, getattr(each, "attr", getattr(each, "id", ""))) for call in calls for each in call.args]
    return next((each.lineno for each, word in words if word and value.rpartition(".")[2] == word), line)


def is_bare_call(file: str, line: int) -> bool:
    """Tell a statement that only calls a function, or an attribute of self: not `self.seen.append(x)`."""
    statement = innermost(file, line)
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    name = ast.unparse(statement.value.func)
    return name != "print" and (name.count(".") < 2 or name.startswith(("nn.functional.", "torch.nn.functional.")))


def function_at(file: str, line: int) -> ast.FunctionDef | None:
    """Return the innermost function around a line."""
    best = None
    for node in nodes_of(file):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or node.lineno):
            best = node
    return best


def class_in(file: str, name: str) -> ast.ClassDef | None:
    """Return the last class definition of that name."""
    found = [node for node in nodes_of(file) if isinstance(node, ast.ClassDef) and node.name == name]
    return found[-1] if found else None


def method(file: str, class_name: str, name: str) -> ast.FunctionDef | None:
    """Return a method of a class."""
    node = class_in(file, class_name)
    body = node.body if node else []
    return next((each for each in body if isinstance(each, ast.FunctionDef) and each.name == name), None)


def _assigned_names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        targets: list[ast.expr] = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return set()
    names = [part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def read_names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def overwrites(file: str, line: int) -> list[int]:
    """Return the lines that assign anew, without reading it, the variable that the statement on `line` assigned.

    Empty when the variable is read before that, or is not assigned again: then nothing was overwritten.
    """
    around = function_at(file, line)
    start = innermost(file, line)
    if around is None or start is None:
        return []
    names = _assigned_names(start)
    if isinstance(start, ast.AugAssign) and isinstance(start.target, ast.Name):
        names = {start.target.id}
    last = start.end_lineno or start.lineno
    later = [node for node in ast.walk(around) if isinstance(node, ast.stmt) and node.lineno > last]
    simple = [node for node in later if not hasattr(node, "body")]
    for name in sorted(names):
        found: list[int] = []
        for node in sorted(simple, key=lambda each: each.lineno):
            augmented = isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name
            if name in read_names(node) or augmented:
                break
            if name in _assigned_names(node):
                found.append(node.lineno)
        if found:
            return found
    return []


def initialising_line(file: str, class_name: str) -> int | None:
    """Return the line that fills weights by hand, when the class, or else the file, does so in one place only."""
    node = class_in(file, class_name)
    words = re.compile(r"\b(zeros_|ones_|constant_|fill_|zero_|normal_|uniform_)\(")
    own = [range(node.lineno, (node.end_lineno or node.lineno) + 1)] if node else []
    for lines in [*own, range(1, len(linecache.getlines(file)) + 1)]:
        found = [number for number in lines if words.search(text_of(file, number))]
        of_weights = [number for number in found if "bias" not in text_of(file, number)]
        if found:
            return (of_weights or found)[0] if found[-1] - found[0] < 3 else None
    return None


def zeros_line(file: str, class_name: str) -> int | None:
    """Return the line of a `return` of zeros in a class's forward."""
    forward = method(file, class_name, "forward")
    found = [node for node in ast.walk(forward) if isinstance(node, ast.Return) and node.value] if forward else []
    zero = [each.lineno for each in found if re.search(r"zeros|\b0(\.0)?\b", ast.unparse(each))]
    return zero[0] if zero else None


def return_line(file: str, class_name: str) -> int | None:
    """Return the line of the last `return` of a class's forward, else of its last statement."""
    forward = method(file, class_name, "forward")
    found = (
        [node.lineno for node in ast.walk(forward) if isinstance(node, ast.Return) and node.value] if forward else []
    )
    return max(found) if found else forward.body[-1].lineno if forward else None


def test_before_sum(file: str, line: int) -> int | None:
    """Return the line of the first test, in the function around `line`, under which alone something is added.

    A test of the mode, and those inside it, are left out: each mode takes a path of its own.
    """
    around = function_at(file, line)
    todo: list[ast.AST] = [around] if around is not None and around.name != "__init__" else []
    while todo:
        node = todo.pop(0)
        if isinstance(node, (ast.If, ast.IfExp)) and "training" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.If) and any(_adds(part) for part in (*node.body, *node.orelse)):
            return node.lineno
        if isinstance(node, ast.IfExp) and (_adds(node.body) or _adds(node.orelse)):
            return node.lineno
        todo += ast.iter_child_nodes(node)
    return None


def _adds(node: ast.AST) -> bool:
    return any(
        (isinstance(each, (ast.BinOp, ast.AugAssign)) and isinstance(each.op, ast.Add))
        or (isinstance(each, ast.Attribute) and each.attr in ("add", "add_"))
        for each in ast.walk(node)
    )


def body_of_test(file: str, line: int) -> range:
    """Return the lines below the test on `line` that add something."""
    for node in nodes_of(file):
        if isinstance(node, ast.If) and node.lineno == line:
            added = [part for part in (*node.body, *node.orelse) if _adds(part)]
            return range(added[0].lineno, (added[-1].end_lineno or added[-1].lineno) + 1)
    return range(0)


def methods_called(file: str, class_name: str) -> list[tuple[str, int]]:
    """Return a place in each method, of any class of the file, that the class's forward calls on itself."""
    forward = method(file, class_name, "forward")
    names = {node.attr for node in ast.walk(forward) if isinstance(node, ast.Attribute)} if forward else set()
    found = [node for node in nodes_of(file) if isinstance(node, ast.FunctionDef) and node.name in names]
    return [(file, each.body[0].lineno) for each in found]


def docstring(file: str, name: str) -> str:
    """Return the docstring of a class; empty when it has none."""
    node = class_in(file, name)
    return (ast.get_docstring(node) or "") if node else ""


def class_text(file: str, name: str) -> str:
    """Return the source of a class; empty when the file has none of that name."""
    node = class_in(file, name)
    return "".join(linecache.getlines(file)[node.lineno - 1 : node.end_lineno]) if node else ""


def text_without_classes(file: str, keep: set[str]) -> str:
    """Return a file's text without the classes whose name is not in `keep`, and without the lines that name those."""
    lines = list(linecache.getlines(file))
    tree = tree_of(file)
    others = [each for each in (tree.body if tree else ()) if isinstance(each, ast.ClassDef) and each.name not in keep]
    for node in others:
        for index in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[index] = "\n"
    return "".join(line for line in lines if not any(node.name in line for node in others))


def function_return(file: str, name: str) -> int | None:
    """Return the line of a function's last `return`; None when the file defines no function of that name."""
    for node in nodes_of(file):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = [each.lineno for each in ast.walk(node) if isinstance(each, ast.Return)]
            return max(lines, default=node.lineno)
    return None


def int_sequences(file: str, line: int) -> list[tuple[int, ...]]:
    """Return every list or tuple of whole numbers written in the statement on `line`."""
    statement = innermost(file, line)
    found = [node for node in ast.walk(statement) if isinstance(node, (ast.List, ast.Tuple))] if statement else []
    return [
        tuple(each.value for each in node.elts if isinstance(each, ast.Constant) and type(each.value) is int)
        for node in found
        if all(isinstance(each, ast.Constant) for each in node.elts)
    ]


def class_attribute_line(file: str, class_name: str, name: str) -> int | None:
    """Return the line of `name = …` in the body of a class."""
    node = class_in(file, class_name)
    return next((each.lineno for each in (node.body if node else ()) if name in _assigned_names(each)), None)


def file_line(file: str, name: str) -> int | None:
    """Return the line of `name = …` at a file's own level."""
    tree = tree_of(file)
    return next((each.lineno for each in (tree.body if tree else ()) if name in _assigned_names(each)), None)


def default_line(file: str, start: int, name: str) -> int | None:
    """Return the line of an argument's default, in the function that begins on the line `start`."""
    for node in nodes_of(file):
        if isinstance(node, ast.FunctionDef) and start in (node.lineno, *(each.lineno for each in node.decorator_list)):
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            pairs = [*zip(reversed(names), reversed(node.args.defaults), strict=False)]
            pairs += [
                (own.arg, value)
                for own, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                if value
            ]
            return next((value.lineno for own, value in pairs if own == name), None)
    return None


def table_line(file: str, line: int) -> int | None:
    """Return the line of the written-out list that the loop around `line` runs over; None without such a loop."""
    around = function_at(file, line)
    for node in reversed(list(ast.walk(around)) if around else []):
        loops = [node] if isinstance(node, ast.For) else getattr(node, "generators", [])
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0
        for loop in loops:
            table = _table(loop.iter, around) if first <= line <= last else None
            if table is not None:
                return table
    return None


def _table(iterated: ast.expr, around: ast.FunctionDef | None) -> int | None:
    for node in ast.walk(iterated):
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            return node.lineno
        if isinstance(node, ast.Name) and around is not None:
            assigned = [each for each in ast.walk(around) if isinstance(each, ast.Assign)]
            made = [each for each in assigned if node.id in _assigned_names(each)]
            if made and isinstance(made[0].value, (ast.List, ast.Tuple)):
                return made[0].lineno
    return None


def creation_line(file: str, class_name: str, path: str) -> int | None:
    """Return the line of __init__ that makes the submodule at `path`, such as `block.3`, read off the source alone."""
    node = class_in(file, class_name)
    parts = path.split(".")
    if node is None or not parts[0]:
        return None
    values = [value for attribute, value in _attributes(node) if attribute == parts[0]]
    if not values:
        return None
    expression = max(values, key=_calls)
    for part in parts[1:]:
        if not part.isdigit() or not isinstance(expression, ast.Call):
            break
        items = [each for each in expression.args if not isinstance(each, ast.Starred)]
        if len(items) == 1 and isinstance(items[0], (ast.List, ast.Tuple)):
            items = items[0].elts
        if int(part) >= len(items):
            break
        expression = items[int(part)]
    return expression.lineno


def _calls(expression: ast.expr) -> int:
    return sum(isinstance(node, ast.Call) for node in ast.walk(expression))


def _attributes(node: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    """Return (name, value) of every `self.name = value` in a class."""
    found = []
    for each in ast.walk(node):
        if not isinstance(each, (ast.Assign, ast.AnnAssign)) or each.value is None:
            continue
        for target in each.targets if isinstance(each, ast.Assign) else [each.target]:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                found.append((target.attr, each.value))
    return found


def classes_around(file: str, line: int) -> list[ast.ClassDef]:
    """Return the classes around a line, the innermost first."""
    found = [node for node in nodes_of(file) if isinstance(node, ast.ClassDef)]
    return [node for node in reversed(found) if node.lineno <= line <= (node.end_lineno or node.lineno)]


def assigned_to_self(file: str, class_name: str, name: str) -> list[ast.expr]:
    """Return the values of every `self.name = …` in a class."""
    node = class_in(file, class_name)
    return [value for attribute, value in (_attributes(node) if node else []) if attribute == name]


def attribute_line(file: str, class_name: str, name: str) -> int | None:
    """Return the line of the first `self.name = …` in a class."""
    return min((value.lineno for value in assigned_to_self(file, class_name, name)), default=None)


def freezing_line(file: str, class_name: str) -> int | None:
    """Return the line of the constructor that sets `requires_grad`; None without one."""
    init = method(file, class_name, "__init__")
    lines = range(init.lineno, (init.end_lineno or init.lineno) + 1) if init else ()
    return next((number for number in lines if "requires_grad" in text_of(file, number)), None)


def in_loop(file: str, line: int) -> bool:
    """Tell whether a line stands in the body of a `for` or `while`."""
    loops = (node for node in nodes_of(file) if isinstance(node, (ast.For, ast.While)))
    return any(each.body[0].lineno <= line <= (each.end_lineno or each.lineno) for each in loops)
