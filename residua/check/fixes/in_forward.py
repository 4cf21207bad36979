"""Which edits of a line in forward can mend a finding there? Candidates, the likeliest first; none is yet tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from residua.check.fixes.names import assignments, idle_layers, inputs, is_shortcut, layers, reads, unread
from residua.check.fixes.page import Edit, Edits, Page, parameters, self_name

_ACTIVATION = re.compile(r"(relu|act|elu|silu|swish|mish|tanh|sigmoid|nonlin)\w*$", re.I)


def assign_result(page: Page, line: int) -> Iterator[Edits]:
    """A result that nobody takes: `self.relu(out)` becomes `out = self.relu(out)`; or what follows reads it."""
    for statement in page.on(line, cst.Expr):
        for name in _subject(statement.value):
            yield (page.put(statement, f"{name} = {page.code(statement.value)}"),)
    yield from read_it_after(page, line)


def _subject(value: cst.BaseExpression) -> list[str]:
    """Return the local name that a result would take the place of: the receiver, the first argument or an operand."""
    if isinstance(value, cst.Call):
        if isinstance(value.func, cst.Attribute) and isinstance(value.func.value, cst.Name):
            receiver = value.func.value.value
            if receiver not in ("F", "torch", "self", "nn"):
                return [receiver]
        return [value.args[0].value.value] if value.args and isinstance(value.args[0].value, cst.Name) else []
    if isinstance(value, cst.BinaryOperation):
        return [each.value for each in (value.left, value.right) if isinstance(each, cst.Name)]
    return []


def read_it_after(page: Page, line: int) -> Iterator[Edits]:
    """A name that nobody reads: in a loop it is carried on, else the next reader of its origin reads it."""
    function = page.function(line)
    if function is None:
        return
    idle = unread(page, function)
    here = [a for a in assignments(page, function) if a.line == line]
    for made in [*(a for a in assignments(page, function) if a.line > line and a.name in idle), *here]:
        loop = page.above(made.statement, cst.For)
        origins = [name for name in reads(page, made.value) if name.value != made.name]
        for origin in origins if loop is not None else ():
            assert loop is not None
            before = any(a.name == made.name and a.line < page.line_of(loop) for a in assignments(page, function))
            start = () if before else (page.line_before(loop, f"{made.name} = {origin.value}"),)
            yield (*start, page.put(origin, made.name))
        for origin in origins if loop is None else ():
            later = [n for n in reads(page, function, origin.value) if page.line_of(n) > made.line]
            if later:
                yield tuple(page.put(n, made.name) for n in later[:1])


def read_the_last(page: Page, line: int) -> Iterator[Edits]:
    """A layer that reads the block's input reads what the line before made of it."""
    function = page.function(line)
    statement = page.statement(line)
    if function is None or statement is None:
        return
    for loop in [page.above(statement, cst.For)]:
        if loop is not None:
            yield from read_it_after(page, line)
    given = inputs(page, function, line)
    made = [a for a in assignments(page, function) if a.line < line and a.name not in given]
    for last in list(reversed(made))[:2]:
        taken = [n for n in reads(page, statement) if n.value in given]
        every = tuple(page.put(n, last.name) for n in taken)
        is_sum = isinstance(last.value, cst.BinaryOperation) and isinstance(last.value.operator, cst.Add)
        if is_sum:  # a finished residual: all that follows is built on it
            yield every
        for name in reversed(taken):
            yield (page.put(name, last.name),)


def return_the_sum(page: Page, line: int) -> Iterator[Edits]:
    """A sum that nobody reads: the line reads it in the place of what it was made of."""
    function, statement = page.function(line), page.statement(line)
    if function is None or statement is None:
        return
    idle = unread(page, function)
    for made in reversed(assignments(page, function)):
        if made.name in idle and isinstance(made.value, cst.BinaryOperation):
            parts = {name.value for name in reads(page, made.value)}
            yield from ((page.put(name, made.name),) for name in reads(page, statement) if name.value in parts)


