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
)
from residua.data.augment.config import parse_augment
from residua.data.doctor.examine import quick_findings
from residua.data.feed.cache import cores, share_of
from residua.data.feed.choose import Feed, Kind, choose_kind, hold, keep, make_feed, measure_workers
from residua.data.feed.loader import Batches
from residua.data.groups.drawn import DrawnSplit
from residua.data.groups.leaks import Leaks
from residua.data.pixels.depth import measure_depth
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.open import found_again, open_several
from residua.errors import SpecError, TrainError
from residua.plan import require_size, total_stride
from residua.settings import parse_changes
from residua.spec import ResNetSpec
from residua.train.distributed import World
from residua.train.log import Log
from residua.train.settings.config import TrainConfig
from residua.train.setup.split import choose_split, find_crossed

if TYPE_CHECKING:
    from torch import Tensor

    from residua.data import Source

MEASURED_AT_ONCE = 256  # images of a batch that is answered, or more where --batch is larger
MOST_FOR_STATISTICS = 5000  # images; the standard error of a channel's mean is then below half a level
Indices = npt.NDArray[np.int64]
Message = Callable[[str], None]
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
    split: DrawnSplit
    leaks: Leaks
    findings: tuple[str, ...]
    name: str
    label_sets: tuple[tuple[int, ...], ...] | None = None  # see `Dataset`

    @property
    def images(self) -> dict[str, int]:
        """How many images there are for what."""
        counts = {"train": len(self.train_indices), "validate": len(self.val.indices) if self.val else 0}
        return counts | {"test": len(self.test.indices) if self.test else 0}

    @property
    def description(self) -> str:
        """The data in one line."""
        counts = ", ".join(f"{count} {'images ' * (what == 'train')}to {what}" for what, count in self.images.items())
        size = self.preprocessing.size
        return f"{self.name}: {counts}, {len(self.classes)} classes, {size}×{size} pixels"

    @property
    def fingerprint(self) -> str:
        """A digest of the classes, how many images there are, which are learnt from, and their labels."""
        held = [len(batches.indices) if batches else 0 for batches in (self.val, self.test)]
        digest = hashlib.sha256(repr((self.classes, held, self.preprocessing.size)).encode())
        for array in (self.train_indices, self.train.source.labels):
            digest.update(np.ascontiguousarray(array, np.int64).tobytes())
        if isinstance(self.train.source, EncodedSource):
            names = "\0".join(map(self.train.source.where, self.train_indices.tolist()))
            digest.update(names.encode(errors="replace"))
        return digest.hexdigest()

    def unseen(self, batches: Batches) -> np.ndarray | None:
        """Return which images of held-out `batches` training has not seen, of those that can be read; None: all."""
        seen = self.leaks.seen.get("test" if batches is self.test else "validation" if batches is self.val else "")
        if seen is None or len(seen) != len(batches.source) or not seen.any():
            return None
        bad = batches.source.bad if isinstance(batches.source, EncodedSource) else {}
        return np.array([not seen[index] for index in batches.indices.tolist() if index not in bad], bool)

    def truths(self) -> Tensor | None:
        """Return the classes of each set of labels, (sets, classes) of 0 and 1; None where an image has one label."""
        if self.label_sets is None:
            return None
        import torch

        table = torch.zeros(len(self.label_sets), len(self.classes))
        for row, own in zip(table, self.label_sets, strict=True):
            row[list(own)] = 1
        return table

    def class_weights(self) -> list[float]:
        """Return for each class how much less often it comes than the mean class; 0 where it has no training image."""
        counts = np.bincount(self.train.source.labels[self.train_indices], minlength=len(self.classes))
        weights = counts.sum() / np.maximum(counts, 1) / max(1, (counts > 0).sum())
        return [float(weight) for weight in np.where(counts > 0, weights, 0.0)]

    def left_out(self) -> list[str]:
        """Return what `--skip-bad` left out of every split so far: an image, and why."""
        sources = [batches.source for batches in (self.train, self.val, self.test) if batches is not None]
        bad = [source.bad for source in sources if isinstance(source, EncodedSource)]
        return list(dict.fromkeys(text for own in bad for _, text in sorted(own.items())))

    @property
    def final(self) -> Batches:
        """The images that a finished run is measured on; `held_out` says which they are."""
        return self.test or self.val or self.train_unaugmented

    @property
    def held_out(self) -> str:
        """Which images the final measures are of: "test"; "val" or even "train" where there are no others."""
        return "test" if self.test is not None else "val" if self.val is not None else "train"


