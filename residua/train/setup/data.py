"""What does a training run need of its data and its network before the first step?"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from residua.data import (
    Augment,
    Dataset,
    Preprocessing,
    channel_statistics,
    open_dataset,
    split_validation,
)
from residua.data.augment.config import parse_augment
from residua.data.doctor.examine import quick_findings
from residua.data.feed.cache import Tick
from residua.data.feed.choose import Feed, Kind, choose_kind, hold, make_feed, measure_workers
from residua.data.feed.loader import Batches
from residua.data.sources.encoded import EncodedSource
from residua.errors import SpecError, TrainError
from residua.plan import require_size, total_stride
from residua.settings import parse_changes
from residua.spec import ResNetSpec
from residua.train.distributed import ALONE, World
from residua.train.settings.config import TrainConfig

if TYPE_CHECKING:
    from residua.data import Source

MOST_FOR_STATISTICS = 5000  # images; the standard error of a channel's mean is then below half a level
Indices = npt.NDArray[np.int64]
News = Callable[[str], None]
Written = Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """The network's spec, batches of every split, and what goes into the checkpoint about them."""

    spec: ResNetSpec
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    train: Batches
    train_unaugmented: Batches
    val: Batches | None
    test: Batches | None
    train_indices: Indices
    reading: Kind
    description: str

    @property
    def fingerprint(self) -> str:
        """What tells these images from others: classes, how many there are, which are learnt from, and their labels."""
        held = [len(batches.indices) if batches else 0 for batches in (self.val, self.test)]
        told = hashlib.sha256(repr((self.classes, held, self.preprocessing.size)).encode())
        for array in (self.train_indices, self.train.source.labels):
            told.update(np.ascontiguousarray(array, np.int64).tobytes())
        if isinstance(self.train.source, EncodedSource):
            told.update("\0".join(map(self.train.source.where, self.train_indices.tolist())).encode(errors="replace"))
        return told.hexdigest()

    @property
    def held_out(self) -> str:
        """Which images the final measures are of: "test"; "val" or even "train" where there are no others."""
        return "test" if self.test is not None else "val" if self.val is not None else "train"


def prepare(
    config: TrainConfig,
    spec: ResNetSpec,
    written: Written | None = None,
    news: News = lambda line: None,
    world: World = ALONE,
    tick: Tick | None = None,
) -> Prepared:
    """Open the data, split it, and choose the input size; `news` hears what takes time or looks wrong.

    spec: of the network that is trained. written: how a checkpoint says that its images were prepared; so are these.
    world: the processes that share every batch. tick: called with how many images of how many are decoded, where they
    all are beforehand.

    Raises DataError, SpecError or TrainError.
    """
    dataset = _open(config, world)
    spec = fitted_spec(spec, config, dataset)
    size = input_size(config, spec, dataset.default_size if written is None else int(written["size"]), news)
    train, val = _split(config, dataset)
    _require_enough(dataset, train)
    for finding in quick_findings(dataset):
        news(f"{finding.severity}: {finding.message}")
    channels = dataset.train.channels
    preprocessing = Preprocessing(size, size, mean=(0.0,) * channels, std=(1.0,) * channels, channels=channels)
    feed = _Feeding(config, world, news, tick).feed(dataset.train, preprocessing)
    preprocessing = _normalised(preprocessing, feed.source, train, written, news)
    return Prepared(
        spec=spec,
        classes=dataset.classes,
        preprocessing=preprocessing,
        **_splits(config, dataset, feed, preprocessing, (train, val), world),
        train_indices=train,
        reading=feed.kind,
        description=f"{dataset.name}: {len(train)} images to train, {len(val)} to validate, "
        f"{len(dataset.test or ())} to test, {len(dataset.classes)} classes, {size}×{size} pixels",
    )


def _splits(
    config: TrainConfig,
    dataset: Dataset,
    feed: Feed,
    preprocessing: Preprocessing,
    chosen: tuple[Indices, Indices],
    world: World,
) -> dict[str, Any]:
    """Return the batches of each split by their names in `Prepared`. chosen: what is trained on, and what chooses.

    Raises DataError for a held-out image that cannot be read, where they are few enough to be held in memory.
    """
    plain = Augment(pad=config.crop_pad, flip=config.flip, cutout=config.cutout)
    augment = parse_augment(config.augment, dataset.name, preprocessing.size, plain)
    shared: dict[str, Any] = {"seed": config.seed, "rank": world.rank, "world": world.size}

    def held_out(source: Source, indices: Indices) -> Batches:
        return Batches(source, indices, batch=max(config.batch, 256), preprocessing=preprocessing, **shared)

    train, val = chosen
    workers = measure_workers(dataset.train, preprocessing) if feed.kind == "decode" else None
    shown: dict[str, Any] = {"augment": augment, "shuffle": True, "workers": workers} | shared
    validation, test, tests = dataset.val or dataset.train, dataset.test, np.arange(len(dataset.test or ()))
    return {
        "train": Batches(feed.source, train, batch=min(config.batch, len(train)), preprocessing=preprocessing, **shown),
        "train_unaugmented": held_out(dataset.train, train),
        "val": held_out(hold(validation, val, preprocessing), val) if len(val) else None,
        "test": held_out(hold(test, tests, preprocessing), tests) if test is not None else None,
    }