def add_the_shortcut(page: Page, line: int) -> Iterator[Edits]:
    """A sum of one value with itself, or of none: the other operand is what was prepared and never read."""
    function = page.function(line)
    statement = page.statement(line)
    if function is None or statement is None:
        return
    others = _shortcuts(page, function, line)
    for node in page.on(line, cst.AugAssign):
        target = page.code(node.target)
        if isinstance(node.operator, cst.MultiplyAssign):
            yield (page.put(node, f"{target} += {page.code(node.value)}"),)
        for other in others:
            if page.code(node.value) == target and other != target:
                yield (page.put(node.value, other),)
    for sum_ in page.on(line, cst.BinaryOperation):
        sides = [page.code(side) for side in (sum_.left, sum_.right)]
        kept = any(is_shortcut(side) or side in inputs(page, function, line) for side in sides)
        if isinstance(sum_.operator, cst.Multiply) and kept:
            yield (page.put(sum_, f"{page.code(sum_.left)} + {page.code(sum_.right)}"),)
        if isinstance(sum_.operator, cst.Add):
            parts = [part for part in (sum_.right, sum_.left) if isinstance(part, cst.Name)]
            known = {page.code(sum_.left), page.code(sum_.right)}
            yield from ((page.put(part, other),) for other in others if other not in known for part in parts[:1])
            for name in reversed(reads(page, sum_.right)) if isinstance(sum_.right, cst.BinaryOperation) else ():
                yield from ((page.put(name, x),) for x in inputs(page, function, line) if x != name.value)
    if not any(isinstance(each.operator, cst.Add) for each in page.on(line, cst.BinaryOperation)):
        yield from _plus(page, statement, others)


def in_both_modes(page: Page, line: int) -> Iterator[Edits]:
    """`x + y if self.training else y`: the sum, whatever the mode."""
    for choice in page.inside(page.function(line) or page.module, cst.IfExp):
        sums = [
            each
            for each in (choice.body, choice.orelse)
            if isinstance(each, cst.BinaryOperation) and isinstance(each.operator, cst.Add)
        ]
        if "self.training" in page.code(choice.test) and len(sums) == 1:
            yield (page.put(choice, page.code(sums[0])),)


def _plus(page: Page, statement: cst.CSTNode, others: list[str]) -> Iterator[Edits]:
    """Put `+ other` to what the last activation, or the return, reads."""
    value = getattr(statement, "value", None)
    if not isinstance(value, cst.BaseExpression):
        return
    activated = isinstance(value, cst.Call) and value.args and _ACTIVATION.search(page.code(value.func))
    inner = value.args[0].value if isinstance(value, cst.Call) and activated else value
    spot = inner if isinstance(inner, cst.Name) else value
    for other in others:
        if page.code(spot) != other:
            yield (page.put(spot, f"{page.code(spot)} + {other}"),)


def _shortcuts(page: Page, function: cst.FunctionDef, line: int) -> list[str]:
    """Return what can be added before a line: names never read, then a shortcut never called, then the input."""
    before = [a.name for a in assignments(page, function) if a.line < line]
    sums = {a.name for a in assignments(page, function) if isinstance(a.value, cst.BinaryOperation)}
    idle = [name for name in unread(page, function) if name in before and name not in sums]
    given = inputs(page, function, line)
    never = [n for n in idle_layers(page, page.owner(line)) if is_shortcut(n)]
    return list(dict.fromkeys([*idle, *(f"self.{n}({x})" for n in never for x in given), *given]))


def keep_the_input(page: Page, line: int) -> Iterator[Edits]:
    """The input was overwritten before anybody kept it: a first line keeps it, and the sum adds that."""
    function, statement = page.function(line), page.statement(line)
    given = parameters(function)[:1]
    if function is None or statement is None or not given or reads(page, function, "identity"):
        return
    first = next((a for a in assignments(page, function) if a.name == given[0]), None)
    if first is not None and first.line < line:
        for sum_ in page.on(line, cst.BinaryOperation):
            if isinstance(sum_.operator, cst.Add):
                kept = page.line_before(first.statement, f"identity = {given[0]}")
                parts = [part for part in (sum_.right, sum_.left) if isinstance(part, cst.Name)]
                yield from ((kept, page.put(part, "identity")) for part in parts)


def give_the_input(page: Page, line: int) -> Iterator[Edits]:
    """A projection that reads the residual's result reads the input; where it was overwritten, it is kept in time."""
    function = page.function(line)
    statement = page.statement(line)
    if function is None or statement is None:
        return
    given = inputs(page, function, line)
    for call in page.on(line, cst.Call):
        name = self_name(call.func)
        if name and len(call.args) == 1 and isinstance(call.args[0].value, cst.Name):
            for other in given if is_shortcut(name) or len(page.on(line, cst.Call)) == 1 else ():
                if other != call.args[0].value.value:
                    yield (page.put(call.args[0].value, other),)
    yield from _keep_in_time(page, function, line)


def _keep_in_time(page: Page, function: cst.FunctionDef, line: int) -> Iterator[Edits]:
    """Move `identity = x` before the first line that gives x another value."""
    made = assignments(page, function)
    for copy in made:
        if isinstance(copy.value, cst.Name) and copy.line <= line:
            first = next((a for a in made if a.name == copy.value.value), None)
            row = page.parent(copy.statement)
            late = first is not None and first.line < copy.line
            if first is not None and late and isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1:
                yield page.line_before(first.statement, page.code(copy.statement)), page.remove_line(row)


