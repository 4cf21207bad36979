"""How does a program train, as `residua train` does?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from residua.errors import TrainError
from residua.text import nearest
from residua.train.engine import train
from residua.train.log import Log
from residua.train.measure.report import try_report
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig, renamed
from residua.train.settings.resolve import resolve

Folder = str | os.PathLike[str]


def fit(
    recipe: str | TrainConfig | None = None,
    *,
    out: Folder | None = None,
    resume: Folder | Run | None = None,
    log: Log | None = None,
    **changes: Any,
) -> Run:
    """Train a network as `residua train` does and return its run folder: `.folder`, `.config`, `.rows()`, `.metrics`.

    recipe: a recipe's name, a whole configuration, or None for what suits the data. changes: fields of TrainConfig,
    `data` and `model` among them; `residua train --help` lists them. out: the run folder to make; by default
    runs/<data>-<model>. resume: a run to go on with, from its newest checkpoint. log: what to call after steps and
    epochs and with messages; by default nothing.

    Raises what the command prints in one line, and KeyboardInterrupt once the state is saved when Ctrl-C, SIGTERM or
    SIGUSR1 has stopped the run.
    """
    if recipe is not None and not isinstance(recipe, (str, TrainConfig)):
        raise TrainError(f"fit() starts from a recipe's name or a TrainConfig, not from {type(recipe).__name__}")
    given = _checked(renamed(changes))
    if isinstance(recipe, str):
        given["recipe"] = recipe
    elif recipe is not None and "recipe" in given:
        raise TrainError("a configuration has its recipe already: leave out recipe")
    folder = None if resume is None else Path(resume.folder if isinstance(resume, Run) else resume)
    base = recipe if isinstance(recipe, TrainConfig) else None
    if base is not None and folder is not None:
        raise TrainError(f"resume goes on exactly as {folder}/config.toml says; leave out the configuration")
    resolved = resolve(given, None if out is None else Path(out), folder, base)
    log = log or Log()
    outcome = train(resolved.config, resolved.folder, resume=resolved.resumed, log=log, typed=resolved.typed)
    if not outcome.finished:
        raise KeyboardInterrupt(
            f"stopped by {outcome.stopped_by}; the state is saved. Go on with resume={str(resolved.folder)!r}"
        )
    if outcome.first and outcome.held is not None:
        log.message(try_report(outcome.run, outcome.spec, outcome.held))
    return outcome.run


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """Return `changes` as the configuration has them: tuples for lists, names for paths. Raises TrainError."""
    for name in changes:
        if name not in TrainConfig.model_fields:
            near = nearest(name, TrainConfig.model_fields)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise TrainError(f"there is no setting {name!r}; {hint}`residua train --help` lists them.")
    plain = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in changes.items()}
    config = TrainConfig().changed(**plain)
    return {name: getattr(config, name) for name in changes}
