"""Is this block or network right? Constructs it, runs it, and lets the rules look at what happened."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import nn

from residua.check.evidence.claims import claims_residual, is_written_residual
from residua.check.evidence.evidence import Evidence, Hit, block_calls
from residua.check.evidence.skip_flags import unread_flags
from residua.check.experiments.other_guesses import doubted
from residua.check.report.finding import CheckReport, Finding
from residua.check.report.sizes import SIZED, by_name
from residua.check.rules import RULES
from residua.check.rules.hits import all_hits, as_used
from residua.check.rules.phrases import in_language
from residua.check.rules.root_causes import root_causes, severity_of
from residua.check.run.beside import Beside
from residua.check.run.configurations import trials_of
from residua.check.run.devices import asks_for_a_device, cpu_instead
from residua.check.run.forward import untouched_world
from residua.check.run.learning import learn_one_batch
from residua.check.run.limit import clock
from residua.check.run.networks import (
    NETS,
    is_named_block,
    looks_like_network,
    network_instead,
    network_trial,
    turned_out_network,
)
from residua.check.run.not_run import in_keywords, why_not_run
from residua.check.run.options import chance_of, network_option_trials, option_trials
from residua.check.run.pairs import paired_trials, reshaping_trials, unresized_trials
from residua.check.run.randomness import drawing_calls, many_passes, passes_of_block
from residua.check.run.sides import oblong_trial, uneven_trial
from residua.check.run.trial import Kind, Trial
from residua.errors import CheckError, TargetError
from residua.targets import Candidate
from residua.targets.inputs import starts_with_vector


def check_block(module_or_class: Any, *, lang: str = "en", **constructor_args: Any) -> CheckReport:
    """Probe a residual block and return what is wrong with it.

    module_or_class: an nn.Module (a copy is probed) or a class, constructed in several shapes; constructor_args are
    used as given, the others are found by name, annotation and trying.
    Raises CheckError when the class cannot be constructed, TargetError when it is not a module.
    """
    return _from_python(module_or_class, constructor_args, as_network=False, lang=lang)


def check_network(model: Any, *, lang: str = "en", **constructor_args: Any) -> CheckReport:
    """Probe a network (nn.Module, or a class or function that makes one): blocks, stages, stem and head."""
    return _from_python(model, constructor_args, as_network=True, lang=lang)


def _from_python(value: Any, args: Mapping[str, Any], *, as_network: bool, lang: str) -> CheckReport:
    """Check what Python hands over; a reason says what to give in Python's words, not in those of the command line."""
    if lang not in ("en", "zh"):
        raise CheckError(f"lang={lang!r} is no language of messages; give 'en' or 'zh'.")
    try:
        report = examine(_candidate(value), args, as_network=as_network, lang=lang)
    except CheckError as error:
        raise CheckError(in_keywords(str(error))) from None
    return replace(report, reason=in_language(in_keywords(report.reason), lang))


def _without_values(value: Any) -> str:
    """Return the name of a parameter or buffer on the meta device, where an instance has one."""
    if not isinstance(value, nn.Module):
        return ""
    tensors = (*value.named_parameters(), *value.named_buffers())
    return next((name for name, tensor in tensors if tensor.is_meta), "")


def _why_nothing(candidate: Candidate, args: Mapping[str, Any], trials: list[Trial], beside: Beside | None) -> str:
    """Return why nothing is known of a candidate; what it made is noted then for the other classes."""
    reason = _is_scripted(candidate, trials) or why_not_run(candidate, args, trials)
    if reason and beside is not None:
        beside.note_made(trials[0])
    return reason


def _is_scripted(candidate: Candidate, trials: list[Trial]) -> str:
    """Return why nothing is known of a module with parts that torch.jit compiled; empty for one of Python alone."""
    parts = [type(part) for trial in trials for part in trial.module.modules()]
    kinds = [each for each in (candidate.value, *parts) if inspect.isclass(each)]
    found = next((each.__name__ for each in kinds if issubclass(each, torch.jit.ScriptModule)), "")
    return f"{found} is compiled by torch.jit, where no line can be followed; give it as an nn.Module" if found else ""


def assert_residual(block: Any, **constructor_args: Any) -> None:
    """Fail a test, with the findings as its message, when a block has an error; for use inside pytest."""
    report = check_block(block, **constructor_args)
    if report.errors:
        lines = [f"{found.rule} {found.file}:{found.line}: {found.message}" for found in report.errors]
        raise AssertionError("not a residual block\n" + "\n".join(lines))


