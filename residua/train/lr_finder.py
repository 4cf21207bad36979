"""Which learning rate suits, and how many epochs fit into a time, measured over a few steps before a run?

Nothing is written; the network of a dry run is thrown away.
"""

from __future__ import annotations

import bisect
import itertools
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from residua import pages
from residua.data.feed.batch import Batch
from residua.errors import MissingExtra, TrainError
from residua.files import write_atomic
from residua.nn.device import fitting_threads
from residua.plan import total_stride
from residua.train.distributed import ALONE
from residua.train.log import Log
from residua.train.measure.evaluation import score
from residua.train.meeting import is_launched
from residua.train.settings.config import TrainConfig
from residua.train.settings.schedule import size_at, sizes_of
from residua.train.setup.assembly import assemble
from residua.train.setup.data import Prepared
from residua.train.state import TrainState
from residua.train.step.update import Updater, memory_named

LOWEST, HIGHEST, STEPS = 1e-5, 10.0, 120  # the range grows tenfold in 20 steps
SMOOTHING = 0.9  # of the losses that are compared; their zero start is corrected for
DIVERGED = 4.0  # times the lowest loss
WARM_STEPS, TIMED_STEPS, TIMED_SECONDS = 2, 20, 20.0  # the first step compiles, where the configuration asks for it
ANSWERED_BATCHES, ANSWERED_SECONDS = 4, 5.0  # the last batch is begun before these seconds are over
MOST_EPOCHS = 10_000  # that --minutes plans


@dataclass(frozen=True)
class LrRange:
    """The smoothed loss at each learning rate (Smith 2017 §3.3), and the rate where it fell fastest."""

    lr: tuple[float, ...]
    loss: tuple[float, ...]
    suggested: float

    def to_json(self) -> dict[str, Any]:
        """Return the three as JSON has them."""
        return asdict(self)


def find_lr(config: TrainConfig, log: Log | None = None) -> LrRange:
    """Train for at most 120 steps whose learning rate grows tenfold every 20, and return what the loss did.

    Raises ResiduaError as training would, TrainError when the loss falls at no rate.
    """
    dry = DryRun(config, log)
    rates, smoothed, mean = [], [], 0.0
    for number, batch in zip(range(STEPS), dry.batches(), strict=False):
        lr = LOWEST * (HIGHEST / LOWEST) ** (number / (STEPS - 1))
        loss = dry.step(batch, lr)
        if not math.isfinite(loss):
            break
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        rates.append(lr)
        smoothed.append(mean / (1 - SMOOTHING ** (number + 1)))
        if smoothed[-1] > DIVERGED * min(smoothed):
            break
    return LrRange(tuple(rates), tuple(smoothed), _steepest(rates, smoothed))


