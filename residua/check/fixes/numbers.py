"""Which edits mend a number, an axis or a shape in a line? Candidates, the likeliest first; none is yet tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from residua.check.fixes.in_forward import another_axis
from residua.check.fixes.names import assignments, inputs, layers
from residua.check.fixes.page import Edits, Page, self_name


def option_a(page: Page, line: int) -> Iterator[Edits]:
    """A shortcut of zeros: the channels are padded, not the columns, and both sides are strided."""
    for call in page.on(line, cst.Call):
        pads = call.args[1].value if len(call.args) > 1 and page.code(call.func).endswith("pad") else None
        if isinstance(pads, (cst.Tuple, cst.List)):
            parts = [page.code(each.value) for each in pads.elements]
            pair = [part for part in parts if part != "0"]
            if len(pair) == 2:
                yield (page.put(pads, f"(0, 0, 0, 0, {pair[0]}, {pair[1]})"),)
    for read in page.on(line, cst.Subscript):
        sides = [page.code(each) for each in read.slice]
        if len(sides) == 3 and sides[2].strip(", ").startswith("::"):
            side = sides[2].strip(", ")
            yield (page.put(read.slice[2], f"{side}, {side}"),)


def no_pad_twice(page: Page, line: int) -> Iterator[Edits]:
    """A layer that pads, before convolutions that pad too."""
    owner = page.owner(line)
    if owner is None or not re.search(r"Pad[123]d\(", page.code(owner)):
        return
    edits = [
        page.put(arg.value, "0")
        for call in page.inside(owner, cst.Call)
        for arg in call.args
        if arg.keyword is not None and arg.keyword.value == "padding" and "Conv" in page.code(call.func)
    ]
    yield from ((edit,) for edit in edits)
    yield tuple(edits)


def scale_the_residual(page: Page, line: int) -> Iterator[Edits]:
    """`alpha * x + f(x)`: the factor belongs to the residual."""
    function = page.function(line)
    given = inputs(page, function, line) if function is not None else []
    yield from _other_half(page, line)
    for sum_ in page.on(line, cst.BinaryOperation):
        for scaled, other in ((sum_.left, sum_.right), (sum_.right, sum_.left)):
            if isinstance(scaled, cst.BinaryOperation) and isinstance(scaled.operator, cst.Multiply):
                for kept, factor in ((scaled.right, scaled.left), (scaled.left, scaled.right)):
                    if page.code(kept) in given:
                        yield (page.put(sum_, f"{page.code(kept)} + {page.code(factor)} * {page.code(other)}"),)


def _other_half(page: Page, line: int) -> Iterator[Edits]:
    """`t * h + t * x`: a gate that carries takes what it leaves, `(1 - t) * x`."""
    for sum_ in page.on(line, cst.BinaryOperation):
        products = [side for side in (sum_.right, sum_.left) if isinstance(side, cst.BinaryOperation)]
        if isinstance(sum_.operator, cst.Add) and len(products) == 2:
            for carried, other in (products, reversed(products)):
                gates = {page.code(other.left), page.code(other.right)}
                both = [each for each in (carried.left, carried.right) if page.code(each) in gates]
                if isinstance(carried.operator, cst.Multiply) and isinstance(other.operator, cst.Multiply):
                    yield from ((page.put(gate, f"(1 - {page.code(gate)})"),) for gate in both)


def scale_of_maps(page: Page, line: int) -> Iterator[Edits]:
    """A factor a channel that does not fit maps: `torch.ones(dim)` becomes `torch.ones(dim, 1, 1)`."""
    made = layers(page, page.owner(line))
    for read in page.on(line, cst.Attribute):
        node = made.get(self_name(read))
        for call in page.inside(node.value, cst.Call) if node is not None else ():
            if re.search(r"torch\.(ones|zeros|rand|randn|empty)$", page.code(call.func)) and len(call.args) == 1:
                yield (page.put(call.args[0].value, f"{page.code(call.args[0].value)}, 1, 1"),)


def axis_before(page: Page, line: int) -> Iterator[Edits]:
    """What does not fit was split, or joined, over the batch in a line before."""
    function = page.function(line)
    for made in assignments(page, function) if function is not None else []:
        for call in page.inside(made.value, cst.Call) if made.line < line else ():
            yield from _over_channels(page, call)
    yield from another_axis(page, line)
    for node in page.inside(function, cst.Call) if function is not None else []:
        yield from _over_channels(page, node)


def _over_channels(page: Page, call: cst.Call) -> Iterator[Edits]:
    if re.search(r"(chunk|split|cat|concat)$", page.code(call.func)):
        for arg in call.args:
            if arg.keyword is not None and arg.keyword.value == "dim" and page.code(arg.value) == "0":
                yield (page.put(arg.value, "1"),)


def one_zero_less(page: Page, line: int) -> Iterator[Edits]:
    """Two factors that both start at zero never learn: the one that multiplies starts at one."""
    for node in layers(page, page.owner(line)).values():
        for call in page.inside(node.value, cst.Call):
            name = self_name(node.targets[0].target)
            scaled = re.search(rf"\* self\.{name}\b|self\.{name} \*", page.text)
            if page.code(call.func) == "torch.zeros" and scaled:
                yield (page.put(call.func, "torch.ones"),)
