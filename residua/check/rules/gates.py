"""Do gates share out between carry and transform, and are they bounded?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TypeGuard

import torch

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ACTIVATIONS, ADDS, NORMS, SAME, SCALINGS, Flow
from residua.check.evidence.places import Place
from residua.check.rules.blind_rows import filled_with
from residua.check.rules.inverted_masks import inverted_masks
from residua.check.rules.rule import Rule
from residua.record.tape import Arg, Convolution, Op

_SIGMOIDS = frozenset({"sigmoid", "sigmoid_", "hardsigmoid", "hardsigmoid_", "_softmax", "softmax"})


@partial(
    Rule,
    code="R201",
    severity="error",
    title="a gate and its complement do not share out",
    message="{target}: {what}",
    evidence="{what}; a gate t weighs one term with t and the other one with 1 - t",
    fix="- {code}\n+ t * transform + (1 - t) * x",
    source="Srivastava 2015 §2 (Highway Networks)",
    wrong="t * h + (1 - h) * x",
    right="t * h + (1 - t) * x",
    implies=("R102",),
)
def r201(evidence: Evidence) -> Iterator[Hit]:
    """The two terms of a gated sum are not weighted by one gate and its complement, or the carry starts closed."""
    for unit in evidence.stretches:
        flow = unit.flow
        for op in flow.ops:
            terms = _terms(flow, op) if op.name in ADDS and op in flow.live_ops else None
            found = _shared_out(unit, *terms) if terms is not None else None
            if found is not None:
                what, severity, at = found
                yield evidence.hit("R201", evidence.line_of(at or op), unit.trial, severity, what=what)


Term = tuple[int, int]


def _terms(flow: Flow, op: Op) -> tuple[Term, Term] | None:
    """Return the factors of the two products that an operation adds; None where it adds something else."""
    makers = [flow.maker(_bare(flow, value)) for value in op.inputs[:2]]
    found = [
        (each.inputs[0], each.inputs[1])
        for each in makers
        if each is not None and each.name in ("mul", "mul_") and len(each.inputs) == 2
    ]
    return (found[0], found[1]) if len(found) == 2 and op.name in ("add", "add_") else None


def _bare(flow: Flow, value: int) -> int:
    maker = flow.maker(value)
    while maker is not None and maker.name in SAME and maker.name != "neg":
        value = maker.inputs[0]
        maker = flow.maker(value)
    return value


def _complement(flow: Flow, value: int) -> int | None:
    """Return v of 1 - v."""
    maker = flow.maker(_bare(flow, value))
    if (
        maker is None
        or maker.name != "rsub"
        or 1 not in [each for each in maker.arguments.values() if not isinstance(each, Arg)]
    ):
        return None
    return _bare(flow, maker.inputs[0])


def _is_sigmoid(flow: Flow, value: int) -> bool:
    maker = flow.maker(_bare(flow, value))
    return maker is not None and maker.name in _SIGMOIDS


Finding = tuple[str, str | None, Op | None]


def _shared_out(unit: Unit, first: Term, second: Term) -> Finding | None:
    """Return what is wrong with a·b + c·d of which one factor is a gate, how badly, and in which operation."""
    flow = unit.flow
    for gated, other in ((first, second), (second, first)):
        gates = [value for value in gated if _is_sigmoid(flow, value)]
        complements = [(value, base) for value in other if (base := _complement(flow, value)) is not None]
        raw = {base for _, base in complements if _unbounded(flow, base)} & {_bare(flow, value) for value in gated}
        if not gates and len(complements) == 1 and raw:
            return "t of t and 1 - t comes straight from a layer, without a sigmoid", None, None
        if len(gates) != 1 or len(complements) != 1 or any(_complement(flow, value) is not None for value in gated):
            continue
        gate = _bare(flow, gates[0])
        value, base = complements[0]
        transform = _bare(flow, next(each for each in gated if each != gates[0]))
        carried = _bare(flow, next(each for each in other if each != value))
        if base == gate and transform == carried:
            return "both terms weigh one value, so that the gate has no effect", None, None
        if base == gate:
            return _closed(unit, gate, transform, carried)
        if not _is_sigmoid(flow, base):
            return "one term is weighted by a gate, the other one by 1 minus something that is no gate", None, None
    return None


# A highway layer starts by carrying, its bias at -1 to -3 (§2.2): the carry has a weight of 0.73 to 0.95. A half is the
# gate without a bias, which is in use; 0.27 is that of a bias of -1 on the wrong side.
_CLOSED = 0.35


def _closed(unit: Unit, gate: int, transform: int, carried: int) -> Finding | None:
    """Tell a gate whose bias starts it on the side that hardly carries the input; `gate` weighs `transform`.

    That is a bias below zero of a gate that weighs the input, or a constant above zero of one that weighs the rest.
    """
    flow, evidence = unit.flow, unit.evidence
    one, other = flow.depth.get(transform, (9, 9))[1], flow.depth.get(carried, (0, 0))[1]
    start = float(flow.tape.tensor[gate].detach().float().mean())
    named = re.search("highway|carry", source.class_text(evidence.file, evidence.class_name), re.I)
    if named and one < other and start < _CLOSED:
        said = f"the gate weighs the input and starts at {start:.2f}, so that the input is hardly carried"
        return said, "warning", None
    shifted = _constant_shift(flow, gate) if other < one and 1 - start < _CLOSED else None
    if shifted is None:
        return None
    return (
        f"the gate weighs the transform and starts at {start:.2f}, so that the input is hardly carried",
        "warning",
        shifted,
    )


def _constant_shift(flow: Flow, gate: int) -> Op | None:
    """Return the operation that adds, or subtracts, one learned number, not zero, everywhere in front of a sigmoid."""
    maker = flow.maker(gate)
    before = flow.maker(maker.inputs[0]) if maker is not None and maker.inputs else None
    if before is None or before.name not in ADDS:
        return None
    learned = [flow.tape.tensor[value].detach() for value in before.inputs if value in flow.from_weights]
    constant = [each for each in learned if each.numel() and bool((each == each.flatten()[0]).all()) and each.any()]
    return before if constant else None


@partial(
    Rule,
    code="R236",
    severity="warning",
    title="a gate that holds the shortcut, beside the shortcut",
    message="{target}: 1 + gate holds the input already, and the input is added once more: it counts twice",
    evidence="a sum of x and x · (1 + gate)",
    fix="- {code}\n+ x * (1 + gate)",
    source="Park 2018 (BAM) eq. 2; Wang 2017 eq. 3",
    wrong="return x + x * (1 + gate)",
    right="return x * (1 + gate)",
    implies=("R105",),
    once=True,
)
def r236(evidence: Evidence) -> Iterator[Hit]:
    """The shortcut stands in a factor of one plus a gate, and in the sum again."""
    for unit in evidence.stretches:
        flow = unit.flow
        for op in flow.ops:
            raised = _added_again(flow, op) if op.name in _SUMS and op in flow.live_ops else None
            if raised is not None and unit.trial.tape.owner(raised) == unit.trial.tape.owner(op):
                place = evidence.line_beside(raised, op) or evidence.line_of(op)
                yield evidence.hit("R236", place, unit.trial)


_SUMS = ("add", "add_", "addcmul", "addcmul_")


def _added_again(flow: Flow, op: Op) -> Op | None:
    """Return the 1 + gate of x + x · (1 + gate); None of another sum."""
    values = [_bare(flow, value) for value in op.inputs]
    if op.name.startswith("addcmul"):
        pairs = [(values[0], values[1:])]
    else:
        makers = [flow.maker(value) for value in values]
        terms = [[_bare(flow, each) for each in made.inputs] if _multiplies(made) else [] for made in makers]
        pairs = list(zip(values, reversed(terms), strict=True)) if len(values) == 2 else []
    for value, factors in pairs:
        rest = [each for each in factors if each != value]
        raised = flow.maker(rest[0]) if len(rest) == 1 < len(factors) else None
        if raised is not None and _is_one_more(flow, raised):
            return raised
    return None


def _multiplies(op: Op | None) -> TypeGuard[Op]:
    return op is not None and op.name in ("mul", "mul_") and len(op.inputs) == 2


def holds_shortcut(flow: Flow) -> bool:
    """Tell a flow with a live product of a value and 1 + gate, which is the sum x + x · gate, or that in one call."""
    for op in flow.ops:
        if op in flow.live_ops and op.name.startswith("addcmul") and op.inputs[0] in op.inputs[1:]:
            return True
        if op in flow.live_ops and _multiplies(op):
            makers = [flow.maker(_bare(flow, value)) for value in op.inputs]
            if any(each is not None and _is_one_more(flow, each) for each in makers):
                return True
    return False


def _is_one_more(flow: Flow, op: Op) -> bool:
    """Tell 1 + gate, where the one is a number or a tensor of ones."""
    if op.name not in ("add", "add_") or op.arguments.get("alpha", 1) != 1:
        return False
    gates = [value for value in op.inputs if flow.is_gate(value)]
    others = [flow.tape.tensor[value] for value in op.inputs if value not in gates]
    ones = all(value.numel() and bool((value == 1).all()) for value in others)
    return len(gates) == 1 and ones and (bool(others) or op.arguments.get("other") == 1)


@partial(
    Rule,
    code="R202",
    severity="warning",
    title="an attention map without a sigmoid",
    message="{target}: the map that weighs these features comes straight from {what}: it has no bounds, and any sign",
    evidence="a factor of the shape {shape}, computed from the features, with nothing behind it that bounds it",
    fix="- {code}\n+ torch.sigmoid(...)",
    source="Hu 2018 §3.2; Woo 2018 §3 (CBAM)",
    wrong="return x * self.conv(pooled)",
    right="return x * torch.sigmoid(self.conv(pooled))",
    once=True,
)
def r202(evidence: Evidence) -> Iterator[Hit]:
    """Features are multiplied by an attention of themselves that no sigmoid bounds."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        for op in flow.ops:
            if op.name not in SCALINGS or op.name.startswith("div") or op not in flow.live_ops or len(op.inputs) < 2:
                continue
            owner = trial.tape.owner(op)
            gate, shape = _map_of(flow, op, type(trial.tape.calls[owner].module).__name__ if owner is not None else "")
            what = _unbounded(flow, gate) if gate is not None else ""
            if gate is not None and what:
                yield evidence.hit("R202", evidence.line_of(op), trial, what=what, shape=shape)


