"""Does a norm that is written out divide by the standard deviation of what it has centred?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import SAME, SCALINGS, Flow
from residua.check.rules.rule import Rule
from residua.record.tape import Op


@partial(
    Rule,
    code="R235",
    severity="warning",
    title="a norm that does not divide by the standard deviation",
    message=(
        "{target}: these values are multiplied by their own variance to the power of {power}, where a norm has -0.5: "
        "they come out with another scale than before, and not with that of 1"
    ),
    evidence="the factor is computed from the variance (or the mean square) of the values that it multiplies",
    fix="- {code}\n+ (x - mean) / torch.sqrt(var + eps)",
    source="Ioffe 2015 §3; Qiao 2019 §3",
    wrong="(w - mean) / torch.rsqrt(var + eps)",
    right="(w - mean) * torch.rsqrt(var + eps)",
    once=True,
)
def r235(evidence: Evidence) -> Iterator[Hit]:
    """Centred values are multiplied by their deviation, or divided by their variance."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        for op in flow.ops:
            power = _power(flow, op) if op.name in SCALINGS and len(op.inputs) == 2 else None
            if power is not None and abs(power + 0.5) > _ROUNDING:
                yield evidence.hit("R235", evidence.line_of(op), trial, power=f"{power:+g}")


_ROUNDING = 1e-3
_DIVIDED = ("div", "div_")
_MOST_STEPS = 12  # an epsilon, a clamp, a number of inputs, a gain and views lie between a variance and its use


def _power(flow: Flow, op: Op) -> float | None:
    """Return to which power a product multiplies values by their own variance; None where it is no norm.

    Values that are not centred may grow with their size, as in the response norm of ConvNeXt V2 (Woo 2023); there only
    a quotient by `rsqrt` is none that anybody means.
    """
    divides = op.name in _DIVIDED
    for data, factor in [op.inputs] if divides else itertools.permutations(op.inputs):
        spread = _spread(flow, factor)
        own = _centred(flow, data)
        if spread is None:
            continue
        power, of = spread[0], (_centred(flow, spread[1]) or spread[1:])[0]
        twice = divides and _is_made_by(flow, factor, "rsqrt") and of == _bare(flow, data)
        if own[:1] == (of,) or twice:
            return -power if divides else power
    return None


def _spread(flow: Flow, value: int) -> tuple[float, int] | None:
    """Return to which power a value has the variance, or the mean square, of another one, and which that is."""
    power = 1.0
    for _ in range(_MOST_STEPS):
        op = flow.maker(value)
        if op is None or not op.inputs:
            return None
        own = _STATISTICS.get(op.name)
        if own is not None and value == op.outputs[0]:
            return power * own, _bare(flow, op.inputs[0])
        if op.name in ("mean", "sum"):
            square = _squared(flow, op.inputs[0])
            return (power, square) if square is not None else None
        step = _step(flow, op)
        if step is None:
            return None
        power, value = power * step[0], step[1]
    return None


# The variance that each of torch's own gives, and the deviation.
_STATISTICS = {"var": 1.0, "var_mean": 1.0, "std": 0.5, "std_mean": 0.5, "linalg_vector_norm": 0.5}
_ROOTS = {"sqrt": 0.5, "sqrt_": 0.5, "rsqrt": -0.5, "rsqrt_": -0.5, "reciprocal": -1.0}
_KEEP = SAME - {"neg"} | {"add", "add_", "clamp", "clamp_", "clamp_min", "clamp_min_", "maximum"}


def _step(flow: Flow, op: Op) -> tuple[float, int] | None:
    """Return the power that an operation raises its first input to, up to a constant, and that input."""
    if op.name in _ROOTS:
        return _ROOTS[op.name], op.inputs[0]
    if op.name == "pow" and isinstance(op.arguments.get("exponent"), (int, float)):
        return float(op.arguments["exponent"]), op.inputs[0]
    one = op.inputs if len(op.inputs) == 1 else [each for each in op.inputs if not _is_constant(flow, each)]
    if len(one) != 1 or op.name not in _KEEP | SCALINGS:
        return None
    under = op.name in _DIVIDED and len(op.inputs) == 2 and one[0] == op.inputs[1]
    return (-1.0 if under else 1.0), one[0]


def _is_constant(flow: Flow, value: int) -> bool:
    """Tell a parameter, a buffer or a number from what was computed."""
    bare = _bare(flow, value)
    return flow.maker(bare) is None and bare not in flow.inputs


def _squared(flow: Flow, value: int) -> int | None:
    """Return v of v², written as a power or as a product."""
    op = flow.maker(value)
    if op is None:
        return None
    bare = [_bare(flow, each) for each in op.inputs]
    squares = (op.name == "pow" and op.arguments.get("exponent") == 2) or (
        op.name == "mul" and len(set(bare)) == 1 < len(bare)
    )
    return bare[0] if squares else None


def _centred(flow: Flow, value: int) -> tuple[int, ...]:
    """Return v and v - mean(v) where a value is that, times constants perhaps; else nothing."""
    op = flow.maker(_bare(flow, value))
    for _ in range(_MOST_STEPS):
        if op is None or op.name not in SCALINGS:
            break
        rest = [each for each in op.inputs if not _is_constant(flow, each)]
        under = op.name in _DIVIDED and rest[:1] != [op.inputs[0]]
        op = flow.maker(_bare(flow, rest[0])) if len(rest) == 1 and not under else None
    if op is None or op.name not in ("sub", "sub_") or len(op.inputs) != 2:
        return ()
    values, mean = _bare(flow, op.inputs[0]), flow.maker(_bare(flow, op.inputs[1]))
    averaged = mean is not None and mean.name in _MEANS and _bare(flow, mean.inputs[0]) == values
    return (values, op.outputs[0]) if averaged else ()


_MEANS = ("mean", "var_mean", "std_mean")


def _is_made_by(flow: Flow, value: int, name: str) -> bool:
    op = flow.maker(_bare(flow, value))
    return op is not None and op.name == name


def _bare(flow: Flow, value: int) -> int:
    """Return the value of which `value` is only a view, or a copy of another type."""
    op = flow.maker(value)
    while op is not None and op.name in SAME - {"neg"} and op.inputs:
        value = op.inputs[0]
        op = flow.maker(value)
    return value