def prepare(
    config: TrainConfig,
    world: World,
    spec: ResNetSpec,
    written: Written | None = None,
    log: Log | None = None,
    device: str = "cpu",
) -> Prepared:
    """Open the data, split it, and choose the input size; what takes time or looks wrong is logged.

    world: the processes that share every batch. spec: of the network to train. written: how a checkpoint's images were
    prepared, as these then are. device: where batches lie. Raises DataError, SpecError or TrainError.
    """
    log = log or Log()
    dataset = _open(config, world)
    spec = fitted_spec(spec, config, dataset)
    size = input_size(config, spec, dataset.default_size if written is None else int(written["size"]), log.message)
    split = choose_split(config, world, dataset, log)
    leaks = find_crossed(config, world, dataset, split.train, log)
    findings = (*leaks.messages, *_findings(dataset, log))
    unnormalised = _unnormalised(config, world, dataset.train, size, split.train, log.message)
    feed = _feed(config, world, dataset.train, unnormalised, log)
    preprocessing = _normalised(unnormalised, feed.source, split.train, written, log.message)
    splits = _Splits(config, world, dataset, preprocessing, device, feed)
    return Prepared(
        spec=spec,
        classes=dataset.classes,
        preprocessing=preprocessing,
        train=splits.training(split.train),
        train_unaugmented=splits.unaugmented(dataset.train, split.train),
        val=splits.held(dataset.val or dataset.train, split.validation) if len(split.validation) else None,
        test=None if dataset.test is None else splits.held(dataset.test, np.arange(len(dataset.test))),
        train_indices=split.train,
        reading=feed.kind,
        split=split,
        leaks=leaks,
        label_sets=dataset.label_sets,
        findings=findings,
        name=dataset.name,
    )


@dataclass(frozen=True)
class _Splits:
    """How the images of a data set become batches, in all processes alike."""

    config: TrainConfig
    world: World
    dataset: Dataset
    preprocessing: Preprocessing
    device: str
    feed: Feed  # of the training images

    def training(self, indices: Indices) -> Batches:
        """Return the images to learn from, in random order, augmented, read from where `feed` has them."""
        config, dataset, feed = self.config, self.dataset, self.feed
        of_flags = Augment(pad=config.crop_pad, flip=config.flip, cutout=config.cutout)
        augment = parse_augment(config.augment, dataset.name, self.preprocessing.size, of_flags)
        if config.balance and augment.repeats > 1:
            raise TrainError("--balance repeats rare images itself: leave out repeats= of --augment")
        return Batches(
            feed.source,
            indices,
            batch=min(config.batch, len(indices)),
            preprocessing=self.preprocessing,
            augment=augment,
            balanced=config.balance,
            seed=config.seed,
            rank=self.world.rank,
            world=self.world.size,
            shuffle=True,
            workers=self._workers() if feed.kind == "decode" else None,
            sharing=self.world.sharing,
            device=self.device,
        )

    def _workers(self) -> int:
        """Return how many threads are worth decoding with, as many as are this process's share."""
        best = measure_workers(self.dataset.train, self.preprocessing, sharing=self.world.sharing)
        return share_of(best, 1)

    def unaugmented(self, source: Source, indices: Indices) -> Batches:
        """Return images as they are, in order."""
        return Batches(
            source,
            indices,
            batch=max(self.config.batch, MEASURED_AT_ONCE),
            preprocessing=self.preprocessing,
            seed=self.config.seed,
            rank=self.world.rank,
            world=self.world.size,
            sharing=self.world.sharing,
            device=self.device,
        )

    def held(self, source: Source, indices: Indices) -> Batches:
        """Return images as they are, held in memory where they are few enough, else from a cache if training has one.

        Raises DataError for one that cannot be read, where they are.
        """
        held = hold(source, indices, self.preprocessing, sharing=self.world.sharing)
        if self.feed.kind == "cache":
            with self.world.in_turn():  # of all alike, whichever of them have the memory
                held = keep(source, indices, self.preprocessing) if held is source else held
        return self.unaugmented(held, indices)


def _open(config: TrainConfig, world: World) -> Dataset:
    """Open the data; where it has to be fetched, one process of each machine does. Raises TrainError for few images."""
    if config.batch < 2 * world.size:
        raise TrainError(
            f"--batch {config.batch} leaves some of {world.size} processes fewer than two images; take at "
            f"least {2 * world.size}, or fewer processes"
        )
    with world.in_turn() if config.download else contextlib.nullcontext():
        name, root = found_again(config.data, config.root, config.data_path)
        if config.multi_label:
            return open_several(name, root, skip_bad=config.skip_bad)
        return open_dataset(name, root, download=config.download, skip_bad=config.skip_bad)


