"""Is every pickle read by our own machine, which runs nothing of it?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import residua

PACKAGE = Path(residua.__file__).parent
READERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve"}


def imported(node: ast.AST) -> set[str]:
    """Return the top-level modules that a statement imports, or a call by their name in a string."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module.partition(".")[0]}
    words = node.args if isinstance(node, ast.Call) else []
    return {str(word.value).partition(".")[0] for word in words[:1] if isinstance(word, ast.Constant)}


def unpickles(node: ast.AST, torches: set[str]) -> bool:
    """Return whether a node may read a pickle: torch.load by any name, or a call that is allowed to.

    torches: the names under which a module has torch.
    """
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("torch") and any(alias.name == "load" for alias in node.names)
    if not isinstance(node, ast.Call):
        return False
    words = {word.arg: word.value for word in node.keywords}
    allowed = words.get("allow_pickle", ast.Constant(False))
    if not (isinstance(allowed, ast.Constant) and allowed.value is False) or "weights_only" in words:
        return True
    name = ast.unparse(node.func)
    loads = name.endswith(".load") and name.partition(".")[0] in torches and ".jit." not in name
    return loads or name.endswith((".load_state_dict_from_url", ".read_pickle"))


def offences(source: str) -> list[int]:
    nodes = list(ast.walk(ast.parse(source)))
    aliases = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    torches = {"torch"} | {alias.asname for alias in aliases if alias.name.startswith("torch") and alias.asname}
    return sorted({node.lineno for node in nodes if imported(node) & READERS or unpickles(node, torches)})


def test_nothing_but_our_own_machine_reads_a_pickle() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if PACKAGE / "pickles" not in path.parents
        for line in offences(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "import joblib",
        "from pickle import loads",
        "importlib.import_module('dill')",
        "__import__('_pickle')",
        "torch.load(path, weights_only=True)",
        "import torch as t\nt.load(path)",
        "import torch.serialization as s\ns.load(path)",
        "from torch import load",
        "np.load(path, allow_pickle=yes)",
        "read_array(file, allow_pickle=True)",
        "pd.read_pickle(path)",
    ],
)
def test_a_reader_of_pickles_is_seen(line: str) -> None:
    assert offences(line) == [len(line.splitlines())]


@pytest.mark.parametrize("line", ["np.load(path, allow_pickle=False)", "import pickletools", "json.load(file)"])
def test_what_reads_no_pickle_is_not_called_one(line: str) -> None:
    assert offences(line) == []
