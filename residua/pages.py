"""How do all pages that residua writes look, and what may they load?

A page is one file that loads nothing: its style stands in `pages.html`, its pictures in their addresses, and the one
script, which sorts tables, in `pages.js`. The policy in its head has a browser refuse whatever else a name or a message
might bring with it. Figures take their colours from the page, so that they follow it into the dark.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import io
import re
import time
import warnings
from collections.abc import Iterator
from importlib import resources
from typing import Any

from residua import extras
from residua.text import legible
from residua.version import __version__

# Pictures as data:, style in the page itself (matplotlib's figures style every element), and of scripts only the one
# whose digest is named; no form or frame.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; "
    "form-action 'none'"
)
INK, FAINT = "#1c2330", "#d8dde6"
LINES = ("#2f6fb3", "#c2571a", "#3d8c57", "#8a4fa3", "#7a6a00", "#3a7f8c")  # each 3:1 on white; pages.html has the dark
SIDE = 3.4  # inches of one figure: on the narrowest telephone, 320 pixels, its letters are 12 pixels high
SHAPE = (SIDE, 2.4)
LETTERS = 10  # points


def policy_of(script: str, more: str = "") -> str:
    """Return the Content-Security-Policy of a page with this script. more: directives that loosen nothing else."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _POLICY.format(digest=digest) + more


def render(package: str, template: str, **values: object) -> str:
    """Return the page that the file `template` of `package` makes of `values`; text in it is escaped.

    The file extends "pages.html" and fills its blocks: `style`, what it has beside the common look, and `content`; what
    it includes lies beside it. The values `title` and, for a line below it, `lead` belong to every page. Raises
    MissingExtra without jinja2.
    """
    return render_with(text_of("residua", "pages.js"), "", package, template, **values)


def render_with(script: str, more: str, package: str, template: str, /, **values: object) -> str:
    """Return a page as `render` does, with a script of its own, and what else its policy says (see `policy_of`)."""
    jinja2 = extras.require("jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: text_of("residua" if name == "pages.html" else package, name)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    policy = policy_of(script, more)
    made = f"{time.strftime('%Y-%m-%d %H:%M')}, by residua {__version__}"
    page: str = environment.get_template(template).render(policy=policy, script=script, made=made, **values)
    return legible(page)  # a name may turn the direction of what follows it


def text_of(package: str, name: str) -> str:
    """Return the text of a file that lies in a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Let figures be drawn in the pages' look. Raises MissingExtra without `report`.

    The browser sets the text, in its own fonts; a dollar in the name of a class is no formula.
    """
    matplotlib = extras.require("matplotlib")
    letters = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    look: dict[str, Any] = dict.fromkeys(letters, INK) | {"axes.prop_cycle": matplotlib.cycler(color=LINES)}
    look |= dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False)
    look |= dict.fromkeys(("font.size", "axes.titlesize", "xtick.labelsize", "ytick.labelsize"), LETTERS)
    look |= {"legend.fontsize": LETTERS, "svg.fonttype": "none", "text.parse_math": False}
    with matplotlib.rc_context(look), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        yield


def figure_of(inches: tuple[float, float] = SHAPE, *, solid: bool = False) -> tuple[Any, Any]:
    """Return a matplotlib figure and its axes, of three dimensions if `solid`. Raises MissingExtra without `report`."""
    figure = extras.require("matplotlib.figure").Figure(figsize=inches, layout="constrained")
    return figure, figure.subplots(subplot_kw={"projection": "3d"} if solid else None)


def whole_numbers(axis: Any) -> None:
    """Let an axis, of epochs for example, be marked at whole numbers only."""
    axis.set_major_locator(extras.require("matplotlib.ticker").MaxNLocator(integer=True, nbins=6))


def in_percent(axis: Any) -> None:
    """Let an axis of shares in 0…1 be marked in percent."""
    axis.set_major_formatter(extras.require("matplotlib.ticker").PercentFormatter(1))


def as_svg(figure: Any, title: str) -> str:
    """Return the figure as an element for a page, named `title` for who cannot see it; the page gives its colours."""
    matplotlib, out = extras.require("matplotlib"), io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": title}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    drawn = out.getvalue()[out.getvalue().index("<svg") :]
    used = set(re.findall(r"#([\w-]+)", drawn))
    drawn = re.sub(r' id="([\w-]+)"', lambda found: found[0] if found[1] in used else "", drawn)  # twice on a page
    names = {INK: "ink", FAINT: "faint"} | {color: f"line-{number}" for number, color in enumerate(LINES, 1)}
    for color, name in names.items():
        drawn = drawn.replace(color, f"var(--{name})")
    name = html.escape(title)
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1).replace(
        ">", f">\n<title>{name}</title>", 1
    )


def as_png(figure: Any) -> bytes:
    """Return the figure as a PNG of 150 dots an inch."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    return out.getvalue()
