"""Into which stages do a network's rows fall: stem, stages, pooling, classifier?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import nn

from residua.summary.rows import Row

_CLASSES = {name.lower(): name for name in dir(nn) if name[0].isupper()}  # "adaptiveavgpool2d" → "AdaptiveAvgPool2d"


def grouped(rows: Sequence[Row]) -> tuple[tuple[str, str, int, int], ...]:
    """Return (name, class, first row, last row + 1) of each stage.

    A stage is a direct child of the network (a network that only wraps another one is looked through). What runs before
    the first child that is made of blocks is one stage, the stem, and counts as the Sequential that it could be.
    """
    depth = 1
    while rows and len({row.parents[depth : depth + 1] for row in rows}) == 1 and rows[0].parents[depth:]:
        depth += 1
    units = list(_units(rows, depth))
    nested = [any(len(row.parents) > depth + 1 for row in rows[first:last]) for _, _, first, last in units]
    stem = nested.index(True) if True in nested else 0
    if stem > 1:
        units[:stem] = [("stem", "Sequential", units[0][2], units[stem - 1][3])]
    return tuple(units)


def _units(rows: Sequence[Row], depth: int) -> Iterator[tuple[str, str, int, int]]:
    """Yield the runs of consecutive rows that belong to one module at `depth`; other rows stand alone."""
    first = 0
    while first < len(rows):
        module = rows[first].parents[depth : depth + 1]
        last = first + 1
        if not module:
            yield rows[first].name, _class_of(rows[first]), first, last
        else:
            while last < len(rows) and rows[last].parents[depth : depth + 1] == module:
                last += 1
            yield *module[0], first, last
        first = last


def _class_of(row: Row) -> str:
    """Return a layer's class; for a function, that of the layer which does the same (`flatten` → `Flatten`)."""
    return row.type if row.owner is not None else _CLASSES.get(row.type.replace("_", ""), row.type)
