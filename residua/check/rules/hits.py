"""What do the rules find in a target, in all the configurations in which it was run?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.rules import RULES
from residua.check.rules.crashes import diagnose
from residua.check.rules.hand_over import optional_in
from residua.check.rules.published import as_published
from residua.check.run.beside import Beside
from residua.check.run.limit import clock
from residua.check.run.options import KERNEL, computes_with
from residua.check.run.trial import Kind, Trial
from residua.targets import Role, signature_of
from residua.targets.roles import role_of


def all_hits(evidence: Evidence) -> Iterator[Hit]:
    """Yield every hit of every rule, symptoms included, as it counts where the block is of a published design."""
    for hit in untempered_hits(evidence):
        tempered = as_published(hit)
        if tempered is not None:
            yield tempered


def untempered_hits(evidence: Evidence) -> Iterator[Hit]:
    """Yield every hit of every rule as if there were no published designs."""
    limited = clock.left() < float("inf")
    for code, rule in sorted(RULES.items(), key=lambda each: limited and each[0] in _RUN_AGAIN):
        found = list[Hit]()
        with clock.optional(code, 0.95):
            clock.need()
            found = list(rule.find(evidence))
        yield from found
    with clock.optional("other options", 0.95):
        clock.need()
        yield from list(_of_options(evidence))


# Rules that make or run the target again, and so take most of the time that rules take: where it is short, the last.
_RUN_AGAIN = frozenset({"R132", "R133", "R144", "R217", "R218", "R219", "R220", "R221", "R226"})


def as_used(evidence: Evidence, hits: Iterable[Hit], beside: Beside) -> Iterator[Hit]:
    """Yield the hits of a class of a whole file by what its file does with it.

    What failed here and ran inside another class of the file, as made there, is a note: other options went with it. A
    block that keeps its shape, or changes channels and stride together, may never be asked for one of them alone: a
    warning, a note where another class of the file makes and runs it. A block that concatenates is a design unless it
    is written as residual.
    """
    of_both = [trial for trial in evidence.trials if trial.kind is Kind.BOTH]
    own = type(evidence.trials[0].module)
    both = not of_both or any(trial.ran for trial in of_both) or (own, Kind.BOTH) in beside.changed
    for hit in hits:
        crashed = hit.trial is not None and not hit.trial.ran
        alone = crashed and hit.trial is not None and hit.trial.kind in (Kind.CHANNELS, Kind.STRIDE)
        if crashed and hit.trial is not None and (own, hit.trial.kind) in beside.changed:
            yield replace(hit, severity="note")
        elif (alone and both and evidence.same is not None) or _is_unresized(evidence, hit.trial):
            yield replace(hit, severity="note" if own in beside.seen else "warning")
        elif _is_no_fault(evidence, hit):
            yield replace(hit, severity="note")
        elif hit.rule in ("R126", "R155") and _runs_elsewhere(hit):
            yield replace(hit, severity=hit.severity or "warning")
        else:
            yield hit


def _is_no_fault(evidence: Evidence, hit: Hit) -> bool:
    """Tell what nobody asked of a class, what our numbers alone may do, and a line of an installed package."""
    if hit.place is not None and "site-packages" in hit.place[0]:
        return True
    if hit.rule == "R126":
        return _is_read(evidence.file, str(hit.facts.get("name", "")))
    if hit.rule == "R153":
        return not evidence.claims_residual
    return hit.rule == "R172" and _was_guessed(evidence)


def _is_read(file: str, attribute: str) -> bool:
    """Tell an attribute that some method of the file reads: a loss, a sampler, or forward under a condition."""
    nodes = (node for node in source.nodes_of(file) if isinstance(node, ast.Attribute) and node.attr == attribute)
    return any(isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) for node in nodes)


def _was_guessed(evidence: Evidence) -> bool:
    """Tell a class that needs numbers of which no spelling tells the meaning: two that we chose equal may cancel."""
    signature = signature_of(type(evidence.trials[0].module))
    return any(role_of(name) is Role.OTHER for name in signature.required())


def _runs_elsewhere(hit: Hit) -> bool:
    """Tell a layer without use of which another block of the same kind has one, as in a network's last block."""
    name, trial = str(hit.facts.get("name", "")), hit.trial
    if trial is None or not re.search(r"\d", name):
        return False
    pattern = re.compile("".join(r"\d+" if part.isdigit() else re.escape(part) for part in re.split(r"(\d+)", name)))
    alive = {trial.path_of(op) for op in trial.flow.live_ops}
    return any(path != name and pattern.match(path) for path in alive)


