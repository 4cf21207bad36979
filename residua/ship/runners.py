"""What computes the logits of images: a torch network where it lies, or an artifact's engine, which needs no torch?"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from residua.errors import ShipError
from residua.preprocessing import Pixels, Preprocessing
from residua.ship import machine, proof
from residua.ship.artifact import is_artifact, open_artifact
from residua.ship.engine import BATCH, Floats
from residua.ship.images import as_tensor

if TYPE_CHECKING:
    from residua.nn.device import Placement
    from residua.weights.trained import Trained


class Runner(Protocol):
    """A network that is ready to answer.

    model: the torch network, or the engine. placement: where and how it runs; `str()` of it is said. several:
    whether an image may have several labels. not_finite: what is said of logits that are NaN. batch: how many images
    it is best given at once. sized: whether each size of batch that comes costs a compilation.
    """

    model: Any
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    several: bool
    placement: Any
    batch: int
    sized: bool

    @property
    def not_finite(self) -> str: ...

    def stream(self, batches: Iterable[Pixels]) -> Iterator[Floats]:
        """Yield the (N, classes) logits of each batch of (N, size, size, channels) uint8 pixels, in order."""


def open_runner(
    model: Trained, device: str | Placement, precision: str, say: proof.Say | None, cache: Path | None = None
) -> Runner:
    """Return what runs a network with `.meta`, a run, a checkpoint, or the folder of an artifact.

    cache: of an artifact's verdicts and compiled networks, where it is not the user's own. Raises TargetError,
    WeightsError or ShipError in one line.
    """
    if isinstance(model, (str, os.PathLike)) and is_artifact(model):
        if device not in ("auto", "cpu"):
            raise ShipError(f"{model} is an artifact, which runs on the processor: leave --device out")
        return ArtifactRunner(Path(model), precision, say or (lambda _: None), cache)
    if cache is not None:
        raise ShipError("only artifacts of `residua export` have a cache: leave it out, or export the network first")
    return TorchRunner(model, device, precision)


class TorchRunner:
    """A torch network, as its checkpoint declares it; one that was given is copied."""

    batch, sized = 32, False

    def __init__(self, model: Trained, device: str | Placement, precision: str) -> None:
        from residua.nn.device import choose_placement
        from residua.weights import trained

        self.placement = choose_placement(device, precision) if isinstance(device, str) else device
        network = trained.open_trained(model)
        trained.require_runnable(network)
        self.preprocessing = trained.preprocessing_of(network)
        self.classes, self.several = trained.classes_of(network), trained.learnt_several(network)
        self.not_finite = trained.not_finite(self.placement.precision)
        self.model = self.placement.put(copy.deepcopy(network) if network is model else network).eval()

    def stream(self, batches: Iterable[Pixels]) -> Iterator[Floats]:
        return map(self._logits, batches)

    def _logits(self, pixels: Pixels) -> Floats:
        import torch

        images = as_tensor(pixels, self.preprocessing)
        with torch.inference_mode(), self.placement.autocast():
            found: Floats = self.model(self.placement.move(images)).float().cpu().numpy()
        return found


class ArtifactRunner:
    """An artifact on an engine whose canaries were right here."""

    batch, sized = BATCH, True

    def __init__(self, folder: Path, precision: str, say: proof.Say, cache: Path | None) -> None:
        self.artifact = open_artifact(folder)
        manifest = self.artifact.manifest
        self.model = proof.proved_engine(self.artifact, precision, cache, say)
        self.placement = f"{manifest.engine} {machine.engine_version(manifest.engine)}, {self.model.precision}"
        self.preprocessing, self.classes = manifest.preprocessing, manifest.classes
        self.several = manifest.several

    @property
    def not_finite(self) -> str:
        from residua.weights.trained import not_finite  # pydantic and more, for a text that is hardly ever said

        return not_finite("fp32")

    def stream(self, batches: Iterable[Pixels]) -> Iterator[Floats]:
        return (answers.logits for answers in self.model.stream(batches))
