"""What does the page of `residua serve` look like? Writes docs/img/serve-light.png and docs/img/serve-dark-phone.png.

    python bench/screenshots.py ARTIFACT PICTURE

Needs the packages of the extra `dev` and a Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WAYS = (("serve-light", 1100, 820, "light"), ("serve-dark-phone", 390, 900, "dark"))
FOLDER = Path(__file__).parents[1] / "docs" / "img"


def main(artifact: str, picture: str) -> None:
    words = [sys.executable, "-m", "residua", "serve", artifact, "--port", "0", "--json", "--quiet"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    FOLDER.mkdir(exist_ok=True)
    try:
        address = json.loads(server.stdout.readline())["url"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, width, height, scheme in WAYS:
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                page.goto(address)
                page.set_input_files("#file", picture)
                page.wait_for_selector("#bars li", timeout=300_000)
                page.screenshot(path=FOLDER / f"{name}.png")
                page.close()
            browser.close()
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
