"""What has a study done already? Trained networks and measurements, each under a key of all that it depends on.

A killed study loses the piece that was running at most: a training goes on from its newest checkpoint, a measurement
is made again. What is there was written whole; what is not there has not been done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from residua.data import Source
from residua.data.feed.loader import Batches
from residua.errors import SpecError
from residua.files import write_atomic
from residua.nn import ResNet
from residua.nn.device import Placement, choose_placement
from residua.nn.resnet import Construct
from residua.reading import read_json
from residua.settings import parse_changes
from residua.spec import ResNetSpec
from residua.study.ablations import ABLATIONS
from residua.study.pictures import Pictures
from residua.study.plan import Advance, Part
from residua.study.rates import USUAL, Rate
from residua.train.engine import train
from residua.train.log import Log, StepEvent
from residua.train.measure.evaluation import measure, score
from residua.train.run_folder import Run
from residua.train.settings.config import LOCATION, TrainConfig
from residua.weights.files.native import load_native
from residua.weights.trained import preprocessing_of
from residua.zoo import ZOO

# Raised when what a training or a measurement gives changes for the same settings: older ones are then made again.
EDITION = 1
_NO_MATTER = {*LOCATION, "recipe", "device", "precision", "checkpoint_minutes", "keep", "tensorboard", "split_sha256"}


@dataclass(frozen=True)
class Network:
    """One network to train: what a study calls it, as a change of a zoo's network, its seed, and how it is trained.

    ablation: what its blocks compute instead, one of ABLATIONS.
    """

    label: str
    model: str
    changes: tuple[str, ...] = ()
    seed: int = 0
    epochs: int = 4
    rate: Rate = USUAL
    ablation: str = ""

    @property
    def name(self) -> str:
        """What the plan and the progress call it."""
        return f"{self.label}, seed {self.seed}, lr {self.rate.lr:g}"

    @property
    def construct(self) -> Construct:
        """What makes the network of its spec."""
        return ABLATIONS[self.ablation] if self.ablation else ResNet

    def spec(self, pictures: Pictures) -> ResNetSpec:
        """Return the network as these pictures need it."""
        fitted = {"in_channels": pictures.channels, "num_classes": len(pictures.dataset.classes)}
        return ZOO[self.model].spec.changed(**(parse_changes(self.changes) | fitted))

    def config(self, pictures: Pictures, precision: str) -> TrainConfig:
        """Return its training: SGD with momentum, batch 128, lr rising and then falling to zero on a line.

        Pictures are as they are: without augmentation the training loss is theirs, which degradation is a claim about.
        """
        return TrainConfig().changed(
            model=self.model,
            set=self.changes,
            data=str(pictures.folder),
            val_fraction=0,
            grouping="none",
            epochs=self.epochs,
            batch=128,
            lr=self.rate.lr,
            warmup_epochs=self.rate.warmup_epochs,
            seed=self.seed,
            precision=precision,
        )


@dataclass(frozen=True)
class Trained:
    """A trained network of a study. losses: of each epoch, while training; train and test: measured at the end."""

    network: Network
    run: Run
    key: str
    losses: tuple[float, ...]
    train: Mapping[str, float]
    test: Mapping[str, float]

    def model(self) -> ResNet:
        """Return the network, in eval mode."""
        return load_native(self.run.model_file, self.network.construct)


@dataclass(frozen=True)
class Kept:
    """What lies below `home`, a study's --out: networks/ are run folders, measured/ are JSON documents."""

    home: Path
    pictures: Pictures
    precision: str = "auto"
    placement: Placement = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "placement", choose_placement(precision=self.precision))

    def key(self, network: Network) -> str:
        """Return the digest of all that the trained network depends on, beside the versions of residua and torch."""
        config = network.config(self.pictures, self.placement.precision).model_dump(mode="json")
        for name in _NO_MATTER:
            config.pop(name, None)
        device = self.placement.device.partition(":")[0]
        parts = [EDITION, config, self.pictures.digest, device, self.placement.precision]
        return _digest([*parts, network.ablation] if network.ablation else parts)

    def folder(self, network: Network) -> Path:
        """Return the run folder of a network, trained or not."""
        word = "".join(letter if letter.isalnum() else "-" for letter in network.label)
        return self.home / "networks" / f"{word}-s{network.seed}-{self.key(network)[:12]}"

    def has(self, network: Network) -> bool:
        """Whether a network has been trained to its end and measured."""
        return (
            self._measurement("network", [self.key(network)]).exists() and Run(self.folder(network)).model_file.exists()
        )

    def parts(self, networks: Sequence[Network]) -> list[Part]:
        """Return what training the missing ones of `networks` costs, their own measurements included."""
        here = [network for network in networks if not self.has(network)]
        return [part for network in here for part in self._parts(network)]

    def _parts(self, network: Network) -> list[Part]:
        spec, (learnt, tested) = network.spec(self.pictures), self.pictures.counts
        done = self._epochs_done(network)
        images = max(network.epochs - done, 0) * learnt
        parts = [Part(network.name, spec, self.pictures.pixels, images)] if images else []
        return [*parts, Part(f"{network.name}, measured", spec, self.pictures.pixels, learnt + 2 * tested, backward=0)]

    def _epochs_done(self, network: Network) -> int:
        folder = self.folder(network)
        return len(Run(folder).rows()) if (folder / "log.jsonl").exists() else 0

    def trained(self, network: Network, advance: Advance) -> Trained:
        """Return a network, trained now, or as far as it is missing, if it is not there.

        Raises KeyboardInterrupt, its state saved, when somebody asks to stop; ResiduaError as training does.
        """
        key, folder = self.key(network), self.folder(network)
        run = Run(folder)

        def compute() -> dict[str, Any]:
            self._train(network, folder, advance)
            model, batches = load_native(run.model_file, network.construct), self.pictures.dataset
            found: dict[str, Any] = {"losses": [row["loss"] for row in run.rows()]}
            for name, source in (("train", batches.train), ("test", self.pictures.test)):
                found[name] = self._scores(model, source)
            advance(f"{network.name}, measured", 1.0)
            return found

        if not self.has(network):  # a folder that somebody has removed takes its measurement along
            self._measurement("network", [key]).unlink(missing_ok=True)
        found = self.measured("network", [key], compute)
        return Trained(network, run, key, tuple(found["losses"]), found["train"], found["test"])

    def _train(self, network: Network, folder: Path, advance: Advance) -> None:
        config = network.config(self.pictures, self.placement.precision)
        if Run(folder).metrics is not None:  # killed between its end and its measurement
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        left = max(1, (network.epochs - self._epochs_done(network)) * self.pictures.counts[0])
        seen = [0]

        def step(event: StepEvent) -> None:
            new = event.seen - seen[0] if event.seen >= seen[0] else event.seen
            seen[0] = event.seen
            advance(network.name, new / left)

        begun = (folder / "config.toml").exists()
        outcome = train(config, folder, resume=begun, log=Log(step=step), construct=network.construct)
        if not outcome.finished:
            raise KeyboardInterrupt(f"stopped by {outcome.stopped_by}; the same command goes on with {folder}")

    def _scores(self, model: ResNet, source: Source) -> dict[str, float]:
        """Return loss, top-1 and their number of pictures, of pictures as they are, with the running statistics."""
        batches = Batches(source, np.arange(len(source)), 256, preprocessing_of(model))
        logits, labels = score(self.placement.put(model), batches.epoch(0), self.placement)
        found = measure(logits, labels, self.pictures.dataset.classes)
        return {"loss": found.loss, "top1": found.top1, "samples": found.samples}

    def test_set(self, trained: Trained, most: int) -> tuple[Tensor, Tensor]:
        """Return the first `most` test pictures as the network reads them, and their labels."""
        return self._loaded(trained, self.pictures.test, most)

    def train_set(self, trained: Trained, most: int) -> tuple[Tensor, Tensor]:
        """Return the first `most` training pictures as the network reads them, and their labels."""
        return self._loaded(trained, self.pictures.dataset.train, most)

    def _loaded(self, trained: Trained, source: Source, most: int) -> tuple[Tensor, Tensor]:
        indices = np.arange(min(most, len(source)))
        [batch] = Batches(source, indices, len(indices), preprocessing_of(trained.model())).epoch(0)
        return batch.images, batch.labels

    def measured(self, what: str, depends: Sequence[Any], compute: Callable[[], Any]) -> Any:
        """Return a measurement: the JSON that `compute` gave once for what it `depends` on, or gives now."""
        path = self._measurement(what, depends)
        if path.exists():
            return read_json(path, SpecError)
        path.parent.mkdir(parents=True, exist_ok=True)
        found = json.dumps(compute())
        write_atomic(path, found + "\n")
        return json.loads(found)  # as every later reader sees it

    def is_measured(self, what: str, depends: Sequence[Any]) -> bool:
        """Whether a measurement has been made."""
        return self._measurement(what, depends).exists()

    def _measurement(self, what: str, depends: Sequence[Any]) -> Path:
        return self.home / "measured" / f"{what}-{_digest([EDITION, *depends])[:16]}.json"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
