"""`residua train`: flags are the fields of TrainConfig laid over a recipe; talk and progress go to stderr."""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.types import PositiveFloat, PositiveInt

from residua.cli.options.target import fetch_pretrained
from residua.cli.output import emit, print_table, say
from residua.errors import TrainError
from residua.files import require_new
from residua.train.interrupt import at_once, like_ctrl_c
from residua.train.settings.config import TrainConfig, renamed
from residua.train.settings.groups import EVALUATION, FIRST, MACHINE, OPTIMIZER
from residua.train.settings.recipes import RECIPES, recipe_as_json
from residua.train.settings.resolve import Resolved, require_unplanned, resolve

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from residua.train.engine import Outcome
    from residua.train.log import Log, StepEvent

# What the last line of `--json` has of metrics.json, beside the run.
RESULT = (
    "split",
    "top1",
    "correct",
    "samples",
    "class_mean",
    "map",
    "f1_macro",
    "f1_micro",
    "exact_match",
    "top5",
    "loss",
    "ece",
    "epoch",
    "val_top1",
    "cross_fitted",
    "train_seconds",
)


def train(
    model: str | None = None,
    /,
    *,
    config: Annotated[TrainConfig | None, Parameter(name="*")] = None,
    out: Annotated[Path | None, FIRST] = None,
    resume: Annotated[Path | None, FIRST] = None,
    recipes: Annotated[bool, FIRST] = False,
    minutes: Annotated[PositiveFloat | None, FIRST] = None,
    find_lr: Annotated[bool, OPTIMIZER] = False,
    compare: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative=()), EVALUATION] = None,
    overwrite: Annotated[bool, EVALUATION] = False,
    max_pixels: Annotated[PositiveInt | None, MACHINE] = None,
    json: Annotated[bool, MACHINE] = False,
    quiet: Annotated[bool, MACHINE] = False,
    views: Annotated[Literal["one", "flip", "flip-shift"] | None, Parameter(show=False)] = None,
) -> int:
    """Train a network and keep everything in a run folder; with no argument, a small one on handwritten digits.

    What no flag says, the recipe does: `--recipes` lists them, and every run folder's config.toml holds all values.

    Parameters
    ----------
    model
        Name from `residua list`, or a checkpoint or pretrained name to start from; default: what the recipe trains.
    out
        Run folder to make; default runs/<data>-<model>.
    resume
        Run folder to go on with, from its newest checkpoint.
    recipes
        List the recipes, with what each gave, and stop.
    minutes
        Choose the number of epochs so that the run takes about so long here.
    find_lr
        Try growing learning rates over a few steps, plot the loss beside the run folder, and stop.
    compare
        Put run folders side by side and stop; with --out FILE.html as a page.
    overwrite
        Replace the page of --compare, or the plot of --find-lr, where it exists; a run folder never is.
    max_pixels
        Most pixels of a picture; by default 89 million, and what 896 MiB can decode.
    json
        Print a JSON line an epoch on stdout, and one with the result on held-out images.
    quiet
        Say nothing but errors.
    """
    if recipes:
        return _list_recipes(json)
    if compare is not None:
        return _compare(compare, out, overwrite, json)
    _refuse_idle(overwrite and not find_lr, find_lr, minutes)
    given = _given(config, model, views)
    resolved = resolve(given, out, resume)
    with at_once():
        importlib.import_module("residua.train.engine")
    from residua.data.pixels import bounds

    bounds.allow_pixels(max_pixels)
    if not resolved.resumed:  # a run that goes on has its own copy
        _fetch(resolved.config.model, quiet)
    with like_ctrl_c():
        if find_lr:
            return _find_lr(resolved, overwrite, json, quiet)
        if minutes is not None:
            require_unplanned(given, resume)
            resolved = replace(resolved, config=_within(resolved.config, minutes, quiet))
        code = _run(resolved, json, quiet)
    return _left(code)


