"""What is in these images? Answers come in the order of the images; a bad one is reported, and costs no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from residua.errors import DataError, TargetError
from residua.preprocessing import Pixels
from residua.ship.engine import Floats
from residua.ship.images import Picture, name_of, read_pixels
from residua.ship.proof import Say
from residua.ship.runners import open_runner
from residua.weights.trained import Trained

if TYPE_CHECKING:
    from residua.nn.device import Placement


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
    artifact's canaries. It has `.model`, `.preprocessing`, `.classes`, `.placement`, and `.several`: whether an image
    may have several labels, each with a probability of its own.
    Raises TargetError where the checkpoint does not say how its images were prepared, or has no classifier, and for a
    network whose weights are not float32; ShipError for an artifact that is damaged, or wrong on this processor.
    """

    def __init__(
        self, model: Trained, *, device: str | Placement = "auto", precision: str = "auto", say: Say | None = None
    ) -> None:
        self._runner = open_runner(model, device, precision, say)
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
        (answer,) = self._answer([images], [read_pixels(images, self.preprocessing)], top)
        if answer.error is not None:
            raise TargetError(answer.error)
        return answer

    def predict(self, images: Sequence[Picture], top: int = 5, batch: int = 32) -> Iterator[Prediction]:
        """Yield one Prediction an image, in order; they are read ahead by threads while the network works.

        Raises DataError at the first one where `top` or `batch` is below 1.
        """
        if batch < 1:
            raise DataError(f"batch={batch} came; a batch is at least one image")
        chunks = [images[at : at + batch] for at in range(0, len(images), batch)]
        with ThreadPoolExecutor() as pool:
            waiting = [pool.submit(self._read, image) for chunk in chunks[:2] for image in chunk]
            for number, chunk in enumerate(chunks):
                read = [waiting.pop(0).result() for _ in chunk]
                if number + 2 < len(chunks):
                    waiting += [pool.submit(self._read, image) for image in chunks[number + 2]]
                yield from self._answer(chunk, read, top)

    def _read(self, image: Picture) -> Pixels | str:
        try:
            return read_pixels(image, self.preprocessing)
        except DataError as error:
            return str(error)

    def _answer(self, images: Sequence[Picture], read: list[Pixels | str], top: int) -> Iterator[Prediction]:
        pixels = [result for result in read if not isinstance(result, str)]
        answers = iter(self._classify(np.stack(pixels), top) if pixels else ())
        for image, result in zip(images, read, strict=True):
            name = name_of(image)
            answer = result if isinstance(result, str) else next(answers)
            if answer is None:
                answer = f"{name or 'the image'}: {self._runner.not_finite}"
            yield Prediction(name, (), answer) if isinstance(answer, str) else Prediction(name, answer)

    def _classify(self, pixels: Pixels, top: int) -> list[tuple[Guess, ...] | None]:
        """Return the `top` guesses for (N, size, size, channels) uint8 pixels; None where logits are not finite."""
        if top < 1:
            raise DataError(f"top={top} came; the likeliest class is the least that can be named")
        chances = chances_of(self._runner.logits(pixels), self.several)
        best = np.argsort(-chances, axis=1, kind="stable")[:, :top]
        return [
            None if np.isnan(row).any() else tuple(Guess(self.classes[i], i, float(row[i])) for i in order.tolist())
            for row, order in zip(chances, best, strict=True)
        ]


def chances_of(logits: Floats, several: bool) -> Floats:
    """Return each class's probability: over all classes, or where an image may have `several` labels, of each alone."""
    with np.errstate(over="ignore", invalid="ignore"):
        if several:
            return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
