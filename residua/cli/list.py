"""How does `residua list` show which networks there are, and what they cost?

Costs are computed from the specs by arithmetic: nothing here imports torch.
"""

from __future__ import annotations

import fnmatch
from typing import Any

from residua.cli.output import emit, say
from residua.errors import SpecError

_HEADS = ("name", "family", "parameters", "MACs", "input", "paper")


def list_(
    glob: str = "*",
    *,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Print name, family, parameters, MACs, input size and paper of every network in the zoo.

    Parameters
    ----------
    glob
        Show only these names, such as 'resnet*d'.
    json
        Print one JSON document.
    quiet
        No talk on stderr.
    """
    rows = _rows(glob)
    if json:
        emit(rows)
        return 0
    cells = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        aligned = (
            cell.rjust(width) if place in (2, 3) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(aligned).rstrip())
    say(f"{len(rows)} networks; `residua summary NAME` shows one layer by layer", quiet=quiet)
    return 0


def _rows(glob: str) -> list[dict[str, Any]]:
    """Return the zoo's rows whose name matches `glob`. Raises SpecError, with the nearest names, when none does."""
    from residua.plan import cost
    from residua.zoo import ZOO, find

    names = fnmatch.filter(ZOO, glob)
    if not names:
        if any(sign in glob for sign in "*?["):
            raise SpecError(f"no network's name matches {glob!r}; `residua list` shows all {len(ZOO)}")
        find(glob)
    found = []
    for name in names:
        row = ZOO[name]
        price = cost(row.spec, *row.input_size[1:])
        found.append(
            {
                "name": name,
                "family": row.family,
                "paper": row.paper,
                "params": price.params,
                "macs": price.macs,
                "input_size": list(row.input_size),
            }
        )
    return found


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    size = "×".join(map(str, row["input_size"]))
    return (row["name"], row["family"], f"{row['params']:,}", f"{row['macs']:,}", size, row["paper"])
