"""What does the user say of a target: its constructor's arguments and its inputs, in the command or in the source?"""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from typing import Any

from residua.errors import CheckError

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
    """Read `k=v,k=v`; values are Python literals, expressions among the names of the user's file, or strings."""
    found: dict[str, Any] = {}
    if not text.strip():
        return found
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        raise CheckError(
            f"--args {text!r} cannot be read; write name=value,name=value, as in in_channels=64,stride=2."
        ) from None
    assert isinstance(call, ast.Call)
    for keyword in call.keywords:
        try:
            value = ast.literal_eval(keyword.value)
        except ValueError:
            value = Expression(ast.unparse(keyword.value))
        if keyword.arg is not None:
            found[keyword.arg] = value
    if call.args or len(found) != len(call.keywords):
        raise CheckError(f"--args {text!r} has a value without a name; write name=value,name=value.")
    return found


def directives_of(value: Any) -> tuple[dict[str, Any], tuple[Input, ...]]:
    """Return the arguments and inputs that comments say above a class or function, or in its first line.

    `# residua: args=(channels=64, groups=2)` and `# residua: input=2x64x100`, also both in one comment with a comma
    between them.
    """
    args: dict[str, Any] = {}
    inputs: tuple[Input, ...] = ()
    for text in _comments(value):
        given = re.search(r"args\s*=\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text)
        if given:
            args |= parse_arguments(given.group(1))
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