_ATTENDS = re.compile(r"^eca|^se$|se_?(layer|block|module)|squeeze|excit|channel_?(att|gate)", re.I)


def _map_of(flow: Flow, op: Op, named: str) -> tuple[int | None, tuple[int, ...]]:
    """Return the factor with one number a channel, or a pixel, of the features that it was computed from.

    named: the class that multiplies.
    """
    factors = [_unexpanded(flow, value) for value in op.inputs[:2]]
    small, large = sorted(factors, key=lambda value: flow.tape.tensor[value].numel())
    shape, whole = flow.shapes[small], flow.shapes[large]
    fits = len(shape) == len(whole) > 2 and shape[0] == whole[0] and small in flow.from_input
    spatial = fits and shape[1] == 1 < whole[1] and shape[2:] == whole[2:]
    channel = fits and shape[1] == whole[1] and set(shape[2:]) == {1} != set(whole[2:])
    if not (spatial or channel) or _bare(flow, large) not in flow.ancestors((small,)):
        return None, ()
    if channel and _is_of_rows(flow, small):
        return None, ()
    between = Flow(flow.tape, flow.start, flow.end, (_bare(flow, large),), (small,))
    weighted = [each for each in between.ops if each in between.weighted and each in between.live_ops]
    # One 1×1 of the pooled features is NAFNet's simplified attention, without a sigmoid on purpose (Chen 2022).
    enough = (
        len(weighted) > 1 or bool(weighted and _ATTENDS.search(named))
        if channel
        else bool(weighted) and flow.shapes[between.data(weighted[0])][1] < whole[1]
    )
    return (small, shape) if enough else (None, ())


