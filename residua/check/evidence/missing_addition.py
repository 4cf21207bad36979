"""Which line is to blame when nothing is added: where a forward joins otherwise, does not get to it, or ends?"""

from __future__ import annotations

import ast

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence
from residua.check.evidence.flow import Flow
from residua.check.evidence.places import Place
from residua.record.tape import Op

_JOINING = frozenset({"mul", "mul_", "maximum", "minimum", "max", "div", "where", "cat", "bmm"})


def place_without_sum(evidence: Evidence, flow: Flow, call: int = 0) -> Place | None:
    """Return the line to blame for a missing addition.

    That is where the input meets the residual by another operation; else the test that keeps an addition written
    below it from running; else the last line that computes. call: the module whose forward should add.
    """
    live = [op for op in flow.ops if op in flow.live_ops]
    for op in reversed(live):
        if op.name in _JOINING and _meets(flow, op):
            return evidence.line_within(op, call, flow.tape)
    idle = place_of_idle_sum(evidence, flow)
    if idle is not None:
        return idle
    places = (evidence.line_within(op, call, flow.tape) for op in reversed(live))
    return next((place for place in places if place is not None and place[0] in evidence.files), None)


def kept_unread(evidence: Evidence) -> Place | None:
    """Return the line of forward that keeps its input under a name, `identity = x`, which nothing reads later."""
    forward = source.method(evidence.file, evidence.class_name, "forward")
    taken = [each.arg for each in forward.args.args[1:2]] if forward is not None else []
    nodes = list(ast.walk(forward)) if forward is not None else []
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in taken:
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names and read.isdisjoint(names):
                return evidence.file, node.lineno
    return None


def place_of_idle_sum(evidence: Evidence, flow: Flow) -> Place | None:
    """Return the test that keeps a written addition from running, or what decides it; None without one."""
    live = [op for op in flow.ops if op in flow.live_ops]
    for file, line in _functions(evidence, live):
        test = source.test_before_sum(file, line)
        if test is not None and not _has_run(evidence, file, test, live):
            return file, _decided_at(evidence, file, test) or test
    return None


def _decided_at(evidence: Evidence, file: str, test: int) -> int | None:
    """Return the line that computes the flag of a test `if self.adds:`, where it compares something; else None."""
    node = source.innermost(file, test)
    read = node.test if isinstance(node, ast.If) else None
    if not isinstance(read, ast.Attribute) or not isinstance(read.value, ast.Name) or read.value.id != "self":
        return None
    around = next((each for each in source.classes_around(file, test)), None)
    found = source.assigned_to_self(file, around.name, read.attr) if around is not None else []
    computed = [value for value in found if any(isinstance(each, ast.Compare) for each in ast.walk(value))]
    return computed[0].lineno if len(found) == len(computed) == 1 else None


def _meets(flow: Flow, op: Op) -> bool:
    """Tell whether a value with at most one weighted operation behind it meets one with more."""
    shape = flow.shapes[op.outputs[0]]
    values = [value for value in dict.fromkeys(op.inputs) if value in flow.depth and flow.shapes[value] == shape]
    depths = sorted(flow.depth[value][1] for value in values)
    return len(depths) > 1 and depths[0] <= 1 < depths[-1]


def _functions(evidence: Evidence, live: list[Op]) -> list[Place]:
    """Return one place in each function of the user's file that ran, and every method of the class."""
    found: dict[str, Place] = {}
    for op in live:
        for frame in op.frames:
            if frame.file in evidence.files:
                found.setdefault(frame.function, (frame.file, frame.line))
    methods = source.methods_called(evidence.file, evidence.class_name)
    found.update({f"{file}{line}": (file, line) for file, line in methods})
    return list(found.values())


def _has_run(evidence: Evidence, file: str, test: int, live: list[Op]) -> bool:
    body = source.body_of_test(file, test)
    return any(frame.file == file and frame.line in body for op in live for frame in op.frames)
