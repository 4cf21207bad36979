"""What stands on the residual and on the shortcut before the addition, and what follows it?"""

from __future__ import annotations

from collections.abc import Iterator

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place, Unit
from residua.check.evidence.flow import ACTIVATIONS, ADDS, CLIPPED, CONVS, NORMS, PRODUCTS, SAME, SCALINGS
from residua.check.evidence.joins import Join, after
from residua.check.run.trial import Kind
from residua.record.tape import Convolution, Op


def _followed_by_clip(unit: Unit, join: Join) -> bool:
    for op in after(unit.flow, join):
        if op.name in CLIPPED:
            return True
        if op.name not in SAME and op.name not in NORMS and op.name not in SCALINGS:
            return False
    return False


def _is_clip(unit: Unit, op: Op | None) -> bool:
    if op is None or op.name not in CLIPPED:
        return False
    low = {"hardtanh": "min_val", "clamp": "min"}.get(op.name.rstrip("_"))
    return low is None or op.arguments.get(low) == 0


def r106(evidence: Evidence) -> Iterator[Hit]:
    """A ReLU stands on the residual right before the addition."""
    for unit in evidence.units:
        for join in unit.joins:
            last = join.residual.last
            squashed = last is not None and last.name in ("sigmoid", "sigmoid_", "_softmax") and len(unit.in_shape) > 3
            if not (squashed or _is_clip(unit, last)) or not join.residual.weighted:
                continue
            assert last is not None
            legal = not _followed_by_clip(unit, join) or (
                unit.flow.shape(last.outputs[0])[2:].__len__() == 1 and not unit.batch_norms(join)
            )
            severity = "note" if legal and not (squashed or _clipped_for_good(unit, join)) else None
            place = _gate_alone(unit, join, last) if squashed else None
            yield evidence.hit("R106", place or _relu_place(unit, join, last), unit.trial, severity)


def _gate_alone(unit: Unit, join: Join, last: Op) -> Place | None:
    """Return the line that hands on a gate of one number a channel in place of what it should multiply."""
    spread = join.residual.ops[0]
    return unit.evidence.line_of(spread) if spread is not last and spread.name == "expand" else None


def _relu_place(unit: Unit, join: Join, last: Op) -> Place | None:
    """Return the ReLU's line; when a helper function makes it for all, the line of the sum that misuses it."""
    place = unit.evidence.op_place(last, unit.trial)
    function = source.function_at(*place) if place is not None else None
    helper = function is not None and function.name not in ("__init__", "forward") and _made_in_helper(unit, last)
    return unit.evidence.line_of(join.op) if helper else place


def _made_in_helper(unit: Unit, op: Op) -> bool:
    module = unit.evidence.layer(op, unit.trial)
    return module is not None and unit.evidence.made_at(module, unit.trial) == unit.evidence.op_place(op, unit.trial)


def _clipped_for_good(unit: Unit, join: Join) -> bool:
    """Tell a classifier's conv–BN–ReLU block whose last ReLU stands before the sum, with nothing after the sum.

    The same goes for an inverted residual: MobileNetV2's point is that its narrow end is linear.
    """
    depthwise = [o for o in join.residual.weighted if isinstance(o, Convolution) and o.depthwise]
    if depthwise and unit.kernels(join)[-1:] == [1] and unit.batch_norms(join) and _expands(unit, join):
        return True
    if not (_is_clip(unit, join.residual.last) and unit.starts_with_conv(join) and len(join.residual.weighted) > 1):
        return False
    return not after(unit.flow, join) and _is_classifier_block(unit, join) and _changes_shape(unit)


def r107(evidence: Evidence) -> Iterator[Hit]:
    """No activation follows the addition of a post-activation block."""
    for unit in evidence.units:
        join = unit.main
        if join is None or not unit.starts_with_conv(join) or len(join.residual.weighted) < 2:
            continue
        if any(op.name in ACTIVATIONS or op.name in CONVS or op.name in NORMS for op in after(unit.flow, join)):
            continue
        if not _is_classifier_block(unit, join) or _clipped_for_good(unit, join):
            continue
        severity = None if _changes_shape(unit) else "note"
        yield evidence.hit("R107", evidence.line_of(join.op), unit.trial, severity, family=_linear_family(unit))


def _is_classifier_block(unit: Unit, join: Join) -> bool:
    """Plain conv–BN–ReLU blocks only: families with other parts leave the sum linear on purpose."""
    steps = unit.steps(join)
    plain = {*CONVS, *CLIPPED, *NORMS}
    relus = [s for s in steps if s in CLIPPED]
    widths = [o.depthwise for o in join.residual.weighted if isinstance(o, Convolution)]
    return (
        bool(relus)
        and set(steps) <= plain
        and len(unit.batch_norms(join)) >= 2
        and not any(widths)
        and not _expands(unit, join)
    )


