"""Can everybody use the page: by keyboard, on a telephone, in the dark, with a screen reader?"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from tests.serve.conftest import picture

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@contextlib.contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve an application from a thread, and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as held:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[held])))
        thread.start()
        try:
            yield f"http://localhost:{held.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def give(page: Any, data: bytes, name: str = "p.png") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": data})


def test_a_picture_gets_bars_and_a_map_and_axe_finds_nothing(make, browser) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with listening(make().app) as address:
        for width, scheme in ((360, "light"), (1200, "dark")):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
            )
            page = context.new_page()
            page.goto(address)
            give(page, picture(250))
            page.wait_for_selector("#bars li")
            found = axe.run(page)
            assert [
                (each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]
            ] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator("#bars .name span").first.inner_text() == "bright"
            context.close()


def test_nothing_breaks_the_policy_and_the_keyboard_reaches_everything(make, browser) -> None:
    with listening(make().app) as address:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        give(page, picture(128))
        page.wait_for_selector("#bars li")
        assert page.locator("#bars .name span").first.inner_text() == "grey <b>"
        assert page.locator("#bars button[aria-pressed='true']").count() == 1
        assert page.evaluate("document.getElementById('heat').getContext('2d').getImageData(10, 5, 1, 1).data[3]") > 50
        page.locator("#bars button").nth(1).focus()
        page.keyboard.press("Enter")
        assert page.locator("#bars button").nth(1).get_attribute("aria-pressed") == "true"
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Space")
        assert page.locator("#heat").is_hidden()
        assert "Answered in" in page.locator("#status").inner_text()
        page.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_a_refusal_and_a_missing_token_are_said(make, browser) -> None:
    with listening(make(token="s" * 16).app) as address:
        page = browser.new_page()
        page.goto(address)
        give(page, picture(0))
        page.locator("#status.bad").wait_for()
        assert "asks for its token" in page.locator("#status").inner_text()
        page.get_by_label("Token of this server").fill("s" * 16)
        give(page, b"no picture")
        page.locator("#status.bad:not(:has-text('token'))").wait_for()
        assert page.locator("#seen").is_hidden()
        give(page, picture(0))
        page.wait_for_selector("#bars li")
        page.close()
