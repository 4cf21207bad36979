"""How does a summary read as text, Markdown, HTML and JSON?"""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterable, Sequence
from typing import Any

from residua.record.window import Window
from residua.summary.cost import Figure, LayerCost, NetworkCost
from residua.text import printable

HEADS = ("layer", "type", "output", "kernel/stride/padding", "parameters", "MACs", "memory (MiB)",
         "receptive field", "total stride")  # fmt: skip
SHORT_HEADS = ("layer", "type", "output", "k/s/p", "params", "MACs", "MiB", "RF/S")
_NUMERIC = 3  # the last column that is not a number


def as_text(summary: NetworkCost, width: int | None = None, *, arithmetic: bool = False) -> str:
    """Return the table for `width` columns: exact MACs where they fit, else rounded, names cut before numbers are."""
    width = width or max(shutil.get_terminal_size().columns, 80)
    heads: tuple[str, ...] = HEADS
    gap = "  "
    rows = [_exact_row(layer) for layer in summary.layers]
    widths = _longest([*rows, heads])
    if sum(widths) + len(gap) * (len(widths) - 1) > width:
        heads, gap = SHORT_HEADS, " "
        rows = [_short_row(layer) for layer in summary.layers]
        widths = _longest([*rows, heads])
        room = max(width - sum(widths[2:]) - len(widths) + 1, 16)
        widths[1] = min(widths[1], max(room - widths[0], len("BatchNorm2d") if room >= 32 else room // 3))
        widths[0] = min(widths[0], room - widths[1])
    lines = [_line(heads, widths, gap)]
    for row, layer in zip(rows, summary.layers, strict=True):
        lines.append(_line(row, widths, gap))
        lines += [f"    {what:<16} {formula}" for what, formula in layer.arithmetic.items()] if arithmetic else []
    return "\n".join([*lines, "", *totals(summary)])


def _line(cells: tuple[str, ...], widths: list[int], gap: str) -> str:
    """Set cells in columns; of a name that is too long the end stays, of a type the beginning."""
    name, kind = cells[:2]
    name = name if len(name) <= widths[0] else "…" + name[len(name) - widths[0] + 1 :]
    kind = kind if len(kind) <= widths[1] else kind[: widths[1] - 1] + "…"
    aligned = [
        cell.ljust(wide) if place <= _NUMERIC else cell.rjust(wide)
        for place, (cell, wide) in enumerate(zip((name, kind, *cells[2:]), widths, strict=True))
    ]
    return gap.join(aligned).rstrip()


def totals(summary: NetworkCost) -> list[str]:
    """Return what stands under the table."""
    return [
        f"{printable(summary.target)} on {_times(summary.input_size)}: {summary.params:,} parameters, "
        f"{summary.macs:,} MACs,",
        f"{summary.activation_bytes / 2**20:.2f} MiB of activations, "
        f"receptive field {_figure(summary.receptive_field)}, total stride {_figure(summary.total_stride)}",
        *(f"note: {note}" for note in summary.notes),
    ]


def as_stages(summary: NetworkCost) -> str:
    """Return one line a stage, as `print(layer.__class__.__name__, 'output shape:\\t', X.shape)` writes it."""
    return "\n".join(f"{row.type} output shape:\t torch.Size({list(row.output_shape)})" for row in summary.stages)


def as_markdown(summary: NetworkCost, *, arithmetic: bool = False, stages: bool = False) -> str:
    """Return a Markdown table with the totals under it; `arithmetic` adds a column."""
    heads = (*HEADS, "arithmetic") if arithmetic else HEADS
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * _NUMERIC + "---|" + "---:|" * (len(HEADS) - _NUMERIC - 1)]
    lines[1] += "---|" if arithmetic else ""
    for layer in _rows(summary, stages):
        cells = list(_exact_row(layer))
        cells[0] = f"`{cells[0]}`"
        if arithmetic:
            cells.append("<br>".join(f"{what}: {formula}" for what, formula in layer.arithmetic.items()))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", " ".join(totals(summary)[:2]), *(f"\n{note}" for note in totals(summary)[2:])])


def as_html(summary: NetworkCost, *, stages: bool = False) -> str:
    """Return one `<table class="summary">`, everything escaped; the totals are its caption."""
    caption = html.escape(" ".join(totals(summary)))
    heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in HEADS)
    rows = "\n".join("<tr>" + _html_row(_exact_row(layer)) + "</tr>" for layer in _rows(summary, stages))
    return (
        f'<table class="summary">\n<caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _html_row(cells: Sequence[str]) -> str:
    """Return the cells of a row, the first of which names it."""
    name, *values = map(html.escape, cells)
    return f'<th scope="row">{name}</th>' + "".join(f"<td>{value}</td>" for value in values)


def as_json(summary: NetworkCost, *, arithmetic: bool = False, stages: bool = False) -> dict[str, Any]:
    """Return a document of plain values; `layers` holds stages when asked for, and formulas when asked for."""
    return {
        "target": summary.target,
        "input_size": list(summary.input_size),
        "params": summary.params,
        "macs": summary.macs,
        "activation_bytes": summary.activation_bytes,
        "receptive_field": summary.receptive_field,
        "total_stride": summary.total_stride,
        "layers": [
            _json_row(layer) | ({"arithmetic": dict(layer.arithmetic)} if arithmetic else {})
            for layer in _rows(summary, stages)
        ],
        "notes": list(summary.notes),
    }


def _json_row(layer: LayerCost) -> dict[str, Any]:
    window = layer.window
    sides = ("kernel", "stride", "padding", "dilation")
    return {
        "name": layer.name,
        "type": layer.type,
        "output_shape": list(layer.output_shape),
        "params": layer.params,
        "macs": layer.macs,
        "receptive_field": layer.receptive_field,
        "stride": layer.stride,
        "activation_bytes": layer.activation_bytes,
        "window": None if window is None else {side: list(getattr(window, side)) for side in sides},
    }


def _rows(summary: NetworkCost, stages: bool) -> tuple[LayerCost, ...]:
    return summary.stages if stages else summary.layers


def _exact_row(layer: LayerCost) -> tuple[str, ...]:
    return (
        layer.name,
        layer.type,
        _times(layer.output_shape[1:]),
        _window(layer.window),
        f"{layer.params:,}",
        f"{layer.macs:,}",
        f"{layer.activation_bytes / 2**20:.2f}",
        _figure(layer.receptive_field),
        _figure(layer.stride),
    )


def _short_row(layer: LayerCost) -> tuple[str, ...]:
    """Return the row for a narrow screen: rounded MACs, receptive field and total stride in one column."""
    *kept, _, memory, field, stride = _exact_row(layer)
    return (*kept, _rounded(layer.macs), memory, f"{field}/{stride}")


def _window(window: Window | None) -> str:
    """Return `7/2/3`, `1×7/1/0×3`, and `3/1/2 d2` with a dilation."""
    if window is None:
        return ""
    text = "/".join(_side(side) for side in (window.kernel, window.stride, window.padding))
    return text if set(window.dilation) == {1} else f"{text} d{_side(window.dilation)}"


def _side(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else _times(numbers)


def _figure(figure: Figure) -> str:
    return _times(figure) if isinstance(figure, tuple) else f"{figure:g}" if isinstance(figure, float) else str(figure)


def _times(numbers: Iterable[int | float]) -> str:
    return "×".join(map(str, numbers))


def _rounded(count: int) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.1f}{letter}"
    return str(count)


def _longest(rows: Iterable[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]
