"""`residua data`: what is in a collection of images, and what is wrong with it?"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from residua.cli.output import emit, say, show
from residua.files import require_new
from residua.text import name_of, one_line, printable

if TYPE_CHECKING:
    from residua.data.doctor.examine import Examination
    from residua.data.sources.source import Source

MOST_ROWS = 40
LONGEST_FINDING = 1000  # characters: a finding names several files, and each by its path


@dataclass(frozen=True)
class DataOptions:
    """What to look at, and where to write it.

    Parameters
    ----------
    root
        Folder that holds a public data set.
    out
        HTML page to write: findings, counts, a contact sheet a class.
    overwrite
        Replace the page where it exists.
    augment
        Recipe whose effect the page shows, as trivial,cutout=16; presets: default, crop-flip, cutout, resized-crop,
        colour, trivial, rand, augmix, strong.
    max_pixels
        Most pixels of a picture; by default 89 million, and what 896 MiB can decode.
    mean
        Mean that you normalise with, in 0…1, a value a channel: checked.
    std
        Standard deviation that you normalise with: checked.
    multi_label
        An image of a list has any number of labels.
    """

    root: str | None = None
    out: Path | None = None
    overwrite: bool = False
    augment: str | None = None
    max_pixels: int | None = None
    mean: Annotated[tuple[float, ...] | None, Parameter(consume_multiple=True)] = None
    std: Annotated[tuple[float, ...] | None, Parameter(consume_multiple=True)] = None
    multi_label: Annotated[bool, Parameter(negative=())] = False


def data(
    path: str | None = None,
    /,
    *,
    options: Annotated[DataOptions | None, Parameter(name="*")] = None,
    cache: bool = False,
    clear: bool = False,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Examine a collection of images: counts, sizes, damaged files, duplicates, leaks between splits, traps.

    Exits with 1 when a finding is an error. Nothing is written unless --out or --augment asks for the page.

    Parameters
    ----------
    path
        Folder, list (.csv, .tsv, .jsonl), shards, or name of a data set.
    cache
        List what is kept of images, decoded or as signatures, and stop.
    clear
        With --cache: remove it; it is made again when it is needed.
    json
        Print one JSON document on stdout.
    quiet
        Say nothing but the findings.
    """
    from residua.data.doctor.examine import examine
    from residua.data.sources.open import format_of, located
    from residua.errors import DataError

    if cache:
        return _show_cache(clear, json, quiet)
    if path is None or clear:
        raise DataError(
            "--clear goes with --cache" if clear else "name the images to examine, as `residua data FOLDER`"
        )
    asked = options or DataOptions()
    from residua.data.pixels import bounds

    bounds.allow_pixels(asked.max_pixels)
    place = located(path, asked.root)
    page = _page_of(asked, path, place)
    kind = format_of(path, place) if quiet else None
    with kind.quietly() if kind else contextlib.nullcontext():
        found = examine(path, asked.root, mean=asked.mean, std=asked.std, multi_label=asked.multi_label)
        if page is not None:
            say(f"page: {_write_page(found, path, asked, page)}", quiet=quiet)
    if json:
        emit(found.to_json())
    else:
        _print(found, quiet)
    return 1 if any(finding.severity == "error" for finding in found.findings) else 0


def _page_of(asked: DataOptions, path: str, place: Path | None) -> Path | None:
    """Return the page to write, None for none. Raises ResiduaError, before anything is measured, where it cannot be."""
    from residua.data.augment.config import parse_augment

    if asked.augment is not None:
        parse_augment(asked.augment)
    if asked.out is None and asked.augment is None:
        return None
    page = asked.out or _default_page(path, place)
    _refuse_inside(page, [place] if place else [])
    _refuse_several(asked)
    require_new(page, asked.overwrite)
    return page


