"""`residua predict`: the likeliest classes of image files, in the order they were given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt
from cyclopts.validators import Number

from residua.cli.output import STDIN, emit, say, show
from residua.cli.results.rows import require_writable, write_rows
from residua.cli.target import fetch_pretrained
from residua.errors import ShipError
from residua.text import LONGEST_MESSAGE, name_of, one_line, printable
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.ship.images import Picture
    from residua.ship.predictor import Prediction, Predictor


MOST_STDIN = 512 * 2**20  # bytes of names, or of one image; a larger image is cut off, and refused as damaged


@dataclass(frozen=True)
class TableOptions:
    """Where the answers are written.

    Parameters
    ----------
    out
        File to write a row an image into: .csv, .parquet or .jsonl (the lines of --json).
    overwrite
        Replace it where it exists.
    """

    out: Path | None = None
    overwrite: bool = False


def predict(
    target: str,
    images: Annotated[list[str], Parameter(consume_multiple=True)],
    /,
    *,
    top: PositiveInt | None = None,
    threshold: Annotated[float | None, Parameter(validator=Number(gte=0, lte=1))] = None,
    table: Annotated[TableOptions | None, Parameter(name="*")] = None,
    device: str = "auto",
    precision: str = "auto",
    prepared: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Say what is in image files, folders of them, or globs; one line a file.

    Parameters
    ----------
    target
        Run folder, checkpoint, pretrained name, or artifact.
    images
        Files, folders (with all their sub-folders) or globs; - for names, one a line, or one image through stdin.
    top
        How many classes to name for each; default: 5, or of a network trained with --multi-label all of them.
    threshold
        Name only classes of at least this score, 0…1; default: 0, or with --multi-label 0.5.
    device
        auto, cpu, cuda, cuda:N.
    precision
        auto, fp32, bf16, fp16; of an artifact its own, or fp32 and bf16 from each other's.
    json
        Print a JSON line a file.
    quiet
        Say nothing but results and errors.
    """
    out = table.out if table else None
    require_writable(out, table is not None and table.overwrite, target, *images)
    from residua.data.pixels import bounds

    bounds.allow_pixels(prepared.max_pixels if prepared else None)
    files = _find(images)
    predictor = _open(target, prepared or ImageOptions(), device, precision, quiet)
    say(f"running on {predictor.placement}", quiet=quiet)
    top, threshold = _shown(predictor, top, threshold)
    failed, found = 0, []
    for prediction in predictor.predict(files, top=top):
        sure = prediction.above(threshold)
        found += [sure] if out is not None else []
        if json:
            emit(sure.to_json())
        elif sure.error is not None:
            say(f"residua: {one_line(sure.error, LONGEST_MESSAGE)}")
        elif out is None:
            show(f"{printable(str(sure.file))}: {_in_words(sure, prediction, threshold)}")
        failed += sure.error is not None
    if out is not None:
        _write(out, found, top, quiet)
    say(f"{failed} of {len(files)} files have no answer", quiet=quiet or not failed)
    return 2 if failed else 0


def _open(target: str, prepared: ImageOptions, device: str, precision: str, quiet: bool) -> Predictor:
    """Return the predictor of a target; that of an artifact without torch."""
    from residua.ship.artifact import is_artifact
    from residua.ship.predictor import Predictor

    def told(line: str) -> None:
        say(line, quiet=quiet)

    if is_artifact(target):
        if replace(prepared, max_pixels=None) != ImageOptions():
            raise ShipError(f"{target} is an artifact: how its images are prepared was fixed when it was exported")
        return Predictor(target, device=device, precision=precision, say=told)
    fetch_pretrained(target, quiet)
    from residua.weights.trained import open_trained

    return Predictor(open_trained(target, prepared), device=device, precision=precision, say=told)


def _shown(predictor: Predictor, top: int | None, threshold: float | None) -> tuple[int, float]:
    """Return how many classes are named, and from which score on: as asked, or as goes with one label or several."""
    from residua.scores import THRESHOLD

    usual = (len(predictor.classes), THRESHOLD) if predictor.several else (5, 0.0)
    return top or usual[0], usual[1] if threshold is None else threshold


def _find(images: list[str]) -> list[Picture]:
    """Return the images that are meant; what `-` means is read from stdin in its place."""
    import sys

    from residua.ship.images import find_files, read_stdin

    found: list[Picture] = []
    for path in images:
        came = read_stdin(sys.stdin.buffer.read(MOST_STDIN)) if path == STDIN else find_files([path])
        found += came if isinstance(came, list) else [came]
    return found


def _in_words(sure: Prediction, whole: Prediction, threshold: float) -> str:
    if sure.top:
        return ", ".join(f"{name_of(guess.label)} {guess.score:.1%}" for guess in sure.top)
    best = whole.top[0]
    return f"no class reaches {threshold:.1%}; the likeliest is {name_of(best.label)} with {best.score:.1%}"


def _write(out: Path, found: list[Prediction], top: int, quiet: bool) -> None:
    write_rows(out, [_row(each, top) for each in found], [each.to_json() for each in found])
    say(f"{len(found)} rows: {out}", quiet=quiet)


def _row(prediction: Prediction, top: int) -> dict[str, Any]:
    """Return a prediction as a row of a table: label and score, those of the next classes numbered."""
    row: dict[str, Any] = {"file": prediction.file}
    for number in range(1, min(top, max(len(prediction.top), 1)) + 1):
        guess = prediction.top[number - 1] if number <= len(prediction.top) else None
        ending = "" if number == 1 else f"_{number}"
        row |= {f"label{ending}": guess and guess.label, f"score{ending}": guess and guess.score}
    return row | {"error": prediction.error}
