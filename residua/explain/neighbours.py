"""Which training images are nearest to an image, as the network sees them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from residua.data import Source
from residua.data.feed.loader import Batches
from residua.errors import TargetError
from residua.nn import ResNet
from residua.preprocessing import Pixels
from residua.ship.images import as_tensor
from residua.ship.runners import TorchRunner
from residua.train.measure.images import choose_images, named_images

AT_ONCE = 256


@dataclass(frozen=True)
class Neighbour:
    """A training image. similarity: cosine of the embeddings, 1 for the same direction."""

    where: str
    label: str
    similarity: float
    pixels: Pixels


@dataclass(frozen=True)
class Neighbours:
    """The embeddings of all training images that can be read, unit length, (N, features).

    places: (N,), where each of them lies in `source`, which also has those that training held out.
    """

    runner: TorchRunner
    source: Source
    classes: tuple[str, ...]
    places: npt.NDArray[np.int64]
    embeddings: Tensor

    def of(self, pixels: Pixels, count: int) -> list[Neighbour]:
        """Return the nearest `count` to pixels (1, size, size, channels), the nearest first."""
        similar = self.embeddings @ _embedded(self.runner, as_tensor(pixels, self.runner.preprocessing))[0]
        values, rows = similar.topk(min(count, len(similar)))
        places = self.places[rows.numpy()]
        images = self.source.read(places, self.runner.preprocessing)
        return [
            Neighbour(self.source.where(place), self.classes[int(self.source.labels[place])], value, image)
            for place, value, image in zip(places.tolist(), values.tolist(), images, strict=True)
        ]


def neighbours(runner: TorchRunner, data: str | None, root: str | None, called: str) -> Neighbours:
    """Embed the training images: those of `data`, or of what the checkpoint was trained on, less what that held out.

    Raises TargetError where neither is known, DataError where the data cannot be opened or has several labels an image.
    """
    network: ResNet = runner.model
    config = ((network.meta and network.meta.provenance) or {}).get("config") or {}
    if not (data or config.get("data")):
        raise TargetError(f"{called} does not say what it was trained on: give --data and --root for --nearest")
    chosen = choose_images(network, named_images(network, data, root), "train")
    if chosen.label_sets is not None:
        raise TargetError(
            f"{chosen.dataset} has several labels an image, which --nearest has no words for; leave it out"
        )
    batches = Batches(chosen.source, chosen.indices, AT_ONCE, runner.preprocessing)
    places, found = zip(*((batch.indices, _embedded(runner, batch.images)) for batch in batches.epoch(0)), strict=True)
    classes = chosen.classes or chosen.source.classes
    return Neighbours(runner, chosen.source, classes, torch.cat(places).numpy(), torch.cat(found))


def _embedded(runner: TorchRunner, images: Tensor) -> Tensor:
    with torch.inference_mode():
        found = runner.model.embed(runner.placement.move(images)).float().cpu()
    return torch.nn.functional.normalize(found, dim=1)
