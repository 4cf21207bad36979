"""Where does the block begin whose addition failed? What comes before is on both paths, and tells nothing of them."""

from __future__ import annotations

from dataclasses import replace

from residua.check.evidence.flow import Flow
from residua.check.run.trial import Trial
from residua.targets.inputs import Signal


def as_block_saw(trial: Trial, inputs: tuple[int, ...]) -> Trial:
    """Return a network's trial from the input of the block in which the addition failed; of no block, as it is.

    What comes before the block is on both of its paths, and tells nothing of them.
    """
    tape = trial.tape
    calls = [tape.calls[index] for index in (tape.failed.calls if tape.failed is not None else ())]
    block = next((call for call in reversed(calls[1:]) if not call.of_torch and call.inputs), None)
    return _seen_from(trial, block.start, block.inputs[0], inputs) if block is not None else trial


def from_sum_before(trial: Trial, inputs: tuple[int, ...]) -> Trial:
    """Return a trial from the last sum from which all operands come: a loop over units adds one after the other."""
    flow, failed = trial.flow, trial.tape.failed
    if failed is None or failed.name == "cat":
        return trial  # the skips of a U-Net come from many places
    both = set.intersection(*(flow.ancestors((value,)) for value in inputs))
    sums = [op for op in flow.additions if op.outputs[0] in both and flow.depth[op.outputs[0]][1] > 0]
    return _seen_from(trial, sums[-1].index + 1, sums[-1].outputs[0], inputs) if sums else trial


def _seen_from(trial: Trial, start: int, value: int, inputs: tuple[int, ...]) -> Trial:
    """Return a trial as if `value` had come in first; as it is where the operands do not both come from that."""
    tape = trial.tape
    shape = tape.shape[value]
    if len(shape) < 3 or not shape[2]:
        return trial
    flow = Flow(tape, start, len(tape.ops), (value,), inputs)
    sides = [tape.shape[each][2] for each in inputs if each in flow.from_input and len(tape.shape[each]) > 2]
    if len(sides) < 2:
        return trial
    wanted = {"in": shape[1], "stride": max(1, round(shape[2] / max(1, min(sides))))}
    inner = replace(trial, signal=Signal(shape[1], shape[2], len(shape) - 2, shape[0]), wanted=wanted)
    inner.__dict__["flow"] = flow
    return inner
