"""Do all pages that residua writes look alike, stand alone, and refuse whatever would load or run?"""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import pytest

import residua
from residua import pages

PACKAGE = Path(residua.__file__).parent
BASE = PACKAGE / "pages.html"


def page_with(tmp_path: Path, content: str) -> Path:
    """Write a page whose content is not escaped, as one that a mistake let through."""
    template = '{% extends "pages.html" %}{% block content %}{{ content|safe }}{% endblock %}'
    (tmp_path / "template.html").write_text(template)
    with pytest.MonkeyPatch.context() as patch:
        files = resources.files
        patch.setattr(resources, "files", lambda package: tmp_path if package == "elsewhere" else files(package))
        page = pages.render("elsewhere", "template.html", title="a < b", content=content)
    path = tmp_path / "page.html"
    path.write_text(page)
    return path


def test_every_template_has_the_common_look_and_brings_no_head_of_its_own() -> None:
    templates = sorted(set(PACKAGE.rglob("*.html")) - {BASE})
    assert len(templates) >= 3
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert text.startswith('{% extends "pages.html" %}'), path
        assert not {"<head", "<script", "<style", "<link", "<meta"} & {word.split(">")[0] for word in text.split()}, (
            path
        )


def test_text_is_escaped_and_the_policy_comes_before_anything_that_it_governs(tmp_path: Path) -> None:
    text = page_with(tmp_path, "x").read_text()
    assert "<title>a &lt; b</title>" in text
    policy, style = text.index("Content-Security-Policy"), text.index("<style>")
    assert text.index("<head>") < policy < style
    assert "default-src &#39;none&#39;" in text


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine")
def test_a_browser_runs_and_loads_nothing_that_a_mistake_let_into_a_page(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    Path(tmp_path / "other.png").write_bytes(b"x")
    path = page_with(tmp_path, '<script>document.title = "ran"</script><img src="other.png"><h2>kept</h2>')
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(path.as_uri())
        title, heading = page.title(), page.locator("h2").text_content()
        browser.close()
    assert (title, heading) == ("a < b", "kept")
    assert len([line for line in refused if "Content Security Policy" in line]) == 2