def out_of_place(page: Page, line: int) -> Iterator[Edits]:
    """An operation on the very memory of its input gets a new one: `x += y`, `relu_`, `inplace=True`."""
    for node in page.on(line, cst.AugAssign):
        sign = page.code(node.operator).strip().rstrip("=")
        right = page.code(node.value)
        right = (
            f"({right})"
            if sign != "+" and isinstance(node.value, cst.BinaryOperation) and not node.value.lpar
            else right
        )
        yield (page.put(node, f"{page.code(node.target)} = {page.code(node.target)} {sign} {right}"),)
    edits = [e for call in page.on(line, cst.Call) for e in _without_inplace(page, call)]
    if edits:
        yield tuple(edits)
    owner = page.owner(line)
    made = layers(page, owner)
    for read in page.on(line, cst.Attribute):
        if layer := made.get(self_name(read)):
            found = [e for call in page.inside(layer.value, cst.Call) for e in _without_inplace(page, call)]
            if found:
                yield tuple(found)
    yield from _first_activation(page, line)


def _first_activation(page: Page, line: int) -> Iterator[Edits]:
    """The layer at a line stands in a list: the first in it that works in place."""
    for call in page.on(line, cst.Call):
        found = _without_inplace(page, call)
        if found:
            yield tuple(found)


def _without_inplace(page: Page, call: cst.Call) -> list[Edit]:
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    found = []
    if isinstance(name, cst.Name) and re.fullmatch(r"[a-z]\w*[a-z0-9]_", name.value):
        found.append(page.put(name, name.value[:-1]))
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == "inplace" and page.code(arg.value) == "True":
            found.append(page.put(arg.value, "False"))
    activation = isinstance(name, cst.Name) and re.fullmatch(r"\w*(ReLU6?|ELU|SiLU|Mish|Hardswish)", name.value)
    if activation and len(call.args) == 1 and call.args[0].keyword is None and page.code(call.args[0].value) == "True":
        found.append(page.put(call.args[0].value, "False"))
    return found


def keep_the_gradient(page: Page, line: int) -> Iterator[Edits]:
    """A part without gradient: `.detach()`, `.data`, `.item()`, numpy and no_grad go."""
    for call in page.on(line, cst.Call):
        if page.code(call.func).endswith("from_numpy") and call.args:
            names = reads(page, call.args[0].value)
            statement = page.statement(line)
            row = page.parent(statement) if statement is not None else None
            same = statement is not None and names and page.code(statement) == f"{names[0].value} = {page.code(call)}"
            if same and isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1:
                yield (page.remove_line(row),)
            if names:
                yield (page.put(call, names[0].value),)
    for node in page.on(line, cst.AugAssign):
        if isinstance(node.target, cst.Attribute) and node.target.attr.value == "data":
            name, sign = page.code(node.target.value), page.code(node.operator).strip().rstrip("=")
            yield (page.put(node, f"{name} = {name} {sign} {page.code(node.value)}"),)
    cuts = [e for call in page.on(line, cst.Call) for e in _without_cut(page, call)]
    yield tuple(cuts)
    yield from ((edit,) for edit in cuts)
    for read in page.on(line, cst.Attribute):
        if read.attr.value == "data":
            yield (page.put(read, page.code(read.value)),)
    statement = page.statement(line)
    block = page.above(statement, cst.With) if statement is not None else None
    if block is not None and len(block.items) == 1 and "no_grad" in page.code(block.items[0]):
        yield page.unwrapped(block)


def _without_cut(page: Page, call: cst.Call) -> list[Edit]:
    """`.detach()` goes, and what it was called on stays letter by letter."""
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("detach", "item", "detach_"):
        return [Edit(page.span(call.func.value)[1], page.span(call)[1], "")]
    return []


def another_axis(page: Page, line: int) -> Iterator[Edits]:
    """A softmax or mean over the batch: over the last axis for scores of attention, else over the channels."""
    for call in page.on(line, cst.Call):
        whole = page.code(call.args[0].value) if call.args else ""
        function = page.function(line)
        whole += "".join(page.code(a.value) for a in assignments(page, function) if a.name == whole) if function else ""
        scores = re.search(r"@|matmul|bmm|einsum", whole)
        for arg in call.args:
            zero = page.code(arg.value) == "0" and (arg.keyword is None or arg.keyword.value in ("dim", "axis"))
            if zero and "oftmax" in page.code(call.func):
                yield from ((page.put(arg.value, axis),) for axis in (("-1", "1") if scores else ("1", "-1")))
            if zero and re.search(r"(cat|concat)$", page.code(call.func)):
                yield (page.put(arg.value, "1"),)
            axes = re.fullmatch(r"[(\[]\s*0\s*,\s*(.+?),?\s*[)\]]", page.code(arg.value))
            if axes and arg.keyword is not None and arg.keyword.value in ("dim", "axis"):
                yield (page.put(arg.value, axes[1] if "," not in axes[1] else f"({axes[1]})"),)


