"""Do the residual's convolutions, norms and activations stand where a published block has them?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ACTIVATIONS, ADDS, CLIPPED, CONVS, NORMS, PRODUCTS
from residua.check.evidence.joins import Join, after, is_relu
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R106",
    severity="warning",
    title="activation on the residual before the addition",
    message="{target}: the residual ends in {name} right before the addition: {what}",
    evidence=(
        "the last operation of the residual is {name} ({trial}); ResNet-9, Darknet and TCN do so on "
        "purpose, without a ReLU after the sum or in 1-D"
    ),
    fix="- {code}\n+ the same line without ReLU",
    source="He 2016b Fig. 4c",
    wrong="out = F.relu(self.bn2(self.conv2(out)))\nreturn F.relu(out + x)",
    right="out = self.bn2(self.conv2(out))\nreturn F.relu(out + x)",
)
def r106(evidence: Evidence) -> Iterator[Hit]:
    """A ReLU ends the residual right before the addition, or any activation the projection of an inverted one."""
    for unit in evidence.units:
        for join in unit.joins:
            last = _in_front_of_a_gate(unit, join) or join.residual.last
            squashed = last is not None and last.name in ("sigmoid", "sigmoid_", "_softmax") and len(unit.in_shape) > 3
            widened = last is not None and last.name in ACTIVATIONS and _ends_an_inverted_one(unit, join)
            if last is None or not (squashed or widened or is_relu(last)) or not join.residual.weighted:
                continue
            if _is_mixed_by_a_gate(unit, join):
                continue
            place = _gate_alone(unit, join, last) if squashed else None
            what = _LINEAR if widened and not is_relu(last) else _ONLY_ADDS
            facts = {"name": _SPELLED.get(last.name.strip("_"), last.name.strip("_")), "what": what}
            yield unit.hit("R106", place or _relu_place(unit, join, last), join=join, op=last, **facts)


def _in_front_of_a_gate(unit: Unit, join: Join) -> Op | None:
    """Return the ReLU whose result a gate scales before the sum, in a block with another ReLU behind that (SE-Net).

    Not where the other term is scaled too: selective kernels weigh two branches against each other (Li 2019).
    """
    last, other = join.residual.last, join.shortcut.last
    if other is not None and other.name in ("mul", "mul_"):
        return None
    if last is None or last.name not in ("mul", "mul_") or len(last.inputs) != 2:
        return None
    plain = [value for value in last.inputs if not unit.flow.is_gate(value)]
    maker = unit.flow.maker(plain[0]) if len(plain) == 1 else None
    behind = any(is_relu(op) for op in after(unit.flow, join))
    return maker if is_relu(maker) and behind else None


def _is_mixed_by_a_gate(unit: Unit, join: Join) -> bool:
    """Tell `torch.lerp(x, f(x), gate)`, a highway in one call: what it carries over it takes off x, so x may shrink."""
    gates = join.op.inputs[2:]
    return join.op.name.startswith("lerp") and any(unit.flow.is_gate(value) for value in gates)


_ONLY_ADDS, _LINEAR = "it can only add, never subtract", "the projection of an inverted residual is linear"
_SPELLED = {"relu": "ReLU", "hardtanh": "ReLU6", "silu": "SiLU", "gelu": "GELU", "softmax": "softmax"}


def is_clipped_for_good(unit: Unit, join: Join) -> bool:
    """Tell a conv–BN–ReLU block whose last ReLU stands before the sum, with nothing after the sum.

    A classifier's, or one behind its like: along a trunk of them no value becomes smaller. ResNet-9 has one between
    two convolutions with norms of their own; Darknet-53 has many, with leaky ReLUs.
    """
    if not (is_relu(join.residual.last) and unit.starts_with_conv(join) and len(join.residual.weighted) > 1):
        return False
    plain = _is_plain(unit, join) and len(unit.batch_norms(join)) >= 2
    of_a_classifier = plain and not has_depthwise(join) and not expands(unit, join)
    alone = changes_shape(unit) and not is_dilated(unit)
    return of_a_classifier and not after(unit.flow, join) and (alone or _follows_its_like(unit, join))


def _follows_its_like(unit: Unit, join: Join) -> bool:
    """Tell a sum whose shortcut is another sum with a clipped residual."""
    before = (each for other in unit.evidence.units if other.trial is unit.trial for each in other.joins)
    return any(is_relu(each.residual.last) and join.shortcut.origin in each.op.outputs for each in before)


def _ends_an_inverted_one(unit: Unit, join: Join) -> bool:
    """Tell expansion, depthwise convolution and projection: with an activation the last is not linear."""
    convs = join.residual.weighted
    sides = [op.side for op in convs]
    narrows = len(convs) == 3 and sides[0] == 1 == sides[2] and expands(unit, join)
    return narrows and has_depthwise(join)


def has_depthwise(join: Join) -> bool:
    """Tell a residual with a convolution that reads each channel alone."""
    return any(isinstance(op, Convolution) and op.depthwise for op in join.residual.weighted)


def expands(unit: Unit, join: Join) -> bool:
    """Tell a residual whose first convolution is a 1×1 that puts out more channels than came in."""
    first = join.residual.weighted[0]
    return (
        isinstance(first, Convolution) and first.side == 1 and unit.flow.shapes[first.outputs[0]][1] > unit.in_shape[1]
    )


def _is_plain(unit: Unit, join: Join) -> bool:
    """Tell a residual of convolutions, norms and ReLU alone: families with other parts leave the sum linear."""
    steps = set(unit.steps(join))
    return bool(steps & CLIPPED) and steps <= CONVS | CLIPPED | NORMS


def changes_shape(unit: Unit) -> bool:
    """Tell a block that can project or stride, as a classifier's does; image-to-image families keep one shape."""
    if unit.evidence.is_network:
        return unit.out_shape != unit.in_shape
    return bool(_projecting(unit))


