"""Which of the hits are root causes, and which are only symptoms of another?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from residua.check.evidence import source
from residua.check.evidence.evidence import Hit
from residua.check.rules import RULES
from residua.check.rules.rule import SEVERITIES
from residua.check.run.trial import Kind, Trial

_IGNORE = re.compile(r"#\s*residua:\s*ignore(?:\[([^\]]*)\])?")


def root_causes(hits: Iterable[Hit]) -> list[Hit]:
    """Keep one hit a cause: the same rule once a line, symptoms folded under their cause, silenced lines left out."""
    kept: dict[tuple[str, object], Hit] = {}
    for hit in hits:
        if _silenced(hit):
            continue
        key = (hit.rule, hit.place)
        if key not in kept or _rank(hit) < _rank(kept[key]):
            kept[key] = hit
    found = list(kept.values())
    hidden = {symptom for hit in found if severity_of(hit) != "note" for symptom in RULES[hit.rule].implies}
    quiet = {symptom for hit in found for symptom in RULES[hit.rule].implies}  # a note hides notes only
    found = [hit for hit in found if hit.rule not in (quiet if severity_of(hit) == "note" else hidden)]
    found = _once_a_line(_once_a_rule(_without_what_follows(found)))
    return sorted(found, key=lambda hit: (_rank(hit), hit.place[1] if hit.place else 0, hit.rule))


def _without_what_follows(hits: list[Hit]) -> list[Hit]:
    """Leave out at which sum, or layer, a pass failed that was given an argument in another one's place."""
    failed = any(hit.rule == "R189" and hit.trial is not None and not hit.trial.ran for hit in hits)
    follow = (hit for hit in hits if hit.rule in _FAILING and hit.trial is not None and not hit.trial.ran)
    hidden = {id(hit) for hit in follow if failed}
    return [hit for hit in hits if id(hit) not in hidden]


_FAILING = frozenset({"R110", "R111", "R114", "R115", "R129", "R130", "R154", "R161"})


def severity_of(hit: Hit) -> str:
    """Return the hit's own severity, else its rule's."""
    return hit.severity or RULES[hit.rule].severity


def _rank(hit: Hit) -> int:
    return SEVERITIES.index(severity_of(hit))


def _once_a_rule(hits: list[Hit]) -> list[Hit]:
    """Some causes show in several configurations at several lines; the first line names them."""
    found: dict[object, Hit] = {}
    for hit in hits:
        key: object = hit.rule if RULES[hit.rule].once else (hit.rule, hit.place)
        best = found.get(key)
        if best is None or (_rank(hit), hit.place or ("", 0)) < (_rank(best), best.place or ("", 0)):
            found[key] = hit
    return list(found.values())


def _once_a_line(hits: list[Hit]) -> list[Hit]:
    """Two errors on one line are one mistake: the rule that explains more stays, a bare crash goes first."""
    explained = {hit.place for hit in hits if not RULES[hit.rule].bare_crash and severity_of(hit) != "note"}
    kept = [hit for hit in hits if not (RULES[hit.rule].bare_crash and hit.place in explained)]
    misread = {hit.place for hit in kept if hit.rule == "R189"}  # layers[2] once more, for layers[3]: so many blocks
    kept = [hit for hit in kept if hit.rule != "R140" or hit.place not in misread]
    if any(severity_of(hit) == "error" and hit.rule != "R161" for hit in kept):
        kept = [hit for hit in kept if hit.rule != "R161" or _says_most(hit.trial)]
    return kept


def _says_most(trial: Trial | None) -> bool:
    """Tell the configuration in which a crash is worth naming beside other errors: the plainest one."""
    return trial is not None and trial.kind in (Kind.SAME, Kind.AS_GIVEN, Kind.NETWORK)


def _silenced(hit: Hit) -> bool:
    if hit.place is None:
        return False
    found = _IGNORE.search(source.text_of(*hit.place))
    if found is None:
        return False
    codes = {code.strip() for code in (found.group(1) or "").split(",") if code.strip()}
    return not codes or hit.rule in codes
