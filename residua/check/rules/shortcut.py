"""Does the shortcut carry the block's input to the sum as it is, or by a projection that does it no harm?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import CONVS, FUSED_ATTENTION, NORMS, RECURRENT, SAME, SCALINGS, Chain
from residua.check.evidence.joins import Join, after, is_relu, read_by_layers_alone, relu_follows
from residua.check.evidence.places import is_shortcut_layer
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.trial import Kind
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R116",
    severity="note",
    title="projection where the shapes match already",
    message=(
        "{target} projects although shapes match: option C of He 2016a or tutorial style; +{params} parameters, "
        "as built here"
    ),
    evidence="same channels, stride 1, and a convolution on the shortcut",
    fix="- {code}\n+ nn.Identity()",
    source="He 2016a §4.1",
    wrong="self.skip = nn.Conv2d(64, 64, 1)",
    right="self.skip = nn.Identity()",
    once=True,
)
def r116(evidence: Evidence) -> Iterator[Hit]:
    """A projection stands where the shapes match already."""
    for unit in evidence.units:
        if unit.in_shape != unit.out_shape or unit.trial.kind not in (Kind.SAME, Kind.AS_GIVEN, Kind.NETWORK):
            continue
        for join in unit.joins:
            if join.is_identity or join.shortcut.origin not in unit.flow.inputs:
                continue
            if unit.flow.shapes[join.shortcut_value] != unit.in_shape or join.shortcut.weighted[0].name not in CONVS:
                continue
            count = sum(_learned(unit, op) for op in join.shortcut.ops)
            place = evidence.layer_place(join.shortcut.weighted[0], unit.trial)
            yield evidence.hit("R116", place, unit.trial, params=f"{count:,}")


def _learned(unit: Unit, op: Op) -> int:
    """Return how many parameters an operation reads directly."""
    leaves = [value for value in op.inputs if unit.flow.tape.leaf.get(value, "").startswith("param")]
    return sum(unit.flow.tape.tensor[value].numel() for value in leaves)


@partial(
    Rule,
    code="R117",
    severity="warning",
    title="a k×k convolution on the shortcut",
    message="{target}: the projection is {kernel}×{kernel}; it mixes neighbours and costs {kernel}² times a 1×1",
    evidence="kernel {kernel} on the shortcut",
    fix="- {code}\n+ kernel_size=1, padding=0",
    source="He 2016a §3.3; SENet-154 strides with 3×3",
    wrong="self.skip = nn.Conv2d(cin, cout, 3, stride, padding=1)",
    right="self.skip = nn.Conv2d(cin, cout, 1, stride)",
    implies=("R118",),
)
def r117(evidence: Evidence) -> Iterator[Hit]:
    """The projection's kernel is larger than 1×1."""
    for unit in evidence.units:
        for join in unit.joins:
            for op in join.shortcut.weighted:
                if not isinstance(op, Convolution) or op.side < 2 or op.transposed:
                    continue
                if join.shortcut.origin not in unit.flow.inputs:
                    continue
                if max(unit.kernels(join), default=1) < 2 and not unit.batch_norms(join):
                    continue
                place = evidence.layer_place(op, unit.trial)
                yield unit.hit("R117", place, join=join, op=op, kernel=op.side)


@partial(
    Rule,
    code="R118",
    severity="warning",
    title="projection without normalisation",
    message=(
        "{target}: the residual is normalised and the projection is not; its scale can drown the residual "
        "(d2l does so by design)"
    ),
    evidence="no norm between projection and addition",
    fix="- {code}\n+ nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))",
    source="kuangliu/pytorch-cifar#100",
    wrong="self.skip = nn.Conv2d(cin, cout, 1, stride, bias=False)",
    right="self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))",
)
def r118(evidence: Evidence) -> Iterator[Hit]:
    """The projection of a post-activation block has no normalisation."""
    for unit in evidence.units:
        join = unit.main
        if join is None or join.is_identity or not unit.batch_norms(join) or not unit.starts_with_conv(join):
            continue
        op = join.shortcut.weighted[0]
        if not isinstance(op, Convolution) or join.shortcut.norms:
            continue
        if any(op.name in NORMS for op in after(unit.flow, join)):
            continue
        others = [other for other in join.shortcut.ops if other is not op]
        if any(other.name in CONVS for other in others) or join.residual.ops[0].name not in NORMS | SAME:
            continue
        severity = None if relu_follows(unit.flow, join) else "note"
        yield unit.hit("R118", evidence.layer_place(op, unit.trial), severity, join, op)