def _is_of_rows(flow: Flow, value: int) -> bool:
    """Tell what a linear layer makes of the last axis, one number for each row or pair of rows: no map of channels."""
    maker = flow.maker(value)
    while maker is not None and maker.name in SAME:
        maker = flow.maker(maker.inputs[0])
    if maker is None or maker not in flow.weighted or isinstance(maker, Convolution):
        return False
    weight = flow.weight_of(maker)
    return weight is not None and flow.shapes[weight][-1] == 1  # turned, as a linear layer reads it


def _unexpanded(flow: Flow, value: int) -> int:
    maker = flow.maker(value)
    return maker.inputs[0] if maker is not None and maker.name == "expand" else value


def _unbounded(flow: Flow, value: int) -> str:
    """Return what the map comes from, in words, where that has no bounds; empty where it has."""
    maker = flow.maker(value)
    while maker is not None and maker.name in SAME:
        maker = flow.maker(maker.inputs[0])
    if maker is None:
        return ""
    if maker in flow.weighted:
        return "its last layer"
    if maker.name in NORMS:
        return "a norm"
    if maker.name.rstrip("_") in ("relu", "leaky_relu", "gelu", "silu", "elu") and maker.name in ACTIVATIONS:
        return "an activation"
    return ""


@partial(
    Rule,
    code="R203",
    severity="error",
    title="a mask hides what it should show",
    message="{target}: {name} is true for what takes part, by its name, its values or the class's own words, and {how}",
    evidence="{how}",
    fix="- {code}\n+ ~{name}",
    source="torch: masked_fill writes where the mask is true; key_padding_mask is true for what is ignored",
    wrong="scores.masked_fill(valid[:, None, None, :], float('-inf'))",
    right="scores.masked_fill(~valid[:, None, None, :], float('-inf'))",
)
def r203(evidence: Evidence) -> Iterator[Hit]:
    """A mask is used the wrong way round: the positions that count are hidden."""
    for ran in evidence.finished[:1]:
        for op in ran.flow.ops:
            if op in ran.flow.live_ops and _hides_the_past(ran.flow, op):
                how = "the past and the present are hidden, and the future is shown"
                yield evidence.hit("R203", evidence.line_of(op), ran, name="the lower triangle", how=how)
    trial = next(iter(evidence.trials), None)
    kinds = [type(module).__name__ for module in trial.module.modules()] if trial is not None else []
    for name in dict.fromkeys((evidence.class_name, *kinds)):
        for mask in inverted_masks(evidence.file, name):
            place: Place = evidence.file, mask.line
            yield evidence.hit("R203", place, trial, target=name, name=mask.name, how=mask.how)


def _hides_the_past(flow: Flow, op: Op) -> bool:
    """Tell a fill with a very small number of the whole lower triangle, the diagonal too, and of nothing else."""
    if op.name not in ("masked_fill", "masked_fill_"):
        return False
    masks = [each for each in op.inputs if flow.tape.tensor[each].dtype == torch.bool]
    if filled_with(flow, op) > _SMALL or len(masks) != 1:
        return False
    mask = flow.tape.tensor[masks[0]]
    if mask.dim() < 2 or mask.shape[-1] != mask.shape[-2] or mask.shape[-1] < 3:
        return False
    one = mask.reshape(-1, *mask.shape[-2:])[0]
    return bool(torch.equal(one, torch.ones_like(one).tril()))


_SMALL = -1e3  # scores of a softmax are some tens; half precision ends at -65504, and -1e4 is written for it
