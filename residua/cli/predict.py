"""`residua predict`: the likeliest classes of image files, in the order they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt
from cyclopts.validators import Number

from residua.cli.output import STDIN, emit, say, show
from residua.cli.results import unfinished
from residua.cli.results.rows import named_in, read_rows, require_writable, write_rows
from residua.errors import TargetError
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
    resume
        Go on with FILE.unfinished, which a command that was stopped has left: every image is answered once.
    """

    out: Path | None = None
    overwrite: bool = False
    resume: bool = False

    def require_usable(self, *inputs: str) -> None:
        """Raise ResiduaError for what could not be written after all the work. inputs: what is read."""
        if self.resume and (self.out is None or self.overwrite):
            raise TargetError(
                "--resume goes on with an --out FILE, which --overwrite would begin anew: give --out alone"
            )
        require_writable(self.out, self.overwrite or self.resume, *inputs)
        if self.out is not None:
            unfinished.require_known(self.out, self.resume, self.overwrite)


def predict(
    target: str,
    /,
    *images: Annotated[str, Parameter(required=True)],
    top: PositiveInt | None = None,
    threshold: Annotated[float | None, Parameter(validator=Number(gte=0, lte=1))] = None,
    table: Annotated[TableOptions | None, Parameter(name="*")] = None,
    device: str = "auto",
    precision: str = "auto",
    prepared: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    cache: Path | None = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Say what is in image files, folders, globs or tar shards; one line a file.

    Parameters
    ----------
    target
        Run folder, checkpoint, pretrained name, or artifact.
    images
        Files, folders (with all their sub-folders), globs, tar shards; - for names, one a line, or one image on stdin.
    top
        How many classes to name for each; default: 5, or of a network trained with --multi-label all of them.
    threshold
        Name only classes of at least this score, 0…1; default: 0, or with --multi-label 0.5.
    device
        auto, cpu, cuda, cuda:N.
    precision
        auto, fp32, tf32, bf16, fp16; of an artifact its own, or fp32 and bf16 from each other's.
    cache
        Folder for verdicts on an artifact's canaries and compiled networks; default: the user's cache.
    json
        Print a JSON line a file.
    quiet
        Say nothing but results and errors.
    """
    written = table or TableOptions()
    written.require_usable(target, *images)
    from residua.data.pixels import bounds
    from residua.ship.images import name_of as file_of

    options = prepared or ImageOptions()
    bounds.allow_pixels(options.max_pixels)
    files = _find(images)
    names = [file_of(file) for file in files]
    if written.resume and written.out and not unfinished.is_unfinished(written.out) and written.out.exists():
        return _whole_already(written.out, names, quiet)
    running = Running(device, precision, cache)
    predictor = _open(target, options, running, quiet)
    say(f"running on {predictor.placement}", quiet=quiet)
    shown = _shown(predictor, top, threshold, json, listed=written.out is None)
    asked = _question(target, options, running, shown)
    with unfinished.keeping(written.out, asked, names, written.resume) as kept:
        failed = sum(row["error"] is not None for row in kept.rows)
        failed += _answer(predictor, files[len(kept.rows) :], kept, shown)
        if written.out is not None:
            _write(written.out, kept.rows, shown.top, quiet)
    return _ended(failed, len(files), quiet)


def _answer(predictor: Predictor, files: Sequence[Picture], kept: unfinished.Kept, shown: Shown) -> int:
    """Keep and print the answer for each file; return how many have none."""
    failed = 0
    for prediction in predictor.predict(files, shown.top):
        sure = prediction.above(shown.threshold)
        kept.add(sure.to_json())
        if shown.json:
            emit(sure.to_json())
        elif sure.error is not None:
            say(f"residua: {one_line(sure.error, LONGEST_MESSAGE)}")
        elif shown.listed:
            show(f"{printable(str(sure.file))}: {_in_words(sure, prediction, shown.threshold)}")
        failed += sure.error is not None
    return failed


@dataclass(frozen=True)
class Shown:
    """What is shown of an answer. listed: as a line of text."""

    top: int
    threshold: float
    json: bool
    listed: bool


@dataclass(frozen=True)
class Running:
    """Where and how the network runs, as typed. cache: of an artifact."""

    device: str
    precision: str
    cache: Path | None


def _ended(failed: int, count: int, quiet: bool) -> int:
    say(f"{failed} of {count} files have no answer", quiet=quiet or not failed)
    return 2 if failed else 0


def _whole_already(out: Path, names: Sequence[str | None], quiet: bool) -> int:
    """End as the command did that wrote `out`. Raises TargetError where its rows are no answers for these images."""
    rows = read_rows(out)
    if [name for name, _ in rows] != [named_in(out, str(name)) for name in names]:
        raise TargetError(f"{out} has answers for other images: name another file, or replace it by --overwrite")
    say(f"{out} is whole already", quiet=quiet)
    return _ended(sum(error is not None for _, error in rows), len(rows), quiet)


def _question(target: str, options: ImageOptions, running: Running, shown: Shown) -> dict[str, Any]:
    """Return all that an image's answer depends on, beside the image."""
    network = {"target": _fingerprint(target), "device": running.device, "precision": running.precision}
    return {**network, "images": repr(options), "top": shown.top, "threshold": shown.threshold}


def _fingerprint(target: str) -> str:
    """Return what changes with the network: the SHA-256 of an artifact's manifest or of a checkpoint, or a name."""
    from residua.ship.artifact import MANIFEST, entry_of

    inside = [Path(target) / MANIFEST, Path(target) / "model.safetensors", Path(target)]
    file = next((path for path in inside if path.is_file()), None)
    return target if file is None else entry_of(file).sha256


def _open(target: str, prepared: ImageOptions, running: Running, quiet: bool) -> Predictor:
    """Return the predictor of a target; that of an artifact without torch."""
    from residua.ship.artifact import is_artifact, require_as_exported
    from residua.ship.engine import without_converter
    from residua.ship.predictor import Predictor

    def tell(line: str) -> None:
        say(line, quiet=quiet)

    options = {**vars(running), "say": tell}
    if is_artifact(target):
        require_as_exported(target, prepared)
        with without_converter():
            return Predictor(target, **options)
    from residua.cli.options.target import open_weights

    return Predictor(open_weights(target, prepared, quiet), **options)


def _shown(predictor: Predictor, top: int | None, threshold: float | None, json: bool, *, listed: bool) -> Shown:
    """Return how many classes are named, and from which score on: as asked, or as goes with one label or several."""
    from residua.scores import THRESHOLD

    usual = (len(predictor.classes), THRESHOLD) if predictor.several else (5, 0.0)
    return Shown(top or usual[0], usual[1] if threshold is None else threshold, json, listed)


def _find(images: Sequence[str]) -> list[Picture]:
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


def _write(out: Path, found: Sequence[Mapping[str, Any]], top: int, quiet: bool) -> None:
    write_rows(out, [_row(each, top) for each in found], found)
    say(f"{len(found)} rows: {out}", quiet=quiet)


def _row(answer: Mapping[str, Any], top: int) -> dict[str, Any]:
    """Return a line of --json as a row of a table: label and score, those of the next classes numbered."""
    row: dict[str, Any] = {"file": answer["file"]}
    guesses = answer["top"]
    for number in range(1, min(top, max(len(guesses), 1)) + 1):
        guess = guesses[number - 1] if number <= len(guesses) else {}
        ending = "" if number == 1 else f"_{number}"
        row |= {f"label{ending}": guess.get("label"), f"score{ending}": guess.get("score")}
    return row | {"error": answer["error"]}
