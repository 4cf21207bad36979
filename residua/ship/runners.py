"""What computes the logits of images: a torch network where it lies, or an artifact's engine, which needs no torch?"""

from __future__ import annotations

import copy
import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from residua.errors import ShipError
from residua.preprocessing import Pixels, Preprocessing
from residua.ship import machine, proof
from residua.ship.artifact import is_artifact, open_artifact
from residua.ship.engine import BATCH, Floats
from residua.ship.images import as_tensor
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


class Runner(Protocol):
    """A network that is ready to answer.

    model: the torch network, or the engine. placement: where and how it runs; `str()` of it is said. several:
    whether an image may have several labels. not_finite: what is said of logits that are NaN.
    """

    model: Any
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    several: bool
    placement: Any
    not_finite: str

    def logits(self, pixels: Pixels) -> Floats:
        """Return the (N, classes) logits of (N, size, size, channels) uint8 pixels."""


def open_runner(model: Trained, device: str | Placement, precision: str, say: proof.Say | None) -> Runner:
    """Return what runs a network with `.meta`, a run, a checkpoint, or the folder of an artifact.

    Raises TargetError, WeightsError or ShipError in one line.
    """
    if isinstance(model, (str, os.PathLike)) and is_artifact(model):
        if device not in ("auto", "cpu"):
            raise ShipError(f"{model} is an artifact, which runs on the processor: leave --device out")
        return ArtifactRunner(Path(model), precision, say or (lambda _: None))
    return TorchRunner(model, device, precision)


class TorchRunner:
    """A torch network, as its checkpoint declares it; one that was given is copied."""

    def __init__(self, model: Trained, device: str | Placement, precision: str) -> None:
        from residua.nn.device import choose_placement

        self.placement = choose_placement(device, precision) if isinstance(device, str) else device
        network = open_trained(model)
        require_runnable(network)
        self.preprocessing = preprocessing_of(network)
        self.classes, self.several = classes_of(network), learnt_several(network)
        self.not_finite = not_finite(self.placement.precision)
        self.model = self.placement.put(copy.deepcopy(network) if network is model else network).eval()

    def logits(self, pixels: Pixels) -> Floats:
        import torch

        images = as_tensor(pixels, self.preprocessing)
        with torch.inference_mode(), self.placement.autocast():
            found: Floats = self.model(self.placement.move(images)).float().cpu().numpy()
        return found


class ArtifactRunner:
    """An artifact on an engine whose canaries were right here."""

    def __init__(self, folder: Path, precision: str, say: proof.Say) -> None:
        artifact = open_artifact(folder)
        manifest = artifact.manifest
        self.model = proof.proved_engine(artifact, precision, say=say)
        self.placement = f"{manifest.engine} {machine.engine_version(manifest.engine)}, {manifest.precision}"
        self.preprocessing, self.classes = manifest.preprocessing, manifest.classes
        self.several = manifest.several
        self.not_finite = not_finite("fp32")

    def logits(self, pixels: Pixels) -> Floats:
        whole = len(pixels) // BATCH * BATCH  # the rest one by one: two sizes are compiled, not nine
        cuts = [*range(0, whole, BATCH), *range(whole, len(pixels) + 1)]
        parts = (pixels[start:end] for start, end in itertools.pairwise(cuts))
        return np.concatenate([answers.logits for answers in self.model.stream(parts)])
