"""Which loops over modules or parameters did a constructor go through without doing anything?"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.experiments.again import made_again
from residua.check.run.forward import untouched_world
from residua.check.run.trial import Trial

_OVER = ("modules", "named_modules", "children", "named_children", "parameters", "named_parameters")


@dataclass(frozen=True)
class Idle:
    """A loop none of whose tests held: its tests, and the kinds of modules and names of parameters that are there."""

    file: str
    tests: tuple[ast.If, ...]
    over: str


def idle_loops(trial: Trial, files: frozenset[str]) -> Iterator[Idle]:
    """Yield the loops that ran while the trial's module was made anew, and of whose tests none held."""
    loops = [(file, loop, over, tests) for file in files for loop, over, tests in _loops(file)]
    if not loops:
        return
    ran: set[tuple[str, int]] = set()
    with untouched_world():
        module = _traced(trial, files, ran)
    for file, loop, over, tests in loops if module is not None else ():
        tested = (file, tests[0].lineno) in ran or (file, tests[0].test.lineno) in ran
        entered = any((file, body.lineno) in ran for test in tests for body in _branches(test))
        if tested and not entered and (file, loop.lineno) in ran:
            yield Idle(file, tuple(tests), over)


def _loops(file: str) -> Iterator[tuple[ast.For, str, list[ast.If]]]:
    """Yield the loops of a file over the parts of a module whose bodies are tests, and nothing else."""
    for node in source.nodes_of(file):
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Attribute):
            tests = [each for each in node.body if isinstance(each, ast.If)]
            if node.iter.func.attr in _OVER and tests and len(tests) == len(node.body):
                yield node, node.iter.func.attr, tests


def _branches(test: ast.If) -> list[ast.stmt]:
    """Return the first statement of every branch of a test and of the tests in its `elif`s."""
    found = [test.body[0]]
    if len(test.orelse) == 1 and isinstance(test.orelse[0], ast.If):
        return found + _branches(test.orelse[0])
    return found + test.orelse[:1]


def _traced(trial: Trial, files: frozenset[str], ran: set[tuple[str, int]]) -> nn.Module | None:
    """Make the module anew, and note every line of the files that runs meanwhile."""

    def within(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            ran.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    def entering(frame: FrameType, event: str, _: Any) -> Any:
        return within if frame.f_code.co_filename in files else None

    before = sys.gettrace()
    sys.settrace(entering)
    try:
        return made_again(trial)
    finally:
        sys.settrace(before)
