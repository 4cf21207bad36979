"""Where is it decided whether the shortcut of a block gets a projection?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence
from residua.check.evidence.places import Place
from residua.check.run.trial import Kind, Trial
from residua.targets import Role, signature_of

_ROLES = frozenset({Role.IN, Role.OUT, Role.BOTH, Role.STRIDE, Role.DOWN, Role.PROJECT})


def projection_test(evidence: Evidence, trial: Trial | None = None) -> Place | None:
    """Return the line of the test that decides on a projection; of a network whose block failed, that of its block."""
    if evidence.is_network and trial is not None:
        return _test_of_block(evidence, trial)
    kinds = [type(trial.module) for trial in evidence.trials if type(trial.module).__name__ == evidence.class_name]
    line = _condition_line(evidence.file, evidence.class_name, _deciding(kinds[0]) if kinds else None)
    if (
        trial is not None
        and trial.kind is Kind.OPTION
        and not (line and _resizes_what_it_projects(evidence, line, trial))
    ):
        return None  # an option changes the shape; the test on channels and stride is not at fault
    return (evidence.file, line) if line else None


def _failed_block(trial: Trial) -> type:
    """Return the class of the innermost module of the user's that had not ended; without one, that of the target."""
    begun = [call for call in trial.tape.calls if not call.finished and not call.of_torch]
    return type(begun[-1].module) if begun else type(trial.module)


def _deciding(kind: type) -> set[str]:
    """Return the constructor's arguments on which a projection can depend."""
    return {name for name, role in signature_of(kind).roles.items() if role in _ROLES}


def _test_of_block(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the test in the block whose addition failed; where the block is given its projection, in who gives it."""
    block = _failed_block(trial)
    line = _condition_line(evidence.file, block.__name__, _deciding(block))
    line = line or next(_givers(evidence.file, block.__name__), None)
    return (evidence.file, line) if line else None


def _givers(file: str, block: str) -> Iterator[int]:
    """Yield the tests of other classes under which a projection is made that one of their calls hands on by name."""
    owner = source.class_in(file, block)
    inside = set(ast.walk(owner)) if owner is not None else set[ast.AST]()
    functions = (node for node in source.nodes_of(file) if isinstance(node, ast.FunctionDef) and node not in inside)
    for function in functions:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        handed = {each.id for call in calls for each in _arguments(call) if isinstance(each, ast.Name)}
        for node in ast.walk(function):
            stored = _stored(node.body) & handed if isinstance(node, ast.If) else set[str]()
            if (
                isinstance(node, ast.If)
                and any(_PROJECTION.search(name) for name in stored)
                and _is_comparison(node.test)
            ):
                yield node.test.lineno


_PROJECTION = re.compile(r"down|short|skip|proj|ident|resid", re.I)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _stored(body: list[ast.stmt]) -> set[str]:
    """Return the plain names that statements assign to what is a call, as a layer or an nn.Sequential of them."""
    made = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    return {target.id for node in made for target in node.targets if isinstance(target, ast.Name)}


def _condition_line(file: str, class_name: str, names: set[str] | None = None) -> int | None:
    """Return the line of the test in __init__ that decides whether a projection is made; None when there is none.

    names: the constructor arguments on which that can depend; without them, any of its arguments.
    """
    init = source.method(file, class_name, "__init__")
    if init is None:
        return None
    own = {argument.arg for argument in (*init.args.args, *init.args.kwonlyargs)}
    names = own & (names or {argument.arg for argument in init.args.args})
    for node in ast.walk(init):
        if isinstance(node, (ast.If, ast.IfExp)) and source.read_names(node.test) & names:
            inside = ast.dump(node)
            if any(word in inside for word in ("Conv", "conv", "Pool", "Lambda")) and _is_comparison(node.test):
                return node.test.lineno
    flags = [node for node in ast.walk(init) if isinstance(node, ast.Assign) and source.read_names(node.value) & names]
    return next(
        (node.lineno for node in flags if _is_comparison(node.value) and _is_tested(file, class_name, node)), None
    )


def _is_tested(file: str, class_name: str, flag: ast.Assign) -> bool:
    """Tell whether a class tests the attribute that an assignment sets, as in `if self.keeps_shape:`."""
    name, text = ast.unparse(flag.targets[0]), source.class_text(file, class_name)
    return name.startswith("self.") and bool(re.search(rf"\bif [^:\n]*{re.escape(name)}\b", text))


def _is_comparison(test: ast.expr) -> bool:
    return any(isinstance(node, (ast.NotEq, ast.Eq, ast.Gt)) for node in ast.walk(test))


def _resizes_what_it_projects(evidence: Evidence, line: int, trial: Trial) -> bool:
    """Tell a shortcut that an option would resize, were it not for the test on a line: `downsample` beside `projects`.

    That is a method beside forward which reads both the option and the flag that the test is kept as.
    """
    statement = source.innermost(evidence.file, line)
    flags = {getattr(each, "attr", "") for each in getattr(statement, "targets", ())}
    own = source.class_in(evidence.file, evidence.class_name)
    for method in own.body if own is not None else ():
        if isinstance(method, ast.FunctionDef) and method.name not in ("__init__", "forward"):
            read = {each.attr for each in ast.walk(method) if isinstance(each, ast.Attribute)}
            if read & flags and read & set(trial.options):
                return True
    return False
