"""In which line of the user's file is a number written, or a start value given to norms?"""

from __future__ import annotations

import ast
import linecache
import re

from residua.check.evidence import source

_FILLS = frozenset({"normal_", "constant_", "zeros_", "uniform_", "fill_", "zero_", "trunc_normal_"})


def line_with_number(file: str, number: float, word: str) -> int | None:
    """Return the first line that has both a word, of any case, and a number; None without one."""
    for index, line in enumerate(linecache.getlines(file), 1):
        code = line.partition("#")[0]
        if word in code.lower() and any(float(each) == number for each in re.findall(r"\d+\.?\d*|\.\d+", code)):
            return index
    return None


def norm_initialising_line(file: str, name: str, classes: set[str]) -> int | None:
    """Return the line that fills the scales of the norm `name`: by that name, below a test for norms, else of all.

    classes: those that take part; what other classes of the file fill is left out. None where every such line stands
    below a test for other layers.
    """
    others = [each for each in source.nodes_of(file) if isinstance(each, ast.ClassDef) and each.name not in classes]
    elsewhere = {id(node) for each in others for node in ast.walk(each)}
    found = (node for node in source.nodes_of(file) if isinstance(node, ast.Call) and _fills(node))
    calls = [node for node in found if id(node) not in elsewhere]
    tests = {id(call): _test_around(file, call) for call in calls}
    of_scales = [call for call in calls if "bias" not in ast.unparse(call)]
    for wanted in (
        [call for call in of_scales if re.search(rf"\.{name}\.weight", ast.unparse(call))],
        [call for call in of_scales if re.search("norm|bn", tests[id(call)], re.I)],
        [call for call in of_scales if re.search(r"norm\w*\.weight|bn\w*\.weight", ast.unparse(call), re.I)],
        [call for call in of_scales if not re.search("conv|linear", tests[id(call)] + ast.unparse(call), re.I)],
    ):
        if wanted:
            return _last_of_the_same(file, wanted[0], of_scales)
    return None


def _last_of_the_same(file: str, first: ast.Call, calls: list[ast.Call]) -> int:
    """Return the line of the last call that fills what `first` fills in the same branch: it gives the value."""
    branch, target = _branch_around(file, first), _filled(first)
    lines = [call.lineno for call in calls if branch and call in branch and _filled(call) == target]
    return max(lines, default=first.lineno)


def _branch_around(file: str, call: ast.Call) -> list[ast.AST]:
    """Return all that the innermost branch of a test, or else the function, around a call holds."""
    found: list[ast.stmt] = []
    for node in source.nodes_of(file):
        if isinstance(node, (ast.If, ast.FunctionDef)) and _test_holds(node, call):
            found = node.body
    return [each for statement in found for each in ast.walk(statement)]


def _test_holds(node: ast.If | ast.FunctionDef, call: ast.Call) -> bool:
    return node.body[0].lineno <= call.lineno <= (node.body[-1].end_lineno or 0)


