"""What does the user say of a target: its constructor's arguments and its inputs, in the command or in the source?"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from residua.errors import CheckError
from residua.targets.roles import signature_of

KINDS = ("float", "long", "bool")
_DIRECTIVE = re.compile(r"#\s*residua:\s*(?=(?:input|args)\s*=)(.*)")
_SHAPE = re.compile(r"(?:(\w+)\s*=\s*)?(?:(\w+)\[)?\s*(\d+(?:\s*[x×]\s*\d+)*)\s*(\])?")


@dataclass(frozen=True)
class Input:
    """One tensor for forward: its shape, batch first, its kind, and the argument's name where it was said."""

    shape: tuple[int, ...]
    kind: str = "float"
    name: str = ""


class Expression(str):
    """An argument in the words of the user's own file, evaluated anew each time: `Config(width=8)`, `nn.ReLU`."""


def parse_inputs(text: str) -> tuple[Input, ...]:
    """Read `2x1x8192`, or `x=2x3x32x32, t=long[2], mask=bool[2x16]`. Raises CheckError for what is neither."""
    found = []
    for part in re.split(r",\s*(?![^\[]*\])", text.strip().strip("\"'")):
        match = _SHAPE.fullmatch(part.strip())
        kind = match.group(2) or "float" if match else ""
        if match is None or kind not in KINDS or bool(match.group(2)) != bool(match.group(4)):
            raise CheckError(
                f"--input {text!r} cannot be read; write 2x3x32x32, or x=2x3x32x32, t=long[2], mask=bool[2x16]."
            )
        shape = tuple(int(side) for side in re.split(r"\s*[x×]\s*", match.group(3)))
        found.append(Input(shape, kind, match.group(1) or ""))
    return tuple(found)


def parse_arguments(text: str) -> dict[str, Any]:
    """Read `64, 128, stride=2`; values are Python literals, expressions among the names of the user's file, or strings.

    A value without a name stands under its place, "0" for the first, until `named` knows whose arguments they are.
    Raises CheckError for what no call could say.
    """
    if not text.strip():
        return {}
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call):
        raise CheckError(f"--args {text!r} cannot be read; write values as a call has them: 64, 128, stride=2.")
    if any(isinstance(each, ast.Starred) for each in call.args) or None in {each.arg for each in call.keywords}:
        raise CheckError(f"--args {text!r} unpacks a value; write each argument out, as in 64, 128, stride=2.")
    placed = {str(place): _value_of(each) for place, each in enumerate(call.args)}
    return placed | {str(keyword.arg): _value_of(keyword.value) for keyword in call.keywords}


def _value_of(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return Expression(ast.unparse(node))


def written(args: Mapping[str, Any]) -> str:
    """Return arguments as `parse_arguments` reads them."""
    texts = {name: value if isinstance(value, Expression) else repr(value) for name, value in args.items()}
    return ", ".join(text if name.isdigit() else f"{name}={text}" for name, text in texts.items())


def named(args: Mapping[str, Any], callee: Any) -> dict[str, Any]:
    """Return arguments with the names that those without one have in what is called; an instance is not called.

    Raises CheckError for more values than it takes by place, and for two values of one argument.
    """
    if not any(name.isdigit() for name in args) or not callable(callee) or isinstance(callee, nn.Module):
        return {name: value for name, value in args.items() if not name.isdigit()}
    every = signature_of(callee).parameters.values()
    places = [each.name for each in every if each.kind is not each.KEYWORD_ONLY]
    found: dict[str, Any] = {}
    for name, value in args.items():
        if name.isdigit() and int(name) >= len(places):
            count, known = sum(each.isdigit() for each in args), f"{len(places)} ({', '.join(places) or 'none'})"
            raise CheckError(f"--args has {count} values without a name; give no more than it takes, {known}")
        own = places[int(name)] if name.isdigit() else name
        if own in found:
            raise CheckError(f"--args has {own} by its place and by its name; give it once")
        found[own] = value
    return found


def directives_of(value: Any) -> tuple[dict[str, Any], tuple[Input, ...]]:
    """Return the arguments and inputs that comments say above a class or function, or in its first line.

    `# residua: args=(64, groups=2)`, where the parentheses may be left out, and `# residua: input=2x64x100`, also both
    in one comment with a comma between them.
    """
    args: dict[str, Any] = {}
    inputs: tuple[Input, ...] = ()
    for text in _comments(value):
        given = re.search(r"args\s*=\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\)|([^(].*?)(?=,\s*input\s*=|$))", text)
        if given:
            args |= parse_arguments(given.group(1) or given.group(2) or "")
            text = text.replace(given.group(0), "").strip(" ,")
        shapes = re.search(r"input\s*=\s*(.+)", text)
        if shapes:
            inputs = parse_inputs(shapes.group(1).strip(" ()"))
    return args, inputs


def _comments(value: Any) -> list[str]:
    try:
        lines, start = inspect.findsource(value)
    except (OSError, TypeError):
        return []
    at = start
    while at > 0 and lines[at - 1].lstrip().startswith(("#", "@")):
        at -= 1
    return [found.group(1) for line in lines[at : start + 1] if (found := _DIRECTIVE.search(line))]
