"""How is a drawing written as SVG: one file that loads nothing, readable in light and in dark?"""

from __future__ import annotations

import html

from residua.summary.diagram import Diagram
from residua.summary.layout import Line, Page, laid_out
from residua.text import printable

_STYLE = """
  svg { background: #fff } text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
    fill: #1c2330; dominant-baseline: central; white-space: pre }
  .soft { fill: #4c566a } .bad { fill: #b3261e } .strong, .title { font-weight: bold }
  rect { fill: #f3f5f8; stroke: #4c566a } rect.sum { fill: #dfeaf6; stroke: #2f6fb3 }
  rect.input { fill: none; stroke: none } rect.failed { fill: #fbe9e7; stroke: #b3261e; stroke-width: 2 }
  rect.unused { stroke-dasharray: 4 3; stroke: #b3261e }
  path { fill: none; stroke: #4c566a; stroke-width: 1.2 }
  .dotted { fill: none; stroke-dasharray: 2 3; stroke: #2f6fb3 }
  .missing { stroke-dasharray: 6 4; stroke: #b3261e } marker path { fill: #4c566a; stroke: none }
  @media (prefers-color-scheme: dark) { svg { background: #14181f } text { fill: #e3e8f0 } .soft { fill: #a9b4c5 }
    .bad { fill: #ff8a80 } rect { fill: #1f2630; stroke: #a9b4c5 } rect.sum { fill: #203247; stroke: #6ea8e0 }
    rect.failed { fill: #3a1f1f; stroke: #ff8a80 } path { stroke: #a9b4c5 } .dotted { stroke: #6ea8e0 }
    rect.unused, .missing { stroke: #ff8a80 } marker path { fill: #a9b4c5 } }
"""


def as_svg(diagram: Diagram) -> str:
    """Return the drawing as an SVG document."""
    page = laid_out(diagram)
    title = _escaped(diagram.title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{page.width:.0f}" height="{page.height:.0f}" '
        f'viewBox="0 0 {page.width:.0f} {page.height:.0f}" role="img">',
        f"<title>{title}</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        *(_line(line) for line in page.lines),
        *_frames(page),
        *_words(page),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _line(line: Line) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line.points)
    head = ' marker-end="url(#head)"' if line.head else ""
    return f'<path class="{line.kind}" d="{path}"{head}/>'


def _frames(page: Page) -> list[str]:
    return [
        f'<rect class="{frame.kind}" x="{frame.x:.1f}" y="{frame.y:.1f}" width="{frame.width:.1f}" '
        f'height="{frame.height:.1f}" rx="{frame.height / 2 if frame.kind == "sum" else 4:.1f}"/>'
        for frame in page.frames
    ]


def _words(page: Page) -> list[str]:
    return [
        f'<text class="{words.kind}" x="{words.x:.1f}" y="{words.y:.1f}" font-size="{words.size:g}" '
        f'textLength="{words.width:.1f}" lengthAdjust="spacingAndGlyphs">{_escaped(words.text)}</text>'
        for words in page.words
        if words.text
    ]


def _escaped(text: str) -> str:
    return html.escape(printable(text))
