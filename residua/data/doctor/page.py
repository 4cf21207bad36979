"""What does one page about a collection of images show? Findings, counts, sizes, and a contact sheet a class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import PIL

from residua import pages
from residua.data.augment.config import Augment
from residua.data.doctor.contact_sheet import Tile, augmented_sheet, sheet_of_items, sheets_of
from residua.data.doctor.examine import Examination, size_summary
from residua.data.doctor.rules import Finding
from residua.data.sources.source import Source
from residua.files import write_atomic
from residua.nn.device import processor_name
from residua.preprocessing import Preprocessing

MOST_CLASSES = 100  # more contact sheets than that make a page that no browser likes
COLUMNS = 8


@dataclass(frozen=True)
class Recipe:
    """An augmentation to be shown, and how the user wrote it."""

    text: str
    augment: Augment


def write_page(found: Examination, source: Source, path: Path, recipe: Recipe | None = None) -> Path:
    """Write one self-contained page and return its path. Raises MissingExtra without `report`.

    source: the training images, for the contact sheets and, with `recipe`, the sheet of augmented ones.
    """
    document = found.to_json()
    size = found.suggestion["size"]
    page = pages.render(
        "residua.data.doctor",
        "page.html",
        title=f"Images of {found.name}",
        lead=_lead(found),
        numbers=_numbers(found),
        findings=_findings(found),
        splits=list(document["splits"]),
        classes=_classes(found),
        sizes=[{"name": name, **values} for name, values in size_summary(found.collection.readable).items()],
        formats=sorted(document["formats"].items(), key=lambda item: -item[1]),
        mean=", ".join(f"{value:.4f}" for value in found.mean),
        std=", ".join(f"{value:.4f}" for value in found.std),
        seen=_seen(found, source, recipe, size),
        recipe=recipe.text if recipe else "",
        columns=COLUMNS,
        sheets=sheets_of(source, found.classes[:MOST_CLASSES]),
        rendering="pixelated" if size <= 64 else "auto",
    )
    write_atomic(path, page.encode("utf-8", "replace"))  # a file's name may hold bytes that are not UTF-8
    return path


def _findings(found: Examination) -> list[tuple[Finding, tuple[Tile, ...]]]:
    """Return each finding with pictures of the first of its files that can be read."""
    items, bits = {item.where: item for item in found.items}, found.collection.depth[0]
    return [
        (finding, sheet_of_items((items[name] for name in finding.files if name in items), found.channels, bits))
        for finding in found.findings
    ]


def _lead(found: Examination) -> str:
    worst = found.findings[0].severity if found.findings else "note"
    made = f" Read in {found.seconds:,.1f} s on {processor_name()}, with Pillow {PIL.__version__}."
    verdict = {
        "error": "There are errors: mend them before training.",
        "warning": "Usable, with warnings to read first.",
        "note": "Nothing stands in the way of training.",
    }
    shown = f" Contact sheets of the first {MOST_CLASSES} classes." if len(found.classes) > MOST_CLASSES else ""
    return verdict[worst] + shown + made


def _numbers(found: Examination) -> list[tuple[str, str]]:
    suggested = found.suggestion
    counts = {split: sum(found.collection.counts(split).values()) for split in found.collection.classes}
    return [
        *((f"{count:,}", f"images of {split}") for split, count in counts.items()),
        (f"{len(found.classes):,}", "classes"),
        (f"{suggested['size']} px", "suggested input"),
        (suggested["stem"].replace("x", "×"), "suggested stem"),
        (str(suggested["batch"]), "suggested batch"),
    ]


def _classes(found: Examination) -> list[dict[str, object]]:
    counts = [found.collection.counts(split) for split in found.collection.classes]
    largest = max((count for count in counts[0].values()), default=1) or 1
    return [
        {"name": name, "counts": [split[name] for split in counts], "share": round(100 * counts[0][name] / largest)}
        for name in found.classes
    ]


def _seen(found: Examination, source: Source, recipe: Recipe | None, size: int) -> object:
    if recipe is None or not found.mean:
        return ()
    fitted = Preprocessing(
        size, size, mean=found.mean, std=tuple(max(s, 1e-6) for s in found.std), channels=found.channels
    )
    return augmented_sheet(source, fitted, recipe.augment, columns=COLUMNS)