def _show_cache(remove: bool, json: bool, quiet: bool) -> int:
    """List the caches of decoded images and of signatures, or remove them."""
    from residua.data.feed.cache import default_cache
    from residua.data.feed.kept import clear, in_words, kept_in, most_bytes

    folder = default_cache()
    caches = clear(folder) if remove else kept_in(folder)
    most, total = most_bytes(folder), sum(each.bytes for each in caches)
    if json:
        rows = [{"name": each.path.name, "bytes": each.bytes, "used": each.used} for each in caches]
        emit({"folder": str(folder), "most_bytes": most, "bytes": total, "removed": remove, "caches": rows})
        return 0
    for each in caches:
        show(f"{each.bytes / 2**20:10,.1f} MiB  {in_words(each):<12}  {name_of(each.path.name)}")
    done = "removed from" if remove else "in"
    bound = "" if remove else f", of at most {most / 2**30:,.1f} GiB"
    say(f"{len(caches)} caches of images {done} {folder.parent}: {total / 2**20:,.1f} MiB{bound}", quiet=quiet)
    return 0


def _write_page(found: Examination, path: str, asked: DataOptions, page: Path) -> Path:
    from residua.data.augment.config import parse_augment
    from residua.data.doctor.examine import open_leniently
    from residua.data.doctor.page import Recipe, write_page
    from residua.data.sources.open import lists_files, located

    source: Source = open_leniently(path, asked.root)
    place = located(path, asked.root)
    if place is not None and lists_files(place):
        _refuse_inside(page, {(place.parent / source.where(index)).parent for index in range(len(source))})
    recipe = None
    if asked.augment is not None:
        recipe = Recipe(asked.augment, parse_augment(asked.augment, found.name, found.suggestion["size"]))
    return write_page(found, source, page, recipe)


def _refuse_several(asked: DataOptions) -> None:
    from residua.errors import DataError

    if asked.multi_label:
        raise DataError("the page shows a contact sheet a class, which --multi-label has not: leave out one of them")


def _refuse_inside(page: Path, places: Iterable[Path]) -> None:
    """Raise DataError if the page would lie in one of these folders or replace one of these files."""
    from residua.errors import DataError

    for place in places:
        if page.resolve().is_relative_to(place.resolve()):
            raise DataError(f"{page} would lie in the data, {place}, where nothing is written; name another --out.")


def _default_page(path: str, place: Path | None) -> Path:
    name = path.rpartition("/")[2] if place is None else place.stem if place.is_file() else place.resolve().name
    plain = re.sub(r"\W+", "-", name).strip("-") or "data"
    return Path(f"{plain}-augmented.html")


def _print(found: Examination, quiet: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    collection = found.collection
    if not quiet:
        counts = {split: collection.counts(split) for split in collection.classes}
        table = Table("class", box=None, pad_edge=False, header_style="bold")
        for split in counts:
            table.add_column(split, justify="right")
        for name in found.classes[:MOST_ROWS]:
            table.add_row(Text(name_of(name)), *(str(count[name]) for count in counts.values()))
        if len(found.classes) > MOST_ROWS:
            table.add_row(f"… {len(found.classes) - MOST_ROWS} more")
        table.add_row("all", *(str(collection.images_in(split)) for split in counts), style="bold")
        console.print(table)
        for line in _summary(found):
            console.print(Text(printable(line)))
        console.print()
    colours = {"error": "red", "warning": "yellow", "note": "cyan"}
    for finding in found.findings:
        colour = colours[finding.severity]
        words = one_line(finding.message, LONGEST_FINDING)
        console.print(Text.assemble((f"{finding.severity:<8}", colour), (f"{finding.code}: ", "bold"), words))
    if not found.findings:
        console.print("nothing to complain about")


def _summary(found: Examination) -> list[str]:
    document = found.to_json()
    sizes, suggested = document["sizes"], document["suggested"]
    if not sizes:
        return ["no image can be read"]
    formats = ", ".join(f"{count} × {name}" for name, count in document["formats"].items())
    width, height = sizes["width"], sizes["height"]
    seen = (
        []
        if document["seen"] > 0.995
        else [f"seen     {document['seen']:.0%} of the median picture, by the centre crop"]
    )
    return [
        f"sizes    {width['min']}×{height['min']} to {width['max']}×{height['max']}, "
        f"median {width['median']:.0f}×{height['median']:.0f}; {formats}",
        *seen,
        "mean     " + ", ".join(f"{value:.4f}" for value in found.mean),
        "std      " + ", ".join(f"{value:.4f}" for value in found.std) + "  (over pixels)",
        f"suggest  --size {suggested['size']} --batch {suggested['batch']}, stem {suggested['stem'].replace('x', '×')}",
    ]
