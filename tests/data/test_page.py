"""Is the doctor's page whole when a browser shows it?"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from residua.cli.app import main
from tests.data.conftest import picture, write


def _chromium() -> str | None:
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    root = tmp_path / "a <b> folder"
    for number in range(24):
        write(root / ("cat" if number % 2 else "größer & kleiner") / f"im age {number}.jpg", picture(number, 90, 70))
    shutil.copy(
        root / "cat" / "im age 1.jpg", root / "größer & kleiner" / "<script>alert(1)</script>.jpg".replace("/", "_")
    )
    out = tmp_path / "page.html"
    assert main(["data", str(root), "--out", str(out), "--augment", "trivial,mixup=0.2", "--quiet"]) == 1
    return out


def test_the_page_stands_alone_and_escapes_names(page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert text.count("<script") == 1  # which sorts tables
    assert "größer &amp; kleiner" in text


def test_a_finding_shows_its_pictures_whichever_split_they_are_in(tmp_path: Path) -> None:
    for number, name in enumerate(("train/cat/1", "train/dog/1", "test/cat/1", "test/dog/1")):
        write(tmp_path / "set" / f"{name}.png", picture(number))
    shutil.copy(tmp_path / "set/train/cat/1.png", tmp_path / "set/test/cat/copy.png")
    assert main(["data", str(tmp_path / "set"), "--out", str(tmp_path / "page.html"), "--quiet"]) == 1
    shown = (tmp_path / "page.html").read_text().partition("<b>leak</b>")[2].partition('<div class="finding')[0]
    assert re.findall('<img alt="([^"]+)"', shown) == ["train/cat/1.png", "test/cat/copy.png"]


def test_names_that_are_not_utf_8_are_shown_escaped(tmp_path: Path, capsys) -> None:
    root = tmp_path / "set"
    for number in range(12):
        write(root / ("cat" if number % 2 else "dog") / f"{number}.jpg", picture(number, 90, 70))
    os.rename(root / "cat" / "1.jpg", os.fsencode(root / "cat") + b"/caf\xe9.jpg")
    os.rename(root / "dog", os.fsencode(root) + b"/d\xf6g")
    shutil.copy(os.fsencode(root / "cat") + b"/caf\xe9.jpg", root / "cat" / "copy.jpg")
    out = tmp_path / "page.html"
    assert main(["data", str(root), "--out", str(out), "--augment", "trivial"]) == 0
    assert "caf?.jpg" in out.read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert r"caf\udce9.jpg" in printed
    assert r"d\udcf6g" in printed


@pytest.mark.skipif(_chromium() is None, reason="no Chromium on this machine")
def test_a_browser_shows_every_image_without_an_error(page_file: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(page_file.as_uri())
        images = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 0)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        headings = page.evaluate("[...document.querySelectorAll('h2')].map(h => h.textContent)")
        findings = page.locator(".finding.error").count()
        browser.close()
    assert errors == []
    assert len(images) >= 6 * 8 + 24
    assert all(images)
    assert wide <= 390  # nothing sticks out on a telephone
    assert headings == ["Findings", "Classes", "Images", "What the network will see", "Contact sheets"]
    assert findings == 1
