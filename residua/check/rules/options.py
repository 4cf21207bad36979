"""What goes wrong only when an optional argument has another value than its default?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.crashes import diagnose
from residua.check.run.trial import Trial

_ANYWHERE = ("R101", "R103", "R104", "R109", "R120", "R121", "R127", "R155")
_ADDITION = frozenset({"R101", "R103", "R110", "R111", "R114", "R115", "R120", "R129", "R130"})


def option_hits(evidence: Evidence, rules: Mapping[str, Callable[[Evidence], Iterator[Hit]]]) -> Iterator[Hit]:
    """Yield what is wrong in a changed configuration and not in the others: a crash, or a lost value."""
    for trial in evidence.options:
        own = replace(evidence, trials=[trial], options=(), chance=None, crashes=None)
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
        # a word is one that the source compares with; a flag may need a further argument
        return trial.option is not None and isinstance(trial.option[1], str)
    return isinstance(failed.error, (NameError, AttributeError)) or "returned NoneType" in failed.text
