"""Are the chapter's folders its steps in order, each importing only what comes before it?"""

from __future__ import annotations

import ast
from pathlib import Path

import residua.data

CHAPTER = Path(residua.data.__file__).parent
STEPS = ("counter", "pixels", "splitting", "sources", "augment", "feed", "groups", "doctor")


def step_of(path: Path) -> str:
    inside = path.relative_to(CHAPTER)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imported_steps(path: Path) -> set[str]:
    """Return the steps that a file imports, lazily and for typing included."""
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Import):
            modules += [name.name for name in node.names]
    parts = [module.split(".") for module in modules if module.startswith("residua.data.")]
    return {part[2] for part in parts} & set(STEPS)


def test_a_step_imports_only_earlier_ones() -> None:
    files = [path for path in CHAPTER.rglob("*.py") if path.parent != CHAPTER or path.stem != "__init__"]
    assert {step_of(path) for path in files} == set(STEPS)
    upward = [
        f"{path.relative_to(CHAPTER)} imports {step}"
        for path in files
        for step in imported_steps(path)
        if step != step_of(path) and STEPS.index(step) > STEPS.index(step_of(path))
    ]
    assert upward == []
