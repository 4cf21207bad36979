"""How are many targets checked: each in a child with its limit of time, several at once, the reports in order?"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from residua.check.evidence.claims import worth_checking
from residua.check.examine import ended_itself, examine
from residua.check.hosts import Hosts
from residua.check.report.finding import CheckReport
from residua.check.rules.phrases import in_language
from residua.check.run.beside import Beside, users_first
from residua.check.run.limit import clock
from residua.check.target import Target
from residua.errors import CheckError, ResiduaError
from residua.targets import Candidate, find
from residua.targets.construct import words_of
from residua.targets.depths import shallow
from residua.targets.find import FailedImport, parsed, read_instead, source_of
from residua.targets.given import Input, directives_of, named
from residua.targets.isolate import Child, InternalFailure, Send, Stopped, TooLarge, TooLong, can_isolate
from residua.targets.repository.configuration import own_arguments, own_configurations
from residua.targets.repository.importing import importing_beside
from residua.targets.repository.usage import Usage, factories, usages
from residua.targets.roles import names_settings

_OPENING_SECONDS = 30.0
_PATIENCE = 6  # times the limit, for a child that sleeps
_AWAKE = 0.02  # of a processor: what gets less sleeps; on a machine with fifty others a core, work gets that much


@dataclass(frozen=True)
class Settings:
    """How every target of a command is checked.

    seconds: for a target that was named; a class in a folder gets less. instead: what to take for the code of a path.
    """

    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    lang: str = "en"
    train: bool = False
    seconds: float = 120.0
    class_seconds: float = 10.0
    isolate: bool = True
    instead: Mapping[str, str] = field(default_factory=dict)

    def limit(self, target: Target) -> float:
        """Return the seconds that one class of a target may take."""
        return self.seconds if target.named else min(self.seconds, self.class_seconds)


@dataclass(frozen=True)
class Checked:
    """What came of one target.

    problem: why it could not be opened at all; empty for one that could. failures: the tracebacks of our own code.
    """

    target: Target
    reports: tuple[CheckReport, ...] = ()
    problem: str = ""
    failures: tuple[str, ...] = ()


Check = Callable[[Sequence[Target], Settings], Iterator[Checked]]


def check_all(targets: Sequence[Target], settings: Settings) -> Iterator[Checked]:
    """Check every target, as many at a time as there are processors, and yield what came of each in the order given.

    Where our own code fails there is no verdict on anybody's: it raises InternalFailure for a class that was named,
    and goes on with the others of a file or folder.
    """
    if not (settings.isolate and can_isolate()):
        for target in targets:
            yield _in_this_process(target, settings)
        return
    waiting = deque(enumerate(targets))
    running: dict[int, _Job] = {}
    done: dict[int, Checked] = {}
    following = 0
    try:
        while waiting or running:
            while waiting and len(running) < _processors():
                index, target = waiting.popleft()
                running[index] = _Job(target, settings)
            _attend(running, done)
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        for job in running.values():
            job.child.end()


def _attend(running: dict[int, _Job], done: dict[int, Checked]) -> None:
    """Wait for the next word of any child, or for the first of them to be over its time."""
    patience = max(0.0, min(job.deadline for job in running.values()) - time.monotonic())
    ready = set(wait([job.child.connection for job in running.values()], timeout=patience))
    for index, job in list(running.items()):
        if job.child.connection in ready or (time.monotonic() >= job.deadline and job.is_over()):
            checked = job.advance()
            if checked is not None:
                done[index] = checked
                del running[index]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Job:
    """One target being checked; a child that is over its time is followed by one for the classes that are left.

    A child keeps to its time by itself (`_in_time`); it is ended from outside where one operation alone takes longer.
    """

    def __init__(self, target: Target, settings: Settings) -> None:
        self.target, self.settings = target, settings
        self.reports: list[CheckReport] = []
        self.begun: list[str] = []
        self.failures: list[str] = []
        self.order: tuple[str, ...] = ()
        self.used, self.seen = 0.0, (0.0, 0.0)  # seen: when it was last looked at, and what it had used then
        self._start()

    def _start(self) -> None:
        target, settings, past = self.target, self.settings, frozenset(self.begun)
        self.child = Child(lambda send: _check_classes(target, settings, past, send))
        # Opening a file of a folder imports what it imports, which may take longer than a class of it.
        self._set_clock(settings.limit(target) if target.named else max(settings.limit(target), _OPENING_SECONDS))

    def is_over(self) -> bool:
        """Tell whether the child used its time; on a busy machine it has had less of the processor and gets more."""
        used, now = self.child.processor_seconds(), time.monotonic()
        if used is None or used - self.used >= self.limit:
            return True
        sleeps = used - self.seen[1] < _AWAKE * (now - self.seen[0])
        if sleeps and now - self.begun_at >= _PATIENCE * self.limit:
            return True
        self.seen = now, used
        self.deadline = now + max(self.limit - (used - self.used), 1.0)
        return False

    def _set_clock(self, limit: float) -> None:
        self.limit, self.begun_at = limit, time.monotonic()
        self.deadline, self.used = self.begun_at + limit, self.child.processor_seconds() or 0.0
        self.seen = self.begun_at, self.used

    def advance(self) -> Checked | None:
        """Take the child's next word; returns what came of the target once it is over."""
        try:
            word = self.child.receive(self.deadline - time.monotonic(), self.limit)
        except EOFError:
            return self._over()
        except ResiduaError as error:
            return self._over(str(error))
        except Stopped as stop:
            return self._stopped(stop)
        except InternalFailure as failure:
            return self._failed(failure)
        if isinstance(word, CheckReport):
            self.reports.append(word)
        elif isinstance(word, tuple):
            self.order = word
        else:
            self.begun.append(word)
        self._set_clock(self.settings.limit(self.target))
        return None

    def _stopped(self, stop: Stopped) -> Checked | None:
        name = self.begun[-1] if self.begun else ""
        target = f"{self.target.text}:{name}" if self.target.whole and name else self.target.text
        self.reports.append(stopped_report(target, stop, self.settings))
        self.child.end()
        if not (self.target.whole and name):
            return Checked(self.target, tuple(self.reports), failures=tuple(self.failures))
        self._start()
        return None

    def _failed(self, failure: InternalFailure) -> Checked | None:
        """Keep what our own code raised at a class of a file, and go on with those that are left."""
        if not (self.target.whole and self.begun):
            raise failure
        self.failures.append(f"{self.target.text}:{self.begun[-1]}\n{failure}")
        self.child.end()
        self._start()
        return None

    def _over(self, problem: str = "") -> Checked:
        self.child.end()
        if problem and not self.target.named:  # one of many: it is reported among them
            reason = in_language(problem.removeprefix(f"{self.target.text}: ").rstrip("."), self.settings.lang)
            return Checked(self.target, (*self.reports, CheckReport(self.target.text, "", reason=reason)))
        return Checked(self.target, _in_order(self.reports, self.order), problem, tuple(self.failures))


