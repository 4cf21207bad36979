"""`residua study`: what does the residual connection do? One study a name, with its plan before it starts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts

from residua import extras
from residua.cli.output import emit, say, show
from residua.errors import SpecError

if TYPE_CHECKING:
    from residua.study.plan import Part
    from residua.study.report import Report

_Work = tuple[list["Part"], Callable[[Callable[[str], None]], "Report"]]


def study(
    name: Literal["signal", "cost"],
    *,
    out: Path = Path("studies"),
    minutes: Annotated[float, cyclopts.Parameter(validator=cyclopts.validators.Number(gt=0))] = 15.0,
    seeds: Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1))] = 3,
    networks: tuple[str, ...] = (),
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure one claim about residual networks, and write a table, figures and a page about it.

    Parameters
    ----------
    name
        signal: what passes through untrained networks; cost: what networks cost, and how accurate runs are.
    out
        Folder for NAME.csv, NAME.html and the figures.
    minutes
        The longest that it may take; a plan that does not fit is refused before the start.
    seeds
        How many times each random network of signal is drawn.
    networks
        For cost: names of the zoo and run folders.
    json
        Print the table as one JSON document.
    quiet
        No plan, no progress.
    """
    if networks and name != "cost":
        raise SpecError(f"--networks chooses what cost measures; {name} has its own networks")
    extras.require("matplotlib")
    extras.require("jinja2")  # before the work, not after it
    from residua.study.plan import Plan, measured_rate

    parts, work = _work(name, seeds, networks)
    plan = Plan(parts, measured_rate())
    for line in plan.lines():
        say(line, quiet=quiet)
    plan.require_fit(minutes, "--seeds 1" if name == "signal" and seeds > 1 else "")
    with _progress(len(parts), quiet) as advance:
        report = work(advance)
    written = report.write(out)
    if json:
        emit([dict(row) for row in report.rows])
    else:
        show("\n".join(report.seen))
    say(f"wrote {', '.join(str(path) for path in sorted(written))}", quiet=quiet)
    return 0


def _work(name: str, seeds: int, networks: tuple[str, ...]) -> _Work:
    """Return what a study will pass through networks, and what does it."""
    if name == "signal":
        from residua.study import signal

        return signal.plan_parts(seeds), lambda advance: signal.run(seeds, advance)
    from residua.study import costs

    subjects = costs.subjects_of(networks or costs.NETWORKS)
    return costs.plan_parts(subjects), lambda advance: costs.run(subjects, advance)


@contextmanager
def _progress(parts: int, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give what draws the progress, with the time left, on a terminal; elsewhere it draws nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("measuring", total=parts)
        yield lambda name: bar.update(task, advance=1, description=name)