def is_dilated(unit: Unit) -> bool:
    """Tell a block of its own that is dilated where it projects, or takes a dilation or padding as its argument."""
    if unit.evidence.is_network:
        return False
    names = {name.lower() for trial in unit.evidence.finished if trial.built for name in trial.built.arguments}
    convs = [op for trial in _projecting(unit) for op in trial.joins[-1].residual.weighted]
    return bool(names & {"dilation", "pad"}) or any(max(op.dilation) > 1 for op in convs if isinstance(op, Convolution))


def _projecting(unit: Unit) -> list[Trial]:
    return [trial for trial in unit.evidence.finished if trial.out_shape[1:] != trial.in_shape[1:] and trial.joins]


def _gate_alone(unit: Unit, join: Join, last: Op) -> Place | None:
    """Return the line that hands on a gate of one number a channel in place of what it should multiply."""
    spread = join.residual.ops[0]
    return unit.evidence.line_of(spread) if spread is not last and spread.name == "expand" else None


def _relu_place(unit: Unit, join: Join, last: Op) -> Place | None:
    """Return the ReLU's line; when a helper makes it for all, the line that calls the helper, else that of the sum."""
    alone = _made_alone(unit, last)
    if alone is not None:
        return alone
    place = unit.evidence.op_place(last, unit.trial)
    function = source.function_at(*place) if place is not None else None
    helper = function is not None and function.name not in ("__init__", "forward") and _made_in_helper(unit, last)
    return unit.evidence.line_of(join.op) if helper else place


def _made_alone(unit: Unit, op: Op) -> Place | None:
    """Return the line that made this ReLU and no other, or the part whose forward calls it."""
    evidence, trial = unit.evidence, unit.trial
    module = evidence.layer(op, trial)
    owner = type(unit.call.module if unit.call is not None else trial.module).__name__
    if module is None:
        parts = [trial.tape.calls[index] for index in op.calls if not trial.tape.calls[index].of_torch]
        part = parts[-1] if parts and parts[-1].index > (unit.call.index if unit.call is not None else 0) else None
        kinds = {call.index for call in trial.tape.calls if part is not None and type(call.module) is type(part.module)}
        return evidence.made_alone_at(part.module, trial, owner) if part is not None and len(kinds) > 1 else None
    runs = sum(call.module is module for call in trial.tape.calls)
    return evidence.made_alone_at(module, trial, owner) if runs == 1 else None


def _made_in_helper(unit: Unit, op: Op) -> bool:
    module = unit.evidence.layer(op, unit.trial)
    return module is not None and unit.evidence.made_at(module, unit.trial) == unit.evidence.op_place(op, unit.trial)


