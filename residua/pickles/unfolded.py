"""How large is what a pickle made, if every part is counted as often as it is met?

A pickle of 200 bytes makes a list of lists that hold each other twice, forty levels deep: whoever prints, compares or
copies it never comes to an end. So it is measured, each container once, before anybody looks at it.
"""

from __future__ import annotations

from typing import Any

from residua.pickles.allowed import ArrayShell, Instance

MOST_PARTS = 5_000_000  # a pickle has at most a million, and real ones share few: printing these takes three seconds
DEEPEST = 400  # containers within containers: 32 modules within modules take 4 each; Python prints no more than 900
LETTERS = 16  # of a text that count as one part


def require_bounded(tree: Any) -> None:
    """Raise ValueError for a tree that is too large or too deep to be walked. A cycle ends where it closes."""
    sizes: dict[int, tuple[int, int]] = {}  # of a container that has been walked: its parts, and its depth
    trail: list[tuple[Any, bool]] = [(tree, False)]
    while trail:
        node, walked = trail.pop()
        if walked:
            inside = [sizes.get(id(part), (1, 0)) if _holds(part) else (_letters(part), 0) for part in _parts(node)]
            parts, depth = 1 + sum(size for size, _ in inside), 1 + max((deep for _, deep in inside), default=0)
            if parts > MOST_PARTS or depth > DEEPEST:
                raise ValueError(f"values that hold each other {'too deeply' if depth > DEEPEST else 'without end'}")
            sizes[id(node)] = parts, depth
        elif _holds(node) and id(node) not in sizes:
            sizes[id(node)] = 1, 0  # for a part that leads back to it
            trail.append((node, True))
            trail += [(part, False) for part in _parts(node)]


def _holds(node: Any) -> bool:
    return isinstance(node, (list, tuple, dict, set, frozenset, Instance, ArrayShell))


def _parts(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [*node, *node.values()]
    if isinstance(node, Instance):
        return [node.given, node.state]
    return list(node.objects or ()) if isinstance(node, ArrayShell) else list(node)


def _letters(part: Any) -> int:
    return 1 + len(part) // LETTERS if isinstance(part, (str, bytes, bytearray)) else 1