@partial(
    Rule,
    code="R119",
    severity="warning",
    title="activation on the projection shortcut",
    message="{target}: a ReLU stands on the projection, so that the shortcut cannot be negative",
    evidence="the last operation of the shortcut is a ReLU",
    fix="- {code}\n+ the same line without ReLU",
    source="He 2016a Fig. 3; old fastai xresnet",
    wrong="self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1), nn.BatchNorm2d(cout), nn.ReLU())",
    right="self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1), nn.BatchNorm2d(cout))",
)
def r119(evidence: Evidence) -> Iterator[Hit]:
    """An activation stands on the projection shortcut."""
    for unit in evidence.units:
        for join in unit.joins:
            last = join.shortcut.last
            if join.is_identity or last is None or not is_relu(last):
                continue
            # A layer of a graph or a vector may activate both of its terms, and sums them as they are: DGL's GCN.
            alike = is_relu(join.residual.last) and not any(op.name in CONVS for op in unit.flow.ops)
            yield evidence.hit("R119", evidence.op_place(last, unit.trial), unit.trial, "note" if alike else None)


@partial(
    Rule,
    code="R120",
    severity="error",
    title="the projection reads the residual's result instead of the input",
    message="{target}: the projection is applied to the residual's result, so that no shortcut remains",
    evidence="every route to the output passes the residual's convolutions ({trial})",
    fix="- {code}\n+ identity = self.shortcut(x)",
    source="He 2016a eq. 2",
    wrong="out = out + self.shortcut(out)",
    right="out = out + self.shortcut(x)",
    implies=("R102", "R104", "R105", "R106", "R111", "R116", "R152", "R154"),
    with_options=True,
    grave_with_options=True,
)
def r120(evidence: Evidence) -> Iterator[Hit]:
    """The projection is applied to the residual's result instead of the block's input."""
    yield from hits_of(evidence, "R120")
    for unit in evidence.units:
        for join in unit.joins:
            flow = unit.flow
            chain = flow.chain(join.residual_value, frozenset({join.shortcut_value}))
            low = flow.depth.get(join.shortcut_value, (0, 0))[0]
            if chain.origin != join.shortcut_value or len(chain.weighted) != 1 or low < 1 or len(unit.joins) > 1:
                continue
            op = chain.weighted[0]
            # Without a name, two weighted layers before a 1×1 show that it reads a result; with three,
            # tests/check/planted/R120/functional is missed, with one no finding there changes.
            unnamed = low >= 2 and unit.kernels(join) == [1] and op.name not in RECURRENT and _ends(unit, join)
            block = unit.call.path if unit.call is not None else ""
            if is_shortcut_layer(op, unit.trial, block) or unnamed:
                yield evidence.hit("R120", evidence.line_of(op), unit.trial)


def _ends(unit: Unit, join: Join) -> bool:
    """Tell the one sum of a block that changes its shape, with no layer behind it: a U-Net has its decoder there."""
    deepest = (unit.flow.depth.get(value, (0, 0))[1] for value in (*join.op.outputs[:1], *unit.flow.outputs[:1]))
    return len(unit.joins) == 1 and unit.in_shape != unit.out_shape and len(set(deepest)) == 1


@partial(
    Rule,
    code="R139",
    severity="note",
    title="pre-activation block projects from x",
    message="{target} projects from x, not from the activated x; both are published",
    evidence="no norm before the projection",
    fix="- {code}\n+ project relu(bn(x)), for the variant both_preact",
    source="He 2016b; fb.resnet.torch#42",
    wrong="shortcut = self.project(x)               # legal",
    right="shortcut = self.project(F.relu(self.bn1(x)))",
    once=True,
)
def r139(evidence: Evidence) -> Iterator[Hit]:
    """A pre-activation block projects from x instead of from the activated x."""
    for unit in evidence.units:
        join = unit.main
        if join is None or join.is_identity or unit.starts_with_conv(join) or join.shortcut.norms:
            continue
        if unit.steps(join)[:1] and unit.steps(join)[0] in NORMS and join.shortcut.origin in unit.flow.inputs:
            op = join.shortcut.weighted[0]
            yield evidence.hit("R139", evidence.layer_place(op, unit.trial), unit.trial)


