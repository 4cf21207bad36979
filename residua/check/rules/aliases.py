"""Where did one tensor get its second name, of two that a sum reads after it was written in place?"""

from __future__ import annotations

import ast

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence
from residua.check.evidence.flow import Flow
from residua.check.evidence.places import Place
from residua.record.tape import Op

_SAME_TENSOR = frozenset(
    {"view", "view_as", "reshape", "detach", "contiguous", "expand_as", "squeeze", "flatten", "to"}
)


def alias_line(evidence: Evidence, flow: Flow, added: Op) -> Place | None:
    """Return the line of `routed = h` where the sum `h + routed` adds one tensor that was written under its new name.

    None where nothing was written: there the sum itself reads the wrong name.
    """
    place = evidence.line_of(added)
    values = set(flow.ancestors(tuple(added.inputs)))
    written = any(new in values for op in flow.ops if op.index < added.index for _, new in op.writes)
    statement = source.innermost(*place) if place is not None and written else None
    around = source.function_at(*place) if place is not None else None
    if place is None or statement is None or around is None:
        return None
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    earlier = [node for node in ast.walk(around) if isinstance(node, ast.Assign) and node.lineno < place[1]]
    found = [node.lineno for node in earlier if _renames(node, names)]
    return (place[0], max(found)) if found else None


def _renames(node: ast.Assign, names: set[str]) -> bool:
    """Tell a statement after which two of these names are one tensor: `routed = h`, `h = routed = …`, a view of it."""
    targets = {target.id for target in node.targets if isinstance(target, ast.Name)} & names
    value = node.value
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _SAME_TENSOR:
        value = value.func.value
    return len(targets) > 1 or (bool(targets) and isinstance(value, ast.Name) and value.id in names - targets)
