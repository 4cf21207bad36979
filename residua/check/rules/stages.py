"""Has each stage the blocks, widths, strides and shortcuts of the network that its name claims?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.bare_twins import bare_twins
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ADDS, CONVS, Flow
from residua.check.evidence.joins import find_joins
from residua.check.evidence.missing_addition import place_without_sum
from residua.check.evidence.places import Place
from residua.check.evidence.skip_flags import guarded_sum, is_off_by_default, unread_flags
from residua.check.evidence.written import repeated_of_loop
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.rules.stem_and_head import network_trials
from residua.check.run.trial import Trial
from residua.record.tape import Call, Convolution, Op


def stages_of(evidence: Evidence, trial: Trial) -> list[list[Unit]]:
    """Group the blocks of a network by the channels that they put out."""
    stages: list[list[Unit]] = []
    for unit in evidence.units:
        if unit.trial is trial and unit.call is not None and len(unit.out_shape) == 4:
            if stages and stages[-1][0].out_shape[1] == unit.out_shape[1]:
                stages[-1].append(unit)
            else:
                stages.append([unit])
    return stages


def _outermost(stage: list[Unit]) -> list[Unit]:
    """Leave out units inside others: EfficientFormerV2's strided attention has a sum of its own in a strided block."""
    paths = [unit.call.path for unit in stage if unit.call is not None]
    return [
        unit
        for unit in stage
        if unit.call is not None and not any(unit.call.path.startswith(f"{path}.") for path in paths)
    ]


def _shrinks(unit: Unit) -> bool:
    return any(after < before for before, after in zip(unit.in_shape[2:], unit.out_shape[2:], strict=False))


def stage_place(evidence: Evidence, trial: Trial, unit: Unit) -> Place | None:
    """Return where a stage's first block gets its sizes: the outermost constructor's line, or the table looped over."""
    assert unit.call is not None
    own = [
        site
        for site in trial.sites(unit.call.module)
        if site.file in evidence.files and site.owner != type(unit.call.module).__name__
    ]
    outer = [site for site in own if site.function == "__init__"]
    place = outer[-1].place if outer else evidence.made_at(unit.call.module, trial)
    table = source.table_line(*place) if place is not None else None
    return (place[0], table) if place is not None and table is not None else place


@partial(
    Rule,
    code="R141",
    severity="warning",
    title="expansion differs from the family",
    message="{target}: its {kind} blocks widen {found} times, the published ones {right} times",
    evidence="channels of the last convolution: {measured}",
    fix="- {code}\n+ expansion = {right}",
    source="He 2016a Table 1",
    wrong="class Bottleneck: expansion = 2",
    right="class Bottleneck: expansion = 4",
    implies=("R114", "R154"),
)
def r141(evidence: Evidence) -> Iterator[Hit]:
    """Blocks widen by another factor than the published ones."""
    yield from hits_of(evidence, "R141")
    for trial in network_trials(evidence):
        if not re.search(r"res", evidence.name, re.I) or re.search(
            r"wide|next|wrn|mobile|lite|small|tiny", evidence.name, re.I
        ):
            continue
        for unit in evidence.units:
            join = unit.main
            if join is None or unit.trial is not trial or unit.kernels(join) != [1, 3, 1] or unit.call is None:
                continue
            middle, last = join.residual.weighted[1:]
            if not isinstance(middle, Convolution) or middle.groups > 1 or len(stages_of(evidence, trial)) != 4:
                continue
            ratio = unit.flow.shapes[last.outputs[0]][1] / unit.flow.shapes[middle.outputs[0]][1]
            if ratio != 4:
                facts: dict[str, Any] = {
                    "kind": "bottleneck",
                    "found": f"{ratio:g}",
                    "right": 4,
                    "measured": f"{ratio:g} times the 3×3's",
                }
                yield unit.hit("R141", _expansion_place(evidence, trial, unit, last), join=join, **facts)
                return
    yield from _basic_widens(evidence)


def _basic_widens(evidence: Evidence) -> Iterator[Hit]:
    """A block of two 3×3 convolutions widens by an `expansion` of its class, which only bottlenecks do."""
    for unit in evidence.units:
        module = unit.call.module if unit.call is not None else unit.trial.module
        widens = getattr(type(module), "expansion", 1)
        if widens not in (2, 4) or unit.main is None or unit.kernels(unit.main) != [3, 3]:
            continue
        middle, last = (unit.flow.shapes[op.outputs[0]][1] for op in unit.main.residual.weighted)
        if last == widens * middle:
            line = source.class_attribute_line(evidence.file, type(module).__name__, "expansion")
            place = (evidence.file, line) if line is not None else None
            yield unit.hit("R141", place, kind="basic", found=widens, right=1, measured=f"{widens} times the first's")
            return


