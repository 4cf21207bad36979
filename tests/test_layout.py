"""Do the laws of the layout hold: no circle, no arrow up, no torch where none is needed, nothing too large?

Everything is read off the syntax tree, lazy imports and those for type checkers included; nothing is imported.
Each test is one law and lists all that break it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "residua"
LEVELS = {
    "errors": 0, "version": 0,
    "extras": 1, "files": 1, "reading": 1, "text": 1,
    "spec": 2, "pickles": 2, "download": 2,
    "plan": 3, "zoo": 3, "settings": 3, "preprocessing": 3, "scores": 3, "pages": 3,
    "metadata": 4,
    "nn": 5, "targets": 5, "record": 5,
    "weights": 6, "data": 6, "check": 6, "summary": 6,
    "train": 7, "ship": 7,
    "study": 8, "explain": 8, "serve": 8, "learn": 8,
    "cli": 9, "__init__": 9, "__main__": 9,
}  # fmt: skip
NO_TORCH = {name for name, level in LEVELS.items() if level < LEVELS["nn"]} | {"serve"}
MOST_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS, MOST_FILES = 400, 40, 6, 16
LISTS = {"check/rules", "cli", "weights/recognise/dialects"}  # a rule, a verb, a dialect a file: a list may be long
SOURCES = sorted(PACKAGE.rglob("*.py"))


@dataclass(frozen=True)
class Import:
    module: str
    line: int
    at_start: bool  # runs when the file is imported, not inside a function or for type checkers only
    typing_only: bool


def label(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def chapter_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def module_of(path: Path) -> str:
    parts = ("residua", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    return tuple(_imports(tree_of(path), path, True, False))


def _imports(node: ast.AST, path: Path, at_start: bool, typing_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inside = at_start and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        typing = typing_only or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        if isinstance(child, ast.Import):
            for name in child.names:
                yield Import(name.name, child.lineno, inside and not typing, typing)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{path.name}:{child.lineno} imports relatively"
            module = child.module or ""
            inner = module.partition(".")[0] == "residua"
            for name in [f"{module}.{name.name}" for name in child.names] if inner else [module]:
                yield Import(name, child.lineno, inside and not typing, typing)
        yield from _imports(child, path, inside, typing)


def arrows_between(sources: list[Path]) -> dict[str, set[str]]:
    """Return which of our modules each of our modules imports, anywhere in its text."""
    modules = {module_of(path): path for path in sources}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        targets = set()
        for imported in imports_of(path):
            name = imported.module if imported.module in modules else imported.module.rpartition(".")[0]
            if name in modules and name not in (module, "residua"):
                targets.add(name)
        found[module] = targets
    return found


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one node (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for target in sorted(arrows.get(node, ())):
            if target not in order:
                visit(target)
            if target in stack:
                lowest[node] = min(lowest[node], lowest[target])
        if lowest[node] == order[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(arrows):
        if node not in order:
            visit(node)
    return found


def require_none(law: str, offenders: Iterator[str]) -> None:
    """Fail with the law and every offender."""
    lines = list(offenders)
    assert not lines, "\n".join([law, *lines])


def test_every_chapter_has_its_level():
    assert {chapter_of(path) for path in SOURCES} <= set(LEVELS)
    assert len(SOURCES) > 100


def test_no_modules_import_each_other_in_a_circle():
    require_none("these import each other", (" → ".join(ring) for ring in circles(arrows_between(SOURCES))))


def test_imports_point_down():
    def offenders() -> Iterator[str]:
        for path in SOURCES:
            own = chapter_of(path)
            for found in imports_of(path):
                parts = found.module.split(".")
                if parts[0] != "residua" or LEVELS[own] == LEVELS["cli"]:
                    continue
                below = parts[1] if len(parts) > 1 and parts[1] in LEVELS else "__init__"  # a name of residua/__init__
                if below != own and LEVELS[below] >= LEVELS[own]:
                    yield f"{label(path)}:{found.line} imports {found.module}, which is not below {own}"

    require_none("imports point down the table of levels", offenders())


def test_nothing_below_nn_and_nothing_in_serve_imports_torch():
    def offenders() -> Iterator[str]:
        for path in SOURCES:
            if chapter_of(path) in NO_TORCH:
                for found in imports_of(path):
                    if found.module.split(".")[0] in ("torch", "torchvision") and not found.typing_only:
                        yield f"{label(path)}:{found.line}"

    require_none("no torch here", offenders())


def test_the_command_imports_torch_only_inside_functions():
    def offenders() -> Iterator[str]:
        for path in SOURCES:
            if chapter_of(path) in ("cli", "__init__", "__main__"):
                for found in imports_of(path):
                    if found.at_start and found.module.split(".")[0] in ("torch", "torchvision"):
                        yield f"{label(path)}:{found.line}"

    require_none("torch only inside a verb's own function", offenders())


def test_a_folder_is_a_plan_and_not_a_list():
    def offenders() -> Iterator[str]:
        files = Counter(path.parent for path in SOURCES if path.stem != "__init__")
        for folder, count in sorted(files.items()):
            if count > MOST_FILES and label(folder) not in LISTS:
                yield f"{label(folder)}/ holds {count} files"

    require_none(f"at most {MOST_FILES} files side by side", offenders())


def test_files_are_short_and_none_is_called_utils():
    def offenders() -> Iterator[str]:
        for path in SOURCES:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > MOST_LINES or path.name == "utils.py":
                yield f"{label(path)} has {lines} lines"

    require_none(f"a file has at most {MOST_LINES} lines", offenders())


def test_functions_are_short_and_take_few_parameters():
    def offenders() -> Iterator[str]:
        for path in SOURCES:
            for node in ast.walk(tree_of(path)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield from _too_much(path, node)

    require_none("a function does one thing", offenders())


def _too_much(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    verb = chapter_of(path) == "cli" and node.name.strip("_") == path.stem
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    lines -= len((ast.get_docstring(node, clean=False) or "").splitlines()) if verb else 0  # a verb's is its --help
    if lines > MOST_FUNCTION_LINES:
        yield f"{label(path)}:{node.lineno} {node.name} has {lines} lines, at most {MOST_FUNCTION_LINES}"
    if verb:
        return  # its parameters are the command line
    given = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    count = len(given) - (given[:1] in (["self"], ["cls"]))
    if count > MOST_PARAMETERS:
        yield f"{label(path)}:{node.lineno} {node.name} takes {count} parameters, at most {MOST_PARAMETERS}"


def test_a_file_opens_with_one_sentence():
    def offenders() -> Iterator[str]:
        for path in SOURCES:
            text = ast.get_docstring(tree_of(path)) or ""
            first = text.split("\n\n")[0]
            if path.stat().st_size and not (first.rstrip().endswith((".", "?", ":")) or "\n    " in first):
                yield label(path)

    require_none("a file says in its first sentence which question it answers", offenders())


def test_the_laws_would_notice():
    tree = ast.parse("import torch\ndef f():\n    import residua.train\nif TYPE_CHECKING:\n    from torch import nn\n")
    found = list(_imports(tree, Path("x.py"), True, False))
    assert [(i.module, i.at_start, i.typing_only) for i in found] == [
        ("torch", True, False),
        ("residua.train", False, False),
        ("torch", False, True),
    ]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == [["a", "b", "c"]]
    long = ast.parse("def f(a, b, c, d, e, f, g):\n" + "    a = 1\n" * 40).body[0]
    assert isinstance(long, ast.FunctionDef)
    assert len(list(_too_much(PACKAGE / "plan.py", long))) == 2
