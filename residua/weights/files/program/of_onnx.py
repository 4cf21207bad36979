"""What does an ONNX graph compute between its first and its last layer, and how do its kernels and pools move?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from residua.pickles.stored import Stored
from residua.weights.files.program.shown import Program, Window

OF_MAPS = {"Sub": "Subtract", "Max": "Maximum", "Min": "Minimum", "Mean": "Average"}  # of two maps
OF_NUMBERS = {"Mul": "factor", "Div": "factor", "Pow": "power", "Add": "shift", "Sub": "shift"}  # of a map and a weight
SIZES = ("Shape", "Size")  # give no values of maps


class Graph:
    """An ONNX graph with what is known of its names.

    constants: what is stored or constant. paths: of the layers with weights, by the numbers of their nodes. used: the
    names of these weights.
    """

    def __init__(
        self, graph: Any, constants: Mapping[str, Stored], paths: Mapping[int, str], used: frozenset[str]
    ) -> None:
        self.nodes, self.constants, self.paths, self.used = list(graph.node), constants, paths, used
        self.maker = {name: node for node in self.nodes for name in node.output}
        self.computed = {value.name for value in graph.input} - set(constants)  # what follows from the graph's input
        for node in self.nodes:
            if node.op_type not in SIZES and any(name in self.computed for name in node.input):
                self.computed.update(node.output)

    def program(self) -> Program:
        """Return what the graph shows beside its tensors."""
        padded = any(node.op_type == "Pad" and self._pads_maps(node) for node in self.nodes)
        windows, operations = {}, {}
        first, last = min(self.paths, default=0), max(self.paths, default=0)
        for number, node in enumerate(self.nodes):
            place = self.paths.get(number, node.name or f"{node.op_type} {number}")
            if node.op_type == "MaxPool" or (node.op_type == "Conv" and number in self.paths):
                windows[place] = _window(node, padded)
            elif first < number < last and number not in self.paths and (kind := self._operation(node)):
                operations[place] = kind
        return Program(windows, operations, whole=True)

    def _operation(self, node: Any) -> str:
        """Return what a node computes that a network of ours may not, "" for what all of them do."""
        maps = [name for name in node.input if name in self.computed]
        if not maps:
            return ""
        if node.op_type == "Clip":
            return "relu6" if self._largest(node) < math.inf else ""
        if node.op_type == "AveragePool":
            return "" if self._before_projection(node) else "average pool"
        if node.op_type in (*OF_MAPS, *OF_NUMBERS, "Sum"):
            return self._arithmetic(node, maps)
        return str(node.op_type)

    def _arithmetic(self, node: Any, maps: list[str]) -> str:
        if len(maps) > 1 and node.op_type == "Mul":
            gates = [made.input[0] for name in maps if (made := self.maker.get(name)) and made.op_type == "Sigmoid"]
            return "product" if not gates else "SiLU" if set(gates) & set(maps) else ""
        if len(maps) > 1:
            return OF_MAPS.get(node.op_type, "")
        bias = any(name in self.used for name in node.input)
        return "" if bias else OF_NUMBERS.get(node.op_type, "")

    def _before_projection(self, node: Any) -> bool:
        """Return whether what a pool gives goes to a 1×1 convolution, as in option D, or to no convolution any more."""
        following = [other for other in self.nodes if set(node.output) & set(other.input)]
        behind = self.nodes[self.nodes.index(node) :]
        return any(_sides(other) == (1, 1) for other in following) or not any(one.op_type == "Conv" for one in behind)

    def _largest(self, node: Any) -> float:
        """Return the upper bound of a Clip."""
        stated = [attribute.f for attribute in node.attribute if attribute.name == "max"]
        held = self.constants.get(node.input[2]) if len(node.input) > 2 else None
        stated += [] if held is None else [float(held.array().reshape(-1)[0])]
        return min(stated, default=math.inf)

    def _pads_maps(self, node: Any) -> bool:
        """Return whether a Pad adds rows or columns, or may; option A's adds channels."""
        stated = next((list(one.ints) for one in node.attribute if one.name == "pads"), None)
        held = self.constants.get(node.input[1]) if len(node.input) > 1 else None
        pads = stated or ([int(count) for count in held.array()] if held is not None else [])
        return len(pads) != 8 or any(pads[axis] for axis in (2, 3, 6, 7))


def _window(node: Any, padded: bool) -> Window:
    """Return how a kernel or a pool moves; padded: other nodes pad, so that its own padding is not all."""
    values = {attribute.name: attribute for attribute in node.attribute}

    def pair(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(values[name].ints) if name in values else default

    pads = pair("pads", (0, 0, 0, 0))
    word = values["auto_pad"].s.decode() if "auto_pad" in values else "NOTSET"
    even = word in ("NOTSET", "VALID") and pads[:2] == pads[2:] and not padded
    ceil = "ceil_mode" in values and values["ceil_mode"].i == 1
    kernel = _sides(node)
    return Window(kernel, pair("strides", (1, 1)), pads[:2] if even else None, pair("dilations", (1, 1)), ceil=ceil)


def _sides(node: Any) -> tuple[int, ...]:
    """Return (height, width) of a kernel, () where the node does not say it."""
    return next((tuple(one.ints) for one in node.attribute if one.name == "kernel_shape"), ())