@partial(
    Rule,
    code="R143",
    severity="warning",
    title="option A loses or scatters channels",
    message="{target}: {carried} of {channels} input channels arrive in the padded shortcut",
    evidence="channels of the shortcut that are not zero: {carried}, expected {channels} side by side",
    fix="- {code}\n+ F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, pad, out_channels - in_channels - pad))",
    source="He 2016a §4.1, option A",
    wrong="F.pad(x[:, ::2, ::2], ...)        # slices channels",
    right="F.pad(x[:, :, ::2, ::2], ...)",
)
def r143(evidence: Evidence) -> Iterator[Hit]:
    """A parameter-free shortcut does not carry every input channel into one contiguous slot."""
    for unit in evidence.units:
        join = unit.main
        if join is None or not join.is_identity or join.shortcut.origin not in unit.flow.inputs:
            continue
        wide = unit.flow.shapes[join.shortcut_value]
        if len(wide) < 3 or wide[1] <= unit.in_shape[1] or any(op in unit.flow.weighted for op in join.shortcut.ops):
            continue
        if not any("pad" in op.name or op.name in ("cat", "copy_") for op in join.shortcut.ops):
            continue
        if len(_filled(unit, join.shortcut.origin)) < unit.in_shape[1]:
            continue  # channels that came in as zeros: those that an earlier option A padded
        filled = _filled(unit, join.shortcut_value)
        contiguous = bool(filled) and filled[-1] - filled[0] + 1 == len(filled)
        if not contiguous or len(filled) not in (unit.in_shape[1], wide[1]):
            place = evidence.line_of(
                next(op for op in join.shortcut.ops if "pad" in op.name or op.name in ("cat", "copy_"))
            )
            yield evidence.hit("R143", place, unit.trial, carried=len(filled), channels=unit.in_shape[1])


def _filled(unit: Unit, value: int) -> list[int]:
    """Return the channels of a map that are not zero everywhere."""
    found = unit.flow.tape.tensor[value].detach().abs().flatten(2).amax((0, 2)) > 0
    return [int(index) for index in found.nonzero().flatten()]


@partial(
    Rule,
    code="R150",
    severity="note",
    title="strided 1×1 convolution skips pixels",
    message="{target}: this 1×1 with stride 2 reads one pixel of four; ResNet-D averages first",
    evidence="kernel 1, stride 2",
    fix="- {code}\n+ nn.AvgPool2d(2, ceil_mode=True), then the 1×1 with stride 1",
    source="He 2019 Fig. 2c",
    wrong="nn.Conv2d(cin, cout, 1, stride=2)        # He 2016a: legal",
    right="nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(cin, cout, 1))",
    once=True,
)
def r150(evidence: Evidence) -> Iterator[Hit]:
    """A strided 1×1 projection discards three pixels of four."""
    for unit in evidence.units:
        join = unit.main
        for op in join.shortcut.weighted if join else ():
            if isinstance(op, Convolution) and op.side == 1 and op.strided:
                yield evidence.hit("R150", evidence.layer_place(op, unit.trial, "stride"), unit.trial)


@partial(
    Rule,
    code="R152",
    severity="warning",
    title="the identity is scaled",
    message="{target}: the identity is multiplied by {factor}; over n blocks that is {factor} to the n",
    evidence="with zero weights the block returns {factor} · x",
    fix="- {code}\n+ out = out + x",
    source="He 2016b §3.1",
    wrong="out = (out + x) / 2",
    right="out = out + x",
)
def r152(evidence: Evidence) -> Iterator[Hit]:
    """The identity is scaled, so that it fades or grows with depth."""
    for unit in evidence.units:
        for join in unit.joins:
            factor = identity_factor(unit, join)
            if has_one_gate(unit, join):
                yield unit.hit("R152", evidence.line_of(join.op), join=join, factor="the residual's own gate")
            elif _merges_streams(unit, join):
                continue
            elif _attends(join.shortcut) or any(op.name == "sum" for op in join.shortcut.ops):
                continue  # a product of two parts of the input, or a score of it, is another signal, no scaled input
            elif factor < 0 and read_by_layers_alone(unit.flow, join.op.outputs[0]):
                continue
            elif (join.is_identity and abs(abs(factor) - 1) > _ROUNDING) or factor < 0:
                severity = "error" if factor == 0 else "note" if _shares_out(join) else None
                place = evidence.line_of(_scaling(unit, join))
                yield unit.hit("R152", place, severity, join, factor=f"{factor:.3g}")
            elif (gate := gate_on_identity(unit, join)) is not None and not _is_modulated(join, gate):
                place = evidence.line_beside(gate, join.op) or evidence.line_of(gate)
                yield unit.hit("R152", place, join=join, op=gate, factor="g(x) ≤ 1")


def _merges_streams(unit: Unit, join: Join) -> bool:
    """Tell the sum of the two results of one block, as a reversible network ends with: neither is the identity."""
    terms = set(unit.flow.additions[join.op])
    return any(terms <= set(call.outputs) for call in unit.trial.tape.calls if len(call.outputs) > 1)