def _given(config: TrainConfig | None, model: str | None, views: str | None) -> dict[str, Any]:
    """Return the fields that were given as flags; views: what --tta was called."""
    given = config.given() if config else {}
    if views is not None:
        given = renamed(given | {"views": views})
    return given if model is None else given | {"model": model}


def _refuse_idle(overwrite: bool, find_lr: bool, minutes: float | None) -> None:
    """Raise TrainError for flags that would do nothing in a training."""
    if overwrite:
        raise TrainError(
            "--overwrite is for the page of --compare and the plot of --find-lr; no run folder is overwritten: name "
            "another --out"
        )
    if find_lr and minutes is not None:
        raise TrainError("--find-lr looks for a learning rate and trains nothing; leave out --minutes")


def _fetch(model: str, quiet: bool) -> None:
    """Bring the pretrained weights that `model` names; one process of several says so."""
    from residua.train.meeting import is_first

    fetch_pretrained(model, quiet or not is_first())


def _run(resolved: Resolved, json: bool, quiet: bool) -> int:
    """Train, show it, and return the exit code."""
    from residua.train.engine import train as run
    from residua.train.meeting import ReportedElsewhere

    folder = resolved.folder
    others = not resolved.resumed and (folder / "config.toml").exists()
    if not resolved.typed:
        images = resolved.config.data_path or resolved.config.data
        say(f"images: {images}, as {folder}/config.toml says", quiet=quiet)
    try:
        with _Display(json, quiet) as display:
            outcome = run(resolved.config, folder, resume=resolved.resumed, log=display.log(), typed=resolved.typed)
        return _conclude(outcome, json, quiet)
    except ReportedElsewhere:
        return 2
    except KeyboardInterrupt:
        if others or not (folder / "config.toml").exists():
            raise
        say(f"interrupted; go on from the last checkpoint with: residua train --resume {folder}")
        return 3


def _left(code: int) -> int:
    """Return the exit code of a run, which no later request to stop changes."""
    if code == 3:
        from residua.train.meeting import pass_stop_requests

        pass_stop_requests()
    return code


def _find_lr(resolved: Resolved, overwrite: bool, json: bool, quiet: bool) -> int:
    """Print at which learning rate the loss falls fastest, and plot it."""
    from residua.train.lr_finder import find_lr, plot_beside, try_plot

    picture = plot_beside(resolved.folder)
    require_new(picture, overwrite)
    found = find_lr(resolved.config, _messages(quiet))
    say(try_plot(found, picture), quiet=quiet)
    if json:
        emit(found.to_json())
    else:
        print(
            f"the loss falls fastest at lr {found.suggested:.2g}; a peak between that and three times it suits a "
            "schedule with warm-up"
        )
    return 0


def _messages(quiet: bool) -> Log:
    """Return a log that prints messages alone."""
    from residua.train.log import Log

    return Log(message=lambda line: say(line, quiet=quiet))


def _within(config: TrainConfig, minutes: float, quiet: bool) -> TrainConfig:
    from residua.train.lr_finder import within

    return within(config, minutes, _messages(quiet))


def _compare(folders: list[Path], out: Path | None, overwrite: bool, json: bool) -> int:
    from residua.train.measure.compare import as_json, read_runs, table, write_page

    if out is not None:
        require_new(out, overwrite)
    runs = read_runs(folders)
    if out is not None:
        write_page(runs, out)
        say(f"page: {out}")
    if json:
        emit(as_json(runs))
    else:
        print_table(["", *(str(run.folder) for run in runs)], table(runs))
    return 0


def _list_recipes(json: bool) -> int:
    if json:
        emit({name: recipe_as_json(recipe) for name, recipe in RECIPES.items()})
        return 0
    for name, recipe in RECIPES.items():
        config = recipe.config
        size = f", {config.size} px" if config.size else ""
        print(
            f"{name}: {config.model} on {config.data}, {config.epochs} epochs of batch {config.batch}, "
            f"{config.optimizer} {config.lr:g} {config.schedule}{size}"
        )
        print(f"    {recipe.command}")
        print(f"    source {recipe.source}; cost {recipe.cost}; top-1 {recipe.expected or 'not measured'}")
    return 0


