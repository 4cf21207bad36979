"""What happens to a block when one of its optional arguments takes another value, or chance its part?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.crashes import diagnose
from residua.check.run.configurations import is_refusal
from residua.check.run.options import chances, variations
from residua.check.run.trial import Trial, attempt, measure
from residua.errors import TargetError
from residua.targets import Built, Candidate, construct

_ANYWHERE = ("R101", "R103", "R104", "R109", "R120", "R121", "R127", "R155")
_ADDITION = frozenset({"R101", "R103", "R110", "R111", "R114", "R115", "R120", "R129", "R130"})
_MOST = 8


@dataclass(frozen=True)
class Chance:
    """A block built so that it drops four of five residuals' worth: its arguments, and the trial it belongs to."""

    trial: Trial
    arguments: dict[str, float]
    candidate: Candidate


def variant_trials(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> list[Trial]:
    """Probe the block of `first` with each of its optional arguments at another value; refusals are left out."""
    found: list[Trial] = []
    for name, value in list(variations(candidate.value, args))[:_MOST]:
        built = rebuilt(candidate, first, {name: value})
        if built is None or first.signal is None:
            continue
        outputs, _ = attempt(built.module, first.signal)
        if outputs and not isinstance(value, (bool, str)):
            continue
        trial = Trial(f"{name}={value!r}", built, first.signal, dict(first.wanted), module=built.module, brief=True)
        if not is_refusal(measure(trial)):
            found.append(trial)
    return found


def chance_of(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> Chance:
    """Return the block of `first` with every probability among its arguments set to a usual value."""
    arguments = chances(candidate.value, args) if callable(candidate.value) else {}
    built = rebuilt(candidate, first, arguments) if arguments else None
    if built is None:
        return Chance(first, {}, candidate)
    return Chance(replace_module(first, built), arguments, candidate)


def replace_module(first: Trial, built: Built) -> Trial:
    """Return a trial of another module on the same input; nothing is measured on it yet."""
    return Trial("at random", built, first.signal, dict(first.wanted), module=built.module, brief=True)


def rebuilt(candidate: Candidate, first: Trial, changes: Mapping[str, Any]) -> Built | None:
    """Construct the block of `first` again with some arguments changed; None when the constructor refuses."""
    if first.built is None or not first.built.sites:
        return None
    try:
        return construct(candidate, {**first.built.arguments, **changes})
    except TargetError:
        raise
    except Exception:
        return None


def variant_hits(evidence: Evidence, rules: Mapping[str, Callable[[Evidence], Iterator[Hit]]]) -> Iterator[Hit]:
    """Yield what is wrong in a changed configuration and not in the others: a crash, or a lost value."""
    for trial in evidence.context.get("variants", ()):
        own = replace(evidence, trials=[trial], context={})
        if trial.ran:
            for code in _ANYWHERE:
                yield from rules[code](own)
            continue
        hit = diagnose(own, trial)
        if hit is None or (hit.rule == "R161" and not _is_slip(trial)):
            continue
        yield hit if hit.rule in _ADDITION or hit.rule == "R161" else replace(hit, severity="warning")


def _is_slip(trial: Trial) -> bool:
    """Tell a name that does not exist, or a result that is none, from values that our guess does not suit."""
    failed = trial.failure
    if failed is None:
        return False
    if "NoneType' object" in failed.text:
        return "='" in trial.name  # a word that the source compares with; a flag may need a further argument
    return isinstance(failed.error, (NameError, AttributeError)) or "returned NoneType" in failed.text