def _filled(call: ast.Call) -> str:
    """Return what a call fills, as it is written: `m.weight` in `init.zeros_(m.weight)` and `m.weight.data.zero_()`."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    of_tensor = re.search(r"weight|gamma|scale", ast.unparse(owner))
    filled = owner if of_tensor or not call.args else call.args[0]
    return ast.unparse(filled).removesuffix(".data")


def _fills(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _FILLS


def _test_around(file: str, call: ast.Call) -> str:
    """Return the innermost test whose body holds a call, as it is written; empty without one."""
    found = ""
    for node in source.nodes_of(file):
        if isinstance(node, ast.If) and _test_holds(node, call):
            found = ast.unparse(node.test)
    return found


def kept_line(file: str, line: int) -> int | None:
    """Return the line of a loop that only renames, as in `skips = s`, what the statement on `line` assigned in it."""
    found = (each for each in source.nodes_of(file) if isinstance(each, (ast.For, ast.While)))
    loops = [each for each in found if each.lineno < line <= (each.end_lineno or each.lineno)]
    statement = source.innermost(file, line)
    if not loops or not isinstance(statement, ast.Assign):
        return None
    names = {each.id for target in statement.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    for node in ast.walk(loops[-1]):
        renames = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.lineno > line
        if renames and isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in names:
            return node.lineno
    return None


def rebinds_loop_variable(file: str, line: int) -> bool:
    """Tell `for x in xs: x = f(x)`: the next turn gives the name its own value, and the result was read by nobody."""
    statement = source.innermost(file, line)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    name, around = statement.targets[0].id, source.function_at(file, line)
    loops = [node for node in ast.walk(around) if isinstance(node, ast.For)] if around is not None else []
    inside = [loop for loop in loops if loop.lineno < line <= (loop.end_lineno or loop.lineno)]
    bound = {each.id for loop in inside[-1:] for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
    whole = list(ast.walk(around or statement))
    own = {id(each) for node in whole if _binds(node, name) for each in ast.walk(node)}
    names = (each for each in whole if isinstance(each, ast.Name) and each.id == name and id(each) not in own)
    reads = (each for each in names if isinstance(each.ctx, ast.Load))
    return name in bound and not any(each.lineno > (statement.end_lineno or line) for each in reads)


def _binds(node: ast.AST, name: str) -> bool:
    """Tell a comprehension with a variable of this name, which is another one than that of the function."""
    return any(
        isinstance(each, ast.Name) and each.id == name
        for own in getattr(node, "generators", ())
        for each in ast.walk(own.target)
    )


def count_of_loop(file: str, line: int) -> str | None:
    """Return how often the innermost `for … in range(…)` around a line runs, as it is written; None outside of one."""
    found = None
    for node in source.nodes_of(file):
        if isinstance(node, ast.For) and node.lineno <= line <= (node.end_lineno or node.lineno):
            call = node.iter
            ranges = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
            found = ast.unparse(call.args[-1]) if ranges and isinstance(call, ast.Call) and call.args else None
    return found


def repeated_of_loop(file: str, line: int) -> int | None:
    """Return the line of the multiplied list, `strides = [stride] * n`, whose name the loop around a line runs over."""
    around = source.function_at(file, line)
    whole = list(ast.walk(around)) if around is not None else []
    loops = [node for node in whole if isinstance(node, (ast.For, ast.ListComp, ast.GeneratorExp))]
    inside = [node for node in loops if node.lineno <= line <= (node.end_lineno or node.lineno)]
    heads = [head for node in inside for head in ([node] if isinstance(node, ast.For) else node.generators)]
    over = {each.id for head in heads for each in ast.walk(head.iter) if isinstance(each, ast.Name)}
    assigned = [node for node in whole if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    for node in assigned:
        product = node.value if ast.unparse(node.targets[0]) in over else None
        sides = (product.left, product.right) if isinstance(product, ast.BinOp) else ()
        if any(isinstance(side, (ast.List, ast.Tuple)) for side in sides) and _is_product(product):
            return node.lineno
    return None


def _is_product(node: ast.expr | None) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def same_key_again(file: str, line: int) -> int | None:
    """Return the line of the last entry of a dict, or of the pairs for one, with the key of the entry on a line."""
    for node in source.nodes_of(file):
        pairs = _pairs(node)
        keys = [key.value for key, value in pairs if value.lineno <= line <= (value.end_lineno or value.lineno)]
        same = [value.lineno for key, value in pairs if keys and key.value == keys[0]]
        if same and same[-1] > line:
            return same[-1]
    return None


def _pairs(node: ast.AST) -> list[tuple[ast.Constant, ast.expr]]:
    """Return the written keys and values of `{"a": x}`, and of `OrderedDict([("a", x)])`."""
    if isinstance(node, ast.Dict):
        found = [*zip(node.keys, node.values, strict=True)]
    elif isinstance(node, ast.Call) and node.args and ast.unparse(node.func).lower().endswith("dict"):
        entries = getattr(node.args[0], "elts", ())
        found = [
            (each.elts[0], each.elts[1]) for each in entries if isinstance(each, ast.Tuple) and len(each.elts) == 2
        ]
    else:
        return []
    return [(key, value) for key, value in found if isinstance(key, ast.Constant)]


def repeated_list_line(file: str) -> int | None:
    """Return the line of a multiplied list, as in `[Block()] * 3`; None when there is none."""
    for node in source.nodes_of(file):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for side in (node.left, node.right):
                if isinstance(side, (ast.List, ast.Tuple)):
                    return node.lineno
    return None


def takes_one_channel(file: str, line: int) -> bool:
    """Tell a call around a line whose channels that come in are written as 1: `nn.Conv2d(1, 16, 3)`."""
    return _has_one(file, line, 0, r"(n_?)?in|c1$|cin$")


def makes_one_channel(file: str, line: int) -> bool:
    """Tell a call around a line whose channels that go out are written as 1: `nn.Conv2d(16, 1, 3)`."""
    return _has_one(file, line, 1, r"(n_?)?out|c2$|cout$")


def _has_one(file: str, line: int, place: int, names: str) -> bool:
    for node in source.nodes_of(file):
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno):
            named = [each.value for each in node.keywords if each.arg and re.match(names, each.arg)]
            found = [*node.args[place : place + 1], *named]
            if any(isinstance(each, ast.Constant) and each.value == 1 for each in found):
                return True
    return False
