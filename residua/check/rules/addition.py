"""Does an addition join the shortcut and the residual, once, and the right ones?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ADDS, SAME, SCALINGS, Flow
from residua.check.evidence.joins import Join, after
from residua.check.evidence.written import takes_one_channel
from residua.check.rules.aliases import alias_line
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op
from residua.targets.inputs import takes_list


@partial(
    Rule,
    code="R104",
    severity="error",
    title="a tensor is added to itself",
    message="{target}: both operands of this addition are the same value",
    evidence="the operands have one and the same origin and no operation between them",
    fix="- {code}\n+ {mend}",
    source="He 2016a eq. 1",
    wrong="out = self.block(x)\nreturn F.relu(x + x)",
    right="out = self.block(x)\nreturn F.relu(out + x)",
    implies=("R102", "R105", "R107", "R108", "R126", "R127", "R152", "R155"),
    with_options=True,
)
def r104(evidence: Evidence) -> Iterator[Hit]:
    """A tensor is added to itself, or the sum does not contain the residual."""
    for unit in evidence.stretches:
        flow = unit.flow
        for op in flow.additions:
            if op in flow.live_ops and (adds_to_itself(flow, op) or _adds_its_dropout(flow, op)):
                if is_stage_of_a_step(flow, op, flow.additions[op][0]):
                    continue
                alias = alias_line(evidence, flow, op)
                mend = "h.clone() or torch.zeros_like(h), a tensor of its own" if alias else "out = out + identity"
                yield evidence.hit("R104", alias or evidence.line_of(op), unit.trial, mend=mend)


def adds_to_itself(flow: Flow, op: Op) -> bool:
    """Tell an addition whose operands are one value, looked through changes of view.

    Views of other shapes are no self-addition: `t.unsqueeze(1) - t.unsqueeze(2)` compares all pairs (Swin's masks).
    Nor is x + x · gate in one call, `torch.addcmul(x, x, gate)`.
    """
    first, second = flow.additions[op][:2]
    if op.name.startswith("addcmul"):
        return False
    return flow.shapes[first] == flow.shapes[second] and _bare(flow, first) == _bare(flow, second)


def is_stage_of_a_step(flow: Flow, op: Op, value: int) -> bool:
    """Tell a slope that counts twice in a mean of slopes, as `k1 + k2 + k2 + k3 + k3 + k4` of Runge and Kutta.

    Either the layers that computed it run several times, or the sum takes in further slopes and is scaled then.
    """
    layers = [each for each in flow.ops if each in flow.weighted and each.outputs[0] in flow.ancestors((value,))]
    if not layers:
        return False
    last = _learned(flow, layers[-1])
    if sum(each in flow.weighted and _learned(flow, each) == last for each in flow.ops) > 1:
        return True
    total, further = op.outputs[0], False
    while True:
        users = [each for each in flow.users(total) if each in flow.live_ops and each.outputs[0] != total]
        if len(users) != 1 or users[0].name not in SCALINGS | SAME | {"add", "add_"}:
            return False
        if users[0].name in SCALINGS:
            return further and not any(each in flow.from_input for each in users[0].inputs if each != total)
        others = [each for each in users[0].inputs if each != total]
        further = further or any(flow.depth.get(each, (0, 0))[1] > 0 for each in others)
        total = users[0].outputs[0]


def _learned(flow: Flow, op: Op) -> set[int]:
    """Return the parameters that an operation reads, behind changes of view: a linear layer turns its weight."""
    behind = flow.ancestors(tuple(value for value in op.inputs if value not in flow.from_input))
    return {value for value in behind if flow.tape.leaf.get(value, "").startswith("param")}


def _adds_its_dropout(flow: Flow, op: Op) -> bool:
    """Tell the sum of a computed value and of a dropout of it: in eval mode twice the value."""
    first, second = (_bare(flow, value) for value in flow.additions[op][:2])
    for value, other in ((first, second), (second, first)):
        maker = flow.maker(value)
        if maker is not None and flow.drops(maker) and flow.depth.get(other, (0, 0))[1]:
            return other in (_bare(flow, each) for each in flow.carriers(maker))
    return False


def _bare(flow: Flow, value: int) -> int:
    """Return the value of which `value` is only a view."""
    maker = flow.maker(value)
    while maker is not None and _only_views(maker) and value not in flow.inputs:
        value = maker.inputs[0]
        maker = flow.maker(value)
    return value


def _only_views(maker: Op) -> bool:
    """Tell a change of view; what was written through another view of it makes an alias of two values."""
    return maker.name in _VIEWS_OF_THE_SAME and len(maker.inputs) == 1


_VIEWS_OF_THE_SAME = SAME - {"expand", "permute", "transpose", "neg", "copy_"}


@partial(
    Rule,
    code="R105",
    severity="warning",
    title="the shortcut is added twice",
    message="{target}: the shortcut is added a second time; with zero weights the block returns 2x",
    evidence="two additions of one origin, no weighted layer between them",
    fix="- {code}",
    source="He 2016a eq. 1",
    wrong="out = out + x\nout = out + x",
    right="out = out + x",
)
def r105(evidence: Evidence) -> Iterator[Hit]:
    """The shortcut is added twice."""
    for unit in evidence.stretches:
        for first, second in itertools.pairwise(unit.joins):
            if _again(unit, first, second):
                place = evidence.line_beside(second.op, first.op) or evidence.line_of(second.op)
                yield unit.hit("R105", place, join=second)


def _again(unit: Unit, first: Join, second: Join) -> bool:
    flow = unit.flow
    if first.shortcut.origin != second.shortcut.origin or not (first.is_identity and second.is_identity):
        return False
    chain = flow.chain(second.residual_value, frozenset(first.op.outputs))
    return chain.origin in first.op.outputs and not chain.weighted


@partial(
    Rule,
    code="R229",
    severity="warning",
    title="the residual is added twice",
    message="{target}: what this sum adds, the sum before it added already: in eval mode the residual counts twice",
    evidence="in eval mode both sums have one and the same operand",
    fix="- {code}",
    source="Huang 2016 §3: what may be dropped is the residual that is added",
    wrong="x = x + y\nx = x + self.drop_path(y)",
    right="x = x + self.drop_path(y)",
    once=True,
    implies=("R166",),
)
def r229(evidence: Evidence) -> Iterator[Hit]:
    """A residual is added, and added again, as behind a drop path that was put in later."""
    for trial in evidence.finished:
        flow = trial.eval_flow
        for op, values in flow.additions.items():
            for total, again in itertools.permutations(values[:2]) if op in flow.live_ops else ():
                before = flow.maker(_bare(flow, total))
                terms = [_bare(flow, value) for value in flow.additions.get(before, ())[:2]] if before else []
                rest = [value for value in terms if value != _bare(flow, again)]
                if len(rest) == 1 and _deeper(flow, again, rest[0]) and not is_stage_of_a_step(flow, op, again):
                    yield evidence.hit("R229", evidence.line_of(op), trial)


def _deeper(flow: Flow, residual: int, other: int) -> bool:
    """Tell a value with more weighted operations behind it than another: of a shortcut R105 speaks."""
    return flow.depth.get(residual, (0, 0))[1] > flow.depth.get(other, (0, 0))[1]


@partial(
    Rule,
    code="R115",
    severity="error",
    title="the addition broadcasts",
    message="{target}: the operands of this addition differ in shape and are broadcast silently",
    evidence="{small} is added to {large}",
    fix="- {code}\n+ give both paths the same shape (a 1×1 projection for channels, the same stride for size)",
    source="He 2016a §3.3",
    wrong="return out + F.adaptive_avg_pool2d(x, 1)",
    right="return out + x",
    implies=("R147", "R148"),
    grave_with_options=True,
)
def r115(evidence: Evidence) -> Iterator[Hit]:
    """The shortcut is broadcast: it is smaller than the sum."""
    yield from hits_of(evidence, "R115")
    for trial in evidence.finished:
        for op in trial.flow.ops:
            if op in trial.flow.live_ops and _pairs_images(trial, op):
                one, other = (trial.flow.shapes[value] for value in op.inputs[:2])
                small, large = sorted((one, other), key=len)
                yield evidence.hit("R115", evidence.line_of(op), trial, small=small, large=large)
    for unit in evidence.units:
        for join in unit.joins:
            small, total = unit.flow.shapes[join.shortcut_value], unit.flow.shapes[join.op.outputs[0]]
            other = unit.flow.shapes[join.residual_value]
            if _is_unsqueezed(unit, join.shortcut_value) or _is_unsqueezed(unit, join.residual_value):
                continue  # an axis was made for it, as for relative positions of attention
            if small != total and other == total and len(small) > 2:
                place = evidence.line_of(join.op)
                yield unit.hit("R115", place, join=join, small=small, large=total)
            elif other != total and len(other) > 2 and _not_pooled(other, total):
                yield evidence.hit("R115", evidence.line_of(join.op), unit.trial, "warning", small=other, large=total)


def _pairs_images(trial: Trial, op: Op) -> bool:
    """Tell a (N, …) that meets a (N, 1, …): the sum or product is (N, N, …), each image with each other.

    Where an axis was made for it in the same expression, all pairs are meant.
    """
    flow, batch = trial.flow, trial.in_shape[0]
    values = [value for value in op.inputs[:2] if value in flow.from_input]
    if op.name not in ADDS | SCALINGS or len(values) < 2:
        return False
    small, large = sorted(values, key=lambda value: len(flow.shapes[value]))
    own, other, made = flow.shapes[small], flow.shapes[large], flow.shapes[op.outputs[0]]
    if len(other) != len(own) + 1 or own[:1] != (batch,) or other[:2] != (batch, 1) or made[:2] != (batch, batch):
        return False
    maker = flow.maker(large)
    return own[1:] == other[2:] and (maker is None or maker.name != "unsqueeze")


def repeats_one_channel(unit: Unit, join: Join) -> bool:
    """Tell a stage that adds its input of one channel to every channel that it makes of it.

    The class itself says that one channel comes in: it writes the 1 where it makes the layer that reads the input. A
    block that takes its channels as an argument lacks a projection there, whoever gives it one channel.
    """
    flow = unit.flow
    small, total = flow.shapes[join.shortcut_value], flow.shapes[join.op.outputs[0]]
    if small[:2] + total[2:] != (total[0], 1, *small[2:]) or join.shortcut.origin not in flow.inputs:
        return False
    owner = unit.trial.tape.owner(join.op)
    adder = type(unit.trial.tape.calls[owner].module).__name__ if owner is not None else ""
    readers = (unit.evidence.layer(op, unit.trial) for op in flow.users(join.shortcut.origin) if op in flow.weighted)
    sites = [site for layer in readers if layer is not None for site in unit.trial.sites(layer)]
    return any(site.owner == adder and takes_one_channel(site.file, site.line) for site in sites)


def _is_unsqueezed(unit: Unit, value: int) -> bool:
    maker = unit.flow.maker(value)
    return maker is not None and maker.name == "unsqueeze"


def _not_pooled(small: tuple[int, ...], total: tuple[int, ...]) -> bool:
    return (
        len(small) == len(total)
        and any(a != b for a, b in zip(small[2:], total[2:], strict=True))
        and small[2:] != (1,) * len(small[2:])
    )


@partial(
    Rule,
    code="R153",
    severity="error",
    title="concatenation instead of addition",
    message=(
        "{target} concatenates its input where a residual block adds it: {given} channels come in, {channels} go on"
    ),
    evidence="cat of the input and the convolved input, and no addition",
    fix="- {code}\n+ out = out + x",
    source="He 2016a eq. 1; Huang 2017 for DenseNet",
    wrong="out = torch.cat([out, x], 1)",
    right="out = out + x",
    implies=("R102", "R154", "R161"),
)
def r153(evidence: Evidence) -> Iterator[Hit]:
    """The input is concatenated where it should be added."""
    for trial in evidence.finished:
        if (
            evidence.is_network
            or takes_list(trial.module)  # maps of several levels, which are put together on purpose
            or any(trial.joins for trial in evidence.finished)
            or trial.flow.shapes[trial.flow.inputs[0]][1:2] == ()
        ):
            continue
        joined = [op for op in trial.flow.ops if op in trial.flow.live_ops and _joins_input(trial, op)]
        for op in joined[-1:]:  # dense layers concatenate before it: the last one is where a block would add
            channels = trial.flow.shapes[op.outputs[0]][1]
            unit = Unit(evidence, trial, trial.flow, trial.joins, None)
            yield unit.hit("R153", evidence.line_of(op), op=op, channels=channels, given=trial.in_shape[1])


def _joins_input(trial: Trial, op: Op) -> bool:
    """Tell a concatenation of the input, or of its projection, with what has more weighted layers behind it."""
    if op.name != "cat":
        return False
    depths = [trial.flow.depth.get(value, (9, 9)) for value in op.inputs]
    # With two weighted layers here every planted concatenation is missed.
    whole = [depth for depth in depths if depth[1] <= 1]
    # What differs in shape could not be added: scales of a sequence, say, one behind the other.
    likes = {trial.flow.shapes[value] for value, depth in zip(op.inputs, depths, strict=True) if depth[1] <= 1}
    deeper = zip(op.inputs, depths, strict=True)
    return bool(whole) and any(
        depth[1] > whole[0][1] and trial.flow.shapes[value] in likes for value, depth in deeper if depth != (9, 9)
    )


@partial(
    Rule,
    code="R178",
    severity="error",
    title="a block adds the input of the block before it",
    message="{target}: this sum adds the input of the block before it: the sum of that block is not carried on",
    evidence="both additions start from one value, and no shortcut starts from the first sum",
    fix="- {code}\n+ identity = x, again before each block",
    source="He 2016a eq. 1",
    wrong="x = block1(x) + identity; x = block2(x) + identity",
    right="x = block1(x) + x; x = block2(x) + x",
)
def r178(evidence: Evidence) -> Iterator[Hit]:
    """A block adds the input of the block before it instead of its own."""
    for trial in evidence.finished if evidence.is_network else ():
        flow = trial.flow
        for first, second in itertools.pairwise(trial.joins):
            if second.shortcut.origin != first.shortcut.origin or len(second.residual.weighted) < 2:
                continue
            if _weights(flow, first) & _weights(flow, second):
                continue  # one unit that runs again and again, as in DRRN (Tai 2017), adds what came in first each time
            made = first.op.outputs[0]
            later = {made} | {
                value for op in flow.ops if op.index > first.op.index and made in op.inputs for value in op.outputs
            }
            reads = second.residual.weighted and flow.chain(second.residual_value, frozenset(later)).origin in later
            again = any(join.shortcut.origin in later for join in trial.joins)
            if reads and not again and len(first.residual.weighted) == len(second.residual.weighted):
                yield evidence.hit("R178", evidence.line_of(second.op), trial)
                return
    for unit in evidence.units:
        for first, second in itertools.pairwise(unit.joins):
            if _skips_a_sub_layer(unit, first, second):
                yield evidence.hit("R178", evidence.line_of(second.op), unit.trial, "warning")


def _weights(flow: Flow, join: Join) -> set[int | None]:
    return {flow.weight_of(op) for op in join.residual.weighted}


def _skips_a_sub_layer(unit: Unit, first: Join, second: Join) -> bool:
    """Tell a sub-layer, with a norm of its own, that reads the sum before it and adds what that one added.

    Without norms it is a long skip around a block and a convolution, as in RCAN; a sub-layer beside the one before
    it, as in parallel transformers, does not read its sum.
    """
    flow, made = unit.flow, first.op.outputs[0]
    own = {unit.trial.tape.owner(join.op) for join in (first, second)}
    if len(own) > 1 or first.shortcut.origin != second.shortcut.origin:
        return False  # the sum of an inner block
    if made in flow.outputs or any(join.shortcut.origin == made for join in unit.joins):
        return False  # one of two streams, each of which adds its own (Gomez 2017)
    if not first.residual.weighted or not second.residual.weighted:
        return False
    later = Flow(flow.tape, flow.start, flow.end, (made,), flow.outputs).from_input
    return second.residual_value in later and all(_has_own_norm(unit, join) for join in (first, second))


def _has_own_norm(unit: Unit, join: Join) -> bool:
    """Tell a sub-layer of a transformer: its residual begins with a layer norm, or its sum goes through one."""
    start, end = unit.steps(join)[:1], [op.name for op in after(unit.flow, join)[:1]]
    readers = [op.name for op in unit.flow.users(join.op.outputs[0])]
    return any(name in _LAYER_NORMS for name in (*start, *end, *readers))


_LAYER_NORMS = frozenset({"native_layer_norm", "layer_norm", "rms_norm", "_fused_rms_norm"})