def examine(
    candidate: Candidate,
    args: Mapping[str, Any],
    *,
    as_network: bool | None = None,
    lang: str = "en",
    train: bool = False,
    beside: Beside | None = None,
) -> CheckReport:
    """Check one candidate; `as_network=None` decides by what it turns out to be. The world is left as it was.

    train: let a network learn one batch. beside: the other classes of a file that is checked whole; in haste it is not
    tried on other sizes, nor with other options.
    """
    start = time.perf_counter()
    without = _without_values(candidate.value)
    if without:
        reason = f"{without} is on the meta device and has no values; give a module with values, as on the CPU"
        return CheckReport(candidate.target, "", reason=reason)
    with untouched_world(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evidence = gather(candidate, args, as_network, train, hasty=beside is not None and beside.hasty)
        reason = _why_nothing(candidate, args, evidence.trials, beside)
        if reason:
            return CheckReport(candidate.target, "", seconds=time.perf_counter() - start, reason=reason)
        if beside is not None:
            with clock.optional("other classes", 0.95):
                beside.note(evidence.trials[0])
        hits = root_causes(_hits(candidate, evidence, beside))
        again = partial(gather, as_network=as_network, hasty=True)
        kept = doubted(candidate, args, evidence, hits, again, partial(_shown, beside=beside))
        findings, reason = tuple(_worded(hit, lang) for hit in kept.hits), kept.reason
        if not reason and all(finding.severity == "note" for finding in findings):
            reason = why_not_run(candidate, args, evidence.trials, unexplained=True)
            if not reason and sum(each.startswith("R") for each in clock.left_out()) > _MOST_RULES_LEFT_OUT:
                raise clock.OverTime
    ran = tuple(trial.name for trial in evidence.finished)
    style, findings, left_out = ("", (), ()) if reason else (evidence.style, findings, clock.left_out())
    return CheckReport(candidate.target, style, findings, time.perf_counter() - start, reason, ran, left_out)


_MOST_RULES_LEFT_OUT = 20  # what so many have not looked at is not known to be right


def _shown(candidate: Candidate, evidence: Evidence, beside: Beside | None) -> list[Hit]:
    return list(_hits(candidate, evidence, beside))


def _hits(candidate: Candidate, evidence: Evidence, beside: Beside | None) -> Iterator[Hit]:
    """Yield what the rules find, in a whole file by what that does with the class."""
    if beside is None:
        return all_hits(evidence)
    kind = _class(candidate, evidence.trials[0].module)
    promised = is_written_residual(evidence.class_name, kind, evidence.is_network)
    promised = promised and not beside.adds(kind, evidence.file)
    evidence.claims_residual = promised or bool(unread_flags(evidence.trials[0].module))
    return as_used(evidence, all_hits(evidence), beside)


def ended_itself(target: str, how: str, lang: str = "en") -> CheckReport:
    """Return the report of a target whose code ended its own process before it could be examined."""
    hit = Hit("R160", None, {"target": target, "error": how, "code": ""})
    return CheckReport(target, "ended its process", (replace(_worded(hit, lang), file=target.partition(":")[0]),))


def gather(
    candidate: Candidate, args: Mapping[str, Any], as_network: bool | None, train: bool = False, hasty: bool = False
) -> Evidence:
    """Construct and run a candidate, and put together what is known of it; of a block also what its options do.

    Code that asks for a device that is not here is run once more on the CPU. hasty: other sizes and options are left.
    """
    _gathered = _gathered_in_haste if hasty else _gathered_whole
    evidence = None
    try:
        evidence = _gathered(candidate, args, as_network, train)
        failures = [trial.failure.error for trial in evidence.trials if trial.failure is not None]
    except CheckError as error:
        failures = [error]
        if not asks_for_a_device(str(error)):
            raise
    if evidence is not None and not any(asks_for_a_device(str(error)) for error in failures):
        return evidence
    with cpu_instead() as noted:
        evidence = _gathered(candidate, args, as_network, train)
    evidence.devices = noted
    return evidence


def _gathered_in_haste(candidate: Candidate, args: Mapping[str, Any], as_network: bool | None, train: bool) -> Evidence:
    with clock.first_part():
        trials, network = _run(candidate, args, as_network)
    kind = _class(candidate, trials[0].module)
    name, file = _class_name(candidate, trials[0].module), _file(kind) or candidate.file
    files = frozenset({file, candidate.file})
    claims = claims_residual(name, kind, network) or (not network and bool(unread_flags(trials[0].module)))
    evidence = Evidence(name, file, files, candidate.name, trials, network, claims)
    if train and network and evidence.finished:
        with clock.optional("--train"):
            evidence.one_batch = learn_one_batch(evidence.finished[0])
    return evidence


def _gathered_whole(candidate: Candidate, args: Mapping[str, Any], as_network: bool | None, train: bool) -> Evidence:
    evidence = _gathered_in_haste(candidate, args, as_network, train)
    trials = evidence.trials
    cost = evidence.trials[0].seconds
    with clock.optional("other sides"):
        clock.need(2 * cost)  # a map of twice the side is among them
        if evidence.finished:
            evidence.uneven = uneven_trial(evidence.finished[0])
            evidence.oblong = oblong_trial(evidence.finished[0])
    with clock.optional("other options"):
        clock.need(cost)
        if evidence.is_network and evidence.finished:
            evidence.passes = passes_of_block(evidence.finished[0], drawing_calls(evidence.finished[0]))
            evidence.options = network_option_trials(candidate, args, evidence.finished[0])
        if evidence.same is not None and not evidence.is_network:
            evidence.options = option_trials(candidate, args, evidence.same) + paired_trials(candidate, args, trials)
            evidence.passes = many_passes(chance_of(candidate, args, evidence.same), evidence.finished)
        elif evidence.finished and not evidence.is_network:
            evidence.options = reshaping_trials(candidate, args, evidence.finished[0])
        if not evidence.is_network:
            evidence.unresized = list(unresized_trials(candidate, args, trials))
    return evidence


def _run(candidate: Candidate, args: Mapping[str, Any], as_network: bool | None) -> tuple[list[Trial], bool]:
    """Construct and run a candidate in all its configurations; return its trials, and whether it is a network."""
    if looks_like_network(candidate) if as_network is None else as_network:
        return [network_trial(candidate, args)], True
    trials = trials_of(candidate, args)
    if as_network is False:
        return trials, False
    name = _class_name(candidate, trials[0].module)
    if not any(trial.ran for trial in trials) and (
        starts_with_vector(trials[0].module) or NETS.search(name) or why_not_run(candidate, args, trials)
    ):
        whole = network_instead(candidate, args)
        if whole is not None and is_named_block(candidate):
            return [replace(whole, kind=Kind.AS_GIVEN)], False
        if whole is not None:
            return [whole], True
    if turned_out_network(trials[0], name, len(block_calls(trials[0]))):
        return trials[:1], True
    return trials, False


def _worded(hit: Hit, lang: str) -> Finding:
    file, line = hit.place or (None, None)
    rule, facts = RULES[hit.rule], by_name(hit.facts, hit.trial if hit.rule in SIZED else None)
    message, measured, fix, said = (rule.worded(text, facts, lang) for text in ("message", "evidence", "fix", "source"))
    if hit.trial is not None and hit.trial.kind is Kind.OPTION and hit.trial.name not in message:
        message += f"({in_language(hit.trial.name, lang)})" if lang == "zh" else f" (with {hit.trial.name})"
    return Finding(hit.rule, severity_of(hit), message, measured, file, line, fix, said)


def _candidate(value: Any) -> Candidate:
    kind = type(value) if isinstance(value, nn.Module) else value
    if not (inspect.isclass(kind) or callable(kind)):
        raise TargetError(f"a {type(value).__name__} is not an nn.Module or a class of them.")
    return Candidate(getattr(kind, "__name__", str(kind)), value, _source_file(kind))


def _class(candidate: Candidate, module: nn.Module) -> type:
    return candidate.value if inspect.isclass(candidate.value) else type(module)


def _class_name(candidate: Candidate, module: nn.Module) -> str:
    kind = _class(candidate, module)
    return candidate.name if kind.__module__.startswith("torch.") else kind.__name__


def _file(kind: type) -> str:
    """Return the file that defines a class of the user's; empty for torch's own."""
    return "" if kind.__module__.startswith("torch.") else _source_file(kind)


def _source_file(kind: Any) -> str:
    try:
        return inspect.getsourcefile(kind) or ""
    except (OSError, TypeError):
        return ""
