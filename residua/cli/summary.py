"""How does `residua summary` ask for a network's table, and print it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cyclopts import Parameter

from residua.cli.options.target import open_model, parse_size
from residua.cli.output import emit, say, show
from residua.cli.results.drawing import draw_class, is_source, require_svg, show_diagram
from residua.errors import CheckError, SpecError
from residua.settings import parse_changes

if TYPE_CHECKING:
    from residua.summary.diagram import Diagram


@Parameter(name="*")
@dataclass(frozen=True)
class Rendering:
    """How the table is printed.

    Parameters
    ----------
    arithmetic
        Show each formula with its numbers filled in.
    stages
        One row a stage.
    markdown
        Print a Markdown table.
    diagram
        Draw blocks and shortcuts instead; with a FILE.svg behind it, also there.
    overwrite
        Replace that file where it exists.
    json
        Print one JSON document.
    quiet
        No talk on stderr.
    """

    arithmetic: bool = False
    stages: bool = False
    markdown: bool = False
    diagram: str | None = None
    overwrite: bool = False
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
        Zoo name, pretrained name, checkpoint, run folder, or file.py:Class.
    input
        CHANNELSxHEIGHTxWIDTH, such as 3x224x224.
    set
        field=value of the spec, or argument=value of the class.
    """
    if rendering.diagram is not None and (rendering.json or rendering.markdown or rendering.stages):
        raise SpecError("--diagram prints a drawing; --json, --markdown and --stages print a table: give one of them")
    require_svg(rendering.diagram)
    if rendering.diagram is not None and is_source(target):
        return _draw_source(target, input, parse_changes(set), rendering)
    opened = open_model(target, parse_changes(set))
    from residua.summary import summarize, usual_size  # torch, which a mistaken target does not wait for

    size = parse_size(input) if input else opened.input_size
    if size is None:
        size = usual_size(opened.module, opened.label)
        say(
            f"{opened.label} does not say its input size; taking {'x'.join(map(str, size))} (--input changes it)",
            quiet=rendering.quiet,
        )
    if rendering.diagram is not None:
        from residua.summary.diagram import drawn, tape_of

        title = f"{opened.label} on {'×'.join(map(str, size))}"
        _show_drawn(drawn(tape_of(opened.module, size), title), rendering)
        return 0
    found = summarize(opened.module, size, target=opened.label)
    if rendering.json:
        emit(found.as_json(arithmetic=rendering.arithmetic, stages=rendering.stages))
    elif rendering.markdown:
        show(found.as_markdown(arithmetic=rendering.arithmetic, stages=rendering.stages))
    elif rendering.stages:
        show(found.as_stages())
    else:
        show(found.as_text(arithmetic=rendering.arithmetic))
    return 0


def _draw_source(target: str, input: str | None, arguments: dict[str, Any], rendering: Rendering) -> int:
    """Draw a class of the user's, run in a child process; the first axis of its input is the batch."""
    from residua.targets.given import Input

    inputs = (Input((2, *parse_size(input))),) if input else ()
    try:
        drawn = draw_class(target, arguments, inputs)
    except CheckError as error:  # it is run as a check runs it, whose flag for arguments has another name
        raise CheckError(str(error).replace("--args", "--set")) from None
    _show_drawn(drawn, rendering)
    return 0


def _show_drawn(drawn: Diagram, rendering: Rendering) -> None:
    show_diagram([drawn], rendering.diagram or "", overwrite=rendering.overwrite, quiet=rendering.quiet)
