"""`residua learn`: the lessons, one of them in the terminal, and the check of a reader's answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from residua.cli.output import emit, say, show
from residua.errors import TargetError
from residua.learn.lessons import Language, Lesson, lesson, lessons


def learn(
    *words: str,
    lang: Literal["en", "zh"] = "en",
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Show the lessons, one of them, or which exercises of one your file solves.

    Parameters
    ----------
    words
        Nothing: list the lessons. N: show lesson N. check N FILE: run FILE against the exercises of lesson N.
    lang
        Language of the lessons.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    match words:
        case ():
            return _list(lang, json, quiet)
        case ("check", number, file):
            return _check(lesson(number, lang), Path(file), json)
        case (number,) if number != "check":
            return _show(lesson(number, lang), json)
    raise TargetError("give nothing, the number of a lesson, or `residua learn check N FILE`")


def _list(lang: Language, json: bool, quiet: bool) -> int:
    found = lessons(lang)
    if json:
        emit([{"number": each.number, "title": each.title} for each in found])
        return 0
    for each in found:
        show(f"{each.number}  {each.title}")
    say(
        "`residua learn N` shows a lesson; `residua learn check N FILE` runs your answers to its exercises", quiet=quiet
    )
    return 0


def _show(chosen: Lesson, json: bool) -> int:
    if json:
        emit({"number": chosen.number, "title": chosen.title, "text": chosen.text})
    elif sys.stdout is not None and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(chosen.text))
    else:
        show(chosen.text.rstrip("\n"))
    return 0


def _check(chosen: Lesson, file: Path, json: bool) -> int:
    from residua.learn.answers import judge

    verdicts = judge(chosen.number, file)
    if json:
        emit({"lesson": chosen.number, "exercises": [each.to_json() for each in verdicts]})
    else:
        for each in verdicts:
            show(f"{each.exercise}  {each.name}  {each.verdict}" + (f": {each.message}" if each.message else ""))
    return 1 if any(each.verdict == "wrong" for each in verdicts) else 0