@partial(
    Rule,
    code="R107",
    severity="warning",
    title="no ReLU after the addition of a post-activation block",
    message=(
        "{target}: nothing non-linear follows the addition, so that blocks join linearly; {family} do so on purpose"
    ),
    evidence="the residual starts with a convolution and no activation follows the sum ({trial})",
    fix="- {code}\n+ {code}\n+ out = F.relu(out)",
    source="He 2016a Fig. 2",
    wrong="return out + identity",
    right="return F.relu(out + identity)",
    once=True,
)
def r107(evidence: Evidence) -> Iterator[Hit]:
    """No activation follows the addition of a post-activation block."""
    for unit in evidence.units:
        join = unit.main
        if join is None or not unit.starts_with_conv(join) or len(join.residual.weighted) < 2:
            continue
        if any(op.name in ACTIVATIONS or op.name in CONVS or op.name in NORMS for op in after(unit.flow, join)):
            continue
        if not _is_plain(unit, join) or is_clipped_for_good(unit, join):
            continue
        family = "PSMNet" if changes_shape(unit) and not is_dilated(unit) else "SRResNet, CycleGAN"
        yield unit.hit("R107", evidence.line_of(join.op), join=join, family=family)


@partial(
    Rule,
    code="R112",
    severity="warning",
    title="the stride is on the second convolution of a basic block",
    message="{target}: the second 3×3 strides; He 2016 strides in the first (iResNet of ArcFace differs on purpose)",
    evidence="strides of the residual's convolutions are 1, then 2",
    fix="- {code}\n+ stride=1 here, stride=stride in the first convolution",
    source="google-deepmind/dm-haiku#85",
    wrong="conv1(stride=1), conv2(stride=stride)",
    right="conv1(stride=stride), conv2(stride=1)",
)
def r112(evidence: Evidence) -> Iterator[Hit]:
    """A basic block strides in its second convolution."""
    for unit in evidence.units:
        join = unit.main
        if join is None:
            continue
        convs = [op for op in join.residual.weighted if isinstance(op, Convolution)]
        if len(convs) != 2 or min(unit.kernels(join), default=1) < 2 or not convs[1].strided or convs[0].strided:
            continue
        if any(op.transposed for op in convs):
            continue
        yield unit.hit("R112", evidence.layer_place(convs[1], unit.trial, "stride"), join=join, op=convs[1])


@partial(
    Rule,
    code="R113",
    severity="note",
    title="bottleneck with the stride on the first 1×1 (v1)",
    message="{target}: this bottleneck is v1, the stride is on the 1×1; torchvision's v1.5 has it on the 3×3",
    evidence="the first 1×1 convolution strides",
    fix="- {code}\n+ stride=1 here, stride=stride on the 3×3, for v1.5",
    source="He 2016a; pytorch/vision#191",
    wrong="conv1 = 1×1, stride 2; conv2 = 3×3, stride 1        # v1: legal, other weights",
    right="conv1 = 1×1, stride 1; conv2 = 3×3, stride 2        # v1.5",
    implies=("R150",),
    once=True,
)
def r113(evidence: Evidence) -> Iterator[Hit]:
    """Which convolution of a bottleneck strides: v1 or v1.5."""
    for unit in evidence.units:
        join = unit.main
        if join is None or unit.kernels(join)[:1] != [1] or len(join.residual.weighted) != 3:
            continue
        first = join.residual.weighted[0]
        if isinstance(first, Convolution) and first.strided:
            yield evidence.hit("R113", evidence.layer_place(first, unit.trial, "stride"), unit.trial)


@partial(
    Rule,
    code="R128",
    severity="note",
    title="convolution bias before batch norm",
    message=(
        "{target}: the bias of this convolution is removed by the batch norm after it; bias=False saves "
        "{size} parameters, as built here"
    ),
    evidence="convolution with bias, directly followed by batch norm",
    fix="- {code}\n+ the same convolution with bias=False",
    source="KaimingHe/deep-residual-networks#10",
    wrong="nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64)",
    right="nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)",
)
def r128(evidence: Evidence) -> Iterator[Hit]:
    """A convolution has a bias that the following batch norm removes."""
    for unit in evidence.units:
        for op in unit.flow.ops:
            if not isinstance(op, Convolution) or not op.has_bias or op not in unit.flow.live_ops:
                continue
            users = [user for user in unit.flow.users(op.outputs[0]) if user in unit.flow.live_ops]
            if len(users) == 1 and "batch_norm" in users[0].name:
                size = unit.flow.shapes[op.outputs[0]][1]
                yield evidence.hit("R128", evidence.layer_place(op, unit.trial, "bias"), unit.trial, size=size)


