"""How do `summary --diagram` and `check --diagram` get a drawing: of our own networks, and of a stranger's class?

A stranger's class runs in a child process, as for a check; what comes back is the drawing, of words and numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from residua.cli.output import say, show
from residua.errors import CheckError, TargetError

if TYPE_CHECKING:
    from residua.check.run.trial import Trial
    from residua.summary.diagram import Diagram, Mark
    from residua.targets.given import Input

OPTION = "--diagram"  # of several verbs; a file may follow
_PICTURES = (".svg", ".png", ".pdf", ".jpg", ".jpeg", ".gif", ".webp", ".html")  # no targets; all but SVG are refused
_SECONDS = 120.0


def with_file(words: Sequence[str]) -> list[str]:
    """Return the command line with an empty value for `--diagram` where no picture follows it: the terminal alone."""
    found = []
    for index, word in enumerate(words):
        alone = word == OPTION and not (index + 1 < len(words) and words[index + 1].lower().endswith(_PICTURES))
        found.append(f"{OPTION}=" if alone else word)
    return found


def require_svg(file: str | None) -> None:
    """Raise TargetError for a file that a drawing cannot be written to."""
    if file and not file.lower().endswith(".svg"):
        raise TargetError(f"--diagram {file}: a drawing is written as SVG; name a file that ends in .svg")


def show_diagram(diagrams: Sequence[Diagram], file: str, *, overwrite: bool, quiet: bool) -> None:
    """Print drawings, and write the first to `file` where one is named; several get a number before the suffix.

    Raises ResiduaError where such a file exists and may not be replaced.
    """
    from residua.files import require_new, write_atomic
    from residua.summary.in_terminal import as_lines
    from residua.summary.svg import as_svg
    from residua.text import legible

    numbers = [""] if len(diagrams) == 1 else [f".{number}" for number in range(1, len(diagrams) + 1)]
    paths = [Path(file).with_suffix(f"{number}.svg") for number in numbers] if file else []
    for path in paths:
        require_new(path, overwrite)
    for diagram in diagrams:
        show("\n".join(as_lines(diagram)))
    for path, diagram in zip(paths, diagrams, strict=False):  # none without a file
        write_atomic(path, legible(as_svg(diagram)))
        say(f"residua: wrote {path}", quiet=quiet)


def is_source(target: str) -> bool:
    """Whether a target names a class in a file of Python or a notebook."""
    return target.rpartition(":")[0].endswith((".py", ".ipynb")) or target.endswith((".py", ".ipynb"))


def draw_class(
    target: str,
    args: Mapping[str, Any],
    inputs: tuple[Input, ...] = (),
    marks: Sequence[Mark] = (),
    seconds: float = _SECONDS,
) -> Diagram:
    """Return the drawing of a class in a file, as `residua check` constructs and runs it, up to where it fails.

    Raises TargetError or CheckError where it cannot be constructed, or takes longer than `seconds`.
    """
    from residua.targets.isolate import Child, Stopped, can_isolate

    if not can_isolate():
        return _drawn(target, args, inputs, marks)
    sys.stdout.flush()
    child = Child(lambda send: send(_drawn(target, args, inputs, marks)))
    try:
        diagram: Diagram = child.receive(seconds)
    except Stopped as stop:
        raise TargetError(f"{target} cannot be drawn: {stop}") from None
    finally:
        child.end()
    return diagram


def _drawn(target: str, args: Mapping[str, Any], inputs: tuple[Input, ...], marks: Sequence[Mark]) -> Diagram:
    """Draw the pass that fails, else the one in which most marks find their line: a sum may lack in eval mode alone."""
    from residua.summary.diagram import drawn

    trials = _trials(target, args, inputs)
    tapes = [tape for trial in trials for tape in (trial.tape, trial.eval_tape) if tape.ops or tape.failed]
    if not tapes:
        failure = next((trial.failure for trial in trials if trial.failure is not None), None)
        raise CheckError(f"{target} cannot be drawn: {failure.text if failure is not None else 'no operation ran'}")
    failed = next((tape for tape in tapes if tape.failed is not None), None)
    found = [drawn(tape, target, marks) for tape in ([failed] if failed is not None else tapes)]
    return min(found, key=lambda diagram: len(diagram.notes))


def _trials(target: str, args: Mapping[str, Any], inputs: tuple[Input, ...]) -> list[Trial]:
    """Construct and run what a target names, as a check does."""
    import warnings
    from dataclasses import replace

    from residua.check.run.configurations import trials_of
    from residua.check.run.networks import looks_like_network, network_trial
    from residua.targets import find
    from residua.targets.construct import words_of
    from residua.targets.given import directives_of

    candidates = find(target, words_of(args))
    if len(candidates) > 1:
        names = ", ".join(candidate.name for candidate in candidates)
        raise TargetError(f"{target} has several modules ({names}); name one, as {target}:{candidates[-1].name}")
    own, shapes = directives_of(candidates[0].value)
    candidate = replace(candidates[0], inputs=inputs or shapes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if looks_like_network(candidate):
            return [network_trial(candidate, own | dict(args))]
        return trials_of(candidate, own | dict(args))
