"""How are the plots of a run drawn?"""

from __future__ import annotations

import io
from typing import Any

from residua import extras


def figure_of(rows: int, columns: int, inches: tuple[float, float]) -> tuple[Any, list[Any]]:
    """Return a matplotlib figure and its axes in reading order. Raises MissingExtra without `report`."""
    figure = extras.require("matplotlib.figure").Figure(figsize=inches, layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    return figure, axes


def as_svg(figure: Any) -> str:
    """Return the figure as an element for a page."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()[out.getvalue().index("<svg") :]


def as_png(figure: Any) -> bytes:
    """Return the figure as a PNG of 150 dots an inch."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    return out.getvalue()
