"""Which exercises of a lesson does a reader's file solve? It runs in a child process, as what `check` is given does."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from residua.errors import TargetError
from residua.learn.exercises import EXERCISES, Wrong
from residua.targets.find import load_file
from residua.targets.isolate import Child, Send, Stopped
from residua.text import LONGEST_MESSAGE, one_line

SECONDS = 30.0  # for one exercise: the slowest right answer takes about one; a loop without end should not take more


@dataclass(frozen=True)
class Verdict:
    """What came of one exercise. message: what is wrong; empty for a right answer."""

    exercise: int
    name: str
    verdict: Literal["right", "wrong", "not answered"]
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(number: int, file: Path) -> tuple[Verdict, ...]:
    """Run `file` against the exercises of a lesson, each under the limits of a check.

    Raises TargetError where the file is not there, cannot be run to its end, or answers nothing.
    """
    if not file.is_file():
        raise TargetError(f"{file} is not a file; write your answers into one, as lesson {number} asks")
    names = list(EXERCISES[number])
    found: list[Verdict] = []
    while len(found) < len(names):
        try:
            _collect(number, file, found)
        except Stopped as stopped:  # the other answers are measured all the same, in another child
            found.append(Verdict(len(found) + 1, names[len(found)], "wrong", str(stopped)))
    if all(each.verdict == "not answered" for each in found):
        listed = ", ".join(f"`{name}`" for name in names)
        raise TargetError(f"{file} defines none of {listed}, which lesson {number} asks for")
    return tuple(found)


def _collect(number: int, file: Path, found: list[Verdict]) -> None:
    """Append the verdicts on the exercises after those in `found`. Raises Stopped where an answer ends the child."""
    child = Child(lambda send: _answer(number, file, len(found), send))
    try:
        try:
            child.receive(SECONDS)
        except Stopped as stopped:
            raise TargetError(f"{file}: {stopped}, before any exercise") from None
        while len(found) < len(EXERCISES[number]):
            found.append(child.receive(SECONDS))
    finally:
        child.end()


def _answer(number: int, file: Path, done: int, send: Send) -> None:
    """Send None once the file is loaded, then the verdict on each exercise after the first `done`."""
    names = list(EXERCISES[number])
    module = load_file(file, also=names)
    send(None)
    for place, name in enumerate(names[done:], done + 1):
        answer = getattr(module, name, None)
        if not callable(answer):
            send(Verdict(place, name, "not answered", f"{file.name} defines no `{name}`"))
            continue
        try:
            EXERCISES[number][name](answer)
            send(Verdict(place, name, "right"))
        except Wrong as wrong:
            send(Verdict(place, name, "wrong", str(wrong)))
        except Exception as error:  # of the answer, or of what it returned where it is no tensor or module
            send(Verdict(place, name, "wrong", one_line(_raised(error, file), LONGEST_MESSAGE)))


def _raised(error: Exception, file: Path) -> str:
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(file)]
    where = f" in line {lines[-1]}" if lines else ""
    given = "".join(f" for {note}" for note in getattr(error, "__notes__", ()))
    return f"it raises {type(error).__name__}{where}{given}: {error}"
