"""What is found of each contestant: a row for each batch size, with what its answers are worth beside its speed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from residua.errors import ResiduaError
from residua.preprocessing import Pixels
from residua.scores import MAX_DROP, accuracy_drop
from residua.ship.bench.ceiling import macs_per_cpu_second
from residua.ship.bench.contestants import Contestant, Subject
from residua.ship.bench.turns import Run, Timed, take_turns
from residua.ship.engine import BATCH, Floats
from residua.ship.proof import Say

Labels = npt.NDArray[np.int64]
BATCHES = (1, BATCH)


@dataclass(frozen=True)
class Loaded:
    """A contestant that is ready. load: seconds and CPU-seconds that this took, and bytes of memory that it kept."""

    contestant: Contestant
    run: Run
    load: dict[str, float]


def measured(subject: Subject, labels: Labels | None, seconds: float, say: Say) -> list[dict[str, Any]]:
    """Return the rows of a target, as `residua bench --json` prints them; what cannot be loaded is said, and has none.

    labels: of the subject's pixels; without them a row says only how many images have the first contestant's answer.
    """
    loaded = [each for each in (_load(contestant, subject, say) for contestant in subject.contestants) if each]
    answers = [logits_of(each.run, subject.pixels) for each in loaded]
    timed = take_turns([each.run for each in loaded], subject.pixels, BATCHES, seconds)
    rows = []
    for each, logits, sizes in zip(loaded, answers, timed, strict=True):
        worth = _worth(logits, answers[0], labels)
        rows += [_row(subject, each, size, worth) for size in sizes]
    return rows


def logits_of(run: Run, pixels: Pixels) -> Floats:
    """Return the logits of all images, in batches of the two sizes that are measured."""
    whole = len(pixels) // BATCH * BATCH
    starts = [*range(0, whole, BATCH), *range(whole, len(pixels) + 1)]
    return np.concatenate([run(pixels[start:end]) for start, end in pairwise(starts)])


def _load(contestant: Contestant, subject: Subject, say: Say) -> Loaded | None:
    began, processor, before = time.perf_counter(), time.process_time(), _resident_bytes()
    try:
        run = contestant.load()
        run(subject.pixels[:1])
    except (ResiduaError, RuntimeError) as error:  # of an engine that refuses the network, or is refused here
        say(f"residua: {contestant.engine} {contestant.precision} is left out: {error}")
        return None
    spent = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - processor}
    return Loaded(contestant, run, spent | {"bytes": float(max(0, _resident_bytes() - before))})


def _worth(logits: Floats, reference: Floats, labels: Labels | None) -> dict[str, Any]:
    """Return how far the answers are those of the first contestant, and with labels how many are right."""
    found, first = logits.argmax(1), reference.argmax(1)
    worth: dict[str, Any] = {"top1_agreement": float((found == first).mean()), "samples": len(logits)}
    if labels is None:
        return worth | {"accuracy": None, "drop_interval": None, "keeps_accuracy": None}
    right, was_right = found == labels, first == labels
    drop = accuracy_drop(int((was_right & ~right).sum()), int((right & ~was_right).sum()), len(labels))
    worth |= {"accuracy": float(right.mean()), "drop_interval": list(drop.interval)}
    return worth | {"keeps_accuracy": drop.interval[0] <= MAX_DROP}


def _row(subject: Subject, loaded: Loaded, timed: Timed, worth: dict[str, Any]) -> dict[str, Any]:
    contestant = loaded.contestant
    ceiling = macs_per_cpu_second(contestant.precision)
    rate = timed.images_per_cpu_second
    return {
        "target": subject.name,
        "engine": contestant.engine,
        "precision": contestant.precision,
        "batch": timed.batch,
        "images_per_second": timed.images_per_second,
        "images_per_cpu_second": rate,
        "latency_ms": timed.latency_ms(),
        "load_seconds": loaded.load["seconds"],
        "load_cpu_seconds": loaded.load["cpu_seconds"],
        "memory_bytes": int(loaded.load["bytes"]),
        "of_ceiling": subject.macs * rate / ceiling if ceiling and subject.macs else None,
        **worth,
    }


def fastest(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the row with the most images per CPU-second among those whose accuracy, where it is known, holds."""
    usable = [row for row in rows if row["keeps_accuracy"] is not False]
    return max(usable, key=lambda row: row["images_per_cpu_second"], default=None)


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
