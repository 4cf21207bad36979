"""Does what a reversible block calls its inverse invert it?"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import Flow
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.rule import Rule
from residua.check.run.inverses import Broken, broken_inverses, kept_determinants
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R186",
    severity="error",
    title="an inverse that does not invert",
    message="{target}: {name} of what forward returns is not what forward was given",
    evidence="relative difference {gap} in float64 and eval mode",
    fix="- {code}\n+ undo the steps of forward in reverse order, each with the values that it read",
    source="Gomez 2017 §3.1 (RevNet); Dinh 2017",
    wrong="x1 = y1 - self.f(y2)\nx2 = y2 - self.g(y1)",
    right="x2 = y2 - self.g(y1)\nx1 = y1 - self.f(x2)",
)
def r186(evidence: Evidence) -> Iterator[Hit]:
    """The inverse of a reversible block gives back something else than its input."""
    for trial in evidence.finished[:1]:
        for broken in broken_inverses(trial):
            place = _unwoven(broken.code) or _crossed(evidence, trial, broken) or _place_in(evidence, broken)
            if place is not None:
                yield evidence.hit("R186", place, trial, name=broken.name, gap=f"{broken.gap:.2g}")


@partial(
    Rule,
    code="R240",
    severity="warning",
    title="an inverse that returns forward's log-determinant",
    message="{target}: {name} returns the log-determinant of forward: that of its own way is the opposite",
    evidence="log|det J| of forward at one row, measured: {volume}, and {name} returns the same",
    fix="- {code}\n+ logdet = -log_s.sum(dim=1), or return none and say so",
    source="Dinh 2017 (RealNVP) eq. 3 and §3.3: the inverse has the inverse Jacobian",
    wrong="x = (y - t) * torch.exp(-log_s); return x, log_s.sum(1)",
    right="x = (y - t) * torch.exp(-log_s); return x, -log_s.sum(1)",
    once=True,
)
def r240(evidence: Evidence) -> Iterator[Hit]:
    """An inverse that inverts, and beside it returns the log-determinant with the sign of the way forth."""
    for trial in evidence.finished[:1]:
        for kept in kept_determinants(trial):
            place = _place_in(evidence, kept)
            if place is not None:
                yield evidence.hit("R240", place, trial, name=kept.name, volume=f"{kept.gap:.3g}")


def _place_in(evidence: Evidence, broken: Broken) -> Place | None:
    """Return the line inside the method that inverts, not in a helper of both ways; else that of the method."""
    inside = tuple(frame for frame in broken.frames if frame.function == broken.code.__name__)
    place = first_frame(inside or broken.frames, evidence.files)
    if place is None or place[0] not in evidence.files:
        code = broken.code.__code__
        place = code.co_filename, code.co_firstlineno
    return place if place[0] in evidence.files else None


def _crossed(evidence: Evidence, trial: Trial, broken: Broken) -> Place | None:
    """Return the line of the second sum of a forward whose two sums each read the other half as it came in.

    No method inverts that: the second has to read what the first gave (Gomez 2017 §3.1).
    """
    code = getattr(broken.code, "__func__", broken.code)
    owners = (call for call in trial.tape.calls if getattr(type(call.module), code.__name__, None) is code)
    call = next((each for each in owners if each.inputs), None)
    flow = Flow(trial.tape, call.start, call.end, call.inputs, call.outputs) if call is not None else None
    sums = [op for op in flow.additions if op in flow.live_ops] if flow is not None else []
    for first, second in itertools.pairwise(sums):
        assert flow is not None
        (kept, read), (own, other) = _terms(flow, first), _terms(flow, second)
        if kept != own and own in read and kept in other:
            return evidence.line_of(second) if other.isdisjoint(first.outputs) else None
    return None


def _terms(flow: Flow, op: Op) -> tuple[int, set[int]]:
    """Return the part of the input that a sum adds as it came in, -1 without one, and what lies behind the rest."""
    values = flow.additions[op][:2]
    plain = [value for value in values if flow.depth.get(value) == (0, 0)]
    if len(plain) != 1:
        return -1, set()
    return plain[0], flow.ancestors(tuple(value for value in values if value != plain[0]))


def _unwoven(method: Any) -> Place | None:
    """Return the line where a forward that takes every second entry joins the halves one after the other.

    Whatever the inverse does with halves that it takes in the same way, it gives the entries back in another order.
    """
    file, line = method.__code__.co_filename, method.__code__.co_firstlineno
    classes = source.classes_around(file, line)
    forward = source.method(file, classes[0].name, "forward") if classes else None
    nodes = list(ast.walk(forward)) if forward is not None else []
    halves = [node for node in nodes if isinstance(node, ast.Subscript) and "::2" in ast.unparse(node.slice)]
    joins = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.cat", "cat")]
    woven = any(isinstance(node.ctx, ast.Store) for node in halves)
    return (file, joins[-1].lineno) if joins and len(halves) > 1 and not woven else None
