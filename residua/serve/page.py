"""What does a person see at the server's address? One page that loads nothing, made once."""

from __future__ import annotations

from dataclasses import dataclass

from residua import pages
from residua.ship.artifact import Manifest

_ASKS = "; connect-src 'self'"  # its own server
_FRAMES = "; frame-ancestors 'none'"  # which only a header can say


@dataclass(frozen=True)
class Page:
    """The page's text, and the policy that is sent with it."""

    text: str
    policy: str


def page_of(manifest: Manifest, asks_token: bool) -> Page:
    """Return the page of an artifact. Raises MissingExtra without jinja2."""
    verified = manifest.verified
    facts = {
        "Engine": f"{manifest.engine} {manifest.engine_version}, {manifest.precision}",
        "Classes": f"{len(manifest.classes):,}",
        "Input": f"{manifest.preprocessing.size} × {manifest.preprocessing.size} pixels",
        "Verified on": f"{verified.get('samples')} {verified.get('images')}",
        "Verdict": str(verified.get("verdict")),
    }
    if verified.get("accuracy_after") is not None:
        facts["Accuracy there"] = f"{verified['accuracy_after']:.2%}"
    script = pages.text_of("residua.serve", "page.js")
    text = pages.render_with(
        script,
        _ASKS,
        "residua.serve",
        "page.html",
        title=f"What is in this picture? {manifest.name}",
        lead="Pictures stay between this page and the server that it came from.",
        facts=facts,
        asks_token=asks_token,
    )
    return Page(text, pages.policy_of(script, _ASKS + _FRAMES))
