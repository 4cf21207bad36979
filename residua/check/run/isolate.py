"""How is somebody else's code run so that an endless loop or a crash in it is a finding, not a hang?"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from residua.check.report.finding import CheckReport, Finding
from residua.check.rules.crashes import r160
from residua.errors import ResiduaError

_LOOP = "an endless loop, or a very large model"


def isolated(
    work: Callable[[], list[CheckReport]],
    target: str,
    *,
    seconds: float = 120.0,
    gigabytes: float = 8.0,
    lang: str = "en",
) -> list[CheckReport]:
    """Run `work` in a forked child and return its reports; a child that dies or runs too long becomes a finding.

    seconds: wall clock after which the child is killed. gigabytes: address space the child may add to its own.
    Raises the ResiduaError that the child raised. Without fork (Windows), `work` runs in this process.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    sys.stdout.flush()
    child = context.Process(target=_child, args=(work, sender, gigabytes), daemon=True)
    child.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            return [_stopped(target, lang, f"it ran for more than {seconds:g} s and was stopped: {_LOOP}")]
        kind, value = receiver.recv()
    except (EOFError, ConnectionResetError):
        child.join()
        return [_stopped(target, lang, _death(child.exitcode))]
    finally:
        if child.is_alive():
            child.kill()
        child.join()
        receiver.close()
    if kind == "error":
        raise value
    return list(value)


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return f"the process was ended by {signal.Signals(-code).name}"
    return f"the process ended by itself with exit code {code}"


def _stopped(target: str, lang: str, error: str) -> CheckReport:
    facts: dict[str, Any] = {"target": target, "error": error, "code": ""}
    message, measured, fix = (r160.worded(text, facts, lang) for text in ("message", "evidence", "fix"))
    file = target.partition(":")[0]
    finding = Finding(r160.code, r160.severity, message, measured, file, None, fix, r160.source)
    return CheckReport(target, "did not run", (finding,))


def _child(work: Callable[[], list[CheckReport]], sender: Connection, gigabytes: float) -> None:
    _limit(gigabytes)
    null = os.open(os.devnull, os.O_RDWR)
    with suppress(OSError):
        os.dup2(null, 0)
        os.dup2(2, 1)  # what the user's code prints is talk, not data
    import torch

    torch.set_num_threads(1)  # the threads of the parent do not exist after a fork
    try:
        sender.send(("reports", work()))
    except ResiduaError as error:
        sender.send(("error", error))
    except MemoryError:
        os._exit(77)
    sender.close()
    sys.stderr.flush()
    os._exit(0)


def _limit(gigabytes: float) -> None:
    """Cap the address space at what is mapped now plus `gigabytes`."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm") as stream:
            mapped = int(stream.read().split()[0]) * resource.getpagesize()
        limit = mapped + int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
