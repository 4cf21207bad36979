"""Which edits of the constructor can mend a finding there? Candidates, the likeliest first; none is yet tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from residua.check.fixes.in_forward import add_the_shortcut
from residua.check.fixes.names import idle_layers, inputs, layers, reads, uses
from residua.check.fixes.page import Edit, Edits, Page, parameters, self_name

_STRIDE = re.compile(r"^(strides?|s|st)$|stride|^down_?sample$")
_POSITIONS = {"stride": 3, "padding": 4}  # of a convolution's arguments, where they have no name


def registered(page: Page, line: int) -> Iterator[Edits]:
    """Layers in a plain list or dict: `nn.ModuleList([…])`, `nn.ModuleDict({…})`."""
    owner = page.owner(line)
    nn = _nn(page)
    holders = [node for node in page.on(line, cst.Assign) if self_name(node.targets[0].target)]
    names = [self_name(a) for a in page.on(line, cst.Attribute)]
    holders += [node for name, node in layers(page, owner).items() if name in names and node not in holders]
    yield from (each for node in holders if (each := _holder(page, node, nn)))
    every = [_holder(page, node, nn) for node in layers(page, owner).values() if page.code(node.value) == "[]"]
    yield tuple(edit for edits in every for edit in edits)


def _holder(page: Page, node: cst.Assign, nn: str) -> Edits:
    value, given = node.value, page.code(node.value)
    tables = (cst.Dict, cst.DictComp)
    if isinstance(value, (cst.List, cst.ListComp, cst.Tuple, *tables)) or given in ("list()", "dict()"):
        kind = "ModuleDict" if isinstance(value, tables) or given == "dict()" else "ModuleList"
        text = given if given.startswith(("[", "{", "(", "list(", "dict(")) else f"[{given}]"
        return (page.put(value, f"{nn}.{kind}({text})"),)
    return ()


def _nn(page: Page) -> str:
    return "nn" if re.search(r"^\s*(from torch import .*\bnn\b|import .*\bas nn\b)", page.text, re.M) else "torch.nn"


def _convolutions(page: Page, line: int) -> list[cst.Call]:
    """Return the convolutions that are made in a line, or those of the layer that it calls."""
    found = [call for call in page.on(line, cst.Call) if re.search(r"conv", page.code(call.func), re.I)]
    made = layers(page, page.owner(line))
    for read in page.on(line, cst.Attribute) if not found else ():
        if node := made.get(self_name(read)):
            found += [call for call in page.inside(node.value, cst.Call) if "onv" in page.code(call.func)]
    return [call for call in found if "onv" in page.code(call.func) and call.args]


def _given(page: Page, call: cst.Call, name: str, position: int) -> cst.Arg | None:
    """Return an argument by its name, or by its position."""
    for at, arg in enumerate(call.args):
        if (arg.keyword is not None and arg.keyword.value == name) or (arg.keyword is None and at == position):
            return arg
    return None


def _set(page: Page, call: cst.Call, name: str, value: str) -> Edit:
    """Return the edit that gives a call an argument, or gives it another value."""
    arg = _given(page, call, name, _POSITIONS[name])
    if arg is not None:
        return page.put(arg.value, value)
    last = page.span(call.args[-1].value)[1]
    return Edit(last, last, f", {name}={value}")


def padded(page: Page, line: int) -> Iterator[Edits]:
    """A convolution whose padding does not keep the side: half of what its kernel spans, in the user's names."""
    if re.search(r"chomp|causal", page.text, re.I):
        return  # padded on one side by design: half the span is not what is missing
    for call in _convolutions(page, line):
        kernel = _given(page, call, "kernel_size", 2)
        dilation = _given(page, call, "dilation", 5)
        if kernel is None:
            continue
        plain = call.args if all(arg.keyword is None for arg in call.args[:5]) else ()
        if len(plain) >= 5 and _STRIDE.search(page.code(plain[4].value)):  # stride and padding have changed places
            yield (
                page.put(plain[3].value, page.code(plain[4].value)),
                page.put(plain[4].value, page.code(plain[3].value)),
            )
        size, spread = page.code(kernel.value), page.code(dilation.value) if dilation is not None else "1"
        sizes = [part.strip() for part in size.strip("()").split(",") if part.strip()]
        if all(part.isdigit() for part in sizes) and spread.isdigit():
            halves = [str((int(part) - 1) * int(spread) // 2) for part in sizes]
            yield (_set(page, call, "padding", halves[0] if len(halves) == 1 else f"({', '.join(halves)})"),)
        elif spread == "1":
            yield (_set(page, call, "padding", f"{size} // 2"),)
        elif size.isdigit() and int(size) % 2:
            half = int(size) // 2
            yield (_set(page, call, "padding", spread if half == 1 else f"{half} * {spread}"),)
        else:
            yield (_set(page, call, "padding", f"{spread} * ({size} - 1) // 2"),)


def strided(page: Page, line: int) -> Iterator[Edits]:
    """The stride on one path only: the other's convolution gets it by the constructor's own name."""
    made = page.method(page.owner(line), "__init__")
    for name in (p for p in parameters(made) if _STRIDE.search(p)):
        for call in _convolutions(page, line):
            yield from _stride_of_helper(page, call, name)
            arg = _given(page, call, "stride", 3)
            if arg is None or page.code(arg.value) == "1":
                yield (_set(page, call, "stride", name),)


def _stride_of_helper(page: Page, call: cst.Call, stride: str) -> Iterator[Edits]:
    """`conv_bn(i, o, 1)` of the user's own: the stride by the name that the function gives it."""
    made = next((f for f in page.functions if f.name.value == page.code(call.func)), None)
    names = [each.name.value for each in made.params.params] if made is not None else []
    for at, name in enumerate(names):
        arg = _given(page, call, name, at)
        if _STRIDE.search(name) and arg is None:
            last = page.span(call.args[-1])[1]
            yield (Edit(last, last, f", {name}={stride}"),)
        elif _STRIDE.search(name) and arg is not None and page.code(arg.value) == "1":
            yield (page.put(arg.value, stride),)


def not_strided(page: Page, line: int) -> Iterator[Edits]:
    """A stride too many."""
    for call in reversed(_convolutions(page, line)):
        arg = _given(page, call, "stride", 3)
        if arg is not None and page.code(arg.value) != "1":
            yield (page.put(arg.value, "1"),)
    for arg in page.on(line, cst.Arg):  # of a helper that makes the convolution
        if _STRIDE.search(page.code(arg.value)) and isinstance(page.parent(arg), cst.Call):
            yield (page.put(arg.value, "1"),)


def condition(page: Page, line: int) -> Iterator[Edits]:
    """The condition of a projection, or of a plain identity, lets shapes pass that do not fit."""
    made = page.method(page.owner(line), "__init__")
    if made is None:
        return
    near = [test for test in _tests(page, made) if page.line_of(test) == line]
    for test in [*near, *(t for t in _tests(page, made) if t not in near)]:
        text = page.code(test)
        stride = next((p for p in _names(page, made) if _STRIDE.search(p)), "")
        if isinstance(test, cst.BooleanOperation):
            word, other = ("and", "or") if isinstance(test.operator, cst.And) else ("or", "and")
            yield (page.put(test, f"{page.code(test.left)} {other} {page.code(test.right)}"),)
            yield from (() if word == "and" else _expanded(page, made, test))
        elif isinstance(test, cst.Comparison):
            yield from _wider(page, made, test, stride)
            if "==" in text:
                yield (page.put(test, text.replace("==", "!=")),)
    yield from _prepared(page, line)


def _tests(page: Page, made: cst.FunctionDef) -> list[cst.BaseExpression]:
    found: list[cst.BaseExpression] = [n.test for n in page.inside(made, cst.If)]
    found += [n.test for n in page.inside(made, cst.IfExp)]
    found += [
        n.value for n in page.inside(made, cst.Assign) if isinstance(n.value, (cst.Comparison, cst.BooleanOperation))
    ]
    return [test for test in found if isinstance(test, (cst.Comparison, cst.BooleanOperation))]


def _names(page: Page, made: cst.FunctionDef) -> list[str]:
    """Return the constructor's arguments, and the short names that it gives them."""
    short = [n.value for t in page.inside(made, cst.AssignTarget) for n in page.inside(t, cst.Name)]
    return [*parameters(made), *short]


def _wider(page: Page, made: cst.FunctionDef, test: cst.Comparison, stride: str) -> Iterator[Edits]:
    """A comparison of the channels that forgets the stride, or of the stride that forgets the channels."""
    text = page.code(test)
    joined, sign = (" or ", "!=") if "!=" in text or ">" in text else (" and ", "==")
    if stride and not re.search(rf"\b{stride}\b", text):
        yield (page.put(test, f"{text}{joined}{stride} {sign} 1"),)
    elif stride:
        pair = parameters(made)[:2]
        if len(pair) == 2 and stride not in pair:
            yield (page.put(test, f"{text}{joined}{pair[0]} {sign} {pair[1]}"),)


def _expanded(page: Page, made: cst.FunctionDef, test: cst.BooleanOperation) -> Iterator[Edits]:
    """`in_planes != planes` where the block puts out `planes * expansion`: the name for it, or the product."""
    for name in reads(page, test):
        for node in page.inside(made, cst.Assign):
            target = node.targets[0].target
            if isinstance(target, cst.Name) and re.search(rf"\b{name.value}\b", page.code(node.value)):
                yield (page.put(name, target.value),)
        for product in page.inside(made, cst.BinaryOperation):
            text = page.code(product)
            if isinstance(product.operator, cst.Multiply) and re.search(rf"\b{name.value}\b", text):
                yield (page.put(name, text),)
                break


def _prepared(page: Page, line: int) -> Iterator[Edits]:
    """The sum reads the input although a shortcut of it was prepared and is never read, or called."""
    function = page.function(line)
    if function is not None and function.name.value == "__init__":
        forward = page.method(page.owner(line), "forward")
        sums = (
            [s for s in page.inside(forward, cst.BinaryOperation) if isinstance(s.operator, cst.Add)] if forward else []
        )
        for sum_ in sums[:1]:
            yield from _prepared(page, page.line_of(sum_))
    elif function is not None:
        given = inputs(page, function, line)
        for sum_ in page.on(line, cst.BinaryOperation):
            if isinstance(sum_.operator, cst.Add) and page.code(sum_.left) in given:
                yield from _swapped(page, sum_.left, add_the_shortcut(page, line))
        yield from add_the_shortcut(page, line)


def _swapped(page: Page, left: cst.BaseExpression, others: Iterator[Edits]) -> Iterator[Edits]:
    for edits in others:
        if len(edits) == 1:
            yield (page.put(left, edits[0].text),)


def a_layer_of_its_own(page: Page, line: int) -> Iterator[Edits]:
    """One layer in two places: the second use gets the layer that stands idle, or a new one made in the same words."""
    owner = page.owner(line)
    made = layers(page, owner)
    shared = [n for a in page.on(line, cst.Attribute) if (n := self_name(a)) in made]
    for name in dict.fromkeys(shared):
        places = uses(page, owner, name)
        mine = [a for a in places if page.line_of(a) == line]
        if len(places) < 2 or not mine:
            continue
        stem = re.sub(r"\d+$", "", name)
        for idle in idle_layers(page, owner):
            if re.sub(r"\d+$", "", idle) == stem or page.code(made[idle].value) == page.code(made[name].value):
                yield (page.put(mine[-1], f"self.{idle}"),)
        node, new = made[name], _free(name, made)
        row = page.parent(node)
        if isinstance(row, cst.SimpleStatementLine) and len(node.targets) == 1 and isinstance(node.value, cst.Call):
            code = f"self.{new} = {page.code(node.value)}"
            after = (
                page.line_after(row, code)
                if len(row.body) == 1
                else page.put(row.body[-1], f"{page.code(row.body[-1])}; {code}")
            )
            yield after, page.put(mine[-1], f"self.{new}")


def _free(name: str, made: dict[str, cst.Assign]) -> str:
    stem, digits = re.sub(r"\d+$", "", name), re.search(r"\d+$", name)
    number = int(digits[0]) + 1 if digits else 2
    while f"{stem}{number}" in made:
        number += 1
    return f"{stem}{number}"


def use_the_idle(page: Page, line: int) -> Iterator[Edits]:
    """A layer that is made and never called: a norm follows its convolution; a twin takes one of two calls."""
    owner = page.owner(line)
    made = [self_name(n.targets[0].target) for n in page.on(line, cst.Assign)]
    idle = [name for name in idle_layers(page, owner) if name in made]
    for name in idle:
        number = re.search(r"\d*$", name)
        norm = re.match(r"(bn|norm|n|gn|ln)\d*$", name)
        for call in page.inside(owner, cst.Call) if owner is not None else ():
            called = self_name(call.func)
            if norm and number and called and re.fullmatch(rf"(conv|c|cv){number[0]}", called):
                yield (page.put(call, f"self.{name}({page.code(call)})"),)
        yield from _twin(page, owner, name)


def _twin(page: Page, owner: cst.ClassDef | None, name: str) -> Iterator[Edits]:
    for other in layers(page, owner):
        places = uses(page, owner, other)
        alike = re.sub(r"\d", "", other) == re.sub(r"\d", "", name)
        if alike and other != name and len(places) == 2:
            yield (page.put(places[1], f"self.{name}"),)


def one_each(page: Page, line: int) -> Iterator[Edits]:
    """A block repeated by reference: `[Block(c)] * n` becomes `[Block(c) for _ in range(n)]`."""
    for times in page.on(line, cst.BinaryOperation):
        for made, count in ((times.left, times.right), (times.right, times.left)):
            if isinstance(times.operator, cst.Multiply) and isinstance(made, cst.List) and len(made.elements) == 1:
                yield (page.put(times, f"[{page.code(made.elements[0].value)} for _ in range({page.code(count)})]"),)


def fitting_channels(page: Page, line: int) -> Iterator[Edits]:
    """A layer whose channels do not fit: one of the numbers that its constructor computes with elsewhere."""
    made = page.function(line)
    if made is None or made.name.value != "__init__":
        return
    words = [page.code(a.value) for call in page.inside(made, cst.Call) for a in call.args[:2] if a.keyword is None]
    known = [w for w in dict.fromkeys(words) if re.fullmatch(r"[\w.]+(\s*[*+]\s*[\w.]+)*", w) and not w.isdigit()]
    known += [page.code(n) for n in page.inside(made, cst.BinaryOperation) if page.code(n) not in known]
    on_maps = any("Conv" in page.code(call.func) for call in page.inside(made, cst.Call))
    for call in page.on(line, cst.Call):
        if on_maps and "LayerNorm" in page.code(call.func):
            continue  # over maps it normalises the width: a number that fits does so by chance, at one size
        if re.search(r"Norm|Conv|Linear|conv|bn", page.code(call.func)) and call.args:
            for arg in call.args[1:2] if "Group" in page.code(call.func) else call.args[:2]:  # groups are no channels
                if arg.keyword is None and page.code(arg.value) != "nn":
                    yield from ((page.put(arg.value, w),) for w in known if w != page.code(arg.value))


def trainable(page: Page, line: int) -> Iterator[Edits]:
    """Weights in a plain tensor: nn.Parameter around them."""
    made = layers(page, page.owner(line))
    read = [made[n] for a in page.on(line, cst.Attribute) if (n := self_name(a)) in made]
    for node in [*page.on(line, cst.Assign), *read]:
        if self_name(node.targets[0].target) and "torch." in page.code(node.value):
            yield (page.put(node.value, f"{_nn(page)}.Parameter({page.code(node.value)})"),)