def _feed(config: TrainConfig, world: World, source: Source, preprocessing: Preprocessing, log: Log) -> Feed:
    """Return where training reads its images: as the configuration asks, and in all processes alike.

    Crops of decoded images that are held differ in pixels from crops of files (docs/data.md): a run keeps to one way.
    Raises TrainError where the images can no longer be read as `config.reading` says.
    """
    asked = config.reading
    kind, _, why = choose_kind(source, preprocessing)
    if not isinstance(source, EncodedSource):
        if asked not in ("auto", kind):
            raise TrainError(f"--reading {asked} is for image files; the images of {config.data} are in memory")
        return Feed(source, kind, why)
    kind = _agreed(world, kind if asked == "auto" else asked)
    log.message(why if asked == "auto" else f"reading: {kind}")
    with world.in_turn() if kind == "cache" else contextlib.nullcontext():
        feed = make_feed(source, preprocessing, kind=kind, tick=log.decoded, sharing=world.sharing)
    if feed.kind != kind:
        log.message(feed.note)
    found = _agreed(world, feed.kind)
    if asked not in ("auto", found):
        raise TrainError(
            f"{feed.note}, but --reading {asked} was asked for, and other pixels would be learnt "
            f"from; make room, or say --reading {found}"
        )
    return feed if feed.kind == found else Feed(source, found, "another process has no cache")


def _agreed(world: World, kind: Kind) -> Kind:
    """Return the kind that every process can have."""
    kinds: tuple[Kind, ...] = ("decode", "cache", "memory")
    return kinds[world.least(kinds.index(kind))]


def _unnormalised(
    config: TrainConfig, world: World, source: Source, size: int, train: Indices, message: Message
) -> Preprocessing:
    """Return what a picture goes through before it is normalised; the images `train` say how deep levels are scaled."""
    plain = replace(Preprocessing.plain(size, source.channels), fit=config.fit)
    if not isinstance(source, EncodedSource):
        return plain
    threads = share_of(cores(), world.sharing)
    bits, largest, _ = depth = measure_depth(lambda at: source.blobs.get(int(train[at])), len(train), threads)
    if depth.warning:
        message(f"warning: {depth.warning}")
    if largest:
        message(
            f"pictures of more than 8 bits: the largest level of those to train on is {largest:,}, read as {bits} bits"
        )
    return replace(plain, bits=bits)


def _normalised(
    preprocessing: Preprocessing, images: Source, train: Indices, written: Written | None, message: Message
) -> Preprocessing:
    """Return `preprocessing` with a mean and standard deviation: a checkpoint's own, or those of the images `train`."""
    if written is not None and len(written["mean"]) == preprocessing.channels:
        message("mean and standard deviation are the checkpoint's")
        return replace(preprocessing, mean=tuple(written["mean"]), std=tuple(written["std"]))
    pictures = (
        replace(preprocessing, fit="stretch") if preprocessing.fit == "pad" else preprocessing
    )  # without the bars
    mean, std = channel_statistics(images, train, pictures, most=MOST_FOR_STATISTICS)
    return replace(preprocessing, mean=mean, std=std)


def _findings(dataset: Dataset, log: Log) -> tuple[str, ...]:
    """Return what is evidently wrong with the images, and log it."""
    findings = tuple(f"{finding.severity}: {finding.message}" for finding in quick_findings(dataset))
    for line in findings:
        log.message(line)
    return findings


def fitted_spec(spec: ResNetSpec, config: TrainConfig, dataset: Dataset) -> ResNetSpec:
    """Return `spec` with the channels and classes of the data. Raises TrainError when `--set` says others."""
    changes = parse_changes(config.set)
    fitted = {"in_channels": dataset.train.channels, "num_classes": len(dataset.classes)}
    for name, value in fitted.items():
        if name in changes and changes[name] != value:
            raise TrainError(f"--set {name}={changes[name]}, but {dataset.name} needs {name}={value}; leave it out")
    return spec.changed(**fitted)


def input_size(config: TrainConfig, spec: ResNetSpec, native: int, message: Message) -> int:
    """Return the side of the network's input in pixels, and pass what should be known about it to `message`.

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
        raise SpecError(
            f"--size-from {config.size_from} is no smaller than the images' {size} pixels, to which they "
            "grow; leave it out"
        )
    if size != native and config.size is None:
        message(f"images of {native}×{native} are enlarged to {size}×{size}, the network's total stride")
    if size < 2 * stride and stride > 4:
        advice = "a network with the 3×3 stem, such as resnet18_cifar, sees more of small images"
        message(f"warning: the last map is only {-(-size // stride)} pixel wide at {size} px; {advice}")
    return size
