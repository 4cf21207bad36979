"""How does throughput stand against accuracy? A point an engine, precision and size of batch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from residua import pages
from residua.errors import ShipError
from residua.files import require_folder, write_atomic

_UNDATED: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}}  # what it may be drawn as
INCHES = (7.0, 4.6)
MARKERS = ("o", "s", "^", "D")  # of batch sizes
LEAST_SPAN = 0.01  # of the axis of accuracy: a difference of a tenth of a point is not to look like a cliff


def require_drawable(path: Path | None) -> None:
    """Raise ShipError for a file that could not be drawn after all the work, MissingExtra without `report`."""
    if path is None:
        return
    if path.suffix.lower() not in _UNDATED:
        raise ShipError(f"--plot {path}: a plot is drawn as its suffix says, one of {', '.join(_UNDATED)}")
    if not path.parent.is_dir():
        raise ShipError(f"--plot {path}: there is no folder {path.parent}")
    require_folder(path.parent)
    if path.exists():
        raise ShipError(f"{path} exists already, and a plot replaces nothing: name another file")
    with pages.drawing():
        pass


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw rows as `measured` returns them: a colour an engine and precision, a marker a size of batch.

    Where one of them has no accuracy, all are drawn by how often their answer is that of their target's first row.
    """
    known = all(row["accuracy"] is not None for row in rows)
    worth = "accuracy" if known else "top1_agreement"
    low, high = min(row[worth] for row in rows), max(row[worth] for row in rows)
    room = max(0.0, LEAST_SPAN - (high - low)) / 2 + 0.1 * (high - low)
    with pages.drawing():
        figure, axes = pages.figure_of(INCHES)
        _draw_points(axes, rows, worth)
        axes.set_xlim(left=0)
        axes.set_ylim(low - room, high + room)
        axes.set_xlabel("images per CPU-second")
        axes.set_ylabel(f"top-1 on {rows[0]['samples']:,} images" if known else "same answer as the first")
        pages.in_percent(axes.yaxis)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        out = io.BytesIO()
        figure.savefig(out, format=path.suffix[1:].lower(), dpi=150, metadata=_UNDATED[path.suffix.lower()])
    write_atomic(path, out.getvalue())


def _draw_points(axes: Any, rows: Sequence[dict[str, Any]], worth: str) -> None:
    batches = sorted({row["batch"] for row in rows})
    for number, name in enumerate(dict.fromkeys(_name(row, rows) for row in rows)):
        own = [row for row in rows if _name(row, rows) == name]
        color, style = f"C{number}", "-" if number < len(pages.LINES) else "--"  # colours come again
        speeds, worths = [row["images_per_cpu_second"] for row in own], [row[worth] for row in own]
        axes.plot(speeds, worths, color=color, linestyle=style, label=name)
        for row, across, up in zip(own, speeds, worths, strict=True):
            axes.plot(across, up, marker=MARKERS[batches.index(row["batch"]) % len(MARKERS)], color=color)
    for batch, marker in zip(batches, MARKERS * len(batches), strict=False):
        axes.plot([], [], marker=marker, color=pages.INK, linestyle="none", label=f"batch {batch}")


def _name(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    name = f"{row['engine']} {row['precision']}"
    return name if len({each["target"] for each in rows}) == 1 else f"{Path(row['target']).name}: {name}"
