"""Does a block, or a network that is called residual, add anything at all?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from residua.check.evidence.claims import is_written_residual
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import FUSED_LAYER, Flow
from residua.check.evidence.joins import find_joins
from residua.check.evidence.liveness import round_trip
from residua.check.evidence.missing_addition import kept_unread, place_of_idle_sum, place_without_sum
from residua.check.evidence.places import Place
from residua.check.evidence.skip_flags import FLAG, is_off_by_default
from residua.check.rules.gates import holds_shortcut
from residua.check.rules.not_handed_on import not_handed_on
from residua.check.rules.rule import Rule
from residua.check.run.networks import is_block_name
from residua.check.run.randomness import modes_agree
from residua.check.run.trial import Kind, Trial
from residua.targets.parts import layers_of_levels


@partial(
    Rule,
    code="R102",
    severity="error",
    title="no addition joins shortcut and residual",
    message=(
        "{target} adds nothing to its residual: every route from input to output passes {convs} or more weighted layers"
    ),
    evidence="no live addition of two values of the input among the executed operations ({trial})",
    fix="- {code}\n+ out = out + identity\n+ {code}",
    source="He 2016a §3.2",
    wrong="identity = x\nout = self.bn2(self.conv2(out))\nreturn F.relu(out)",
    right="identity = x\nout = self.bn2(self.conv2(out))\nreturn F.relu(out + identity)",
    implies=("R107", "R126", "R151", "R155", "R172"),
    once=True,
)
def r102(evidence: Evidence) -> Iterator[Hit]:
    """No addition joins a shortcut and a residual."""
    if evidence.finished and layers_of_levels(evidence.finished[0].module):
        return  # what joins several maps need not add to the first
    if evidence.is_network:
        yield from _network_without(evidence)
        return
    trial = evidence.same
    if trial is None:
        trial = next((trial for trial in evidence.finished if trial.kind is Kind.SAME), None)
        if trial is None or not evidence.claims_residual:
            return
    at_rest = find_joins(trial.eval_flow)
    fused = any(op.name == FUSED_LAYER for op in trial.eval_tape.ops)  # torch's own, sums and all, in one operation
    if trial.eval_tape.ops and not trial.brief and not fused and bool(trial.joins) != bool(at_rest):
        yield from _in_one_mode(evidence, trial, trial.eval_flow if trial.joins else trial.flow)
    if trial.joins or at_rest or not any(op in trial.flow.weighted for op in trial.flow.ops):
        return
    if round_trip(evidence, trial) is not None or _is_asked_for(evidence, trial) or holds_shortcut(trial.flow):
        return
    low = trial.flow.depth.get(trial.flow.outputs[0], (0, 0))[0] if trial.flow.outputs else 0
    # of a `BasicBlock` of one layer and an activation nobody expects a sum
    expected = evidence.claims_residual and (len(trial.flow.weighted) > 1 or "res" in evidence.class_name.lower())
    severity = None if expected else "note"
    unit = Unit(evidence, trial, trial.flow, trial.joins, None)
    yield unit.hit("R102", place_without_sum(evidence, trial.flow), severity, convs=low)


def _is_asked_for(evidence: Evidence, trial: Trial) -> bool:
    """Tell a class whose sum a flag switches on that is off by default, where the sum is there with the flag."""
    return is_off_by_default(type(trial.module)) and any(each.ran and each.joins for each in evidence.options)


def _in_one_mode(evidence: Evidence, trial: Trial, flow: Flow) -> Iterator[Hit]:
    """One mode has the sum and the other, `flow`, has not, and is no other way to compute the same.

    In training a block that was dropped at random is the identity, and has no weighted layer on its way.
    """
    assert trial.signal is not None
    low = flow.depth.get(flow.outputs[0], (0, 0))[0] if flow.outputs else 0
    if (low > 0 or trial.joins) and not modes_agree(trial.module, trial.signal):
        yield evidence.hit("R102", place_without_sum(evidence, flow), trial, convs=low)


def _network_without(evidence: Evidence) -> Iterator[Hit]:
    if not evidence.claims_residual or not evidence.finished or any(unit.joins for unit in evidence.units):
        return
    trial = evidence.finished[0]
    if not trial.joins:
        idle = _flag_kept_back(evidence) or place_of_idle_sum(evidence, trial.flow)
        count = sum(op in trial.flow.weighted for op in trial.flow.ops)
        idle = idle or _block_without(evidence, trial) or kept_unread(evidence)
        if idle is None and is_block_name(evidence.class_name):
            idle = place_without_sum(evidence, trial.flow)  # it ran as a network: it changes its shape
        yield evidence.hit("R102", idle, trial, convs=count)


def _flag_kept_back(evidence: Evidence) -> Place | None:
    """Return the line that makes the parts of a network without handing on its flag for the shortcut."""
    lost = not_handed_on(evidence.file, evidence.class_name)
    return next(((evidence.file, each.line) for each in lost if FLAG.search(each.name)), None)


def _block_without(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line in which a part that is named residual, and keeps its shape, should add."""
    shapes = trial.tape.shape
    for call in (call for call in trial.tape.calls[1:] if call.finished and call.inputs and call.outputs):
        kind = type(call.module)
        keeps = shapes[call.inputs[0]] == shapes[call.outputs[0]]
        if keeps and is_written_residual(kind.__name__, kind, network=False):
            return place_without_sum(evidence, Flow.of_call(trial.tape, call), call.index)
    return None