@partial(
    Rule,
    code="R156",
    severity="warning",
    title="no activation between the convolutions",
    message=(
        "{target}: no activation stands between the {count} convolutions of the residual; together they "
        "are one linear map"
    ),
    evidence="only norms between the first and the last convolution",
    fix="- {code}\n+ F.relu before this convolution",
    source="He 2016a §3.2",
    wrong="out = self.bn1(self.conv1(x))\nout = self.bn2(self.conv2(out))",
    right="out = F.relu(self.bn1(self.conv1(x)))\nout = self.bn2(self.conv2(out))",
    implies=("R107", "R157", "R197"),
)
def r156(evidence: Evidence) -> Iterator[Hit]:
    """Nothing but norms stands between the convolutions of the residual: together they are one linear map."""
    for unit in evidence.units:
        for join in unit.joins:
            steps, convs = unit.steps(join), _plain_convs(unit, join)
            if _activation_left_out(unit, join):
                place = evidence.op_place(join.residual.weighted[1], unit.trial)
                yield evidence.hit("R156", place, unit.trial, count=len(join.residual.weighted))
                continue
            if len(convs) < 2 or not (min(op.side for op in convs) > 1 or _linear_bottleneck(convs, steps)):
                continue
            first = next(index for index, name in enumerate(steps) if name in CONVS)
            last = max(index for index, name in enumerate(steps) if name in CONVS)
            if not any(name in ACTIVATIONS for name in steps[first:last]):
                yield unit.hit("R156", evidence.op_place(convs[1], unit.trial), join=join, count=len(convs))


def _plain_convs(unit: Unit, join: Join) -> list[Convolution]:
    """Return the residual's convolutions when it has nothing but full convolutions, norms and activations."""
    weighted = join.residual.weighted
    convs = [op for op in weighted if isinstance(op, Convolution)]
    if not set(unit.steps(join)) <= {*CONVS, *NORMS, *ACTIVATIONS} or len(convs) < len(weighted):
        return []
    if any(op.groups > 1 or op.transposed or op.weight not in unit.flow.tape.leaf for op in convs):
        return []
    return convs


def _activation_left_out(unit: Unit, join: Join) -> bool:
    """Tell a residual of several weighted layers in a row, in a class whose own activation module never runs."""
    trial, weighted = unit.trial, join.residual.weighted
    if unit.evidence.is_network or len(weighted) < 2 or set(unit.steps(join)) & (ACTIVATIONS | {"mul", "sigmoid"}):
        return False
    if not set(unit.steps(join)) <= {*CONVS, *NORMS, *PRODUCTS, *ADDS, "native_dropout"}:
        return False
    called = {id(call.module) for trial in unit.evidence.finished for call in trial.tape.calls}
    own = [module for module in trial.module.modules() if type(module).__module__ == "torch.nn.modules.activation"]
    return bool(own) and not any(id(module) in called for module in own if not list(module.children()))


def _linear_bottleneck(convs: list[Convolution], steps: list[str]) -> bool:
    """Tell 1×1, k×k, 1×1 with norms alone."""
    sides = [op.kernel for op in convs]
    square = all(len(set(side)) == 1 for side in sides)
    return len(convs) > 2 and square and max(map(max, sides)) > 1 and not set(steps) & ACTIVATIONS


@partial(
    Rule,
    code="R157",
    severity="warning",
    title="the last convolution has no batch norm",
    message="{target}: the last convolution of the residual has no batch norm, although all others have one",
    evidence="the convolution's result, without bias or norm, goes into the sum",
    fix="- {code}\n+ the same convolution, followed by nn.BatchNorm2d",
    source="He 2016a §3.4",
    wrong="out = self.conv2(out)\nreturn F.relu(out + x)",
    right="out = self.bn2(self.conv2(out))\nreturn F.relu(out + x)",
)
def r157(evidence: Evidence) -> Iterator[Hit]:
    """The residual's last convolution alone has no batch norm, and a ReLU follows the sum."""
    for unit in evidence.units:
        join = unit.main
        convs = _plain_convs(unit, join) if join is not None else []
        if join is None or len(convs) < 2 or not unit.starts_with_conv(join) or convs[-1].has_bias:
            continue
        steps, later = unit.steps(join), after(unit.flow, join)
        norms = len(unit.batch_norms(join))
        if steps[-1] in CONVS and norms == len(convs) - 1 and later and later[0].name in CLIPPED:
            yield evidence.hit("R157", evidence.layer_place(convs[-1], unit.trial), unit.trial)