def _expansion_place(evidence: Evidence, trial: Trial, unit: Unit, last: Op) -> Place | None:
    """Return the line of the class's own `expansion`, else of the last layer's channels, else of the block's."""
    assert unit.call is not None
    line = source.class_attribute_line(evidence.file, type(unit.call.module).__name__, "expansion")
    if line is not None:
        return evidence.file, line
    if evidence.layer(last, trial) is not None:
        return evidence.layer_place(last, trial, "channels")
    return stage_place(evidence, trial, unit)


@partial(
    Rule,
    code="R142",
    severity="warning",
    title="stages stride in the wrong places",
    message="{target}: the maps of the stages are {found}; each stage after the first halves the map once",
    evidence="strides of the stages: {strides}",
    fix="- {code}\n+ strides (1, 2, 2, 2)",
    source="He 2016a Table 1",
    wrong="for stage in range(4): layer(stride=2)",
    right="for stage, stride in enumerate((1, 2, 2, 2)): layer(stride=stride)",
)
def r142(evidence: Evidence) -> Iterator[Hit]:
    """Stages halve the map elsewhere than once a stage after the first."""
    for trial in network_trials(evidence):
        stages = stages_of(evidence, trial)
        # Networks are tried at 64 pixels where they take them: with 128 every planted stride of tests/check is missed.
        if len(stages) != 4 or len(trial.out_shape) != 2 or trial.in_shape[2] < 64:
            continue
        widths = [stage[0].out_shape[1] for stage in stages]
        if any(b != 2 * a for a, b in itertools.pairwise(widths)):
            continue
        strides = strides_of(stages)
        first = strides[0] == 1 or (strides[0] == 2 and _stem_stride(trial, stages[0][0]) < 4)
        if first and strides[1:] == (2, 2, 2):
            continue
        first_wrong = next((index for index, (a, b) in enumerate(zip(strides, (1, 2, 2, 2), strict=True)) if a != b), 0)
        unit = stages[first_wrong][0]
        maps = [stage[-1].out_shape[2] for stage in stages]
        yield unit.hit("R142", stage_place(evidence, trial, unit), found=maps, strides=strides)


def strides_of(stages: list[list[Unit]]) -> tuple[int, ...]:
    """Return by how much each stage shrinks the map, a layer between two stages counted to the later one."""
    sides = [stages[0][0].in_shape[2], *(stage[-1].out_shape[2] for stage in stages)]
    return tuple(round(a / max(1, b)) for a, b in itertools.pairwise(sides))


def _stem_stride(trial: Trial, unit: Unit) -> int:
    return round(trial.in_shape[2] / max(1, unit.in_shape[2]))


@partial(
    Rule,
    code="R151",
    severity="warning",
    title="some blocks have no live shortcut",
    message="{target}: {missing} of {total} blocks of the same shape add no shortcut",
    evidence="without live addition: {names}",
    fix="- {code}\n+ one addition in every block",
    source="He 2016a §3.3",
    wrong="x = self.block1(x)                       # plain\nx = x + self.block2(x)",
    right="x = x + self.block1(x)\nx = x + self.block2(x)",
    implies=("R106",),
    once=True,
)
def r151(evidence: Evidence) -> Iterator[Hit]:
    """Some blocks have no live shortcut: their own addition is missing, or one addition spans a whole stage."""
    for trial in network_trials(evidence):
        ours = [
            unit for unit in evidence.units if unit.trial is trial and unit.call is not None and unit.call.index >= 0
        ]
        without = [
            unit
            for unit in ours
            if not unit.joins
            and unit.in_shape == unit.out_shape
            and not _added_outside(trial, unit)
            and not (unit.call is not None and (_passes_on(unit.call) or _adds_in_eval_mode(trial, unit.call)))
        ]
        kinds = {type(unit.call.module) for unit in without if unit.call is not None}
        joined = [unit for unit in ours if unit.joins and unit.call is not None and type(unit.call.module) in kinds]
        if without and joined:
            yield _bare_blocks(evidence, trial, without, joined)
        elif all(_holds_a_row(trial, unit) for unit in ours):
            found = list(_over_stages(evidence, trial)) if len(trial.out_shape) == 2 else []
            yield from found or _claiming(evidence, trial)
        else:
            yield from _claiming(evidence, trial)
        if not any(unit.joins for unit in ours):
            yield from _never_asked(evidence, trial)
        for twin in bare_twins(evidence, trial):
            first, last = twin.siblings[0], twin.ops[-1]
            assert first.main is not None
            place = evidence.line_beside(last, first.main.op) or evidence.line_of(last)
            facts: dict[str, Any] = {"missing": 1, "total": 1 + len(twin.siblings), "names": trial.path_of(last)}
            yield evidence.hit("R151", place, trial, **facts)


