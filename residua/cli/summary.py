"""How does `residua summary` ask for a network's table, and print it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cyclopts import Parameter

from residua.cli.output import emit, say
from residua.cli.target import open_model, parse_size
from residua.errors import TargetError
from residua.settings import parse_changes

if TYPE_CHECKING:
    from torch import nn


@Parameter(name="*")
@dataclass(frozen=True)
class Rendering:
    """How the table is printed.

    Parameters
    ----------
    arithmetic
        show each formula with its numbers filled in
    stages
        one row a stage
    markdown
        print a Markdown table
    json
        print one JSON document
    quiet
        no talk on stderr
    """

    arithmetic: bool = False
    stages: bool = False
    markdown: bool = False
    json: bool = False
    quiet: bool = False


def summary(
    target: str,
    *,
    input: str | None = None,
    set: tuple[str, ...] = (),
    rendering: Rendering = Rendering(),
) -> int:
    """Print the shapes, parameters, MACs, memory and receptive field of every layer for one image.

    Parameters
    ----------
    target
        zoo name, checkpoint, run folder, or file.py:Class
    input
        CHANNELSxHEIGHTxWIDTH, such as 3x224x224
    set
        field=value of the spec, or argument=value of the class
    """
    opened = open_model(target, parse_changes(set))
    size = parse_size(input) if input else opened.input_size
    if size is None:
        size = _guess_size(opened.module, opened.label)
        say(
            f"{opened.label} does not say its input size; taking {'x'.join(map(str, size))} (--input changes it)",
            quiet=rendering.quiet,
        )
    from residua.summary import summarize

    found = summarize(opened.module, size, target=opened.label)
    if rendering.json:
        emit(found.as_json(arithmetic=rendering.arithmetic, stages=rendering.stages))
    elif rendering.markdown:
        print(found.as_markdown(arithmetic=rendering.arithmetic, stages=rendering.stages))
    elif rendering.stages:
        print(found.as_stages())
    else:
        print(found.as_text(arithmetic=rendering.arithmetic))
    return 0


def _guess_size(model: nn.Module, label: str) -> tuple[int, int, int]:
    """Return 224×224 for a network that takes an image, 56×56 for a block in the middle of one."""
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            pixels = 224 if module.in_channels <= 4 else 56
            return (module.in_channels, pixels, pixels)
    raise TargetError(f"{label} has no convolution that shows its input size; pass --input CHANNELSxHEIGHTxWIDTH")