def _of_options(evidence: Evidence) -> Iterator[Hit]:
    """Yield what is wrong in a changed configuration and not in the others: a crash, or a lost value."""
    drawn = [evidence.passes.trial] if evidence.passes is not None else []
    at_random = [trial for trial in drawn if trial.kind is Kind.RANDOM and trial.ran]
    for trial in [*evidence.options, *evidence.unresized, *at_random]:
        own = replace(evidence, trials=[trial], options=(), unresized=(), passes=None, crashes=None)
        if trial.ran:
            for rule in RULES.values() if not evidence.is_network else ():
                if rule.with_options:
                    yield from rule.find(own)
            continue
        hit = None if _strides_another_kernel(trial) else diagnose(own, trial)
        if hit is not None:
            place = _decides_on_projection(evidence, trial) if _is_unresized(evidence, trial) else None
            hit = replace(hit, place=place or _written_out(evidence, trial) or hit.place)
        if hit is None or (hit.rule == "R161" and not _is_slip(trial)):
            continue
        mild = _pads_for_one_kernel(evidence, trial) or _is_unresized(evidence, trial)
        grave = RULES[hit.rule].grave_with_options and not mild
        yield hit if grave else replace(hit, severity="warning")


def _is_unresized(evidence: Evidence, trial: Trial | None) -> bool:
    """Tell other channels without the resizing, which a class may never be asked for: a warning."""
    return any(trial is each for each in evidence.unresized)


def _decides_on_projection(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of the test by which a flag decides on a layer; where it is kept as another flag, that line."""
    init = source.method(evidence.file, evidence.class_name, "__init__")
    names = {name for name, value in trial.options.items() if value is False}
    for node in ast.walk(init) if init is not None else ():
        if not isinstance(node, (ast.If, ast.IfExp)) or "onv" not in ast.unparse(node):
            continue
        test = node.test
        attribute = test.attr if isinstance(test, ast.Attribute) and ast.unparse(test.value) == "self" else ""
        if attribute and attribute not in names:
            kept = source.assigned_to_self(evidence.file, evidence.class_name, attribute)
            if kept and {each.id for each in ast.walk(kept[0]) if isinstance(each, ast.Name)} & names:
                return evidence.file, kept[0].lineno
        if attribute in names or {each.id for each in ast.walk(test) if isinstance(each, ast.Name)} & names:
            return evidence.file, test.lineno
    return None


def _pads_for_one_kernel(evidence: Evidence, trial: Trial) -> bool:
    """Tell another kernel of a class that computes nothing from it, and perhaps never gets another than its default."""
    text = source.class_text(evidence.file, evidence.class_name)
    return any(KERNEL.search(name) for name in trial.options) and not any(
        computes_with(name, text) for name in trial.options
    )


def _written_out(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of a constructor that writes an option's default out as a number, or that of its table's row."""
    init = source.method(evidence.file, evidence.class_name, "__init__")
    words = [pair for pair in trial.options.items() if isinstance(pair[1], str)] or [*trial.options.items()]
    name, value = words[0] if words else ("", None)
    if init is None or not evidence.is_network or (len(trial.options) > 1 and not isinstance(value, str)):
        return None
    default = optional_in(init).get(name)
    number = default.value if isinstance(default, ast.Constant) and type(default.value) is int else None
    for node in (part for statement in init.body for part in ast.walk(statement)):
        if number is not None and number > 4 and isinstance(node, ast.Constant) and node.value == number:
            return evidence.file, node.lineno
    tables = (node for node in source.nodes_of(evidence.file) if isinstance(node, ast.Dict) and isinstance(value, str))
    rows = [
        key.lineno for table in tables for key in table.keys if isinstance(key, ast.Constant) and key.value == value
    ]
    return (evidence.file, rows[0]) if len(rows) == 1 and trial.built is None else None


def _strides_another_kernel(trial: Trial) -> bool:
    """Tell another kernel beside a stride: the branch that strides may pad for one kernel alone, as in BlazeFace."""
    return all(any(word in name for name in trial.options) for word in ("kernel", "stride"))


def _is_slip(trial: Trial) -> bool:
    """Tell a name that does not exist, or a result that is none, from values that our guess does not suit."""
    failed = trial.failure
    if failed is None:
        return False
    if "NoneType' object" in failed.text:
        # a word is one that the source compares with; a flag may need a further argument
        return any(isinstance(value, str) for value in trial.options.values())
    if "unexpected keyword argument" in failed.text:
        return any(isinstance(value, type) for value in trial.options.values())  # a class that the source compares with
    return isinstance(failed.error, (NameError, AttributeError)) or "returned NoneType" in failed.text
