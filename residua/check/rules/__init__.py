"""Which rules are there? One function a rule, named by its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules import (
    addition,
    batch,
    branch,
    inplace,
    layout,
    lost,
    modules,
    network,
    reach,
    shapes,
    stages,
    state,
)

Rule = Callable[[Evidence], Iterator[Hit]]

RULES: dict[str, Rule] = {
    name.upper(): function
    for module in (addition, batch, branch, inplace, layout, lost, modules, network, reach, shapes, stages, state)
    for name, function in vars(module).items()
    if name[0] == "r" and name[1:].isdigit()
}
