"""Where does a block bring its shortcut and its residual together?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from residua.check.evidence.flow import ACTIVATIONS, CLIPPED, NORMS, SAME, SCALINGS, Chain, Flow
from residua.record.tape import Convolution, Op


@dataclass(frozen=True)
class Join:
    """An addition of a shortcut (at most one weighted operation) and a residual that start from one value."""

    op: Op
    shortcut: Chain
    residual: Chain
    shortcut_value: int
    residual_value: int

    @cached_property
    def is_identity(self) -> bool:
        """True when the shortcut has no weighted operation."""
        return not self.shortcut.weighted


def find_joins(flow: Flow) -> list[Join]:
    """Return a stretch's residual additions that reach the output, in order."""
    sums = ((op, values) for op, values in flow.additions.items() if flow.shapes[op.outputs[0]])  # not of losses
    joins = (_join(flow, op, values) for op, values in sums if op in flow.live_ops)
    found = [join for join in joins if join is not None and not _is_put_back(flow, join)]
    return [join for join in found if not _is_part_of_a_step(flow, join)]


def _is_put_back(flow: Flow, join: Join) -> bool:
    """Tell a level that was taken off the input before, and is put back: `y = layer(x - last) + last`."""
    value = join.shortcut_value
    taken_off = [op for op in flow.users(value) if op.name in ("sub", "sub_") and op.inputs[1:2] == (value,)]
    taken_off = [op for op in taken_off if not _between(flow, value, op.inputs[0])]  # else a step: x + t · (f(x) − x)
    behind = flow.ancestors((join.residual_value,)) if taken_off else set()
    return any(not behind.isdisjoint(op.outputs) for op in taken_off)


def _is_part_of_a_step(flow: Flow, join: Join) -> bool:
    """Tell what is taken off the residual in `x + t * (f(x) - x)`, a highway in other words: x is added, not taken.

    So it is in `x + (q - x).detach()`, which gives back q and the gradient of x (Oord 2017).
    """
    if join.op.name not in ("sub", "sub_") or join.op.inputs[1:2] != (join.shortcut_value,):
        return False
    value, start, scaled = join.op.outputs[0], _behind_views(flow, join.shortcut_value), False
    while True:
        users = [op for op in flow.users(value) if op in flow.live_ops and op.outputs[0] != value]
        adding = [op for op in users if op.name in ("add", "add_")]
        back = [op for op in adding if start in (_behind_views(flow, each) for each in op.inputs)]
        if back:
            return scaled or value in back[0].cut  # else x would cancel out
        if len(users) != 1 or users[0].name not in SCALINGS | SAME:
            return False
        value, scaled = users[0].outputs[0], scaled or users[0].name in SCALINGS


def _behind_views(flow: Flow, value: int) -> int:
    maker = flow.maker(value)
    while maker is not None and maker.name in SAME and len(maker.inputs) == 1:
        value = maker.inputs[0]
        maker = flow.maker(value)
    return value


def _join(flow: Flow, op: Op, values: tuple[int, ...]) -> Join | None:
    best: tuple[tuple[int, ...], Join] | None = None
    for shortcut_value in values:
        chain = flow.chain(shortcut_value)
        for residual_value in values:
            if residual_value == shortcut_value:
                continue
            candidate = _shortened(flow, chain, shortcut_value, residual_value)
            if candidate is None:
                continue
            short, residual = candidate
            # x · gate(y) + y has the input on its other term; y only opens the gate
            gates_only = residual.origin in flow.inputs and residual.origin != short.origin
            cost = (int(gates_only), len(short.weighted), _kernel(short), len(short.ops))
            if best is None or cost < best[0]:
                best = (cost, Join(op, short, residual, shortcut_value, residual_value))
    return best[1] if best else None


