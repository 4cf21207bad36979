"""Does one block do the work of several, or one batch norm serve several levels of features?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import Flow
from residua.check.evidence.places import Place, first_frame
from residua.check.evidence.written import count_of_loop
from residua.check.rules.rule import Rule
from residua.check.rules.stem_and_head import network_trials
from residua.check.run.trial import Trial
from residua.record.tape import Call

_COUNTS_BLOCKS = re.compile(r"block|layer|unit|depth|(^|_)res", re.I)
ON_PURPOSE = re.compile(
    r"recurr|recurs|iterat|shar(e|ing)|unroll|tied|unfold|reus(e|ing)|same weights|fixed.?point|euler", re.I
)


@partial(
    Rule,
    code="R183",
    severity="warning",
    title="one block does the work of several",
    message="{target}: {path} runs {count} times in a row with the same weights, {how}: the others were never made",
    evidence="{count} calls, one identity; inputs {shapes}",
    fix="- {code}\n+ one block for each call, in an nn.ModuleList",
    source="deep-learning-with-pytorch/dlwpt-code-2e#6",
    wrong="for _ in range(self.num_blocks): x = self.block(x)",
    right="for block in self.blocks: x = block(x)",
    implies=("R142",),
    once=True,
)
def r183(evidence: Evidence) -> Iterator[Hit]:
    """One block runs at several resolutions, or once for each of the blocks that an argument counts.

    Recurrent networks do that on purpose, and say so.
    """
    for trial in network_trials(evidence):
        for calls in _in_a_row(trial):
            owner = type(trial.module.get_submodule(calls[0].path.rpartition(".")[0])).__name__
            said = source.class_text(evidence.file, evidence.class_name) + source.class_text(evidence.file, owner)
            place = first_frame(calls[1].frames, evidence.files)
            shapes = list(dict.fromkeys(trial.tape.shape[call.inputs[0]][2:] for call in calls))
            counted = count_of_loop(*place) if place is not None else None
            if ON_PURPOSE.search(said):
                continue
            names = _names_of(trial, calls[0])
            if len(shapes) > 1:
                how = f"at {len(shapes)} resolutions"
            elif counted is not None and _COUNTS_BLOCKS.search(counted):
                how = f"for each of {counted}"
            elif names:
                how, place = f"under the names {' and '.join(names)}", _named_again(evidence, trial, calls[0], names)
            else:
                continue
            written = ", ".join("×".join(map(str, shape)) for shape in shapes)
            yield evidence.hit("R183", place, trial, path=calls[0].path, count=len(calls), how=how, shapes=written)
            return


def _names_of(trial: Trial, call: Call) -> list[str]:
    """Return the names under which the module of a call is registered, when these are several attributes."""
    found = [path for path, module in trial.module.named_modules(remove_duplicate=False) if module is call.module]
    return found if len(found) > 1 else []


def _named_again(evidence: Evidence, trial: Trial, call: Call, names: list[str]) -> Place | None:
    """Return the line of the attribute that names a block again; of a container, the line that made the block."""
    for name in reversed(names):
        owner, _, attribute = name.rpartition(".")
        kind = type(trial.module.get_submodule(owner)).__name__
        line = source.attribute_line(evidence.file, kind, attribute)
        if line is not None:
            return evidence.file, line
    return evidence.made_at(call.module, trial)


def _in_a_row(trial: Trial) -> Iterator[list[Call]]:
    """Yield the calls of each block that runs several times, each on what the one before it put out."""
    for calls in _by_module(trial):
        weights = sum(parameter.dim() > 2 for parameter in calls[0].module.parameters())
        # with one convolution the shared heads, gates and down-samplers of published networks count as blocks
        if not calls[0].of_torch and weights > 1 and _feeds(trial, calls[0], calls[1]):
            yield calls


def _by_module(trial: Trial) -> list[list[Call]]:
    """Return the calls of each part that runs several times on maps, in the order of the first ones."""
    found: dict[int, list[Call]] = {}
    for call in trial.tape.calls[1:]:
        if call.path and call.finished and call.inputs and len(trial.tape.shape[call.inputs[0]]) > 2:
            found.setdefault(id(call.module), []).append(call)
    return [calls for calls in found.values() if len(calls) > 1]


def _feeds(trial: Trial, one: Call, two: Call) -> bool:
    flow = Flow(trial.tape, one.end, two.start, one.outputs, two.inputs)
    return bool(set(two.inputs) & flow.from_input)


@partial(
    Rule,
    code="R233",
    severity="warning",
    title="one batch norm for feature maps of several resolutions",
    message="{target}: {path} runs on maps of {count} resolutions; its batch norm keeps one mean and variance for all",
    evidence="{count} calls on {shapes}; each moves the running statistics, which then fit none of these levels",
    fix="- {code}\n+ self.norms[level](self.conv(x))",
    source="open-mmlab/mmdetection#6515; zylo117/Yet-Another-EfficientDet-Pytorch#560",
    wrong="scores = [self.tower(level) for level in levels]     # the tower has a BatchNorm2d",
    right="y = norms[i](self.conv(level))                       # one norm for each level",
    once=True,
)
def r233(evidence: Evidence) -> Iterator[Hit]:
    """A part with batch norm runs beside itself on features of other depth and size: a head for each pyramid level.

    A whole network run on a picture in several sizes is left out: it reads the same picture each time.
    """
    for trial in evidence.finished[:1]:
        for calls in _on_several_levels(trial):
            sides = dict.fromkeys("×".join(map(str, trial.tape.shape[call.inputs[0]][2:])) for call in calls)
            facts: dict[str, Any] = {"path": calls[0].path, "count": len(sides), "shapes": ", ".join(sides)}
            yield evidence.hit("R233", first_frame(calls[1].frames, evidence.files), trial, **facts)
            return


def _on_several_levels(trial: Trial) -> Iterator[list[Call]]:
    """Yield the calls of each part that updates running statistics, outer parts first, whose inputs are levels."""
    for calls in _by_module(trial):
        inputs = [call.inputs[0] for call in calls]
        depths = {trial.flow.depth.get(value, (0, 0)) for value in inputs}
        several = len({trial.tape.shape[value][2:] for value in inputs}) > 1 and len(depths) > 1
        if (
            several
            and (0, 0) not in depths
            and _updates_statistics(trial, calls[0])
            and not _feeds(trial, calls[0], calls[1])
        ):
            yield calls


def _updates_statistics(trial: Trial, call: Call) -> bool:
    ops = trial.tape.ops[call.start : call.end]
    return any(op.arguments.get("training") is True and op.arguments.get("running_mean") is not None for op in ops)
