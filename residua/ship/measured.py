"""How does an artifact take the place of the network that it was made of, where that is measured?"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from residua.errors import ShipError
from residua.metadata import Meta
from residua.nn import ResNet, build
from residua.ship.artifact import Artifact
from residua.ship.engine import BATCH, Engine
from residua.spec import ResNetSpec


class EngineModule(nn.Module):
    """An engine as a module: (N, channels, size, size) floats, pixels in 0…1, to logits. name: of engine and precision.

    The engine gets batches of BATCH, and the rest one by one, as where it was verified.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__()
        self._engine, self.name = engine, name

    def forward(self, images: Tensor) -> Tensor:
        pixels = np.ascontiguousarray((images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())
        whole = len(pixels) // BATCH * BATCH
        batches = [pixels[at : at + BATCH] for at in range(0, whole, BATCH)]
        batches += [pixels[at : at + 1] for at in range(whole, len(pixels))]
        return torch.from_numpy(np.concatenate([answers.logits for answers in self._engine.stream(batches)]))


def outline_of(artifact: Artifact) -> ResNet:
    """Return a network with an artifact's classes, preprocessing and provenance; its weights are random.

    Raises ShipError for an artifact that does not say what network it holds.
    """
    manifest = artifact.manifest
    if manifest.spec is None:
        raise ShipError(f"{artifact.folder} does not say which network it holds: it can predict, and not be measured")
    network = build(ResNetSpec.model_validate(manifest.spec)).eval()
    network.meta = Meta(manifest.classes, manifest.preprocessing.to_dict(), manifest.provenance)
    return network