def _steepest(rates: list[float], losses: list[float]) -> float:
    """Return the rate at which the loss falls fastest over a fifth of the range, up to where it is lowest."""
    lowest = losses.index(min(losses)) if losses else 0
    window = max(2, lowest // 5)
    falls = [losses[at + window] - losses[at] for at in range(max(0, lowest - window + 1))]
    if not falls or min(falls) >= 0:
        raise TrainError("the loss falls at no learning rate between 1e-05 and 10: look at the data and its labels")
    return rates[falls.index(min(falls)) + window // 2]


def plot_beside(folder: Path) -> Path:
    """Return where the plot of a run folder lies: beside it."""
    folder = folder.resolve() if folder.name in ("", "..") else folder
    return folder.with_name(f"{folder.name}-lr.png")


def try_plot(found: LrRange, picture: Path) -> str:
    """Plot the range; return in one line where it lies, or why there is none."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    try:
        plot_range(found, picture)
    except MissingExtra as error:
        return f"no plot: {error}"
    return f"plot: {picture}"


def plot_range(found: LrRange, path: Path) -> None:
    """Write the loss over the learning rate as a PNG. Raises MissingExtra without `report`."""
    with pages.drawing():
        figure, axis = pages.figure_of((6.4, 3.6))
        axis.semilogx(found.lr, found.loss)
        fastest = f"falls fastest at {found.suggested:.2g}"
        axis.axvline(found.suggested, color=pages.LINES[1], linestyle="--", label=fastest)
        axis.set_xlabel("learning rate")
        axis.set_ylabel("smoothed training loss")
        axis.set_ylim(top=1.2 * found.loss[0])
        axis.legend()
        write_atomic(path, pages.as_png(figure))


def within(config: TrainConfig, minutes: float, log: Log | None = None) -> TrainConfig:
    """Return `config` with as many epochs as `minutes` allow on this machine, measured over some steps.

    Raises TrainError when not even one does.
    """
    dry = DryRun(config, log)
    sizes = sizes_of(config, dry.data.preprocessing.size, total_stride(dry.data.spec))
    learning = {size: dry.learning_speed(size, TIMED_SECONDS / len(sizes)) for size in sizes}
    speed = learning[sizes[-1]]
    epochs = _epochs(config, dry.data, learning, dry.answering_speed(), 60 * minutes)
    if epochs < 1:
        need = len(dry.data.train_indices) / speed / 60
        raise TrainError(f"{minutes:g} minutes are too few: at {speed:,.0f} images/s an epoch takes {need:.1f}")
    if log is not None:
        log.message(f"{minutes:g} minutes allow {epochs} epochs at {speed:,.0f} images/s")
    return config.changed(epochs=epochs)


def _epochs(
    config: TrainConfig, data: Prepared, learning: Mapping[int, float], answering: float, seconds: float
) -> int:
    """Return the largest number of epochs, with their growing images and validations, that fit into `seconds`.

    learning: images a second at each size in pixels. answering: the same of validation. At most MOST_EPOCHS.
    """
    full, stride, count = data.preprocessing.size, total_stride(data.spec), len(data.train_indices)
    held = 0 if data.val is None else len(data.val.indices)
    test = 0 if data.test is None else len(data.test.indices)

    def seconds_of(epochs: int) -> float:
        planned = config.changed(epochs=epochs)
        sizes = [size_at(planned, epoch, full, stride) for epoch in range(epochs)]
        return sum(count / learning[size] for size in sizes) + (held * epochs + test) / answering

    return bisect.bisect_right(range(1, MOST_EPOCHS + 1), seconds, key=seconds_of)


class DryRun:
    """A training that writes nothing and is thrown away."""

    def __init__(self, config: TrainConfig, log: Log | None = None) -> None:
        if is_launched():
            raise TrainError(
                "the LR finder and --minutes measure in one process: run them without torchrun, then give the "
                "run what they found"
            )
        self.parts = assemble(config, ALONE, log or Log())
        self.data = self.parts.data
        self.state = TrainState.begin(self.parts.context, self.parts.model)
        self.updater = Updater(
            self.parts.context, self.state, self.parts.teacher, self.data.train, truths=self.data.truths()
        )
        self.updater.late = False  # the loss of each step decides whether there is a next one
        self.updater.begin_epoch(config.head_epochs)

    def batches(self) -> Iterator[Batch]:
        """Yield batches without end."""
        with fitting_threads(self.parts.context.placement.device, self.parts.macs):
            for epoch in range(1 << 30):
                yield from (batch for batch in self.data.train.epoch(epoch) if len(batch.labels) > 1)

    def learning_speed(self, size: int, seconds: float) -> float:
        """Return how many images of `size` pixels a second are learnt from, timed over some steps."""
        began, images, lr = 0.0, 0, self.parts.context.config.lr / 100
        for number, batch in enumerate(self.batches()):
            if number == WARM_STEPS:
                began = time.monotonic()
            self.step(batch, lr, size)
            if number < WARM_STEPS:
                continue
            images += len(batch.labels)
            if number == WARM_STEPS + TIMED_STEPS - 1 or time.monotonic() - began > seconds:
                break
        return images / (time.monotonic() - began)

    def answering_speed(self) -> float:
        """Return how many held-out images a second are measured, timed over a few batches; infinite without any."""
        batches, placement = self.data.val or self.data.test, self.parts.context.placement
        if batches is None:
            return math.inf
        began = time.monotonic()
        few = itertools.takewhile(lambda _: time.monotonic() - began < ANSWERED_SECONDS, batches.epoch(0))
        named = memory_named(self.parts.context.config, measuring=True)
        with named, fitting_threads(placement.device, self.parts.macs):
            _, labels = score(self.parts.model, itertools.islice(few, ANSWERED_BATCHES), placement)
        return len(labels) / (time.monotonic() - began)

    def step(self, batch: Batch, lr: float, size: int | None = None) -> float:
        """Take one step at `lr`, whatever comes of it, and return its loss; size: in pixels, by default the largest."""
        with memory_named(self.parts.context.config):
            step = self.updater.one_step(batch, lr, size or self.data.preprocessing.size)
        assert step is not None
        return step.loss
