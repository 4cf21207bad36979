"""How do all pages that residua writes look, and what may they load?

A page is one file that loads nothing: its style stands in `pages.html`, its pictures in their addresses. The policy in
its head has a browser refuse whatever else a name or a message might bring with it.
"""

from __future__ import annotations

from importlib import resources

from residua import extras

# Pictures as data:, style in the page itself (matplotlib's figures style every element); no script, form or frame.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


def render(package: str, template: str, **values: object) -> str:
    """Return the page that the file `template` of `package` makes of `values`; text in it is escaped.

    The file extends "pages.html" and fills its blocks: `style`, what it has beside the common look, and `content`. The
    values `title` and, for a line below it, `lead` belong to every page. Raises MissingExtra without `report`.
    """
    jinja2 = extras.require("jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _text(package if name == template else "residua", name)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page: str = environment.get_template(template).render(policy=CONTENT_SECURITY_POLICY, **values)
    return page


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
