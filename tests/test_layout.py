"""Do imports point down, does nothing below nn/ import torch, and do files and functions stay small?

Everything is read off the syntax tree; nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "residua"
LEVELS = {
    "errors": 0,
    "extras": 1, "files": 1, "text": 1,
    "spec": 2, "pickles": 2,
    "plan": 3, "zoo": 3, "settings": 3, "preprocessing": 3, "scores": 3, "pages": 3,
    "metadata": 4,
    "nn": 5, "targets": 5, "record": 5,
    "weights": 6, "data": 6, "check": 6, "summary": 6,
    "train": 7, "ship": 7,
    "study": 8, "explain": 8, "serve": 8, "learn": 8,
    "cli": 9, "__init__": 9, "__main__": 9,
}  # fmt: skip
NO_TORCH = {name for name, level in LEVELS.items() if level < LEVELS["nn"]} | {"serve", "learn"}
MOST_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS = 400, 40, 6
SOURCES = sorted(PACKAGE.rglob("*.py"))


@dataclass(frozen=True)
class Import:
    module: str
    line: int
    at_start: bool  # runs when the file is imported, not inside a function or for type checkers only
    typing_only: bool


def chapter_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports_of(path: Path) -> list[Import]:
    return list(_imports(ast.parse(path.read_text(encoding="utf-8")), path, True, False))


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
            names = [f"{module}.{name.name}" for name in child.names] if module == "residua" else [module]
            for name in names:
                yield Import(name, child.lineno, inside and not typing, typing)
        yield from _imports(child, path, inside, typing)


def label(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_chapter_has_its_level():
    assert {chapter_of(path) for path in SOURCES} <= set(LEVELS)
    assert len(SOURCES) > 10


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_imports_point_down(path):
    own = chapter_of(path)
    for found in imports_of(path):
        parts = found.module.split(".")
        if parts[0] != "residua" or len(parts) < 2 or LEVELS[own] == LEVELS["cli"]:
            continue
        if parts[1] not in LEVELS:
            continue  # __version__, or another name of residua/__init__
        assert parts[1] == own or LEVELS[parts[1]] < LEVELS[own], (
            f"{label(path)}:{found.line} imports {found.module}, which is not below {own}"
        )


@pytest.mark.parametrize("path", [path for path in SOURCES if chapter_of(path) in NO_TORCH], ids=label)
def test_nothing_below_nn_and_nothing_in_serve_imports_torch(path):
    for found in imports_of(path):
        root = found.module.split(".")[0]
        assert root not in ("torch", "torchvision") or found.typing_only, f"{label(path)}:{found.line}"


@pytest.mark.parametrize("path", [p for p in SOURCES if chapter_of(p) in ("cli", "__init__", "__main__")], ids=label)
def test_the_command_imports_torch_only_inside_functions(path):
    for found in imports_of(path):
        root = found.module.split(".")[0]
        assert not (found.at_start and root in ("torch", "torchvision")), f"{label(path)}:{found.line}"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_files_and_functions_are_small(path):
    text = path.read_text(encoding="utf-8")
    assert path.name != "utils.py"
    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        verb = chapter_of(path) == "cli" and node.name.strip("_") == path.stem
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        lines -= len((ast.get_docstring(node, clean=False) or "").splitlines()) if verb else 0  # a verb's is its --help
        assert lines <= MOST_FUNCTION_LINES, f"{label(path)}:{node.lineno} {node.name} has {lines} lines"
        given = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if verb:
            continue  # its parameters are the command line
        count = len(given) - (given[:1] in (["self"], ["cls"]))
        assert count <= MOST_PARAMETERS, f"{label(path)}:{node.lineno} {node.name} takes {count} parameters"


@pytest.mark.parametrize("path", [p for p in SOURCES if p.stat().st_size], ids=label)
def test_a_file_opens_with_one_sentence(path):
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said, f"{label(path)} does not say which question it answers"
    first = said.split("\n\n")[0]
    assert first.rstrip().endswith((".", "?", ":")) or "\n    " in first, f"{label(path)} opens without a sentence"


def test_the_rules_would_notice():
    tree = ast.parse("import torch\ndef f():\n    import residua.train\nif TYPE_CHECKING:\n    from torch import nn\n")
    found = list(_imports(tree, Path("x.py"), True, False))
    assert [(i.module, i.at_start, i.typing_only) for i in found] == [
        ("torch", True, False),
        ("residua.train", False, False),
        ("torch", False, True),
    ]
