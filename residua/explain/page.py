"""What do people see of explanations? A page with every map and what it is worth, and lines in the terminal."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from residua import pages
from residua.explain.explanation import Explanation, Map
from residua.explain.honesty import MOST_ALIKE, RANDOM
from residua.explain.pictures import framed, overlaid, plain, sheets
from residua.explain.written import Place
from residua.ship.runners import Runner, TorchRunner
from residua.text import name_of, printable

SIGNED, UNSIGNED = "red speaks for the class, blue against it", "the brighter, the more it speaks for the class"
MOST_SHEETS = 3  # images with maps of every stage on the page: some ten pictures each


def write(
    found: Sequence[Explanation], runner: Runner, place: Place, facts: Mapping[str, str], errors: Sequence[str]
) -> None:
    """Write the page, the pictures and explain.json into `place`.

    facts: how it was made. errors: of images without an answer. Raises MissingExtra without jinja2, ResiduaError where
    a file cannot be written.
    """
    pictures: dict[str, bytes] = {}
    shown = [_shown(number, each, runner, pictures) for number, each in enumerate(found, 1)]
    document = {"facts": dict(facts), "images": [each.to_json() for each in found], "errors": list(errors)}
    page = pages.render(
        "residua.explain",
        "explain.html",
        title=f"What did {Path(facts['network']).name or 'this network'} look at?",
        lead=f"{len(found)} image{'s' * (len(found) != 1)}; every map with what speaks against it.",
        images=shown,
        methods=list(_methods(found)),
        facts=facts,
        errors=errors,
        report=(place.home / "report.html").exists(),
        most_alike=MOST_ALIKE,
        random=RANDOM,
        shuffles=max((len(own.honesty.correlations) for each in found for own in each.maps), default=0),
        rendering="pixelated" if runner.preprocessing.size <= 96 else "auto",
    )
    place.write(pictures, document, page)


def lines_of(each: Explanation) -> Iterator[str]:
    """Yield what the terminal shows of an image: its answer, and a line a map."""
    yield f"{printable(each.file)}: {name_of(each.answer)} {each.chance:.1%}"
    for own in each.maps:
        words = "; ".join(own.honesty.doubts) or own.honesty.undoubted
        yield f"  {own.method.name} of {name_of(each.explained)}: {_in_numbers(own)}: {words}"
    if each.patches is not None:
        yield f"  right would be {name_of(each.right)}: {each.patches}"
    for near in each.neighbours:
        yield f"  near: {printable(near.where)} ({name_of(near.label)}), cosine {near.similarity:.3f}"


def _in_numbers(own: Map) -> str:
    honesty = own.honesty
    alike = "not known" if honesty.correlation is None else f"{honesty.correlation:.2f}"
    (height, width), random = own.heat.shape, "random maps"
    return (
        f"{height}×{width} cells; deletion {honesty.deletion:.2f}, {random} {np.mean(honesty.random_deletion):.2f}; "
        f"insertion {honesty.insertion:.2f}, {random} {np.mean(honesty.random_insertion):.2f}; rank correlation with "
        f"shuffled weights {alike}"
    )


def _methods(found: Sequence[Explanation]) -> Iterator[dict[str, str]]:
    """Yield a row a method: over all images, what its maps are worth."""
    for method in [own.method for own in found[0].maps] if found else []:
        own = [each.honesty for image in found for each in image.maps if each.method is method]
        alike = [each.correlation for each in own if each.correlation is not None]
        mean = float(np.mean(alike)) if alike else None
        yield {
            "title": method.title,
            "shows": method.shows,
            "source": method.source,
            "images": str(len(own)),
            "deletion": f"{np.mean([each.deletion for each in own]):.3f}",
            "random_deletion": f"{np.mean([each.random_deletion for each in own]):.3f}",
            "insertion": f"{np.mean([each.insertion for each in own]):.3f}",
            "random_insertion": f"{np.mean([each.random_insertion for each in own]):.3f}",
            "correlation": "not known" if mean is None else f"{mean:.3f}",
            "doubted": str(sum(bool(each.doubts) for each in own)),
            "passes": "" if mean is None else "yes" if mean <= MOST_ALIKE else "no",
        }


def _shown(number: int, each: Explanation, runner: Runner, pictures: dict[str, bytes]) -> dict[str, Any]:
    """Return what the page shows of one image, its pictures added to `pictures`."""

    def kept(name: str, data: bytes) -> str:
        pictures[f"{number:03d}-{name}.png"] = data
        return _uri(data)

    drawn = [
        {"uri": kept(own.method.name, overlaid(own.heat, each.pixels, own.method)), "title": own.method.title,
         "colours": SIGNED if own.method.signed else UNSIGNED, "numbers": _in_numbers(own),
         "doubts": own.honesty.doubts, "undoubted": own.honesty.undoubted}
        for own in each.maps
    ]  # fmt: skip
    stages = (
        {name: kept(f"maps-{name}", data) for name, data in sheets(runner, each.pixels[None]).items()}
        if isinstance(runner, TorchRunner) and number <= MOST_SHEETS
        else {}
    )
    without = each.patches if each.patches is not None and each.patches.found else None
    return {
        "file": each.file,
        "answer": f"{each.answer}, {each.chance:.1%}",
        "explained": f"{each.explained}, {each.explained_chance:.1%}",
        "right": each.right,
        "uri": kept("image", plain(each.pixels)),
        "maps": drawn,
        "stages": stages,
        "patches": str(each.patches or ""),
        "without": without and kept("patches", framed(each.pixels, without)),
        "near": [
            {"uri": _uri(plain(near.pixels)), "where": Path(near.where).name, "label": near.label,
             "cosine": f"{near.similarity:.3f}"}
            for near in each.neighbours
        ],
    }  # fmt: skip


def _uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
