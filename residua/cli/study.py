"""`residua study`: what does the residual connection do? One study a name, with its plan before it starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts

from residua import extras
from residua.cli.output import emit, say, show
from residua.errors import SpecError
from residua.study.options import TrainingOptions

if TYPE_CHECKING:
    from residua.study.plan import Advance, Part, Work

UNTRAINED = ("signal", "cost")  # studies that train nothing: they take seconds, and keep nothing before their end


def study(
    name: Literal["signal", "cost", "depth", "identity", "lesion", "landscape", "shortcut"],
    *,
    out: Path = Path("studies"),
    overwrite: bool = False,
    minutes: Annotated[float, cyclopts.Parameter(validator=cyclopts.validators.Number(gt=0))] = 15.0,
    seeds: Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1))] = 3,
    networks: tuple[str, ...] = (),
    training: Annotated[TrainingOptions | None, cyclopts.Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure one claim about residual networks, and write a table, figures and a page about it.

    Parameters
    ----------
    name
        signal: what passes through untrained networks; cost: what networks cost, and how accurate runs are;
        depth: plain against residual networks of several depths, trained here; of these networks identity: what a
        block adds to its input; lesion: what is lost with a block; landscape: the loss around them; shortcut: networks
        with other shortcuts, or none.
    out
        Folder for NAME.csv, NAME.html and the figures, and for the networks that were trained.
    overwrite
        Replace files of these names in --out that are not this study's own, or of other settings.
    minutes
        The longest that it may take; a plan that does not fit is refused before the start.
    seeds
        How many times each random or trained network is drawn.
    networks
        For cost: names of the zoo and run folders.
    json
        Print the table as one JSON document.
    quiet
        No plan, no progress.
    """
    _refuse_idle(name, networks, training)
    extras.require("matplotlib")
    extras.require("jinja2")  # before the work, not after it
    from residua.study.plan import Plan, measured_rate
    from residua.study.written import Place

    training = training or TrainingOptions()
    place = Place(out, name, _settings(seeds, networks, training), overwrite)
    place.require_own()
    work = _work(name, seeds, networks, training, out)
    plan = Plan(work.parts, measured_rate())
    for line in plan.lines():
        say(line, quiet=quiet)
    plan.require_fit(minutes, work.shorter)
    with _progress(work.parts, quiet) as advance:
        try:
            report = work.run(advance)
        except KeyboardInterrupt:
            kept = "begins anew: none of it is kept" if name in UNTRAINED else "goes on with what is done"
            say(f"the same command {kept}", quiet=quiet)
            raise
    written = place.write(report.files())
    if json:
        emit([dict(row) for row in report.rows])
    else:
        show("\n".join(report.seen))
    say(f"wrote {', '.join(str(path) for path in sorted(written))}", quiet=quiet)
    return 0


def _refuse_idle(name: str, networks: tuple[str, ...], training: TrainingOptions | None) -> None:
    """Raise SpecError for options that this study has no use for."""
    if networks and name != "cost":
        raise SpecError(f"--networks chooses what cost measures; {name} has its own networks")
    if training and name in UNTRAINED:
        raise SpecError(f"{name} trains nothing: leave out what says how networks are trained")


def _settings(seeds: int, networks: tuple[str, ...], training: TrainingOptions) -> dict[str, object]:
    """Return what a study's numbers depend on: all options but those of place, time and output."""
    options = asdict(training)
    del options["root"]  # where the same pictures lie
    return {"seeds": seeds, "networks": networks, **options}


def _work(name: str, seeds: int, networks: tuple[str, ...], training: TrainingOptions, out: Path) -> Work:
    """Return what a study will pass through networks, and what does it."""
    if name == "signal":
        from residua.study import signal

        return signal.work(seeds)
    if name == "cost":
        from residua.study import costs

        return costs.work(networks)
    from residua.study import depth, identity, landscape, lesion, shortcut
    from residua.study.kept import Kept
    from residua.study.pictures import pick

    pictures = pick(training.data, training.root, training.pixels, training.images, out / "pictures")
    studies = {
        "depth": depth.work,
        "identity": identity.work,
        "landscape": landscape.work,
        "lesion": lesion.work,
        "shortcut": shortcut.work,
    }
    return studies[name](Kept(out, pictures, training.precision), training, seeds)


@contextmanager
def _progress(parts: Sequence[Part], quiet: bool) -> Iterator[Advance]:
    """Give what draws the progress, with the time left, on a terminal; elsewhere it draws nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    macs = {part.what: part.macs for part in parts}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("measuring", total=sum(macs.values()))
        yield lambda what, share: bar.update(task, advance=share * macs.get(what, 0.0), description=what)
