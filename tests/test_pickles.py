"""Is every pickle read by our own machine, which runs nothing of it?"""

from __future__ import annotations

import ast
from pathlib import Path

import residua

PACKAGE = Path(residua.__file__).parent
READERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve"}


def imported(node: ast.AST) -> set[str]:
    """Return the top-level modules that an import statement names."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {node.module.partition(".")[0]} if isinstance(node, ast.ImportFrom) and node.module else set()


def unpickles(node: ast.AST) -> bool:
    """Return whether a call may read a pickle: torch.load, or anything that is allowed to."""
    if not isinstance(node, ast.Call):
        return False
    allowed = any(
        word.arg == "allow_pickle" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
        for word in node.keywords
    )
    return allowed or ast.unparse(node.func) in ("torch.load", "torch.hub.load_state_dict_from_url", "pd.read_pickle")


def offences(source: str) -> list[int]:
    nodes = ast.walk(ast.parse(source))
    return [node.lineno for node in nodes if imported(node) & READERS or unpickles(node)]


def test_nothing_but_our_own_machine_reads_a_pickle() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if PACKAGE / "pickles" not in path.parents
        for line in offences(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_a_reader_of_pickles_is_seen() -> None:
    assert offences("import joblib\ntorch.load(path, weights_only=True)\nnp.load(path, allow_pickle=yes)") == [1, 2, 3]
    assert offences("np.load(path, allow_pickle=False)\nimport pickletools") == []
