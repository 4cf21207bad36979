"""Under which heading does the help of `residua train` show an option?

An option stands in one place: its field of TrainConfig, or its parameter of the command, with type, default, text and
heading. Nothing here is a list of options.
"""

from __future__ import annotations

from cyclopts import Group, Parameter


def _heading(place: int, name: str) -> Parameter:
    return Parameter(group=Group(name, sort_key=place))


FIRST = _heading(1, "What matters first")
NETWORK = _heading(2, "Network")
IMAGES = _heading(3, "Images")
OPTIMIZER = _heading(4, "Optimizer and loss")
FINE_TUNING = _heading(5, "Fine-tuning")
EVALUATION = _heading(6, "Evaluation")
MEMORY = _heading(7, "Memory")
MACHINE = _heading(8, "Machine and output")

# What an option defaults to where recipes differ in it; a test holds these marks against all recipes.
BY_RECIPE = Parameter(show_default="recipe")
