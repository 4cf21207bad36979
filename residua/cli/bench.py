"""`residua bench`: how fast is a network in each engine and precision, side by side in one run?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveFloat, PositiveInt

from residua.cli.options.target import fetch_pretrained
from residua.cli.output import emit, print_table, say
from residua.errors import ShipError
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.ship.artifact import Artifact
    from residua.ship.bench.contestants import Subject
    from residua.ship.bench.rows import Labels

HEADER = ["engine", "batch", "img/CPU-s", "img/s", "p50 ms", "p99 ms", "peak", "same", "top-1"]


@dataclass(frozen=True)
class Measuring:
    """How it is measured, and on what.

    Parameters
    ----------
    engine
        Measure only these: eager, channels_last, compiled, onnxruntime, openvino.
    seconds
        How long each engine with each batch size runs, in turns.
    data
        Images to measure accuracy on; default: those of its training.
    root
        Where the data set's files lie.
    samples
        At most so many held-out images.
    plot
        File to draw throughput against accuracy into: .png or .svg.
    """

    engine: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = ()
    seconds: PositiveFloat = 2.0
    data: str | None = None
    root: str | None = None
    samples: PositiveInt = 500
    plot: Path | None = None

    def require_usable(self) -> None:
        """Raise ShipError for an engine that is none, and for a plot that cannot be drawn."""
        from residua.ship.bench.contestants import ENGINES
        from residua.ship.bench.plot import require_drawable

        require_drawable(self.plot)

        for name in self.engine:
            if name not in ENGINES:
                raise ShipError(f"--engine {name} is not one of {', '.join(ENGINES)}")


def bench(
    *targets: Annotated[str, Parameter(required=True)],
    measuring: Annotated[Measuring | None, Parameter(name="*")] = None,
    images: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    cache: Path | None = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure speed, memory and answers of networks in every engine that there is, in turns in one run.

    Parameters
    ----------
    targets
        Artifacts, runs, checkpoints, pretrained names, or names of the zoo (random weights).
    cache
        Folder for an artifact's verdicts and its fastest precision; default: the user's cache.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    from residua.ship import machine
    from residua.ship.bench.plot import draw
    from residua.ship.bench.rows import measured

    asked = measuring or Measuring()
    asked.require_usable()
    rows: list[dict[str, Any]] = []
    starts: list[dict[str, Any]] = []
    opened = [_opened(target, asked, images, cache, quiet) for target in targets]  # all, before any is measured
    for target, (artifact, subject, labels) in zip(targets, opened, strict=True):
        found = measured(subject, labels, asked.seconds, lambda line: say(line, quiet=quiet))
        start = _start_of(target, subject, images)
        starts += [] if start is None else [{"target": target, **start}]
        if not json:
            _show(target, found, start)
        if artifact is not None:
            _keep(artifact, found, cache, quiet)
        rows += found
    if json:
        facts = {"processor": machine.processor(), "instructions": list(machine.instructions())}
        facts |= {"cores": machine.describe("openvino")["cores"]}
        emit({"machine": facts, "rows": rows, "cold_starts": starts})
    if asked.plot is not None and rows:
        draw(rows, asked.plot)
        say(f"residua: wrote {asked.plot}", quiet=quiet)
    return 0 if rows else 1


def _opened(
    target: str, asked: Measuring, images: ImageOptions | None, cache: Path | None, quiet: bool
) -> tuple[Artifact | None, Subject, Labels | None]:
    """Return what a target names, and the labels of its pictures where there are any."""
    from residua.ship.artifact import is_artifact, open_artifact, require_as_exported
    from residua.ship.bench import contestants
    from residua.ship.canaries import SYNTHETIC, textures

    if is_artifact(target):
        require_as_exported(target, images)
        if asked.data is not None:
            raise ShipError(f"{target} is an artifact: its accuracy was measured by its export; leave --data out")
        artifact = open_artifact(target)
        prepared = artifact.manifest.preprocessing
        pixels = textures(SYNTHETIC, prepared.size, prepared.channels)
        subject = contestants.of_artifact(artifact, pixels, cache, lambda line: say(line, quiet=quiet))
        return artifact, _only(subject, asked.engine), None
    if cache is not None:
        raise ShipError(f"{target} is no artifact, and only artifacts have a cache: leave --cache out")
    return _network(target, asked, images, quiet)


def _network(
    target: str, asked: Measuring, images: ImageOptions | None, quiet: bool
) -> tuple[None, Subject, Labels | None]:
    from residua.cli.options.held_out import Wanted, images_for, open_network, split_of
    from residua.ship.bench import contestants
    from residua.zoo import ZOO

    is_random = target in ZOO
    if is_random and (asked.data is not None or _prepared_by_hand(images)):
        raise ShipError(f"{target} has random weights: no --data can be measured with it")
    fetch_pretrained(target, quiet)
    network, prepared = open_network(target, images)
    split = None if is_random else split_of(network, asked.data, asked.root, quiet)
    pictures = images_for(network, prepared, split, Wanted(asked.samples, split is not None, 0, is_random))
    say(f"{target}: measured on {len(pictures.pixels):,} {pictures.kind}", quiet=quiet)
    calibration = pictures.pixels if pictures.calibration is None else pictures.calibration
    subject = contestants.of_network(target, network, prepared, pictures.pixels, calibration)
    return None, _only(subject, asked.engine), pictures.labels


def _only(subject: Subject, engines: Sequence[str]) -> Subject:
    """Return the subject with the engines that were asked for, all of them where none was."""
    chosen = tuple(each for each in subject.contestants if not engines or each.engine in engines)
    if not chosen:
        there = ", ".join(dict.fromkeys(each.engine for each in subject.contestants))
        raise ShipError(f"{subject.name} runs here in {there}, in none of {', '.join(engines)}")
    return replace(subject, contestants=chosen)


def _keep(artifact: Artifact, rows: Sequence[dict[str, Any]], cache: Path | None, quiet: bool) -> None:
    """Keep the fastest precision of an artifact, where it has several."""
    from residua.ship.bench.rows import fastest
    from residua.ship.proof import keep_fastest

    best = fastest(rows)
    if best is None or len({row["precision"] for row in rows}) < 2:
        return
    if keep_fastest(artifact, best["precision"], cache, best):
        say(
            f"{best['precision']} is the fastest here, and what `auto` means for this artifact from now on", quiet=quiet
        )


def _prepared_by_hand(images: ImageOptions | None) -> bool:
    """Whether options say how images are prepared."""
    return images not in (None, ImageOptions())


def _start_of(target: str, subject: Subject, images: ImageOptions | None) -> dict[str, float] | None:
    """Return what one picture costs from nothing; None where `predict TARGET` alone is not what is measured here."""
    from residua.ship.bench.cold import cold_start
    from residua.zoo import ZOO

    if target in ZOO or _prepared_by_hand(images):
        return None
    try:
        return cold_start(target, subject.pixels[0])
    except ShipError as error:
        say(f"residua: {error}")
        return None


def _show(target: str, rows: Sequence[dict[str, Any]], start: dict[str, float] | None) -> None:
    print(target)
    print_table(HEADER, [_cells(row) for row in rows])
    if start is not None:
        print(
            f"one picture from nothing, the whole command: {start['cpu_seconds']:.2f} CPU-seconds; the first time "
            f"{start['first_cpu_seconds']:.2f}"
        )


def _cells(row: dict[str, Any]) -> list[str]:
    def share(value: float | None, digits: int = 0) -> str:
        return "" if value is None else f"{value:.{digits}%}"

    rates = (row["images_per_cpu_second"], row["images_per_second"])
    speed = [f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}" for rate in rates]
    latency = [f"{row['latency_ms'][name]:.2f}" for name in ("p50", "p99")]
    worth = [share(row["of_ceiling"]), share(row["top1_agreement"], 1), share(row["accuracy"], 1)]
    name = f"{row['engine']} {row['precision']}"
    return [name, str(row["batch"]), *speed, *latency, *worth]
