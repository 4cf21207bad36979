"""Has each stage as many blocks as the constructor of the network was asked for?"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import outside_of
from residua.check.rules.hand_over import called_name, taken_by
from residua.check.rules.rule import Rule
from residua.check.rules.stem_and_head import network_trials
from residua.check.run.trial import Trial
from residua.targets.roles import signature_of


@partial(
    Rule,
    code="R227",
    severity="warning",
    title="each stage has a block more than it was asked for",
    message="{target}: {name} is {asked}, and the stages have {found} blocks: the loop makes as many as were asked "
    "for beside the first",
    evidence="{found} blocks were constructed where {name} is {asked}",
    fix="- {code}\n+ range(1, {count}): the first block of the stage stands before the loop",
    source="He 2016a Table 1",
    wrong="blocks = [Block(cin, cout, stride)]\nfor _ in range(n): blocks.append(Block(cout, cout))",
    right="blocks = [Block(cin, cout, stride)]\nfor _ in range(1, n): blocks.append(Block(cout, cout))",
    implies=("R140",),
    once=True,
)
def r227(evidence: Evidence) -> Iterator[Hit]:
    """A helper makes the first block of a stage, and then as many as the whole stage was to have."""
    for trial in network_trials(evidence):
        for loop in _loops_behind_a_first(evidence.file):
            stages = _stages(evidence, trial, loop)
            asked = _argument_of(trial, stages) if len(stages) > 1 else None
            if asked is not None:
                name, value = asked
                found = tuple(count + 1 for count in stages)
                facts: dict[str, Any] = {"name": name, "asked": value, "found": found, "count": loop.count}
                yield evidence.hit("R227", (evidence.file, loop.line), trial, **facts)


@dataclass(frozen=True)
class _Loop:
    """A loop `for … in range(count)` over a helper's own argument; first, inside: the lines that make blocks."""

    line: int
    count: str
    first: range
    inside: range


def _loops_behind_a_first(file: str) -> Iterator[_Loop]:
    """Yield the loops that make what one call before them, in the same function, makes too."""
    for function in source.nodes_of(file):
        if not isinstance(function, ast.FunctionDef):
            continue
        stored = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and _is_stored(node)}
        counts = set(taken_by(function)) - stored
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        for node in ast.walk(function):
            count = _counted_by(node)
            if count not in counts or not isinstance(node, (ast.For, ast.ListComp, ast.GeneratorExp)):
                continue
            inside = _lines(node)
            made = {called_name(call) for call in calls if call.lineno in inside}
            before = [call for call in calls if called_name(call) in made and call.lineno < node.lineno]
            for call in before:
                yield _Loop(node.lineno, count, _lines(call), inside)


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _counted_by(node: ast.AST) -> str:
    """Return the name in `for … in range(name)`, or `range(0, name)`; empty for any other node."""
    iterated: ast.expr | None = node.iter if isinstance(node, ast.For) else None
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        iterated = node.generators[0].iter
    if isinstance(iterated, ast.Call) and ast.unparse(iterated.func) == "range":
        from_zero = iterated.args[1:] if ast.unparse(iterated.args[0]) == "0" else iterated.args
        return getattr(from_zero[0], "id", "") if len(from_zero) == 1 else ""
    return ""


def _lines(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _stages(evidence: Evidence, trial: Trial, loop: _Loop) -> tuple[int, ...]:
    """Return how many blocks of each stage the loop made; nothing where one of them has not one first block beside."""
    first, looped = Counter[str](), Counter[str]()
    for name, module in trial.module.named_modules():
        sites = outside_of(module, trial.sites(module))[:1]
        line = sites[0].line if sites and sites[0].file == evidence.file else 0
        stage = name.rpartition(".")[0]
        first[stage] += line in loop.first
        looped[stage] += line in loop.inside
    stages = [stage for stage, count in looped.items() if count]
    return tuple(looped[stage] for stage in stages) if all(first[stage] == 1 for stage in stages) else ()


def _argument_of(trial: Trial, stages: tuple[int, ...]) -> tuple[str, Any] | None:
    """Return the network's argument that asks for just what the loops made, a number for all stages or one for each.

    A number for each stage under a name of its own (`layout`) counts blocks too, if no name says that it is for others.
    """
    parameters = signature_of(type(trial.module)).parameters
    given = {name: parameter.default for name, parameter in parameters.items()}
    given |= trial.built.arguments if trial.built is not None else {}
    for name, value in given.items():
        asked = tuple(value) if isinstance(value, (list, tuple)) else (value,) * len(stages)
        listed = isinstance(value, (list, tuple)) and len(stages) > 2 and not _OF_OTHERS.search(name)
        if asked == stages and type(asked[0]) is int and (_COUNTS.search(name) or listed):
            return name, value
    return None


_COUNTS = re.compile(r"block|layer|depth|repeat|stage|^n$|^num", re.I)
_OF_OTHERS = re.compile(
    r"strid|dilat|rate|width|chan|plane|filter|kernel|group|head|dim|feat|size|hidden|expan|ratio|scale|mult|factor|"
    r"down|pool|resol|pad|drop|reduc|step",
    re.I,
)