def _in_order(reports: Sequence[CheckReport], names: Sequence[str]) -> tuple[CheckReport, ...]:
    """Return reports in the order of their classes in the file: networks are run before their blocks."""
    place = {name: index for index, name in enumerate(names)}
    return tuple(sorted(reports, key=lambda each: place.get(each.target.rpartition(":")[2], len(place))))


def stopped_report(target: str, stop: Stopped, settings: Settings) -> CheckReport:
    """Return the report of a class whose process ended before it was examined: our limits are no fault of its."""
    if isinstance(stop, TooLong):
        reason = f"{stop}; give --timeout-seconds for a longer limit"
        return CheckReport(target, "", reason=in_language(reason, settings.lang))
    if isinstance(stop, TooLarge):
        own = "SIGKILL" not in str(stop)  # our limit, which --no-isolate takes away
        reason = f"{stop}; give smaller sizes as --args name=value{', or --no-isolate' if own else ''}"
        return CheckReport(target, "", reason=in_language(reason, settings.lang))
    return ended_itself(target, str(stop), settings.lang)


def _in_this_process(target: Target, settings: Settings) -> Checked:
    words: list[Any] = []
    try:
        _check_classes(target, settings, frozenset(), words.append)
    except ResiduaError as error:
        return Checked(target, problem=str(error))
    order = next((word for word in words if isinstance(word, tuple)), ())
    return Checked(target, _in_order([word for word in words if isinstance(word, CheckReport)], order))


