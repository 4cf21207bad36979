"""What is in these images? Answers come in the order of the images; a bad one is reported, and costs no other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from residua.errors import DataError, TargetError
from residua.preprocessing import Pixels
from residua.ship.engine import Floats
from residua.ship.images import Picture, name_of, read_pixels
from residua.ship.proof import Say
from residua.ship.runners import open_runner

if TYPE_CHECKING:
    from residua.nn.device import Placement
    from residua.weights.trained import Trained

READ_AHEAD = 32  # images at least: what a disk holds up for a moment must not hold up the network


@dataclass(frozen=True)
class Guess:
    """One class and its probability, 0…1."""

    label: str
    index: int
    score: float


@dataclass(frozen=True)
class Prediction:
    """What was seen in one image: the likeliest classes, or why it could not be read. file: None for pixels alone."""

    file: str | None
    top: tuple[Guess, ...]
    error: str | None = None

    def above(self, threshold: float) -> Prediction:
        """Return the prediction with the classes of at least this score, which may be none."""
        return replace(self, top=tuple(guess for guess in self.top if guess.score >= threshold))

    def to_json(self) -> dict[str, Any]:
        """Return the line that `residua predict --json` prints."""
        return {"file": self.file, "top": [vars(guess) for guess in self.top], "error": self.error}


class Predictor:
    """A trained network and all that stands between an image and an answer; call it with an image, or a list of them.

    model: a network with `.meta` (copied), a run, or the path of a run folder, checkpoint or artifact. device,
    precision: as the options of `residua predict` say them, or a placement for both. say: gets the lines about an
    artifact's canaries. cache: where an artifact's verdicts and what its engine compiled lie, by default the user's.
    It has `.model`, `.preprocessing`, `.classes`, `.placement`, and `.several`: whether an image may have several
    labels, each with a probability of its own.
    Raises TargetError where the checkpoint does not say how its images were prepared, or has no classifier, and for a
    network whose weights are not float32; ShipError for an artifact that is damaged, or wrong on this processor.
    """

    def __init__(
        self,
        model: Trained,
        *,
        device: str | Placement = "auto",
        precision: str = "auto",
        say: Say | None = None,
        cache: Path | None = None,
    ) -> None:
        self._runner = open_runner(model, device, precision, say, cache)
        self.model, self.placement = self._runner.model, self._runner.placement
        self.preprocessing, self.classes = self._runner.preprocessing, self._runner.classes
        self.several = self._runner.several

    @overload
    def __call__(self, images: Picture, *, top: int = 5) -> Prediction: ...
    @overload
    def __call__(self, images: list[Picture] | tuple[Picture, ...], *, top: int = 5) -> list[Prediction]: ...

    def __call__(
        self, images: Picture | list[Picture] | tuple[Picture, ...], *, top: int = 5
    ) -> Prediction | list[Prediction]:
        """Return what is in one image, or in each image of a list: a path, a Pillow image, or a uint8 array.

        top: how many classes to name, at least 1. Raises DataError for one image that cannot be read; TargetError
        for one that the network answers with NaN or infinity; in a list its prediction has the `error`.
        """
        if isinstance(images, (list, tuple)):
            return list(self.predict(images, top))
        pixels = read_pixels(images, self.preprocessing)
        (guesses,) = self._guesses(self._runner.stream([pixels[None]]), top)
        if guesses is None:
            raise TargetError(self._not_finite(name_of(images)))
        return Prediction(name_of(images), guesses)

    def predict(self, images: Iterable[Picture], top: int = 5, batch: int | None = None) -> Iterator[Prediction]:
        """Yield one Prediction an image, in order; they are read ahead by threads while the network works.

        batch: images that the network is given at once; by default 32, and of an artifact 8. Raises DataError at the
        first one where `top` or `batch` is below 1.
        """
        size = self._runner.batch if batch is None else batch
        if size < 1:
            raise DataError(f"batch={batch} came; a batch is at least one image")
        unanswered: deque[tuple[str | None, str]] = deque()  # images that were read: name, and what is wrong with it
        read = self._read_ahead(images, max(READ_AHEAD, 2 * size))
        logits = self._runner.stream(self._batches(read, size, unanswered))
        for guesses in self._guesses(logits, top):
            yield from _bad_ones(unanswered)
            name, _ = unanswered.popleft()
            yield Prediction(name, guesses or (), self._not_finite(name) if guesses is None else None)
        yield from _bad_ones(unanswered)

    def _read_ahead(self, images: Iterable[Picture], count: int) -> Iterator[tuple[str | None, Pixels | str]]:
        """Yield each image's name, and its pixels or what is wrong with it, while `count` of the next ones are read."""
        coming = iter(images)
        with ThreadPoolExecutor() as pool:
            reading = deque((name_of(image), pool.submit(self._read, image)) for image in islice(coming, count))
            try:
                while reading:
                    name, future = reading.popleft()
                    result = future.result()
                    reading.extend((name_of(image), pool.submit(self._read, image)) for image in islice(coming, 1))
                    yield name, result
            finally:  # nobody asks for the rest
                pool.shutdown(cancel_futures=True)

    def _read(self, image: Picture) -> Pixels | str:
        try:
            return read_pixels(image, self.preprocessing)
        except DataError as error:
            return str(error)

    def _batches(
        self,
        read: Iterable[tuple[str | None, Pixels | str]],
        size: int,
        unanswered: deque[tuple[str | None, str]],
    ) -> Iterator[Pixels]:
        """Yield what was read, `size` images at a time, and note whose answers will come."""
        held: list[Pixels] = []
        for name, result in read:
            unanswered.append((name, result if isinstance(result, str) else ""))
            held += [] if isinstance(result, str) else [result]
            if len(held) == size:
                yield np.stack(held)
                held = []
        rest = [[pixels] for pixels in held] if self._runner.sized else [held] if held else []
        yield from map(np.stack, rest)  # one by one where sizes cost: two are compiled, not `size` of them

    def _guesses(self, logits: Iterable[Floats], top: int) -> Iterator[tuple[Guess, ...] | None]:
        """Yield the `top` guesses for each image; None where its logits are not finite."""
        if top < 1:
            raise DataError(f"top={top} came; the likeliest class is the least that can be named")
        for rows in logits:
            chances = chances_of(rows, self.several)
            best = np.argsort(-chances, axis=1, kind="stable")[:, :top]
            for row, order in zip(chances, best, strict=True):
                guesses = (Guess(self.classes[i], i, float(row[i])) for i in order.tolist())
                yield None if np.isnan(row).any() else tuple(guesses)

    def _not_finite(self, name: str | None) -> str:
        return f"{name or 'the image'}: {self._runner.not_finite}"


def _bad_ones(unanswered: deque[tuple[str | None, str]]) -> Iterator[Prediction]:
    """Yield the images at the head of those that were read which have no answer to wait for."""
    while unanswered and unanswered[0][1]:
        name, error = unanswered.popleft()
        yield Prediction(name, (), error)


def chances_of(logits: Floats, several: bool) -> Floats:
    """Return each class's probability: over all classes, or where an image may have `several` labels, of each alone."""
    with np.errstate(over="ignore", invalid="ignore"):
        if several:
            return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