def _added_outside(trial: Trial, unit: Unit) -> bool:
    assert unit.call is not None
    return any(
        join.residual_value in unit.call.outputs or join.shortcut.origin in unit.call.inputs for join in trial.joins
    )


def _passes_on(call: Call) -> bool:
    """Tell a block that returns its input as it came: WaveNet's last layer computes a skip output alone."""
    return not set(call.inputs).isdisjoint(call.outputs)


def _adds_in_eval_mode(trial: Trial, call: Call) -> bool:
    """Tell a block that adds in eval mode what it did not add in training, as a coin has dropped its residual there."""
    same = next((each for each in trial.eval_tape.calls if each.path == call.path), None)
    sums = [op for op in trial.eval_tape.ops if op.name in ADDS and same is not None and same.index in op.calls]
    return len(sums) > sum(op.name in ADDS and call.index in op.calls for op in trial.tape.ops)


def _bare_blocks(evidence: Evidence, trial: Trial, without: list[Unit], joined: list[Unit]) -> Hit:
    calls = [unit.call for unit in without if unit.call is not None]
    names = ", ".join(call.path for call in calls)
    place = stage_place(evidence, trial, without[0])
    if all(unit.in_shape != unit.out_shape for unit in joined):
        # no block of one shape adds: forward itself leaves it out
        assert joined[0].main is not None
        place = evidence.line_of(joined[0].main.op)
    total = len(without) + sum(unit.in_shape == unit.out_shape for unit in joined)
    on_purpose = all(is_off_by_default(type(call.module)) for call in calls)  # the others ask for theirs
    severity = "note" if on_purpose else None
    return without[0].hit("R151", place, severity, missing=len(without), total=total, names=names[:120])


