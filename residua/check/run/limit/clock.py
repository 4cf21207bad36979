"""How much processor time is left for a class, and what becomes of a step that would need more?"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

_AGAIN = 0.5  # seconds to clean up in; code that catches everything is told again after them
_RULES = 0.3  # of the limit: kept for the rules, which make something of what was measured


class OverTime(BaseException):
    """A step used its processor time. No Exception: no step may take it for a failure of the code that it runs."""


@dataclass
class Clock:
    """The processor time of one class: when it began, how long it may last, and what was left out for lack of it.

    first: the share in which the first run has to end, where a second one of less depth may follow. ends: those of the
    steps that are under way, the innermost last. Times are the processor's in this process.
    """

    seconds: float
    first: float = 1.0
    begun: float = field(default_factory=time.process_time)
    ends: list[float] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    undivided: bool = False


_running: list[Clock] = []  # of this process: at most one class is checked at a time


@contextmanager
def limited(seconds: float, first: float = 1.0) -> Iterator[Clock]:
    """Give what is done inside this much processor time; whatever asks for more raises OverTime there."""
    clock = Clock(seconds, first)
    before, said = signal.signal(signal.SIGPROF, _over), sys.unraisablehook
    sys.unraisablehook = lambda lost: None if lost.exc_type is OverTime else said(lost)  # it is raised again soon
    _running.append(clock)
    try:
        with within(seconds):
            yield clock
    finally:
        _running.pop()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        sys.unraisablehook = said


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OverTime once what is inside has used this much processor time, in a class that has a limit."""
    if not _running:
        yield
        return
    ends = _running[-1].ends
    end = time.process_time() + seconds
    ends.append(min(end, ends[-1]) if ends else end)
    depth = len(ends)
    _set_timer(ends)
    try:
        yield
    finally:
        del ends[depth - 1 :]
        _set_timer(ends)


def until(share: float) -> float:
    """Return the seconds until a share of the class's whole time is used; infinity where there is no limit."""
    if not _running:
        return float("inf")
    clock = _running[-1]
    return clock.begun + share * clock.seconds - time.process_time()


def left_out() -> tuple[str, ...]:
    """Return the steps that were left out for lack of time."""
    return tuple(_running[-1].left_out) if _running else ()


def left() -> float:
    """Return the seconds that the step under way may still use; infinity where there is no limit."""
    return _running[-1].ends[-1] - time.process_time() if _running else float("inf")


@contextmanager
def first_part() -> Iterator[None]:
    """Run what everything rests on, in the share of the time that is meant for it."""
    share = _running[-1].first if _running else 1.0
    with within(until(min(share, 1.0 - _RULES / 3))):
        yield


@contextmanager
def retried() -> Iterator[None]:
    """Go on behind what ran over the first part of the time, with all that is left, where there is such a part."""
    clock = _running[-1]
    try:
        yield
    except OverTime:
        if clock.first == 1.0 or left() <= 0:
            raise
        clock.first = 1.0


def need(seconds: float = 0.0) -> None:
    """Raise OverTime at once where the step under way has less time left than it will need.

    A backward pass is one operation, which nothing stops in between.
    """
    if left() <= seconds:
        raise OverTime


@contextmanager
def undivided(share: float = 0.95) -> Iterator[None]:
    """Raise OverTime where any part of what is inside has no time: what is compared with it has to be whole."""
    if not _running:
        yield
        return
    clock, before = _running[-1], _running[-1].undivided
    clock.undivided = True
    try:
        with within(until(share)):
            yield
    finally:
        clock.undivided = before


@contextmanager
def optional(what: str, share: float = 1.0 - _RULES) -> Iterator[None]:
    """Do what adds to what is known while a share of the class's time lasts; what does not end in it is left out."""
    try:
        with within(until(share)):
            yield
    except OverTime:
        if left() <= 0 or _running[-1].undivided:
            raise
        if what not in _running[-1].left_out:
            _running[-1].left_out.append(what)


def _set_timer(ends: list[float]) -> None:
    delay = max(ends[-1] - time.process_time(), 1e-3) if ends else 0.0
    signal.setitimer(signal.ITIMER_PROF, delay, _AGAIN if ends else 0.0)


def _over(_: int, __: FrameType | None) -> None:
    if _running and _running[-1].ends and time.process_time() >= _running[-1].ends[-1] - 0.05:
        raise OverTime
