"""Of which list does a constructor read one entry twice, and another one never?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from residua.check.evidence import source
from residua.check.rules.unused_arguments import Unused


def unread_entries(file: str, class_name: str) -> Iterator[Unused]:
    """Yield entries of an argument that stand in their order in as many calls, but for one that is read once more.

    In `make(layers[0]) … make(layers[1]) … make(layers[1])` the third is meant to be layers[2]. Only where the default
    shows how many entries there are, these differ, and nothing else is done with the argument.
    """
    init = source.method(file, class_name, "__init__")
    for name, count in _lists(init) if init is not None else ():
        assert init is not None
        read = [node for node in ast.walk(init) if isinstance(node, ast.Name) and node.id == name]
        places = _read_places(init, name)
        indices = {index for entries in places.values() for index, _ in entries}
        if sum(map(len, places.values())) != len(read):
            continue  # also read as a whole, or by an index that is computed
        for entries in places.values():
            got = [index for index, _ in entries]
            wrong = [at for at, index in enumerate(got) if index != at]
            missing = [at for at in wrong if at not in indices]
            if len(got) == count and wrong and wrong == missing and all(got[at] in got[:at] for at in wrong):
                index, line = entries[wrong[0]]
                yield Unused(
                    f"{name}[{wrong[0]}]", line, f"is read by nothing, and {name}[{index}] is read here once more"
                )
                break


def _lists(init: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """Yield the arguments whose default is a list of numbers that are not all equal, and how many there are."""
    pairs = zip(reversed(init.args.args), reversed(init.args.defaults), strict=False)
    for argument, default in pairs:
        values = [ast.unparse(each) for each in default.elts] if isinstance(default, (ast.Tuple, ast.List)) else []
        if len(values) > 2 and len(set(values)) > 1:
            yield argument.arg, len(values)


def _read_places(init: ast.FunctionDef, name: str) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return the indices at which an argument is read, with their lines, by the callee and the place in its call."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    calls = sorted((n for n in ast.walk(init) if isinstance(n, ast.Call)), key=lambda n: (n.lineno, n.col_offset))
    for call in calls:
        given = [(str(at), each) for at, each in enumerate(call.args)]
        given += [(str(each.arg), each.value) for each in call.keywords]
        for place, value in given:
            if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id == name:
                index = value.slice.value if isinstance(value.slice, ast.Constant) else None
                if isinstance(index, int):
                    found.setdefault((ast.unparse(call.func), place), []).append((index, value.lineno))
    return found