def _expands(unit: Unit, join: Join) -> bool:
    first = join.residual.weighted[0]
    return (
        isinstance(first, Convolution) and first.side == 1 and unit.flow.shape(first.outputs[0])[1] > unit.in_shape[1]
    )


def _changes_shape(unit: Unit) -> bool:
    """A block that can project and stride belongs to a classifier; image-to-image families keep one shape."""
    if unit.evidence.is_network:
        return unit.out_shape != unit.in_shape
    projecting = [t for t in unit.evidence.finished if t.out_shape[1:] != t.in_shape[1:] and t.joins]
    plain = [
        j
        for t in projecting
        for j in t.joins[-1:]
        if any(max(o.dilation) > 1 for o in j.residual.weighted if isinstance(o, Convolution))
    ]
    names = {p.lower() for t in unit.evidence.finished if t.built for p in t.built.arguments}
    return bool(projecting) and not plain and "dilation" not in names and "pad" not in names


def _linear_family(unit: Unit) -> str:
    return "PSMNet" if _changes_shape(unit) else "SRResNet, CycleGAN"


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
        plain = (
            unit.starts_with_conv(join) and _followed_by_clip(unit, join) and "_prelu_kernel" not in unit.steps(join)
        )
        place = evidence.layer_place(convs[1], unit.trial, "stride")
        yield evidence.hit("R112", place, unit.trial, None if plain else "note")


def r113(evidence: Evidence) -> Iterator[Hit]:
    """Which convolution of a bottleneck strides: v1 or v1.5."""
    for unit in evidence.units:
        join = unit.main
        if join is None or unit.kernels(join)[:1] != [1] or len(join.residual.weighted) != 3:
            continue
        first = join.residual.weighted[0]
        if isinstance(first, Convolution) and first.strided:
            yield evidence.hit("R113", evidence.layer_place(first, unit.trial, "stride"), unit.trial)


def r116(evidence: Evidence) -> Iterator[Hit]:
    """A projection stands where the shapes match already."""
    for unit in evidence.units:
        if unit.in_shape != unit.out_shape or unit.trial.kind not in (Kind.SAME, Kind.AS_GIVEN, Kind.NETWORK):
            continue
        for join in unit.joins:
            if join.is_identity or join.shortcut.origin not in unit.flow.inputs:
                continue
            if unit.flow.shape(join.shortcut_value) != unit.in_shape or join.shortcut.weighted[0].name not in CONVS:
                continue
            count = sum(_learned(unit, op) for op in join.shortcut.ops)
            place = evidence.layer_place(join.shortcut.weighted[0], unit.trial)
            yield evidence.hit("R116", place, unit.trial, params=f"{count:,}")


def _learned(unit: Unit, op: Op) -> int:
    """Return how many parameters an operation reads directly."""
    leaves = [v for v in op.inputs if unit.flow.tape.leaf.get(v, "").startswith("param")]
    return sum(unit.flow.tape.tensor[v].numel() for v in leaves)


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
                gated = any(o.name in SCALINGS for o in join.residual.ops)
                plain = unit.batch_norms(join) and len(op.kernel) == 2 and "_prelu_kernel" not in unit.steps(join)
                severity = None if plain and not gated and max(op.stride) < op.side else "note"
                yield evidence.hit("R117", evidence.layer_place(op, unit.trial), unit.trial, severity, kernel=op.side)


def r118(evidence: Evidence) -> Iterator[Hit]:
    """The projection of a post-activation block has no normalisation."""
    for unit in evidence.units:
        join = unit.main
        if join is None or join.is_identity or not unit.batch_norms(join) or not unit.starts_with_conv(join):
            continue
        op = join.shortcut.weighted[0]
        if not isinstance(op, Convolution) or join.shortcut.norms:
            continue
        if any(o.name in NORMS for o in after(unit.flow, join)):
            continue
        if any(o.name in CONVS for o in join.shortcut.ops if o is not op) or join.residual.ops[0].name not in (
            *NORMS,
            *SAME,
        ):
            continue
        severity = "note" if op.has_bias or not _followed_by_clip(unit, join) else None
        yield evidence.hit("R118", evidence.layer_place(op, unit.trial), unit.trial, severity)


def r119(evidence: Evidence) -> Iterator[Hit]:
    """An activation stands on the projection shortcut."""
    for unit in evidence.units:
        for join in unit.joins:
            last = join.shortcut.last
            if join.is_identity or last is None or not _is_clip(unit, last):
                continue
            yield evidence.hit("R119", evidence.op_place(last, unit.trial), unit.trial)