def _over_stages(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Additions over a row of two or more modules of one class, each with its own layers, none with an addition."""
    for join in trial.joins:
        first, last = trial.tape.producer.get(join.shortcut.origin, 0), join.op.index
        rows: dict[type, list[str]] = {}
        for call in trial.tape.calls[1:]:
            if first <= call.start < last and not type(call.module).__module__.startswith("torch."):
                convs = [op for op in trial.tape.ops[call.start : call.end] if op.name in CONVS]
                if call.path in rows.get(type(call.module), ()):
                    continue  # one that runs again and again, as towards a fixed point (Bai 2019), is no row
                if len(convs) >= 2:  # with one, the conv–BN–ReLU modules in a row of ResNet-9 count as blocks
                    rows.setdefault(type(call.module), []).append(call.path)
        row = max(rows.values(), key=len, default=[])
        if len(row) >= 2:  # with three, an addition over the two blocks of one stage is missed
            names = ", ".join(row)
            place = evidence.line_of(join.op)
            yield evidence.hit("R151", place, trial, missing=len(row), total=len(row), names=names[:120])
            return


def _holds_a_row(trial: Trial, unit: Unit) -> bool:
    """Tell a stage by its one sum, and by modules of one class inside that run one after the other, without any.

    Paths beside each other, as a ResNeXt block may have them, are no row.
    """
    assert unit.call is not None
    calls = [
        call for call in trial.tape.calls if call.parent == unit.call.index or _parent_of(trial, call) is unit.call
    ]
    kinds = [
        call for call in calls if not call.of_torch and call.finished and call.inputs and not _adds_inside(trial, call)
    ]
    return len(unit.joins) == 1 and any(
        type(one.module) is type(other.module) and other.inputs[0] in one.outputs and one.module is not other.module
        for one, other in itertools.pairwise(kinds)
    )


def _parent_of(trial: Trial, call: Call) -> Call | None:
    """Return the call around a container's: the layers of an nn.Sequential are those of whoever holds it."""
    parent = trial.tape.calls[call.parent] if call.parent is not None else None
    around = parent.parent if parent is not None and isinstance(parent.module, nn.Sequential) else None
    return trial.tape.calls[around] if around is not None else None


def _adds_inside(trial: Trial, call: Call) -> bool:
    return bool(find_joins(Flow.of_call(trial.tape, call)))


_WRAPS = re.compile(
    r"^(pre_?(norm|act)_?)?res(idual)?(_?(add|wrap(per)?|connection|path|branch|link|fn))?$|^skip_?connection$", re.I
)


_CLAIMS = re.compile(r"res(net|idual)?_?(block|unit|layer|blk)|^rb$|^basic_?block$|^bottleneck$", re.I)


def _claiming(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Blocks whose class claims to be residual, of one shape, without an addition inside or around them."""
    around = {value for join in trial.joins for value in (join.residual_value, join.shortcut.origin)}
    for call in trial.tape.calls[1:]:
        name = type(call.module).__name__
        wraps = bool(_WRAPS.search(name)) and len(list(call.module.children())) == 1
        flags = [] if call.of_torch else unread_flags(call.module)
        if not (wraps or flags or _CLAIMS.search(name)) or not call.inputs or not call.outputs:
            continue
        flow = Flow.of_call(trial.tape, call)
        if flow.shapes[call.inputs[0]] != flow.shapes[call.outputs[0]] or find_joins(flow) or _passes_on(call):
            continue
        if sum(op in flow.weighted for op in flow.ops) >= (1 if wraps else 2) and not around & {
            *call.inputs,
            *call.outputs,
        }:
            place = place_without_sum(evidence, flow, call.index)
            severity = "error" if flags else None  # the class itself says that it has a shortcut
            yield evidence.hit("R151", place, trial, severity, names=call.path, missing=1, total=1)
            return


def _never_asked(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Blocks of one class whose forward adds its input under a test alone, which none of them passes.

    One that keeps its shape may be without a shortcut on purpose, in the neck of a detector, say, with several outputs.
    """
    root = trial.tape.calls[0]
    if len(root.outputs) != 1 or is_off_by_default(type(trial.module)) or "plain" in evidence.name.lower():
        return
    calls: dict[type, list[Call]] = {}
    for call in trial.tape.calls[1:]:
        if not call.of_torch and call.inputs and call.outputs and call.finished:
            calls.setdefault(type(call.module), []).append(call)
    shapes = trial.flow.shapes
    for kind, found in calls.items():
        same = [call for call in found if shapes[call.inputs[0]] == shapes[call.outputs[0]]]
        test = guarded_sum(kind) if len(same) > 1 else None
        if test is None or any(find_joins(Flow.of_call(trial.tape, call)) for call in found):
            continue
        unit = Unit(evidence, trial, Flow.of_call(trial.tape, same[0]), [], same[0])
        if not _added_outside(trial, unit):
            names = ", ".join(call.path for call in same)[:120]
            place = stage_place(evidence, trial, unit)
            yield evidence.hit("R151", place, trial, missing=len(same), total=len(same), names=names)
            return


@partial(
    Rule,
    code="R179",
    severity="error",
    title="every block of a stage strides",
    message="{target}: all {count} blocks of this stage stride (sides {sides}); only the first should",
    evidence="sides of the maps after each block: {sides}",
    fix="- {code}\n+ strides = [stride] + [1] * (n - 1)",
    source="He 2016a Table 1; Zagoruyko 2016 Table 1",
    wrong="for s in [stride] * n: blocks.append(Block(cin, cout, s))",
    right="for s in [stride] + [1] * (n - 1): blocks.append(Block(cin, cout, s))",
    implies=("R131", "R140", "R142"),
)
def r179(evidence: Evidence) -> Iterator[Hit]:
    """Every block of a stage strides, not only its first."""
    for trial in network_trials(evidence):
        stages = stages_of(evidence, trial)
        if len(stages) < 2 or not _classifies(trial):
            continue
        stages = [_outermost(stage) for stage in stages]
        strided = [[unit for unit in stage if _shrinks(unit)] for stage in stages]
        every = [found for stage, found in zip(stages, strided, strict=True) if len(found) == len(stage) > 1]
        plain = [stage for stage, found in zip(stages, strided, strict=True) if len(stage) > 1 and not found]
        if every and plain:  # an encoder that halves in every block has no such stage
            unit = every[0][1]
            place = evidence.made_at(unit.call.module, trial) if unit.call is not None else None
            listed = repeated_of_loop(*place) if place is not None else None
            place = (place[0], listed) if place is not None and listed is not None else place
            shapes = " → ".join(str(unit.out_shape[2]) for unit in every[0])
            yield evidence.hit("R179", place, trial, count=len(every[0]), sides=shapes)


def _classifies(trial: Trial) -> bool:
    """Tell a network that ends in one row an image: as it is, or viewed as a row for each letter of a word."""
    flow = trial.flow
    last = next((op for op in reversed(flow.ops) if op in flow.weighted), None)
    read = [flow.shapes[value] for value in last.inputs if value in flow.from_input] if last is not None else []
    return len(trial.out_shape) == 2 or (len(trial.out_shape) == 3 and [len(shape) for shape in read] == [2])
