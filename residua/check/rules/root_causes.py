"""Which of the hits are root causes, and which are only symptoms of another?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from residua.check.evidence import source
from residua.check.evidence.evidence import Hit
from residua.check.report.catalogue import SEVERITIES, rule
from residua.check.run.trial import Kind, Trial

_NO_SUM = frozenset(
    {
        "R102",
        "R104",
        "R105",
        "R106",
        "R107",
        "R108",
        "R115",
        "R116",
        "R118",
        "R120",
        "R126",
        "R127",
        "R151",
        "R152",
        "R153",
        "R155",
    }
)
SYMPTOMS: dict[str, frozenset[str]] = {
    "R101": _NO_SUM | {"R103", "R114", "R109"},
    "R103": frozenset({"R126", "R127", "R155", "R102", "R116", "R112", "R118"}),
    "R104": frozenset({"R102", "R108", "R126", "R127", "R152", "R105", "R155", "R107"}),
    "R120": frozenset({"R104", "R154", "R102", "R105", "R116", "R152", "R106"}),
    "R153": frozenset({"R102", "R154", "R161"}),
    "R122": frozenset({"R123", "R121", "R126", "R128"}),
    "R125": frozenset({"R126", "R144", "R158"}),
    "R126": frozenset({"R156", "R157"}),
    "R158": frozenset({"R146"}),
    "R156": frozenset({"R107", "R157"}),
    "R121": frozenset({"R126"}),
    "R155": frozenset({"R126", "R127", "R156", "R107", "R157"}),
    "R164": frozenset({"R147"}),
    "R168": frozenset({"R127", "R144"}),
    "R171": frozenset({"R172", "R168", "R127", "R155"}),
    "R172": frozenset({"R144", "R145", "R173"}),
    "R173": frozenset({"R174"}),
    "R166": frozenset({"R169", "R170"}),
    "R146": frozenset({"R166", "R169", "R170"}),
    "R177": frozenset({"R140", "R141", "R154", "R161", "R114"}),
    "R179": frozenset({"R142", "R131", "R140"}),
    "R175": frozenset({"R164"}),
    "R102": frozenset({"R107", "R155", "R151", "R126"}),
    "R108": frozenset({"R109"}),
    "R110": frozenset({"R148", "R112"}),
    "R111": frozenset({"R148", "R112"}),
    "R114": frozenset({"R148"}),
    "R135": frozenset({"R147", "R134"}),
    "R133": frozenset({"R147", "R164"}),
    "R117": frozenset({"R118"}),
    "R115": frozenset({"R148"}),
    "R151": frozenset({"R106"}),
    "R113": frozenset({"R150"}),
    "R134": frozenset({"R162", "R163"}),
    "R127": frozenset({"R162"}),
    "R144": frozenset({"R162", "R163"}),
    "R162": frozenset({"R163", "R172"}),
}
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
    hidden = {s for h in found if severity_of(h) != "note" for s in SYMPTOMS.get(h.rule, frozenset())}
    quiet = {s for h in found for s in SYMPTOMS.get(h.rule, frozenset())}  # a note hides notes only
    found = [h for h in found if h.rule not in (quiet if severity_of(h) == "note" else hidden)]
    found = _once_a_line(_once_a_rule(found))
    return sorted(found, key=lambda h: (_rank(h), h.place[1] if h.place else 0, h.rule))


def severity_of(hit: Hit) -> str:
    """Return the hit's own severity, else its rule's."""
    return hit.severity or rule(hit.rule)["severity"]


def _rank(hit: Hit) -> int:
    return SEVERITIES.index(severity_of(hit))


_ONE_PLACE = frozenset(
    {"R101", "R102", "R107", "R114", "R151", "R161", "R108", "R127", "R150", "R113", "R139", "R124", "R116", "R148"}
)


def _once_a_rule(hits: list[Hit]) -> list[Hit]:
    """Some causes show in several configurations at several lines; the first line names them."""
    found: dict[object, Hit] = {}
    for hit in hits:
        key: object = hit.rule if hit.rule in _ONE_PLACE else (hit.rule, hit.place)
        best = found.get(key)
        if best is None or (_rank(hit), hit.place or ("", 0)) < (_rank(best), best.place or ("", 0)):
            found[key] = hit
    return list(found.values())


def _once_a_line(hits: list[Hit]) -> list[Hit]:
    """Two errors on one line are one mistake: the rule that explains more stays, a bare crash goes first."""
    crashes = {h.place for h in hits if h.rule in ("R161", "R154")}
    explained = {h.place for h in hits if h.rule not in ("R161", "R154") and severity_of(h) != "note"}
    drop = crashes & explained
    kept = [h for h in hits if not (h.rule in ("R161", "R154") and h.place in drop)]
    errors = [h for h in kept if severity_of(h) == "error"]
    if any(h.rule != "R161" for h in errors):
        kept = [h for h in kept if h.rule != "R161" or _says_most(h.trial)]
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
    codes = {c.strip() for c in (found.group(1) or "").split(",") if c.strip()}
    return not codes or hit.rule in codes
