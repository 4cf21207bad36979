"""Do the layers of a block run as the block runs them?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Call


@partial(
    Rule,
    code="R225",
    severity="error",
    title="a block's layers run, and the block itself does not",
    message="{target}: the layers of {name} are called one after the other; {kind}.forward, which adds the shortcut, "
    "never runs",
    evidence="{count} layers of {name} ran outside it, and no sum around them",
    fix="- {code}\n+ call the block: x = block(x)",
    source="torch.nn.Module.children gives the layers, not what forward does with them",
    wrong="for layer in block.children(): x = layer(x)",
    right="x = block(x)",
    implies=("R102", "R151"),
    once=True,
)
def r225(evidence: Evidence) -> Iterator[Hit]:
    """Somebody calls the children of a residual block in order, and loses the sum of its forward."""
    for trial in evidence.finished[:1]:
        ran = {id(call.module) for call in trial.tape.calls}
        for name, block in _adding_blocks(evidence, trial):
            layers = [each for each in block.modules() if each is not block and not any(True for _ in each.children())]
            calls = [call for call in trial.tape.calls if any(call.module is layer for layer in layers)]
            weighted = [call for call in calls if any(each.dim() > 1 for each in call.module.parameters())]
            place = _taken_apart(evidence, weighted[0]) if len(weighted) > 1 else None
            if id(block) in ran or place is None or any(_adds_itself(evidence, call) for call in weighted):
                continue
            kind = type(block).__name__
            facts: dict[str, Any] = {"name": name or kind, "kind": kind, "count": len(calls)}
            yield evidence.hit("R225", place, trial, **facts)


def _adding_blocks(evidence: Evidence, trial: Trial) -> Iterator[tuple[str, nn.Module]]:
    """Yield the modules that were made, kept or not, and whose forward is written with a sum."""
    paths = {id(module): name for name, module in trial.module.named_modules()}
    made = trial.built.made if trial.built is not None else ()
    for module in dict.fromkeys((*trial.module.modules(), *made)):
        if module is trial.module:
            continue
        kind = type(module).__name__
        if any((found := source.method(file, kind, "forward")) and _adds(found) for file in evidence.files):
            yield paths.get(id(module), ""), module


def _taken_apart(evidence: Evidence, call: Call) -> Place | None:
    """Return the line of the target's class that asks for the parts of blocks, else the line that calls a layer."""
    place = first_frame(call.frames, evidence.files)
    node = source.class_in(evidence.file, evidence.class_name)
    rows = range(node.lineno, (node.end_lineno or node.lineno) + 1) if node is not None else range(0)
    asking = [line for line in rows if _PARTS.search(source.text_of(evidence.file, line))]
    return (evidence.file, asking[0]) if asking else place


_PARTS = re.compile(r"\.(named_)?(children|modules)\(\)")


def _adds(function: ast.AST) -> bool:
    return any(
        (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Add)) or _is_add(node)
        for node in ast.walk(function)
    )


def _is_add(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("add", "add_")


def _adds_itself(evidence: Evidence, call: Call) -> bool:
    """Tell a function on the way to a layer, nn.Sequential's aside, that adds something on its own."""
    places: list[Place] = [(frame.file, frame.line) for frame in call.frames if frame.file in evidence.files]
    functions = [source.function_at(*place) for place in places]
    return any(function is not None and _adds(function) for function in functions)
