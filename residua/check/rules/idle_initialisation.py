"""Does what the constructor does to the parts of a module reach any of them?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from torch import nn

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.experiments.idle_loops import Idle, idle_loops
from residua.check.rules.rule import Rule


@partial(
    Rule,
    code="R221",
    severity="warning",
    title="a loop over the parts of a module that reaches none of them",
    message="{target}: {what}, so that this loop does nothing",
    evidence="the constructor ran the loop, and no test in it ever held",
    fix="- {code}\n+ for m in self.modules(), and the names that named_parameters() prints",
    source="torch.nn.Module.modules goes into every part, children() into the first level alone",
    wrong='for name, p in self.named_parameters():\n    if name.endswith("c_proj.weight"): nn.init.zeros_(p)',
    right='for name, p in self.named_parameters():\n    if name.endswith("proj.weight"): nn.init.zeros_(p)',
)
def r221(evidence: Evidence) -> Iterator[Hit]:
    """An initialisation asks for names that no parameter has, or looks for layers where there are none."""
    trial = evidence.finished[0] if evidence.finished else None
    for idle in idle_loops(trial, evidence.files) if trial is not None else ():
        what = _why(idle, trial.module) if trial is not None else ""
        if what:
            yield evidence.hit("R221", (idle.file, idle.tests[0].lineno), trial, what=what)


def _why(idle: Idle, root: nn.Module) -> str:
    """Say why no test held: no name fits, or the layers stand deeper; empty for a class that is not there."""
    parts = [node for test in idle.tests for node in ast.walk(test.test)]
    words = [node.value for node in parts if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    if "parameters" in idle.over and words:
        return f"no parameter has a name with '{words[0]}' where this test asks for it"
    if "children" not in idle.over:
        return ""
    asked = {ast.unparse(node).rpartition(".")[2] for node in parts if isinstance(node, (ast.Name, ast.Attribute))}
    deeper = next((type(part).__name__ for part in root.modules() if type(part).__name__ in asked), "")
    return f"children() does not go into blocks, where every {deeper} is" if deeper else ""
