"""Does docs/architecture.md say where each feature lives?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| ([^|]+) \| `([\w/]+\.py)` \| `(\w+)` \|$", re.M)


def defined_in(path: Path) -> set[str]:
    """Return the names of classes, functions, methods and constants that a file defines."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_twenty_features_live_where_the_page_says():
    rows = ROW.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    assert len(rows) >= 20
    lost = [
        f"{feature}: no {name} in residua/{file}"
        for feature, file, name in rows
        if not (ROOT / "residua" / file).is_file() or name not in defined_in(ROOT / "residua" / file)
    ]
    assert not lost, "\n".join(lost)


def test_every_folder_of_the_package_is_drawn():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = [path.parent for path in (ROOT / "residua").rglob("__init__.py") if path.parent.name != "residua"]
    assert not [str(folder.relative_to(ROOT)) for folder in folders if f"{folder.name}/" not in page]
