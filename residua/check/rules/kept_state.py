"""Does a call leave something behind that the next one stumbles over?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.experiments.again import Kept, kept_between_calls
from residua.check.rules.rule import Rule


@partial(
    Rule,
    code="R217",
    severity="error",
    title="a call leaves tensors behind that the next one stumbles over",
    message="{target}: {what}",
    evidence="{what}; measured in three steps of training on a new module",
    fix="- {code}\n+ keep it in a local variable, or .detach() it where it has to stay",
    source="torch autograd: a graph is freed by its first backward pass; what is referenced is never freed",
    wrong="self.prev = y  # read in the next forward",
    right="self.prev = y.detach()",
    implies=("R218",),
    once=True,
)
def r217(evidence: Evidence) -> Iterator[Hit]:
    """An attribute carries the graph of one call into the next, or a list grows with every call."""
    for trial in evidence.finished[:1]:
        for each in kept_between_calls(trial) if trial.failure is None else ():
            place = _stored_at(evidence, each)
            if place is None or _is_reset(evidence, each):
                continue
            what = f"self.{each.name} carries the graph of one step into the next, whose backward pass fails"
            if not each.fails:
                what = f"self.{each.name} gets {each.grows} tensors more with every call, and nothing removes them"
            facts = {"target": each.owner.__name__, "what": what}
            yield evidence.hit("R217", place, trial, None if each.fails or each.shared else "warning", **facts)


def _stored_at(evidence: Evidence, kept: Kept) -> Place | None:
    """Return the line that stores the attribute outside the constructor; for one of the class, the class's line."""
    for file in evidence.files:
        line = source.class_attribute_line(file, kept.owner.__name__, kept.name) if kept.shared else None
        for number in [line] if line else _stores(file, kept):
            return file, number
    return None


_ADDING = r"\.(append|extend|insert|add|appendleft|update|setdefault)\("


def _stores(file: str, kept: Kept) -> list[int]:
    node = source.class_in(file, kept.owner.__name__)
    name = re.escape(kept.name)
    stored = re.compile(rf"(self|cls|{kept.owner.__name__})\.{name}\s*(\[.*\]\s*)?(\+?=[^=]|{_ADDING})")
    functions = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef)] if node is not None else []
    nested = {id(part) for each in functions for part in ast.walk(each) if part is not each}
    found = []
    for function in (each for each in functions if each.name != "__init__" or id(each) in nested):
        for line in range(function.lineno, (function.end_lineno or function.lineno) + 1):
            if stored.search(source.text_of(file, line)):
                found.append(line)
    return sorted(set(found), reverse=True)


def _is_reset(evidence: Evidence, kept: Kept) -> bool:
    """Tell a state that a method of the class other than forward sets anew: its caller decides when."""
    for file in evidence.files:
        node = source.class_in(file, kept.owner.__name__)
        for method in (each for each in (node.body if node is not None else ()) if isinstance(each, ast.FunctionDef)):
            text = ast.unparse(method)
            anew = rf"self\.{re.escape(kept.name)}(\s*=[^=]|\.clear\(|\.pop\()"
            if method.name not in ("__init__", "forward") and re.search(anew, text):
                return True
    return False
