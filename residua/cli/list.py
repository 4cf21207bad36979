"""How does `residua list` show which networks there are, and what they cost?

Costs are computed from the specs by arithmetic: nothing here imports torch.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from json import dumps as as_json
from typing import Any, Literal, get_args, get_origin

from residua.cli.output import emit, say
from residua.errors import SpecError
from residua.text import LONGEST_NAME, nearest

_HEADS = ("name", "family", "parameters", "MACs", "input", "paper")
_PRETRAINED_HEADS = ("name", "top-1", "top-5", "input", "parameters", "licence")


def list_(
    glob: str = "*",
    *,
    pretrained: bool = False,
    fields: bool = False,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Print name, family, parameters, MACs, input size and paper of every network in the zoo.

    Parameters
    ----------
    glob
        Show only these names, such as 'resnet*d'.
    pretrained
        Published weights by name, with the accuracy that their authors give.
    fields
        The fields of a network that --set changes, with their defaults and what they take.
    json
        Print one JSON document.
    quiet
        No talk on stderr.
    """
    if fields:
        return _list_fields(glob, json, quiet)
    rows = _pretrained_rows(glob) if pretrained else _rows(glob)
    if json:
        emit(rows)
        return 0
    if pretrained:
        _print_columns(
            [_PRETRAINED_HEADS, *(cells for row in rows for cells in _pretrained_cells(row))], right=(1, 2, 4)
        )
        note = "the first line of a name is what it means, NAME@PIXELS another; top-1, top-5 are their authors', "
        say(f"{len(rows)} pretrained weights: {note}on ImageNet, not measured here", quiet=quiet)
        return 0
    _print_columns([_HEADS, *(_cells(row) for row in rows)], right=(2, 3))
    say(f"{len(rows)} networks; `residua summary NAME` shows one layer by layer", quiet=quiet)
    return 0


def _print_columns(cells: list[tuple[str, ...]], right: tuple[int, ...]) -> None:
    """Print rows of equal length in columns; those numbered in `right` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        aligned = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(aligned).rstrip())


def _matching(names: Iterable[str], glob: str) -> list[str]:
    """Return the names that a pattern matches; one that is longer than a name takes time and matches none."""
    return fnmatch.filter(names, glob) if len(glob) <= LONGEST_NAME else []


def _rows(glob: str) -> list[dict[str, Any]]:
    """Return the zoo's rows whose name matches `glob`. Raises SpecError, with the nearest names, when none does."""
    from residua.plan import cost
    from residua.zoo import ZOO, find

    names = _matching(ZOO, glob)
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


def _list_fields(glob: str, json: bool, quiet: bool) -> int:
    """Print what `--set` takes: the fields of a spec. Raises SpecError, with the nearest names, when none matches."""
    from residua.spec import ResNetSpec

    names = _matching(ResNetSpec.model_fields, glob)
    if not names:
        near = nearest(glob, ResNetSpec.model_fields)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise SpecError(f"no field's name matches {glob!r}; {hint}`residua list --fields` shows them")
    plain = ResNetSpec().model_dump(mode="json")
    rows = [
        {"field": name, "default": plain[name], "takes": _takes(field.annotation), "description": field.description}
        for name, field in ResNetSpec.model_fields.items()
        if name in names
    ]
    if json:
        emit(rows)
        return 0
    for row in rows:
        value = row["default"]
        default = value if isinstance(value, str) else as_json(value, separators=(",", ":"))
        print(f"{row['field']}={default}  ({row['takes']})\n    {row['description']}")
    say(f"{len(rows)} fields, each with its value in resnet18; another: --set {rows[0]['field']}=VALUE", quiet=quiet)
    return 0


def _takes(kind: Any) -> str:
    """Return which values a field takes, in words."""
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    numbers = {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        tuple[int, ...]: "numbers, as [1,2,2,2]",
    }
    found = [numbers.get(each) for each in (get_args(kind) if get_origin(kind) is not tuple else ()) or (kind,)]
    return " or ".join(word for word in found if word) or "a value"


def _pretrained_rows(glob: str) -> list[dict[str, Any]]:
    """Return the pretrained weights whose name matches `glob`. Raises WeightsError when none does."""
    from residua.plan import cost
    from residua.weights.pretrained import named, table

    names = _matching(table(), glob) or [row.name for row in table().values() if row.network == glob]
    if not names:
        named(glob)
        raise SpecError(f"no pretrained name matches {glob!r}; `residua list --pretrained` shows all {len(table())}")
    found = []
    for name in names:
        row = table()[name]
        found.append(
            {
                "name": name,
                "network": row.network,
                "params": cost(row.spec, 224, 224).params,
                "classes": row.spec.num_classes,
                "license": row.license,
                "non_commercial": row.non_commercial,
                "from": row.home,
                "files": list(row.files) or [row.url.rpartition("/")[2]],
                "evaluations": [
                    {"top1": each.top1, "top5": each.top5, "preprocessing": each.preprocessing.to_dict()}
                    for each in row.published
                ],
                "source": row.source,
            }
        )
    return found


def _pretrained_cells(row: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a line an evaluation, the weights' own name and licence on the first."""
    terms = (row["license"] or "none stated") + (" (non-commercial)" if row["non_commercial"] else "")
    lines: list[tuple[str, ...]] = []
    for number, each in enumerate(row["evaluations"]):
        size = each["preprocessing"]["size"]
        name = row["name"] if number == 0 else f"{row['name']}@{size}"
        accuracy = (f"{each['top1']:.2%}", f"{each['top5']:.2%}", f"{size}×{size}")
        lines.append((name, *accuracy, f"{row['params']:,}", terms))
    return lines or [(row["name"], "?", "?", "?", f"{row['params']:,}", terms)]
