"""Which edits put right what was exchanged: a gate's terms, a mask's sense, a sign, an order? None is yet tried."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import libcst as cst

from residua.check.fixes.page import Edits, Page


def complement_of_the_gate(page: Page, line: int) -> Iterator[Edits]:
    """`t * h + (1 - h) * x`: what is taken from 1 is the gate; or the gate weighs the other term."""
    for sum_ in page.on(line, cst.BinaryOperation):
        left, right = sum_.left, sum_.right
        if not isinstance(sum_.operator, cst.Add) or not isinstance(left, cst.BinaryOperation):
            continue
        for product, other in ((left, right), (right, left)):
            if not isinstance(product, cst.BinaryOperation) or not isinstance(other, cst.BinaryOperation):
                continue
            factors = [product.left, product.right]
            for taken in (n for n in page.inside(other, cst.BinaryOperation) if isinstance(n.operator, cst.Subtract)):
                now = page.code(taken.right)
                yield from ((page.put(taken.right, page.code(each)),) for each in factors if page.code(each) != now)
                rest = other.right if other.left is taken else other.left
                yield from ((page.put(each, page.code(rest)), page.put(rest, page.code(each))) for each in factors)


def other_sense_of_the_mask(page: Page, line: int) -> Iterator[Edits]:
    """A mask that hides what it should show: `~mask`, and `mask` for `~mask`; `== 0` for `== 1`; the other triangle."""
    for call in page.on(line, cst.Call):
        name = page.code(call.func).rpartition(".")[2]
        if name in ("tril", "triu"):
            yield (page.put(call.func, page.code(call.func)[: -len(name)] + ("triu" if name == "tril" else "tril")),)
        for at, arg in enumerate(call.args):
            word = arg.keyword.value if arg.keyword is not None else ""
            first = name in ("masked_fill", "masked_fill_") and at == 0 and not word
            if first or re.search("mask", word):
                yield (page.put(arg.value, _turned(page, arg.value)),)
        if name == "where" and len(call.args) == 3:
            yield (page.put(call.args[0].value, _turned(page, call.args[0].value)),)
    for node in page.on(line, cst.Assign):
        if re.search("mask|pad|valid", page.code(node.targets[0])):
            yield (page.put(node.value, _turned(page, node.value)),)


def _turned(page: Page, mask: cst.BaseExpression) -> str:
    text = page.code(mask)
    if isinstance(mask, cst.UnaryOperation) and isinstance(mask.operator, cst.BitInvert):
        return page.code(mask.expression)
    if isinstance(mask, cst.Comparison) and len(mask.comparisons) == 1:
        sign = page.code(mask.comparisons[0].operator).strip()
        other = {"==": "!=", "!=": "==", ">": "<=", "<": ">=", ">=": "<", "<=": ">"}.get(sign)
        if other is not None:
            return f"{page.code(mask.left)} {other} {page.code(mask.comparisons[0].comparator)}"
    plain = isinstance(mask, (cst.Name, cst.Attribute, cst.Subscript, cst.Call))
    return f"~{text}" if plain else f"~({text})"


def names_in_the_other_order(page: Page, line: int) -> Iterator[Edits]:
    """`bias, gain = y.chunk(2, 1)` where the first half starts as the gain."""
    for node in page.on(line, cst.Assign):
        target = node.targets[0].target
        if isinstance(target, cst.Tuple) and len(target.elements) == 2:
            first, second = (each.value for each in target.elements)
            yield page.put(first, page.code(second)), page.put(second, page.code(first))
    for sum_ in page.on(line, cst.BinaryOperation):
        product = sum_.left
        if isinstance(sum_.operator, cst.Add) and isinstance(product, cst.BinaryOperation):
            factor, term = product.right, sum_.right
            yield page.put(factor, page.code(term)), page.put(term, page.code(factor))


def rolled_back(page: Page, line: int) -> Iterator[Edits]:
    """A roll by the same steps as the one that it should undo: the other sign."""
    for call in page.on(line, cst.Call):
        if not page.code(call.func).endswith("roll"):
            continue
        after = 1 if page.code(call.func) == "torch.roll" else 0
        for at, arg in enumerate(call.args):
            if (arg.keyword is not None and arg.keyword.value == "shifts") or (arg.keyword is None and at == after):
                parts = arg.value.elements if isinstance(arg.value, (cst.Tuple, cst.List)) else (arg,)
                yield tuple(page.put(each.value, _negated(page, each.value)) for each in parts)


def _negated(page: Page, value: cst.BaseExpression) -> str:
    if isinstance(value, cst.UnaryOperation) and isinstance(value.operator, cst.Minus):
        return page.code(value.expression)
    return f"-{page.code(value)}"


def last_skip_first(page: Page, line: int) -> Iterator[Edits]:
    """Skips in the encoder's order: `pop()` for `pop(0)`, `reversed(skips)` for `skips`."""
    for call in page.on(line, cst.Call):
        name = page.code(call.func)
        if name.endswith(".pop") and call.args and page.code(call.args[0].value) == "0":
            yield (page.put(call, f"{name}()"),)
        if name in ("zip", "enumerate"):
            plain = [arg.value for arg in call.args if isinstance(arg.value, (cst.Name, cst.Attribute))]
            yield from ((page.put(each, f"reversed({page.code(each)})"),) for each in reversed(plain))
    for loop in page.on(line, cst.For):
        if isinstance(loop.iter, cst.Name):
            yield (page.put(loop.iter, f"reversed({page.code(loop.iter)})"),)


def height_before_width(page: Page, line: int) -> Iterator[Edits]:
    """Two neighbours in a call or tuple change places: `view(b, c, w, h)`."""
    for call in page.on(line, cst.Call):
        values = [arg.value for arg in call.args if arg.keyword is None]
        for one, other in itertools.pairwise(values):
            if re.search(r"w|W|-1|3", page.code(one)) and re.search(r"h|H|-2|2", page.code(other)):
                yield page.put(one, page.code(other)), page.put(other, page.code(one))


def over_the_channels(page: Page, line: int) -> Iterator[Edits]:
    """A layer norm of the channels gets the map with the channels last, and gives it back as it was."""
    for call in page.on(line, cst.Call):
        if len(call.args) == 1 and re.search(r"norm|ln", page.code(call.func), re.I):
            given = page.code(call.args[0].value)
            yield (page.put(call, f"{page.code(call.func)}({given}.transpose(1, 2)).transpose(1, 2)"),)
