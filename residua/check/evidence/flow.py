"""Which of the executed values come from the input, by which routes, and which of them reach the output?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from residua.record.tape import CONVOLUTIONS, Arg, Call, Convolution, Op, Tape

CONVS = CONVOLUTIONS
FUSED_ATTENTION = "_native_multi_head_attention"  # what nn.MultiheadAttention runs in eval mode
FUSED_LAYER = "_transformer_encoder_layer_fwd"  # the same of nn.TransformerEncoderLayer
PRODUCTS = frozenset({"addmm", "mm", "bmm", "baddbmm", "linear", "matmul", "mv", "addmv", FUSED_ATTENTION})
RECURRENT = frozenset({"mkldnn_rnn_layer", "_cudnn_rnn", "miopen_rnn"})  # a whole LSTM or GRU as one operation
NORMS = frozenset(
    {
        "native_batch_norm", "native_group_norm", "native_layer_norm", "_native_batch_norm_legit", "batch_norm",
        "cudnn_batch_norm", "native_batch_norm_legit", "_native_batch_norm_legit_functional", "rms_norm",
        "_fused_rms_norm", "_batch_norm_with_update", "_native_batch_norm_legit_no_training",
        "_batch_norm_no_update", "local_response_norm", "group_norm", "layer_norm",
    }
)  # fmt: skip
CLIPPED = frozenset(
    {"relu", "relu_", "hardtanh", "hardtanh_", "clamp_min", "clamp_min_", "threshold", "clamp", "clamp_"}
)
ACTIVATIONS = CLIPPED | frozenset(
    {
        "leaky_relu", "leaky_relu_", "elu", "elu_", "gelu", "silu", "silu_", "mish", "mish_", "hardswish", "hardswish_",
        "_prelu_kernel", "prelu", "softplus", "tanh", "tanh_", "celu", "selu", "rrelu_with_noise", "log_sigmoid",
        "rrelu_with_noise_functional", "leaky_relu_functional", "gelu_",
    }
)  # fmt: skip
GATES = frozenset({"sigmoid", "sigmoid_", "hardsigmoid", "hardsigmoid_", "_softmax", "softmax", "tanh", "tanh_"})
ADDS = frozenset({"add", "add_", "sub", "sub_", "rsub", "addcmul", "addcmul_", "lerp", "lerp_", "addcdiv"})
POOLS = frozenset({"avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool2d_with_indices", "max_pool3d_with_indices",
                   "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "mean", "amax", "max_pool2d"})  # fmt: skip
SAME = frozenset(
    {
        "view", "_unsafe_view", "reshape", "alias", "detach", "clone", "contiguous", "permute", "transpose", "expand",
        "t", "squeeze", "unsqueeze", "copy_", "_to_copy", "lift_fresh", "view_as", "as_strided", "resize_", "neg",
    }
)  # fmt: skip
SCALINGS = frozenset({"mul", "mul_", "div", "div_"})
RANDOM = frozenset({"bernoulli", "bernoulli_", "rand", "rand_like", "uniform_", "native_dropout"})
ATTENTION = "_scaled_dot_product"
PARTS = frozenset(
    {"slice", "select", "split", "chunk", "split_with_sizes", "cat", "unbind", "stack", "repeat", "index", "narrow",
     "upsample_bilinear2d", "upsample_nearest2d", "pow"}
)  # fmt: skip


@dataclass
class Flow:
    """One stretch of a tape seen from its inputs: routes, counts of weighted operations, what is alive."""

    tape: Tape
    start: int
    end: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    _gates: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def of_call(cls, tape: Tape, call: Call) -> Flow:
        """Return the flow inside one module call."""
        return cls(tape, call.start, call.end, call.inputs[:1], call.outputs)

    @cached_property
    def ops(self) -> list[Op]:
        """The operations of this stretch, in order."""
        return self.tape.ops[self.start : self.end]

    @cached_property
    def shapes(self) -> dict[int, tuple[int, ...]]:
        """The shape of each value."""
        return self.tape.shape

    @cached_property
    def live(self) -> set[int]:
        """Values from which an output is computed."""
        return self.ancestors(self.outputs)

    @cached_property
    def live_ops(self) -> frozenset[Op]:
        """The operations from whose result an output is computed."""
        return frozenset(op for op in self.ops if not self.live.isdisjoint(set(op.outputs) - set(op.inputs)))

    @cached_property
    def weighted(self) -> frozenset[Op]:
        """The operations that multiply data of the input with learned weights across channels."""
        return frozenset(op for op in self.ops if self._is_weighted(op))

    @cached_property
    def additions(self) -> dict[Op, tuple[int, ...]]:
        """For each addition-like operation, those of its operands that come from the input, if there are several."""
        found = ((op, self._operands(op)) for op in self.ops)
        return {op: values for op, values in found if len(values) > 1}

    @cached_property
    def from_input(self) -> set[int]:
        """Values that depend on the first input."""
        return self._reached(set(self.inputs))

    @cached_property
    def from_weights(self) -> set[int]:
        """Values that depend on parameters, but not on the input."""
        return self._behind_weights - self.from_input

    @cached_property
    def _behind_weights(self) -> set[int]:
        return self._reached({value for value, name in self.tape.leaf.items() if name.startswith("param")})

    def between(self, origin: int, value: int) -> Flow:
        """Return the stretch from one value to another, seen from the first; of a deep network that is a small part."""
        made, read = (self.tape.producer.get(each, -1) for each in (origin, value))
        start = made + 1 if self.start <= made < self.end else self.start
        end = read + 1 if start <= read < self.end else self.end
        part = Flow(self.tape, start, end, (origin,), self.outputs)
        part.__dict__["_behind_weights"] = self._behind_weights
        return part

    @cached_property
    def depth(self) -> dict[int, tuple[int, int]]:
        """For every value from the input: the least and the greatest number of weighted operations on its routes."""
        self.__dict__["depth"] = found = dict.fromkeys(self.inputs, (0, 0))  # carriers() asks for what is known so far
        for op in self.ops:
            sources = [found[value] for value in self.carriers(op) if value in found]
            if not sources:
                continue
            extra = int(op in self.weighted)
            reach = (min(low for low, _ in sources) + extra, max(high for _, high in sources) + extra)
            made = [value for value in op.outputs if value not in self.inputs and value not in op.inputs]
            found.update(dict.fromkeys(made, reach))
        return found

    def maker(self, value: int) -> Op | None:
        """Return the operation of this stretch that computed `value`; None for inputs and leaves."""
        index = self.tape.producer.get(value)
        if index is None or not self.start <= index < self.end or value in self.inputs:
            return None
        return self.tape.ops[index]

    def users(self, value: int) -> Iterator[Op]:
        """Yield the operations of this stretch that read `value`."""
        return (op for op in self.ops if value in op.inputs)

    def last_computed_from(self, op: Op) -> Op:
        """Follow an operation's result from one use to the last one of it, and so on, to its end."""
        value, last = op.outputs[0], op
        while True:
            later = (user for user in self.ops if value in user.inputs and user.index > last.index)
            users = [user for user in later if user.outputs and user.outputs[0] != value]
            if not users:
                return last
            last, value = users[-1], users[-1].outputs[0]

    def ancestors(self, values: tuple[int, ...]) -> set[int]:
        """Return `values` and every value of this stretch from which they are computed."""
        seen: set[int] = set()
        todo = list(values)
        while todo:
            value = todo.pop()
            if value in seen:
                continue
            seen.add(value)
            op = self.maker(value)
            if op is not None:
                todo.extend(op.inputs)
        return seen

    def data(self, op: Op) -> int:
        """Return the value that a convolution or product transforms."""
        if isinstance(op, Convolution):
            return op.data
        ours = [value for value in op.inputs if value in self.from_input]
        return ours[-1] if ours else op.inputs[0]

    def weight_of(self, op: Op) -> int | None:
        """Return the value of the weights that `op` uses."""
        if isinstance(op, Convolution):
            return op.weight
        ours = [value for value in op.inputs if value in self.from_weights and len(self.shapes[value]) >= 2]
        return ours[0] if ours else None

    def carriers(self, op: Op) -> tuple[int, ...]:
        """Return those inputs whose content `op` passes on: gates, weights and pooled statistics are left out."""
        ours = tuple(dict.fromkeys(value for value in op.inputs if value in self.from_input))
        if len(ours) <= 1:
            return ours
        if isinstance(op, Convolution):
            return (op.data,) if op.data in ours else ours
        if op.name in ("bmm", "baddbmm", "matmul", FUSED_ATTENTION) or op.name.startswith(ATTENTION):
            return (ours[-1],)
        if op.name in ("native_batch_norm", "native_layer_norm", "native_group_norm"):
            return ours[:1]
        if op.name in SCALINGS or op.name in ("addcmul", "addcmul_"):
            return self._of_product(op, ours)
        return self._largest(ours) if op.name in ADDS and not self._are_equal_in_rank(ours) else ours

    def _are_equal_in_rank(self, values: tuple[int, ...]) -> bool:
        """Tell whether the values have the same shape, or one of them took a weighted operation to compute."""
        one_shape = len({self.shapes[value] for value in values}) == 1
        return one_shape or any(self.depth.get(value, (0, 0))[1] for value in values)

    def is_gate(self, value: int) -> bool:
        """Tell whether `value` is a gate: bounded by sigmoid, softmax and the like, then only reshaped or shifted."""
        if value not in self._gates:
            self._gates[value] = False
            self._gates[value] = self._find_gate(value)
        return self._gates[value]

    def _find_gate(self, value: int) -> bool:
        op = self.maker(value)
        if op is None:
            return False
        if op.name in GATES:
            return True
        ours = [value for value in op.inputs if value in self.from_input]
        passing = op.name in SAME | SCALINGS | ADDS | POOLS | PARTS
        return passing and bool(ours) and all(self.is_gate(value) for value in ours)

    def drops(self, op: Op) -> bool:
        """Tell an operation that multiplies by a mask drawn at random: a dropout."""
        drawn = {value for other in self.ops if other.name in RANDOM for value in other.outputs}
        masks = tuple(value for value in op.inputs if value not in self.carriers(op))
        return op.name == "native_dropout" or (op.name in SCALINGS and bool(drawn & self.ancestors(masks)))

    def chain(self, value: int, stop: frozenset[int] = frozenset()) -> Chain:
        """Walk back from `value` while there is one carrier; return the operations met and the value where it ends."""
        met: list[Op] = []
        while value not in self.inputs and value not in stop:
            op = self.maker(value)
            if op is None:
                break
            sources = self.carriers(op) if op.name != "cat" else self._beside_zeros(op)
            if len(sources) != 1:
                break
            met.append(op)
            value = sources[0]
        return Chain(tuple(met), value, self)

    def _beside_zeros(self, joined: Op) -> tuple[int, ...]:
        """Return what a concatenation pads with channels of zeros, as the option-A shortcut does; else nothing."""
        filled = tuple(value for value in joined.inputs if bool(self.tape.tensor[value].detach().any()))
        return filled if len(filled) == 1 < len(joined.inputs) and filled[0] in self.from_input else ()

    def _largest(self, values: tuple[int, ...]) -> tuple[int, ...]:
        sizes = [math.prod(self.shapes[value]) for value in values]
        return tuple(value for value, size in zip(values, sizes, strict=True) if size == max(sizes))

    def _of_product(self, op: Op, ours: tuple[int, ...]) -> tuple[int, ...]:
        big = self._largest(ours)
        plain = tuple(value for value in big if not self.is_gate(value))
        if len(plain) == 1:
            return plain
        if op.name.startswith("addcmul"):
            return ours[:1]
        deepest = max(self.depth.get(value, (0, 0)) for value in big)
        return tuple(value for value in big if self.depth.get(value, (0, 0)) == deepest)[:1]

    def _reached(self, values: set[int]) -> set[int]:
        for op in self.ops:
            if any(value in values for value in op.inputs):
                values.update(op.outputs)
        return values

    def _is_weighted(self, op: Op) -> bool:
        if isinstance(op, Convolution):
            learned = op.weight in self.from_weights or op.weight in self.from_input
            return op.data in self.from_input and learned
        if op.name not in PRODUCTS | RECURRENT or self.from_input.isdisjoint(op.inputs):
            return False
        return any(value in self.from_weights and len(self.shapes[value]) >= 2 for value in op.inputs)

    def _operands(self, op: Op) -> tuple[int, ...]:
        """Return the values of the input that an addition-like operation brings together."""
        ours = [value for value in op.inputs if value in self.from_input]
        if op.name in ("addcmul", "addcmul_"):
            start, factors = op.inputs[0], [value for value in op.inputs[1:] if value in self.from_input]
            return (start, factors[0]) if factors and start in self.from_input else ()
        if op.name in ADDS:
            return tuple(ours[:2])
        maker = self.maker(op.inputs[0]) if op.name in ("sum", "mean") and op.inputs else None
        if maker is None or not self._is_sum_of_pieces(op, maker):
            return ()
        views = [self._unwrapped(value) for value in maker.inputs]
        return tuple(value for value in views if value in self.from_input)

    def _is_sum_of_pieces(self, op: Op, joined: Op) -> bool:
        """Tell a sum along the one axis on which tensors were stacked; pooling over concatenated channels is none."""
        if joined.name not in ("stack", "cat"):
            return False
        rank = len(self.shapes[joined.outputs[0]])
        summed = op.arguments.get("dim")
        axes = {axis % rank for axis in (summed if isinstance(summed, tuple) else (summed,)) if axis is not None}
        axis = joined.arguments.get("dim", 0) % rank
        pieces = len(joined.inputs) if joined.name == "cat" else self.shapes[joined.outputs[0]][axis]
        return axes == {axis} and self.shapes[joined.outputs[0]][axis] == pieces

    def _unwrapped(self, value: int) -> int:
        maker = self.maker(value)
        return maker.inputs[0] if maker is not None and maker.name == "unsqueeze" else value


