"""What is in these images? Answers come in the order of the images; a bad one is reported, and costs no other."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from residua.errors import DataError, TargetError
from residua.preprocessing import Pixels
from residua.ship.images import Picture, as_tensor, name_of, read_pixels
from residua.weights.trained import (
    Trained,
    classes_of,
    learnt_several,
    not_finite,
    open_trained,
    preprocessing_of,
    require_runnable,
)

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

    model: a network with `.meta` (copied), a run, or the path of a run folder or checkpoint. device: as `--device` says
    it, or a placement with precision. It has `.model`, `.preprocessing`, `.classes`, `.placement`, and `.several`:
    whether an image may have several labels, each with a probability of its own.
    Raises TargetError where the checkpoint does not say how its images were prepared, or has no classifier, and for a
    network whose weights are not float32.
    """

    def __init__(self, model: Trained, *, device: str | Placement = "auto") -> None:
        from residua.nn.device import choose_placement

        self.placement = choose_placement(device) if isinstance(device, str) else device
        network = open_trained(model)
        require_runnable(network)
        self.preprocessing = preprocessing_of(network)
        self.classes, self.several = classes_of(network), learnt_several(network)
        self.model = self.placement.put(copy.deepcopy(network) if network is model else network).eval()

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
                answer = f"{name or 'the image'}: {not_finite(self.placement.precision)}"
            yield Prediction(name, (), answer) if isinstance(answer, str) else Prediction(name, answer)

    def _classify(self, pixels: Pixels, top: int) -> list[tuple[Guess, ...] | None]:
        """Return the `top` guesses for (N, size, size, channels) uint8 pixels; None where logits are not finite."""
        import torch

        if top < 1:
            raise DataError(f"top={top} came; the likeliest class is the least that can be named")
        images = as_tensor(pixels, self.preprocessing)
        with torch.inference_mode(), self.placement.autocast():
            logits = self.model(self.placement.move(images))
        chances = logits.float().sigmoid() if self.several else logits.float().softmax(1)
        scores, indices = chances.topk(min(top, logits.shape[1]), dim=1)
        rows = zip(scores.tolist(), indices.tolist(), strict=True)
        return [
            None if math.isnan(row[0][0]) else tuple(Guess(self.classes[i], i, s) for s, i in zip(*row, strict=True))
            for row in rows
        ]