def _shortened(flow: Flow, chain: Chain, value: int, other: int) -> tuple[Chain, Chain] | None:
    """Cut the shortcut's chain at the first value the other operand is computed from, by weighted operations."""
    ancestors = flow.ancestors((other,))
    met: list[Op] = []
    here, weights = value, 0
    for op in (*chain.ops, None):
        if here in ancestors and here != other and _between(flow, here, other):
            residual = flow.chain(other, frozenset({here}))
            short = Chain(tuple(met), here, flow)
            deeper = depth_between(flow, here, other)[1]
            return (short, residual) if deeper > weights or (deeper == weights == 1 and _kernel(short) == 1) else None
        if op is None:
            return None
        weights += op in flow.weighted
        if weights > 1:
            return None
        met.append(op)
        here = flow.carriers(op)[0]
    return None


def _between(flow: Flow, origin: int, value: int) -> bool:
    return depth_between(flow, origin, value)[1] > 0


def depth_between(flow: Flow, origin: int, value: int) -> tuple[int, int]:
    """Return the least and greatest number of weighted operations from `origin` to `value` (0, 0 when unrelated)."""
    part = flow if flow.inputs == (origin,) else flow.between(origin, value)
    if value not in part.from_input:
        return (0, 0)
    low, high = part.depth.get(value, (0, 0))
    if high == 0:
        behind = part.ancestors((value,))
        if any(op in part.weighted for op in part.ops if not behind.isdisjoint(op.outputs)):
            return (0, 1)  # only a gate is learned, as in x + x * attention(x)
    return (low, high)


def _kernel(chain: Chain) -> int:
    """Return the largest kernel side of the convolutions on a chain; 0 without any."""
    return max((op.side for op in chain.weighted), default=0)


def after(flow: Flow, join: Join) -> list[Op]:
    """Return the operations that follow a join one after another until the output or a branching."""
    value, met = join.op.outputs[0], []
    while value not in flow.outputs:
        users = [op for op in flow.users(value) if op in flow.live_ops and op.outputs[0] != value]
        if len(users) != 1:
            break
        met.append(users[0])
        value = users[0].outputs[0]
    return met


def is_relu(op: Op | None) -> bool:
    """Tell a ReLU or ReLU6, also one that is written as a hardtanh or a clamp from zero."""
    if op is None or op.name not in CLIPPED:
        return False
    low = {"hardtanh": "min_val", "clamp": "min"}.get(op.name.rstrip("_"))
    return low is None or op.arguments.get(low) == 0


def relu_follows(flow: Flow, join: Join) -> bool:
    """Tell whether the sum goes through a ReLU, with nothing but norms, scales and views before it."""
    for op in after(flow, join):
        if op.name in CLIPPED:
            return True
        if op.name not in SAME and op.name not in NORMS and op.name not in SCALINGS:
            return False
    return False


def style_of(flow: Flow, joins: list[Join]) -> str:
    """Name the style of a block by what is executed on its residual and after its last addition."""
    if not joins:
        return "no residual addition"
    join = joins[-1]
    steps = [op for op in reversed(join.residual.ops) if op.name not in SAME]
    weighted = join.residual.weighted
    kernels = [op.side for op in weighted]
    depthwise = any(isinstance(op, Convolution) and op.groups > 1 and op.depthwise for op in weighted)
    first = steps[0].name if steps else ""
    ends = any(op.name in ACTIVATIONS for op in after(flow, join))
    shape = "bottleneck" if len(kernels) == 3 and kernels[0] == 1 == kernels[-1] else "basic"
    if depthwise and shape == "bottleneck":
        return "inverted residual"
    if depthwise and kernels and kernels[0] > 1:
        return "depthwise residual"
    if first in NORMS or first in ACTIVATIONS:
        return f"pre-activation {shape}"
    if len(joins) > 1:
        return f"{len(joins)} residual additions"
    return f"post-activation {shape}" if ends else f"linear-output {shape}"


def read_by_layers_alone(flow: Flow, value: int) -> bool:
    """Tell what nothing but convolutions and products reads, by way of activations and norms: it is no output itself.

    So is the error of a back-projection, the input taken from what was made of it (Haris 2018).
    """
    fresh, seen = [value], {value}
    while fresh:
        own = fresh.pop()
        if own in flow.outputs:
            return False
        passed = (output for op in flow.users(own) if op not in flow.weighted for output in op.outputs)
        fresh += [output for output in passed if output not in seen]
        seen |= set(fresh)
    return True
