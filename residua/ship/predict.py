"""What is in these images? Answers come in the order of the files; a bad file is told, and costs no other."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residua.data import Preprocessing, load_image, normalise
from residua.data.pixels.image import is_image_name
from residua.data.sources.folder import natural_key
from residua.errors import DataError, TargetError
from residua.preprocessing import Pixels

if TYPE_CHECKING:
    from residua.nn import ResNet
    from residua.nn.device import Placement


@dataclass(frozen=True)
class Guess:
    """One class and its probability, 0…1."""

    label: str
    index: int
    score: float


@dataclass(frozen=True)
class Prediction:
    """What was seen in one file: the likeliest classes, or why the file could not be read."""

    file: str
    top: tuple[Guess, ...]
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the line that `residua predict --json` prints."""
        return {"file": self.file, "top": [vars(guess) for guess in self.top], "error": self.error}


@dataclass(frozen=True)
class Predictor:
    """A network in eval mode and all that stands between a file and an answer."""

    model: ResNet
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    placement: Placement

    @classmethod
    def of(cls, model: ResNet, placement: Placement) -> Predictor:
        """Take preprocessing and classes from the checkpoint; raises TargetError when it says no preprocessing."""
        meta = model.meta
        if meta is None or meta.preprocessing is None:
            raise TargetError(
                "this checkpoint does not say how its images were prepared (size, mean, std), and a guess could "
                "silently cost accuracy; convert it once with its preprocessing given"
            )
        classes = meta.classes or tuple(str(index) for index in range(model.spec.num_classes))
        return cls(placement.put(model).eval(), Preprocessing.from_dict(meta.preprocessing), classes, placement)

    def predict(self, files: Sequence[str], top: int = 5, batch: int = 32) -> Iterator[Prediction]:
        """Yield one Prediction a file, in order; files are decoded ahead by threads while the network works."""
        chunks = [files[at : at + batch] for at in range(0, len(files), batch)]
        with ThreadPoolExecutor() as pool:
            waiting = [pool.submit(self._read, name) for chunk in chunks[:2] for name in chunk]
            for number, chunk in enumerate(chunks):
                read = [waiting.pop(0).result() for _ in chunk]
                if number + 2 < len(chunks):
                    waiting += [pool.submit(self._read, name) for name in chunks[number + 2]]
                yield from self._answer(chunk, read, top)

    def _read(self, name: str) -> Pixels | str:
        try:
            return load_image(name, self.preprocessing)
        except DataError as error:
            return str(error)

    def _answer(self, names: Sequence[str], read: list[Pixels | str], top: int) -> Iterator[Prediction]:
        pixels = [image for image in read if not isinstance(image, str)]
        guesses = iter(self._classify(np.stack(pixels), top) if pixels else ())
        for name, image in zip(names, read, strict=True):
            yield Prediction(name, (), image) if isinstance(image, str) else Prediction(name, next(guesses))

    def _classify(self, pixels: Pixels, top: int) -> list[tuple[Guess, ...]]:
        """Return the `top` guesses for (N, size, size, channels) uint8 pixels."""
        import torch

        images = torch.from_numpy(normalise(pixels, self.preprocessing)).permute(0, 3, 1, 2)
        with torch.inference_mode(), self.placement.autocast():
            logits = self.model(self.placement.move(images))
        scores, indices = logits.float().softmax(1).topk(min(top, logits.shape[1]), dim=1)
        rows = zip(scores.tolist(), indices.tolist(), strict=True)
        return [tuple(Guess(self.classes[i], i, s) for s, i in zip(*row, strict=True)) for row in rows]


def find_files(paths: Sequence[str]) -> list[str]:
    """Return the files that `paths` mean: a file itself, a folder's images (all levels), a glob's images.

    Folders and globs come in natural order ("2" before "10"), without hidden files. A path that is nothing stays in
    the list, so that its error comes in its place. Raises TargetError when a folder or a glob holds no image at all.
    """
    found: list[str] = []
    for path in paths:
        if Path(path).is_dir():
            inside = _images_beneath(Path(path))
            if not inside:
                raise TargetError(f"{path} is a folder without images")
            found += inside
        elif glob.has_magic(path) and not Path(path).exists():
            matches = [Path(match) for match in glob.glob(path, recursive=True)]
            images = [match for match in matches if match.is_file() and is_image_name(match.name)]
            if not images:
                raise TargetError(f"{path!r} matches no image")
            found += sorted(map(str, images), key=natural_key)
        else:
            found.append(path)
    return found


def _images_beneath(folder: Path) -> list[str]:
    hidden = (".", "__MACOSX")
    inside = (file for file in folder.rglob("*") if is_image_name(file.name) and file.is_file())
    seen = (file for file in inside if not any(part.startswith(hidden) for part in file.relative_to(folder).parts))
    return sorted(map(str, seen), key=natural_key)
