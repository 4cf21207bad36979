"""Which rules are there? One function a rule, named by its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from residua.check.evidence import Evidence, Hit
from residua.check.rules import addition, batch, branch, inplace, modules, network, shapes, stages

Rule = Callable[[Evidence], Iterator[Hit]]

RULES: dict[str, Rule] = {
    name.upper(): function
    for module in (addition, batch, branch, inplace, modules, network, shapes, stages)
    for name, function in vars(module).items()
    if name[0] == "r" and name[1:].isdigit()
}