@dataclass(frozen=True)
class Chain:
    """Operations one after another, the last first, back to the value they start from."""

    ops: tuple[Op, ...]
    origin: int
    flow: Flow

    @cached_property
    def weighted(self) -> tuple[Op, ...]:
        """Convolutions and products, in order of execution."""
        return tuple(op for op in reversed(self.ops) if op in self.flow.weighted)

    @cached_property
    def values(self) -> frozenset[int]:
        """Every value on the way, the origin included."""
        return frozenset(value for op in self.ops for value in op.outputs) | {self.origin}

    @cached_property
    def last(self) -> Op | None:
        """The latest operation that is not a mere change of view."""
        return next((op for op in self.ops if op.name not in SAME), None)

    @cached_property
    def norms(self) -> tuple[Op, ...]:
        """Normalisations on the way."""
        return tuple(op for op in self.ops if op.name in NORMS)

    @cached_property
    def coefficient(self) -> float:
        """The product of the constants and learned scalars by which the way multiplies."""
        product = 1.0
        for op in self.ops:
            if op.name in SCALINGS:
                product = _scaled(product, op, self.flow)
        return product


def _scaled(product: float, op: Op, flow: Flow) -> float:
    given = op.arguments.values()
    other: Any = next((each for each in given if not (isinstance(each, Arg) and each.value in flow.from_input)), None)
    if isinstance(other, Arg):
        if other.value not in flow.tape.leaf and other.value not in flow.from_weights:
            return product
        tensor = flow.tape.tensor[other.value]
        if other.value not in flow.from_weights and tensor.numel() > 1:
            return product  # a dropout mask, or stochastic depth
        factor = float(tensor.detach().double().mean())
    elif isinstance(other, (int, float)) and not isinstance(other, bool):
        factor = float(other)
    else:
        return product
    if op.name.startswith("div"):
        return product / factor if factor else product
    return product * factor