def _check_classes(target: Target, settings: Settings, past: frozenset[str], send: Send) -> None:
    """Send the name of each class and then its report; in a whole file, of what looks like a block or network.

    past: the classes that are done.
    """
    if not target.may_hold_modules:
        if target.named or target.text.endswith(".py"):  # cells of a notebook may hold another language
            parsed(source_of(Path(target.text)), target.text)
        return
    try:
        with read_instead(settings.instead):
            found = find(target.text, words_of(settings.args))
    except FailedImport as error:
        reason = in_language(str(error).removeprefix(f"{target.text}: ").rstrip("."), settings.lang)
        send(CheckReport(target.text, "", reason=reason))
        return
    chosen = [each for each in found if not target.whole or worth_checking(each, found)]
    beside = Beside() if target.whole else None
    if beside is not None:
        send(tuple(each.name for each in chosen))
        chosen = users_first(chosen)
    with importing_beside(target.text.rpartition(":")[0] or target.text):
        left = [each for each in chosen if each.name not in past]
        _check_each(left, settings, settings.limit(target), beside, send)


def _check_each(
    chosen: Sequence[Candidate], settings: Settings, seconds: float, beside: Beside | None, send: Send
) -> None:
    """Send the name of each class and then its report. seconds: what each may take."""
    hosts = Hosts(lambda host, shown: _report(host, replace(settings, args={}, inputs=()), shown))
    for candidate in chosen:
        send(candidate.name)
        report = _in_time(candidate, settings, seconds, (beside, hosts))
        send(replace(report, reason=in_language(report.reason, settings.lang)))


def _in_time(
    candidate: Candidate, settings: Settings, seconds: float, others: tuple[Beside | None, Hosts]
) -> CheckReport:
    """Examine one class in its processor time; what does not run in a first part of it is made once more, smaller."""
    beside, hosts = others
    if not (settings.isolate and can_isolate()):
        return _hosted(candidate, settings, beside, hosts)
    try:
        with clock.limited(_OWN_SHARE * seconds, _FIRST if beside and _can_be_smaller(candidate) else 1.0):
            with clock.retried():
                return _hosted(candidate, settings, beside, hosts)
            return _shallow_report(candidate, settings, beside)
    except clock.OverTime:
        return stopped_report(candidate.target, TooLong(f"it ran for more than {seconds:g} s"), settings)


_OWN_SHARE = 0.93  # of a class's limit: at the whole of it the child is ended from outside, with all that it found
_FIRST = 0.6  # of that, for a run with the depth and widths of the code, where a smaller one may follow


def _can_be_smaller(candidate: Candidate) -> bool:
    """Tell a class with an argument for its depth or width, or for a configuration that holds them."""
    own = candidate.signature.parameters if isinstance(candidate.value, type) else ()
    return bool(shallow(candidate.value)) or any(map(names_settings, own))


def _hosted(candidate: Candidate, settings: Settings, beside: Beside | None, hosts: Hosts) -> CheckReport:
    """Examine one class; what nothing in its file runs is tried as a class of another file makes and calls it."""
    since = time.process_time()
    first = _report(candidate, settings, beside)
    if not first.reason or beside is None or not isinstance(candidate.value, type):
        return first
    again = first
    with clock.optional("other files", 0.95):
        instance = hosts.instance_of(candidate, since)
        again = _examined(instance, {}, settings, beside, as_network=False) if instance is not None else first
    return again if _ran(again) else first


