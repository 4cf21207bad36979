"""What does a study leave: a table, figures, and a page that says what was seen and what that does not show?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from residua import extras, pages

Row = Mapping[str, str | int | float | None]


@dataclass(frozen=True)
class Published:
    """One number of a paper: what it is of, the number in the paper's own words, and where it stands."""

    what: str
    value: str
    source: str


@dataclass(frozen=True)
class Figure:
    """One plot: `draw` fills a matplotlib axes, which is in space where it is `solid`."""

    name: str
    title: str
    draw: Callable[[Any], None]
    solid: bool = False


@dataclass(frozen=True)
class Report:
    """What a study found. rows: the table, all with the same keys; circumstances: seeds, machine, settings.

    tables: further ones by the name of their CSV.
    """

    name: str
    question: str
    rows: Sequence[Row]
    figures: Sequence[Figure]
    seen: Sequence[str]
    not_shown: Sequence[str]
    published: Sequence[Published]
    circumstances: Mapping[str, str]
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Return NAME.csv, an SVG and a PNG a figure, and NAME.html, by their names.

        Raises MissingExtra without the packages of `report`.
        """
        tables = {self.name: self.rows, **self.tables}
        files = {f"{name}.csv": as_csv(rows).encode() for name, rows in tables.items()}
        drawn, matplotlib = [], extras.require("matplotlib")
        with pages.drawing():
            for each in self.figures:
                figure, axes = pages.figure_of((4.6, 3.2), solid=each.solid)
                each.draw(axes)
                drawn.append((each.title, pages.as_svg(figure, each.title)))
                files[f"{each.name}.png"] = pages.as_png(figure)
                out = io.BytesIO()
                with matplotlib.rc_context({"svg.hashsalt": each.name}):  # the same figure, the same file
                    figure.savefig(out, format="svg", metadata={"Date": None})
                files[f"{each.name}.svg"] = out.getvalue()
        return files | {f"{self.name}.html": self._page(drawn).encode()}

    def _page(self, drawn: Sequence[tuple[str, str]]) -> str:
        header = list(self.rows[0]) if self.rows else []
        table = [[shown(row[name]) for name in header] for row in self.rows[:_ROWS_SHOWN]]
        return pages.render(
            "residua.study",
            "study.html",
            title=f"Study: {self.name}",
            lead=self.question,
            study=self,
            figures=drawn,
            header=header,
            table=table,
            left_out=max(0, len(self.rows) - _ROWS_SHOWN),
        )


_ROWS_SHOWN = 60  # of the table on the page, three screens of it; the CSV has all


def logarithmic(axis: Any) -> None:
    """Let a logarithmic axis have plain numbers at its marks: pages set no formulas."""
    ticker = extras.require("matplotlib.ticker")
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def as_csv(rows: Sequence[Row]) -> str:
    """Return rows with the same keys as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def shown(value: str | int | float | None) -> str:
    """Return a cell of the table: four figures of a float, nothing for what was not measured."""
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def spread(values: Sequence[float]) -> str:
    """Return mean, smallest and largest of one value a seed: "1.23 (1.10 to 1.31, 3 seeds)"."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.4g} (one seed)"
    return f"{mean:.4g} ({min(values):.4g} to {max(values):.4g}, {len(values)} seeds)"
