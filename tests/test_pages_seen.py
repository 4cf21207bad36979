"""Can everybody read the pages: on a telephone, in the dark, by keyboard, with a screen reader?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from residua.cli.app import main
from residua.data.feed.loader import Batches
from residua.data.sources.source import ArraySource
from residua.preprocessing import Preprocessing
from residua.spec import ResNetSpec
from residua.train.measure.compare import read_runs, write_page
from residua.train.measure.evaluation import measure
from residua.train.measure.report import Circumstances, HeldOut, write_report
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from tests.data.conftest import picture, write

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
COUNTS = (2, 10, 150)  # of classes: with a top-5 and without, written out and drawn
PAGES = [*(f"run{count}/report.html" for count in COUNTS), "data.html", "compare.html"]
SMALLEST_LETTERS = """
Math.min(...[...document.querySelectorAll("svg text")].map(text => parseFloat(getComputedStyle(text).fontSize)
  * text.ownerSVGElement.getBoundingClientRect().width / text.ownerSVGElement.viewBox.baseVal.width), 99)
"""


def reported(folder: Path, classes: int) -> Run:
    """Write the report of a run of four epochs whose network answers by chance, and return the run."""
    generator = np.random.default_rng(classes)
    names = tuple(f"class number {number}" for number in range(classes))
    labels = np.arange(4 * classes) % classes
    source = ArraySource(generator.integers(0, 256, (len(labels), 8, 8, 1), np.uint8), labels, names)
    shown = Preprocessing(8, 8, channels=1, mean=(0.5,), std=(0.25,))
    batches = Batches(source, np.arange(len(labels)), batch=64, preprocessing=shown)
    logits = torch.from_numpy(generator.normal(size=(len(labels), classes)).astype(np.float32))
    found = measure(logits, torch.from_numpy(labels), names)
    run = Run.create(folder, TrainConfig(epochs=4, seed=classes))
    run.write_log([
        {"epoch": epoch, "step": 9 * epoch, "samples": 999 * epoch, "loss": 1 / epoch, "top1": epoch / 9, "lr": 0.1,
         "val_top1": epoch / 10, "val_loss": 2 / epoch, "gradient_norm": 1.0, "images_per_second": 9e3,
         "data_wait": 0.1}
        for epoch in range(1, 5)
    ])  # fmt: skip
    metrics = {"epoch": 4, "val_top1": 0.4, "train_seconds": 71.3, "left_out": ["a.jpg: empty"]}
    (folder / "metrics.json").write_text(json.dumps(found.to_json() | metrics | {"split": "val"}))
    around = Circumstances({"train": 999, "validate": len(labels)}, ("warning: 2 copies",), "cpu, fp32")
    held = HeldOut(batches, logits, torch.from_numpy(labels), found, "val", metrics, around)
    write_report(run, ResNetSpec(depths=(1, 1), in_channels=1, num_classes=classes), held)
    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one of every kind of page."""
    folder = tmp_path_factory.mktemp("pages")
    for count in COUNTS:
        reported(folder / f"run{count}", count)
    write_page(read_runs([folder / "run2", folder / "run10"]), folder / "compare.html")
    for number in range(24):
        write(folder / "images" / ("cat" if number % 2 else "dog") / f"{number}.jpg", picture(number, 90, 70))
    shutil.copy(folder / "images" / "cat" / "1.jpg", folder / "images" / "dog" / "copy.jpg")
    assert main(["data", str(folder / "images"), "--out", str(folder / "data.html"), "--quiet"]) == 1
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in PAGES[1:2] + PAGES[3:] else pytest.mark.slow) for name in PAGES]
)
def test_axe_finds_nothing_in_light_and_dark(folder: Path, browser: Any, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for width, scheme in ((360, "light"), (1200, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto((folder / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        found = axe.run(page)
        context.close()
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []
        assert len(found.response["passes"]) > 10  # it has looked


@pytest.mark.parametrize("name", PAGES)
def test_on_a_telephone_nothing_sticks_out_and_letters_are_11_pixels(folder: Path, browser: Any, name: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 900})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto((folder / name).as_uri())
    width, letters = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(SMALLEST_LETTERS)
    lefts = page.evaluate("[...document.querySelectorAll('.curves svg')].map(s => s.getBoundingClientRect().left)")
    page.close()
    assert errors == []
    assert width <= 360
    assert letters >= 11
    assert len(set(lefts)) <= 1  # one curve a row


def test_classes_have_the_numbers_that_a_drawn_confusion_shows(folder: Path) -> None:
    texts = {count: (folder / f"run{count}/report.html").read_text() for count in (10, 150)}
    assert {count: '<th scope="col">number</th>' in text for count, text in texts.items()} == {10: False, 150: True}


def test_the_dark_page_is_dark_and_its_figures_follow(folder: Path, browser: Any) -> None:
    colors = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto((folder / "run10/report.html").as_uri())
        colors.append(
            page.evaluate("""[document.body, document.querySelector("svg text")].map(
            (element, number) => getComputedStyle(element)[number ? "fill" : "backgroundColor"])""")
        )
        page.close()
    (paper, ink), (dark, bright) = ([sum(map(int, c[4:-1].split(", "))) for c in each] for each in colors)
    assert paper > 3 * 200 > 3 * 60 > dark
    assert ink < 3 * 60 < 3 * 200 < bright


def test_a_table_is_sorted_by_the_header_that_the_keyboard_reaches(folder: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((folder / "run10/report.html").as_uri())
    values = (
        "[...document.querySelectorAll('table.sortable tbody tr')].map(row => parseFloat(row.cells[2].textContent))"
    )
    worst_first = page.evaluate(values)
    head = page.locator("table.sortable thead th").nth(2)
    orders = []
    for _ in range(2):
        head.locator("button").focus()
        page.keyboard.press("Enter")
        orders.append((head.get_attribute("aria-sort"), page.evaluate(values)))
    page.close()
    assert worst_first == sorted(worst_first)
    assert len(set(worst_first)) > 1
    assert orders == [("ascending", worst_first), ("descending", sorted(worst_first, reverse=True))]


def test_every_figure_has_a_name_and_every_scroll_box_is_reached_by_keyboard(folder: Path, browser: Any) -> None:
    for name in PAGES:
        page = browser.new_page(viewport={"width": 360, "height": 900})
        page.goto((folder / name).as_uri())
        nameless = page.evaluate("""[...document.querySelectorAll("svg")].filter(
            svg => svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label")
              || !svg.querySelector("title")).length""")
        boxes = page.evaluate("""[...document.querySelectorAll("*")].filter(
            box => box.scrollWidth > box.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
              && box.tabIndex < 0).map(box => box.outerHTML.slice(0, 80))""")
        page.close()
        assert (nameless, boxes) == (0, []), name