def _report(candidate: Candidate, settings: Settings, beside: Beside | None) -> CheckReport:
    """Examine one class; what the command gives goes before what comments in its source give.

    What our guesses did not run is tried as another class of the file makes it, as the user's own code calls it, and
    as functions of the file return it.
    """
    try:
        args, inputs = directives_of(candidate.value)
        given = named(args, candidate.value) | named(settings.args, candidate.value)
    except CheckError as error:
        return _not_run(candidate, error)
    candidate = replace(candidate, inputs=settings.inputs or inputs)
    whole = beside is not None and isinstance(candidate.value, type)
    own, first = _configured(candidate, given, settings, beside) if whole else ({}, None)
    first = first or _examined(candidate, given, settings, beside)
    if not first.reason or beside is None:
        return first
    instance = beside.instance_of(candidate)
    again = _examined(instance, {}, settings, beside, as_network=False) if instance is not None else first
    if again.reason and isinstance(candidate.value, type):
        named_in_a_file = own_arguments(candidate, beside.hasty)
        ways = chain([Usage(named_in_a_file)] if named_in_a_file else [], usages(candidate))
        others = (_used(candidate, {**own, **used.arguments, **given}, used, settings, beside) for used in ways)
        made = (_examined(each, {}, settings, beside, as_network=True) for each in factories(candidate))
        again = next((each for each in chain(others, made) if _ran(each)), first)
    return again if _ran(again) else first


def _used(
    candidate: Candidate, args: Mapping[str, Any], used: Usage, settings: Settings, beside: Beside | None
) -> CheckReport:
    """Examine a class as the user's own code makes it, with the inputs that it gives, else with guesses."""
    inputs = candidate.inputs or used.inputs
    report = _examined(replace(candidate, inputs=inputs), args, settings, beside)
    if _ran(report) or inputs == candidate.inputs:
        return report
    return _examined(candidate, args, settings, beside)


def _configured(
    candidate: Candidate, given: Mapping[str, Any], settings: Settings, beside: Beside | None
) -> tuple[dict[str, Any], CheckReport | None]:
    """Return a configuration of the repository with which a class runs, and its report; without, why none does."""
    offers = [dict(each) for each in own_configurations(candidate, beside is not None and beside.hasty)]
    first: CheckReport | None = None
    for offer in offers:
        report = _examined(candidate, {**offer, **given}, settings, beside)
        if _ran(report):
            return offer, report
        names = ", ".join(offer)
        reason = report.reason or f"it takes a configuration that we could not guess ({names}); give --args {names}=…"
        first = first or CheckReport(candidate.target, "", reason=reason)
    return (offers[0] if offers else {}), first


def _shallow_report(candidate: Candidate, settings: Settings, beside: Beside | None) -> CheckReport:
    """Examine a class that took too long once more in haste, less deep where it has an argument for that."""
    assert beside is not None
    beside.hasty = True
    try:
        return _report(candidate, replace(settings, args={**shallow(candidate.value), **settings.args}), beside)
    finally:
        beside.hasty = False


def _ran(report: CheckReport) -> bool:
    """Tell a report of code that ran: with arguments found elsewhere a crash says little."""
    return not report.reason and not any(finding.rule == "R161" for finding in report.findings)


def _examined(
    candidate: Candidate,
    args: Mapping[str, Any],
    settings: Settings,
    beside: Beside | None,
    as_network: bool | None = None,
) -> CheckReport:
    try:
        return examine(candidate, args, as_network=as_network, lang=settings.lang, train=settings.train, beside=beside)
    except CheckError as error:
        return _not_run(candidate, error)


def _not_run(candidate: Candidate, error: CheckError) -> CheckReport:
    """Return the report of a target with an error about it as its reason: its name stands before the reason already."""
    return CheckReport(candidate.target, "", reason=str(error).removeprefix(f"{candidate.target}: ").rstrip("."))
