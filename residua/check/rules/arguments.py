"""Has each argument, of a constructor and of forward, an effect?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.not_handed_on import in_anothers_place, not_given_to_layer, not_handed_on
from residua.check.rules.rule import Rule
from residua.check.rules.unread_entries import unread_entries
from residua.check.rules.unused_arguments import lost_inputs, swallowed_keywords, unused_arguments


@partial(
    Rule,
    code="R189",
    severity="warning",
    title="an argument without effect",
    message="{target}: {name} {how}",
    evidence="whatever {name} is, these layers are the same",
    fix="- {code}\n+ hand {name} to the layer that it is meant for, or take it away",
    source="read off the code and off the layers that ran",
    wrong="def __init__(self, c, kernel_size=3): self.conv = nn.Conv2d(c, c, 3, padding=1)",
    right="def __init__(self, c, kernel_size=3): self.conv = nn.Conv2d(c, c, kernel_size, padding=kernel_size // 2)",
)
def r189(evidence: Evidence) -> Iterator[Hit]:
    """An argument that says how layers are made has no effect on them, or an input of forward goes nowhere."""
    trial = next(iter(evidence.finished), None)
    if trial is None:
        yield from _on_the_way_to_a_crash(evidence)
        return
    kinds = dict.fromkeys((evidence.class_name, *(type(module).__name__ for module in trial.module.modules())))
    for name in kinds:
        lost_on_the_way = [*in_anothers_place(evidence.file, name), *not_handed_on(evidence.file, name)]
        named = {each.name for each in lost_on_the_way}
        own = (each for each in unused_arguments(evidence.file, name) if each.name not in named)
        for unused in (*lost_on_the_way, *own, *unread_entries(evidence.file, name)):
            place = evidence.file, unused.line
            yield evidence.hit("R189", place, trial, target=name, name=unused.name, how=unused.how)
        for lost in lost_inputs(evidence.file, name):
            yield evidence.hit("R189", (evidence.file, lost.line), trial, target=name, name=lost.name, how=lost.how)
    for unread in not_given_to_layer(evidence.file):
        yield evidence.hit("R189", (evidence.file, unread.line), trial, name=unread.name, how=unread.how)
    for each in swallowed_keywords(evidence.file):
        if each.owner in kinds:
            how = f"is swallowed by the **kwargs of {each.owner}, which calls it {each.meant}"
            yield evidence.hit("R189", (evidence.file, each.line), trial, name=each.given, how=how)


def _on_the_way_to_a_crash(evidence: Evidence) -> Iterator[Hit]:
    """Yield the arguments given in another one's place, where nothing ran: what fails later only shows it."""
    crashed = next(iter(evidence.trials), None)
    modules = crashed.module.modules() if crashed is not None else ()
    for name in dict.fromkeys((evidence.class_name, *(type(module).__name__ for module in modules))):
        for each in in_anothers_place(evidence.file, name):
            place = evidence.file, each.line
            yield evidence.hit("R189", place, crashed, "error", target=name, name=each.name, how=each.how)
