"""How does another interpreter check for this one? Requests come as lines of JSON, and so do the answers.

This runs where nothing but torch may be installed; `interpreter.py` is its other end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from residua.check.jobs import Checked, Settings, check_all
from residua.check.report.finding import CheckReport, Finding
from residua.check.target import Target
from residua.targets.given import Input, parse_arguments, written
from residua.targets.isolate import InternalFailure


def serve(requests: int, answers: int) -> None:
    """Answer until there are no more requests. Both are file descriptors that the code under check does not know."""
    _end_with_children()
    with os.fdopen(requests, encoding="utf-8") as lines, os.fdopen(answers, "w", encoding="utf-8") as out:

        def answer(**document: Any) -> None:
            print(json.dumps(document), file=out, flush=True)

        for line in lines:
            try:
                for checked in check_all(*request_from(json.loads(line))):
                    answer(checked=asdict(checked))
                answer(end=True)
            except InternalFailure as failure:
                answer(failure=str(failure))
            except Exception:
                answer(failure=traceback.format_exc())


def request_of(targets: Sequence[Target], settings: Settings) -> dict[str, Any]:
    """Return what is to be checked, and how, as JSON has it."""
    given = asdict(settings) | {"args": written(settings.args), "instead": dict(settings.instead)}
    return {"targets": [asdict(target) for target in targets], "settings": given}


def request_from(document: dict[str, Any]) -> tuple[list[Target], Settings]:
    """Return what `request_of` made a document of."""
    given = document["settings"]
    inputs = tuple(Input(tuple(each["shape"]), each["kind"], each["name"]) for each in given["inputs"])
    settings = Settings(**(given | {"args": parse_arguments(given["args"]), "inputs": inputs}))
    return [Target(**each) for each in document["targets"]], settings


def checked_from(document: dict[str, Any]) -> Checked:
    """Return what an answer tells of one target."""
    reports = [CheckReport(**_frozen(each | {"findings": ()})) for each in document["reports"]]
    findings = [tuple(Finding(**each) for each in report["findings"]) for report in document["reports"]]
    pairs = zip(reports, findings, strict=True)
    whole = tuple(CheckReport(**(vars(report) | {"findings": found})) for report, found in pairs)
    return Checked(Target(**document["target"]), whole, document["problem"], tuple(document["failures"]))


def _frozen(document: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in document.items()}


def _end_with_children() -> None:
    """Have SIGTERM unwind this process, so that whatever checks at the moment is stopped; a child ends as always."""
    own = os.getpid()

    def end(number: int, _: Any) -> None:
        if os.getpid() == own:
            sys.exit(1)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, end)
