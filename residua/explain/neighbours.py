"""Which training images are nearest to an image, as the network sees them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from residua.data import Source, open_dataset
from residua.data.feed.loader import Batches
from residua.errors import TargetError
from residua.nn import ResNet
from residua.preprocessing import Pixels
from residua.ship.images import as_tensor
from residua.ship.runners import TorchRunner

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
    """The embeddings of all training images, unit length, (N, features)."""

    runner: TorchRunner
    source: Source
    classes: tuple[str, ...]
    embeddings: Tensor

    def of(self, pixels: Pixels, count: int) -> list[Neighbour]:
        """Return the nearest `count` to pixels (1, size, size, channels), the nearest first."""
        similar = self.embeddings @ _embedded(self.runner, as_tensor(pixels, self.runner.preprocessing))[0]
        values, places = similar.topk(min(count, len(similar)))
        images = self.source.read(places.numpy(), self.runner.preprocessing)
        return [
            Neighbour(self.source.where(place), self.classes[int(self.source.labels[place])], value, image)
            for place, value, image in zip(places.tolist(), values.tolist(), images, strict=True)
        ]


def neighbours(runner: TorchRunner, data: str | None, root: str | None, called: str) -> Neighbours:
    """Embed all training images: those of `data`, or of the data that the checkpoint was trained on.

    Raises TargetError where neither is known, DataError where the data cannot be opened or has several labels an image.
    """
    network: ResNet = runner.model
    config = ((network.meta and network.meta.provenance) or {}).get("config") or {}
    name = data or config.get("data")
    if not name:
        raise TargetError(f"{called} does not say what it was trained on: give --data and --root for --nearest")
    whole = open_dataset(name, root or (None if data else config.get("root")))
    if whole.label_sets is not None:
        raise TargetError(f"{whole.name} has several labels an image, which --nearest has no words for; leave it out")
    source = whole.train
    batches = Batches(source, np.arange(len(source)), AT_ONCE, runner.preprocessing)
    found = torch.cat([_embedded(runner, batch.images) for batch in batches.epoch(0)])
    return Neighbours(runner, source, tuple(whole.classes), found)


def _embedded(runner: TorchRunner, images: Tensor) -> Tensor:
    with torch.inference_mode():
        found = runner.model.embed(runner.placement.move(images)).float().cpu()
    return torch.nn.functional.normalize(found, dim=1)
