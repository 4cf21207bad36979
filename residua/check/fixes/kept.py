"""Which edits keep a module's modes, devices, states and parts in order? Candidates; none is yet tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from residua.check.fixes.names import inputs
from residua.check.fixes.page import Edit, Edits, Page, parameters, self_name


def batch_first(page: Page, line: int) -> Iterator[Edits]:
    """Attention or recurrence over the batch: `batch_first=True` where the layer is made."""
    for call in page.on(line, cst.Call):
        if re.search(r"(MultiheadAttention|LSTM|GRU|RNN|Transformer\w*Layer)$", page.code(call.func)) and call.args:
            last = page.span(call.args[-1].value)[1]
            yield (Edit(last, last, ", batch_first=True"),)


def mode_handed_on(page: Page, line: int) -> Iterator[Edits]:
    """An overridden train() hands its mode on, and returns the module."""
    function = page.function(line)
    mode = next(iter(parameters(function)), "")
    if function is None or function.name.value != "train":
        return
    calls = [call for call in page.inside(function, cst.Call) if page.code(call.func) == "super().train"]
    handed = [page.put(call, f"super().train({mode})") for call in calls if mode and not call.args]
    returns = [node for node in page.inside(function, cst.Return) if node.value is not None]
    statements = [each for each in function.body.body if isinstance(each, cst.SimpleStatementLine)]
    back = [page.line_after(statements[-1], "return self")] if statements and not returns else []
    yield tuple(handed)
    yield tuple(back)
    yield (*handed, *back)


def on_the_inputs_device(page: Page, line: int) -> Iterator[Edits]:
    """A device written into forward: that of the input, or none at all."""
    function = page.function(line)
    given = next(iter(parameters(function)), "x") if function is not None else "x"
    for call in page.on(line, cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "cuda":
            whole = page.span(call)[1]
            owner = page.code(call.func.value)
            yield (Edit(page.span(call.func.value)[1], whole, "" if owner == given else f".to({given}.device)"),)
            yield (Edit(page.span(call.func.value)[1], whole, ""),)
        for arg in call.args:
            if re.fullmatch(r"""(torch\.device\()?["']cuda(:\d)?["']\)?""", page.code(arg.value)):
                yield (page.put(arg.value, f"{given}.device"),)


def batch_of_the_input(page: Page, line: int) -> Iterator[Edits]:
    """A batch size written into the code: that of the input."""
    function = page.function(line)
    given = [*inputs(page, function, line), *parameters(function)[:1]] if function is not None else []
    for call in page.on(line, cst.Call) if given else ():
        for arg in call.args:
            first = arg.value.elements[0].value if isinstance(arg.value, (cst.Tuple, cst.List)) else arg.value
            number = isinstance(first, (cst.Integer, cst.Name, cst.Attribute)) and not page.code(first).startswith("-")
            if number and arg.keyword is None:
                yield (page.put(first, f"{given[0]}.shape[0]"),)


def filled(page: Page, line: int) -> Iterator[Edits]:
    """A parameter that nothing fills: small random numbers for a matrix, zeros for a vector."""
    for call in page.on(line, cst.Call):
        if re.fullmatch(r"torch\.(empty|Tensor|FloatTensor)", page.code(call.func)) and call.args:
            sizes = [page.code(arg).rstrip(", ") for arg in call.args]
            matrix = len(sizes) > 1 or sizes[0].startswith(("(", "["))
            zeros, small = f"torch.zeros({', '.join(sizes)})", f"torch.randn({', '.join(sizes)}) * 0.02"
            yield from ((page.put(call, text),) for text in ((small, zeros) if matrix else (zeros, small)))


def head_after_freezing(page: Page, line: int) -> Iterator[Edits]:
    """Everything is frozen, the new head too: it is made after the loop."""
    function, statement = page.function(line), page.statement(line)
    loop = page.above(statement, cst.For) if statement is not None else None
    if function is None or loop is None:
        return
    before = [n for n in page.inside(function, cst.Assign) if page.line_of(n) < page.line_of(loop)]
    for node in reversed([n for n in before if self_name(n.targets[0].target)]):
        row = page.parent(node)
        if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1:
            yield page.remove_line(row), page.line_after_block(loop, page.code(node))


def block_called_whole(page: Page, line: int) -> Iterator[Edits]:
    """`for layer in block.children(): x = layer(x)`: the block itself."""
    for loop in page.on(line, cst.For):
        parts = re.fullmatch(r"([\w.\[\]]+)\.(named_)?(children|modules)\(\)", page.code(loop.iter))
        rows = [n for n in page.inside(loop, cst.Assign) if isinstance(n.targets[0].target, cst.Name)]
        for node in rows[:1] if parts else ():
            assert parts is not None
            name = page.code(node.targets[0].target)
            yield (page.put(loop, f"{name} = {parts[1]}({name})"),)
    for call in page.on(line, cst.Call):
        if isinstance(call.func, cst.Attribute) and isinstance(call.func.value, cst.Name):
            yield (page.put(call.func, page.code(call.func.value)),)


def first_block_alone(page: Page, line: int) -> Iterator[Edits]:
    """Every block of a stage strides: only the first one, by the loop's own counter."""
    statement = page.statement(line)
    loop = page.above(statement, cst.For) if statement is not None else None
    counter = page.code(loop.target) if loop is not None and isinstance(loop.target, cst.Name) else ""
    counts = loop is not None and page.code(loop.iter).startswith("range(")
    for arg in page.on(line, cst.Arg) if counter and counts else ():
        if re.search("stride|^s$", page.code(arg.value)) and isinstance(page.parent(arg), cst.Call):
            value = page.code(arg.value)
            yield (page.put(arg.value, f"{value} if {counter} == 0 else 1"),)
            yield (page.put(arg.value, "1"),)
