"""What do the rules find in a target, in all the configurations in which it was run?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules import RULES
from residua.check.rules.crashes import diagnose
from residua.check.rules.published import as_published
from residua.check.run.trial import Kind, Trial


def all_hits(evidence: Evidence) -> Iterator[Hit]:
    """Yield every hit of every rule, symptoms included, as it counts where the block is of a published design."""
    for hit in untempered_hits(evidence):
        tempered = as_published(hit)
        if tempered is not None:
            yield tempered


def untempered_hits(evidence: Evidence) -> Iterator[Hit]:
    """Yield every hit of every rule as if there were no published designs."""
    for rule in RULES.values():
        yield from rule.find(evidence)
    yield from _of_options(evidence)


def _of_options(evidence: Evidence) -> Iterator[Hit]:
    """Yield what is wrong in a changed configuration and not in the others: a crash, or a lost value."""
    drawn = [evidence.passes.trial] if evidence.passes is not None else []
    at_random = [trial for trial in drawn if trial.kind is Kind.RANDOM and trial.ran]
    for trial in [*evidence.options, *at_random]:
        own = replace(evidence, trials=[trial], options=(), passes=None, crashes=None)
        if trial.ran:
            for rule in RULES.values():
                if rule.with_options:
                    yield from rule.find(own)
            continue
        hit = diagnose(own, trial)
        if hit is None or (hit.rule == "R161" and not _is_slip(trial)):
            continue
        yield hit if RULES[hit.rule].grave_with_options else replace(hit, severity="warning")


def _is_slip(trial: Trial) -> bool:
    """Tell a name that does not exist, or a result that is none, from values that our guess does not suit."""
    failed = trial.failure
    if failed is None:
        return False
    if "NoneType' object" in failed.text:
        # a word is one that the source compares with; a flag may need a further argument
        return any(isinstance(value, str) for value in trial.options.values())
    return isinstance(failed.error, (NameError, AttributeError)) or "returned NoneType" in failed.text