def flatten_each(page: Page, line: int) -> Iterator[Edits]:
    """A view that takes pixels for images: each image is flattened, after the pooling that nobody called."""
    for call in page.on(line, cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("view", "reshape"):
            value = page.code(call.func.value)
            pools = [n for n in idle_layers(page, page.owner(line)) if re.search(r"pool|gap", n, re.I)]
            yield from ((page.put(call, f"self.{name}({value}).flatten(1)"),) for name in pools)
            if not pools and "permute" not in value:
                yield (page.put(call, f"{value}.flatten(1)"),)
    yield from another_axis(page, line)


def add_instead_of_cat(page: Page, line: int) -> Iterator[Edits]:
    """A concatenation in the place of the sum."""
    for call in page.on(line, cst.Call):
        parts = call.args[0].value if call.args and re.search(r"(cat|concat)$", page.code(call.func)) else None
        if isinstance(parts, (cst.List, cst.Tuple)) and len(parts.elements) == 2:
            yield (page.put(call, " + ".join(page.code(e.value) for e in parts.elements)),)


def once(page: Page, line: int) -> Iterator[Edits]:
    """A shortcut that is added twice is added once."""
    function = page.function(line)
    for node in page.on(line, cst.AugAssign):
        row = page.parent(node)
        if isinstance(node.operator, cst.AddAssign) and isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1:
            yield (page.remove_line(row),)
    for sum_ in page.on(line, cst.BinaryOperation):
        if isinstance(sum_.operator, cst.Add):
            for kept, other in ((sum_.left, sum_.right), (sum_.right, sum_.left)):
                if function is not None and isinstance(other, (cst.Name, cst.Call)):
                    yield (page.put(sum_, page.code(kept)),)


def activate_after(page: Page, line: int) -> Iterator[Edits]:
    """The ReLU that a post-activation block has after its sum, by the name that the block itself gives it."""
    statement = page.statement(line)
    owner, function = page.owner(line), page.function(line)
    value = getattr(statement, "value", None)
    if owner is None or function is None or value is None or statement is None:
        return
    for name in _activations(page, owner):
        if isinstance(statement, cst.AugAssign):
            target = page.code(statement.target)
            yield (page.line_after(statement, f"{target} = {name}({target})"),)
        else:
            yield (page.put(value, f"{name}({page.code(value)})"),)


def _activations(page: Page, owner: cst.ClassDef) -> list[str]:
    found = [f"self.{n}" for n in layers(page, owner) if re.search(r"relu|act", n, re.I)]
    calls = [page.code(call.func) for call in page.inside(owner, cst.Call)]
    return list(dict.fromkeys([*found, *(c for c in calls if c in ("F.relu", "torch.relu", "nn.functional.relu"))]))


def without_activation(page: Page, line: int) -> Iterator[Edits]:
    """The ReLU on the residual before the sum goes; the one after it stays."""
    for call in page.on(line, cst.Call):
        if re.search(r"relu\d?$|act\w*$", page.code(call.func), re.I) and call.args:
            statement, argument = page.statement(line) or call, page.code(call.args[0].value)
            row = page.parent(statement)
            alone = isinstance(statement, cst.Assign) and statement.value is call
            same = page.code(statement) == f"{argument} = {page.code(call)}"
            if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1 and alone and same:
                yield (page.remove_line(row),)
            yield (page.put(call, argument),)


def kept_as_often(page: Page, line: int) -> Iterator[Edits]:
    """A mask that keeps what it should drop: compared with the chance of keeping, or the other way round."""
    function = page.function(line)
    made = assignments(page, function) if function is not None else []
    for test in page.on(line, cst.Comparison):
        right = test.comparisons[0].comparator
        for each in made:
            if re.fullmatch(rf"1(\.0?)? - {re.escape(page.code(right))}", page.code(each.value)) and each.line < line:
                yield (page.put(right, each.name),)
        sign = page.code(test.comparisons[0]).strip()[0]
        if sign in "<>" and len(test.comparisons) == 1:
            other = ">" if sign == "<" else "<"
            yield (page.put(test, f"{page.code(test.left)} {other} {page.code(right)}"),)