def _open(config: TrainConfig, world: World) -> Dataset:
    """Open the data; where it has to be fetched, one process of each machine does. Raises TrainError for few images."""
    if config.batch < 2 * world.size:
        raise TrainError(f"--batch {config.batch} leaves some of {world.size} processes fewer than two images; take at "
                         f"least {2 * world.size}, or fewer processes")  # fmt: skip
    with world.in_turn() if config.download else contextlib.nullcontext():
        return open_dataset(config.data, config.root, download=config.download, skip_bad=config.skip_bad)


@dataclass(frozen=True)
class _Feeding:
    """Where training reads its images: as the configuration wishes, and in all processes alike.

    Crops of decoded images that are held differ in pixels from crops of files (docs/data.md): a run keeps to one way.
    """

    config: TrainConfig
    world: World
    news: News
    tick: Tick | None

    def feed(self, source: Source, preprocessing: Preprocessing) -> Feed:
        """Return the images; raise TrainError where they can no longer be read as `config.reading` says."""
        wished = self.config.reading
        kind, size, why = choose_kind(source, preprocessing)
        if not isinstance(source, EncodedSource):
            if wished not in ("auto", kind):
                raise TrainError(
                    f"--reading {wished} is for image files; the images of {self.config.data} are in memory"
                )
            return Feed(source, kind, size, why)
        kind = self._agreed(kind if wished == "auto" else wished)
        self.news(why if wished == "auto" else f"reading: {kind}")
        with self.world.in_turn():
            feed = make_feed(source, preprocessing, kind=kind, tick=self.tick)
        if feed.kind != kind:
            self.news(feed.note)
        found = self._agreed(feed.kind)
        if wished not in ("auto", found):
            raise TrainError(f"{feed.note}, but --reading {wished} was asked for, and other pixels would be learnt "
                             f"from; make room, or say --reading {found}")  # fmt: skip
        return feed if feed.kind == found else Feed(source, found, size, "another process has no cache")

    def _agreed(self, kind: Kind) -> Kind:
        """Return the kind that every process can have."""
        kinds: tuple[Kind, ...] = ("decode", "cache", "memory")
        return kinds[self.world.least(kinds.index(kind))]


def _normalised(
    preprocessing: Preprocessing, images: Source, train: Indices, written: Written | None, news: News
) -> Preprocessing:
    """Return `preprocessing` with a mean and standard deviation: a checkpoint's own, or those of the images `train`."""
    if written is not None and len(written["mean"]) == preprocessing.channels:
        news("mean and standard deviation are the checkpoint's")
        return replace(preprocessing, mean=tuple(written["mean"]), std=tuple(written["std"]))
    mean, std = channel_statistics(images, train, preprocessing, most=MOST_FOR_STATISTICS)
    return replace(preprocessing, mean=mean, std=std)


def _require_enough(dataset: Dataset, train: Indices) -> None:
    if len(dataset.classes) < 2:
        raise TrainError(f"{dataset.name} has the one class {dataset.classes[0]!r}; it takes two to tell apart")
    if len(train) < 2:
        raise TrainError(f"{dataset.name} leaves {len(train)} images to train on; at least 2 are needed")


def _split(config: TrainConfig, dataset: Dataset) -> tuple[Indices, Indices]:
    """Return the images to train on and those to choose by: the data's own validation split, or a share of training."""
    if dataset.val is not None:
        return np.arange(len(dataset.train)), np.arange(len(dataset.val))
    return split_validation(dataset.train.labels, config.val_fraction, config.seed)


def fitted_spec(spec: ResNetSpec, config: TrainConfig, dataset: Dataset) -> ResNetSpec:
    """Return `spec` with the channels and classes of the data. Raises TrainError when `--set` says others."""
    changes = parse_changes(config.set)
    fitted = {"in_channels": dataset.train.channels, "num_classes": len(dataset.classes)}
    for name, value in fitted.items():
        if name in changes and changes[name] != value:
            raise TrainError(f"--set {name}={changes[name]}, but {dataset.name} needs {name}={value}; leave it out")
    return spec.changed(**fitted)


def input_size(config: TrainConfig, spec: ResNetSpec, native: int, news: Callable[[str], None]) -> int:
    """Return the side of the network's input in pixels, and tell `news` what should be known about it.

    Images a little smaller than the network's total stride (28 px for a stride of 32) are enlarged to it. Raises
    SpecError when they are less than half of it, or when `--size` is too small or `--size-from` too large.
    """
    stride = total_stride(spec)
    size = config.size or (stride if stride / 2 < native < stride else native)
    try:
        require_size(spec, size, size)
    except SpecError as error:
        raise SpecError(f"{error} `--size {stride}` enlarges them.") from None
    if config.size_from is not None and config.size_from >= size:
        raise SpecError(f"--size-from {config.size_from} is no smaller than the images' {size} pixels, to which they "
                        "grow; leave it out")  # fmt: skip
    if size != native and config.size is None:
        news(f"images of {native}×{native} are enlarged to {size}×{size}, the network's total stride")
    if size < 2 * stride and stride > 4:
        advice = "a network with the 3×3 stem, such as resnet18_cifar, sees more of small images"
        news(f"warning: the last map is only {-(-size // stride)} pixel wide at {size} px; {advice}")
    return size