def _conclude(outcome: Outcome, json: bool, quiet: bool) -> int:
    from residua.train.measure.words import beside, headline  # numpy must wait until a signal can be caught

    folder = outcome.run.folder
    if not outcome.first:
        return 0 if outcome.finished else 3
    if not outcome.finished:
        say(f"stopped by {outcome.stopped_by}; the state is saved. Go on with: residua train --resume {folder}")
        return 3
    held = outcome.held
    assert held is not None
    where = f"after {outcome.seconds:.1f} s of training; all of it is in {folder}"
    say(f"{held.split} {headline(held.metrics)} {where}", quiet=quiet)
    for line in beside(held.metrics):
        say(line, quiet=quiet)
    from residua.train.measure.report import try_report

    say(try_report(outcome.run, outcome.spec, held), quiet=quiet)
    if json:
        emit({"run": str(folder), **{name: held.metrics[name] for name in RESULT if name in held.metrics}})
    return 0


@dataclass
class _Display:
    """A progress bar on a terminal, a line an epoch elsewhere, JSON lines on stdout when asked.

    first: the first step of this session, and when it was.
    """

    json: bool
    quiet: bool
    first: tuple[StepEvent, float] | None = None

    def __enter__(self) -> _Display:
        import sys

        self.bar: Progress | None = None
        if sys.stderr.isatty() and not self.quiet:
            self.bar = _progress_bar()
            self.bar.start()
            self.task: TaskID = self.bar.add_task("", total=None, loss="", top1="", speed="", wait="")
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def log(self) -> Log:
        from residua.train.log import Log

        return Log(self.step, self.epoch, lambda line: say(line, quiet=self.quiet), self.decoded)

    def decoded(self, done: int, of: int) -> None:
        if self.bar is not None:
            self.bar.update(self.task, total=of, completed=done, description=f"decoding {done:,} of {of:,} images")

    def step(self, step: StepEvent) -> None:
        self.first = self.first or (step, time.monotonic())
        if self.bar is None:
            return
        done = (step.epoch - 1) * step.of + step.seen
        self.bar.update(
            self.task,
            total=step.epochs * step.of,
            completed=done,
            description=f"epoch {step.epoch}/{step.epochs}",
            loss=f"loss {step.loss:.3f}",
            top1=f"{'all right' if step.several else 'top-1'} {step.top1:.1%}",
            speed=f"{step.images_per_second:,.0f} img/s",
            wait=f"wait {step.data_wait:.0%}",
        )

    def epoch(self, row: dict[str, Any]) -> None:
        if self.json:
            emit(row)
        from residua.train.measure.words import epoch_words  # numpy must wait until a signal can be caught

        speed = f"{row['images_per_second']:,.0f} img/s  data wait {row['data_wait']:.0%}"
        line = f"{epoch_words(row)}  {speed}"
        if self.bar is not None:
            self.bar.console.print(line, highlight=False)
        else:
            say(line + self._left(row["epoch"]), quiet=self.quiet)

    def _left(self, epoch: int) -> str:
        """Return how long the rest takes if it goes on as fast as this session did; "" after the last epoch."""
        if self.first is None or epoch >= self.first[0].epochs:
            return ""
        step, began = self.first
        done = epoch - (step.epoch - 1) - (step.seen / step.of)
        seconds = (time.monotonic() - began) * (step.epochs - epoch) / done if done > 0 else 0.0
        return f"  {timedelta(seconds=round(seconds))} left"


def _progress_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.fields[" + name + "]}") for name in ("loss", "top1", "speed", "wait")]
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        *columns,
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        expand=True,
    )