def r139(evidence: Evidence) -> Iterator[Hit]:
    """A pre-activation block projects from x instead of from the activated x."""
    for unit in evidence.units:
        join = unit.main
        if join is None or join.is_identity or unit.starts_with_conv(join) or join.shortcut.norms:
            continue
        if unit.steps(join)[:1] and unit.steps(join)[0] in NORMS and join.shortcut.origin in unit.flow.inputs:
            op = join.shortcut.weighted[0]
            yield evidence.hit("R139", evidence.layer_place(op, unit.trial), unit.trial)


def r143(evidence: Evidence) -> Iterator[Hit]:
    """A parameter-free shortcut does not carry every input channel into one contiguous slot."""
    for unit in evidence.units:
        join = unit.main
        if join is None or not join.is_identity or join.shortcut.origin not in unit.flow.inputs:
            continue
        wide = unit.flow.shape(join.shortcut_value)
        if len(wide) < 3 or wide[1] <= unit.in_shape[1] or any(unit.flow.weighted(o) for o in join.shortcut.ops):
            continue
        if not any("pad" in o.name or o.name in ("cat", "copy_") for o in join.shortcut.ops):
            continue
        value = unit.flow.tape.tensor[join.shortcut_value].detach()
        filled = (value.abs().flatten(2).amax((0, 2)) > 0).nonzero().flatten().tolist()
        contiguous = bool(filled) and filled[-1] - filled[0] + 1 == len(filled)
        if not contiguous or len(filled) not in (unit.in_shape[1], wide[1]):
            place = evidence.line_of(
                next(o for o in join.shortcut.ops if "pad" in o.name or o.name in ("cat", "copy_"))
            )
            yield evidence.hit("R143", place, unit.trial, carried=len(filled), channels=unit.in_shape[1])


def r150(evidence: Evidence) -> Iterator[Hit]:
    """A strided 1×1 projection discards three pixels of four."""
    for unit in evidence.units:
        join = unit.main
        for op in join.shortcut.weighted if join else ():
            if isinstance(op, Convolution) and op.side == 1 and op.strided:
                yield evidence.hit("R150", evidence.layer_place(op, unit.trial, "stride"), unit.trial)


def r156(evidence: Evidence) -> Iterator[Hit]:
    """Nothing but norms stands between the convolutions of the residual: together they are one linear map."""
    for unit in evidence.units:
        for join in unit.joins:
            steps, convs = unit.steps(join), _plain_convs(unit, join)
            if _activation_left_out(unit, join):
                place = evidence.op_place(join.residual.weighted[1], unit.trial)
                yield evidence.hit("R156", place, unit.trial, count=len(join.residual.weighted))
                continue
            if len(convs) < 2 or not (_all_wide(convs) or _linear_bottleneck(convs, steps)):
                continue
            first = next(i for i, name in enumerate(steps) if name in CONVS)
            last = max(i for i, name in enumerate(steps) if name in CONVS)
            if not any(name in ACTIVATIONS for name in steps[first:last]):
                yield evidence.hit("R156", evidence.op_place(convs[1], unit.trial), unit.trial, count=len(convs))


def _all_wide(convs: list[Convolution]) -> bool:
    return all(min(op.kernel) > 1 for op in convs)


def _linear_bottleneck(convs: list[Convolution], steps: list[str]) -> bool:
    """Tell 1×1, k×k, 1×1 with norms alone; factors such as 1×3 and 3×1 are linear on purpose."""
    sides = [op.kernel for op in convs]
    square = all(len(set(side)) == 1 for side in sides)
    return len(convs) > 2 and square and max(map(max, sides)) > 1 and not set(steps) & ACTIVATIONS


def _activation_left_out(unit: Unit, join: Join) -> bool:
    """Tell a residual of several weighted layers in a row, in a class whose own activation module never runs."""
    trial, weighted = unit.trial, join.residual.weighted
    if unit.evidence.is_network or len(weighted) < 2 or set(unit.steps(join)) & (ACTIVATIONS | {"mul", "sigmoid"}):
        return False
    if not set(unit.steps(join)) <= {*CONVS, *NORMS, *PRODUCTS, *ADDS, "native_dropout"}:
        return False
    called = {id(c.module) for t in unit.evidence.finished for c in t.tape.calls}
    own = [m for m in trial.module.modules() if type(m).__module__ == "torch.nn.modules.activation"]
    return bool(own) and not any(id(m) in called for m in own if not list(m.children()))


def _plain_convs(unit: Unit, join: Join) -> list[Convolution]:
    """Return the residual's convolutions when it has nothing but full convolutions, norms and activations."""
    weighted = join.residual.weighted
    convs = [op for op in weighted if isinstance(op, Convolution)]
    if not set(unit.steps(join)) <= {*CONVS, *NORMS, *ACTIVATIONS} or len(convs) < len(weighted):
        return []
    if any(op.groups > 1 or op.transposed or op.weight not in unit.flow.tape.leaf for op in convs):
        return []
    return convs


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