def _is_modulated(join: Join, gate: Op) -> bool:
    """Tell a scale and an offset that are pieces of one result, as in σ(g)·x + b: a conditioning, and no residual."""
    pieces = [op for op in join.residual.ops if op.name in ("split", "split_with_sizes", "chunk", "unbind", "slice")]
    return any(op.inputs[0] in join.residual.flow.ancestors(gate.inputs) for op in pieces)


def _shares_out(join: Join) -> bool:
    """Tell constants 1 - b and b on the two terms, as GCNII has (Chen 2020); a half of each is an average."""
    own, other = join.shortcut.coefficient, join.residual.coefficient
    weight = join.op.arguments.get("weight") if join.op.name == "lerp" else None
    if isinstance(weight, float):
        own, other = own * (1 - weight), other * weight
    return 0 < other < 1 and abs(own + other - 1) < _ROUNDING < abs(own - other)


def _attends(chain: Chain) -> bool:
    return any(op.name in ("bmm", "baddbmm", FUSED_ATTENTION) and op not in chain.flow.weighted for op in chain.ops)


_ROUNDING = 1e-3  # of learned scalars; no factor of tests/check lies between 1e-6 and 0.2 off 1


def identity_factor(unit: Unit, join: Join) -> float:
    """Return the number by which the input is multiplied on its way through the shortcut and after the sum."""
    factor = join.shortcut.coefficient
    if join.op.name == "mean":
        return 0.5
    if join.op.name == "lerp":
        weight = join.op.arguments["weight"]
        factor *= (1 - weight) if isinstance(weight, float) else 1.0
    values = unit.flow.additions[join.op]
    if join.op.name in ("sub", "sub_") and values[1] == join.shortcut_value:
        factor = -factor
    for op in after(unit.flow, join):
        if op.name not in SCALINGS and op.name not in SAME:
            break
        if evidence_owner(unit, op) != evidence_owner(unit, join.op):
            break  # the scale of an outer residual
        part = unit.flow.chain(op.outputs[0], frozenset({op.inputs[0]})).coefficient if op.name in SCALINGS else 1.0
        factor *= part
    return factor


def evidence_owner(unit: Unit, op: Op) -> int | None:
    """Return the innermost call of user code that executed `op`."""
    return unit.trial.tape.owner(op)


def has_one_gate(unit: Unit, join: Join) -> bool:
    """Tell a sum whose two terms are multiplied by one and the same gate, where a highway has g and 1 − g."""
    flow = unit.flow
    ends = [next((op for op in chain.ops if op.name not in SAME), None) for chain in (join.shortcut, join.residual)]
    gates = [
        {value for value in op.inputs if flow.is_gate(value)} if op and op.name in SCALINGS else set() for op in ends
    ]
    return bool(gates[0] & gates[1])


def gate_on_identity(unit: Unit, join: Join) -> Op | None:
    """Return the product of the input with a gate, as of squeeze-and-excitation, where the residual has none.

    A highway gates both; a class that speaks of gates or of its identity means it, as SE-Identity of Hu 2018 does.
    """
    flow = unit.flow
    inside = unit.call is None or unit.call.index >= 0  # in a network's own forward: the gated skip of a U-Net
    if not inside or join.shortcut.origin not in flow.inputs or flow.is_gate(join.residual_value):
        return None
    name = type(unit.call.module).__name__ if unit.call is not None else unit.evidence.class_name
    gated = [op for op in join.shortcut.ops if _is_gated(unit, op)]
    layers = [op for op in join.shortcut.ops if op in flow.weighted]
    gated = [op for op in gated if not layers or op.index > layers[0].index]  # what a GRU resets goes into a layer
    if not gated or _SPEAKS_OF_GATES.search(name) or not join.residual.weighted:
        return None
    last = join.residual.last
    return None if last is None or _is_gated(unit, last) else gated[-1]


_SPEAKS_OF_GATES = re.compile(r"highway|gat(e|ed|ing)(?![a-z])|identity", re.I)


def _is_gated(unit: Unit, op: Op) -> bool:
    flow = unit.flow
    data = flow.carriers(op)
    others = [value for value in op.inputs if value in flow.from_input and value not in data]
    return op.name in SCALINGS and any(flow.is_gate(value) for value in others)


def _scaling(unit: Unit, join: Join) -> Op:
    later = [op for op in after(unit.flow, join)[:2] if op.name in SCALINGS]
    inside = [op for op in join.shortcut.ops if op.name in SCALINGS]
    return (inside or later or [join.op])[0]
