"""Which network, prepared how, do labelled images find in a checkpoint? For the verbs that take `--probe`."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from residua.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

    from residua.weights.options import Options
    from residua.weights.probe import Ranked
    from residua.weights.read import Found

# Standard deviations above chance. Of 300 hypotheses that all guess, the best passes three of them in a third of all
# probes and four in a hundredth; five would ask for 18 right of 60 images with ten classes.
MOST_OF_CHANCE = 4.0


@dataclass(frozen=True)
class ProbeOptions:
    """Labelled images that decide what tensors do not show.

    Parameters
    ----------
    probe
        Labelled images that decide between the candidates, and how they are normalised: a data set's name or path.
    root
        Where they lie.
    samples
        Probe with at most this many images.
    download
        Fetch a public data set that is not there.
    skip_bad
        Leave out images that cannot be read.
    """

    probe: str | None = None
    root: str | None = None
    samples: int = 10_000
    download: bool = False
    skip_bad: bool = False


def probed(found: Found, asked: ProbeOptions, options: Options, quiet: bool) -> list[Ranked]:
    """Return the hypotheses about `found`, ranked on the labelled images that are `asked` for; none without any.

    What `options` say of the network and of its images is no hypothesis.
    """
    if asked.probe is None:
        return []
    from residua.data.pixels import bounds
    from residua.weights.loading import choose
    from residua.weights.preparation import prepare
    from residua.weights.probe import probe

    if options.spec is not None:
        found = replace(found, recognised=replace(found.recognised, readings=(choose(found, options),)))
    spec, images = found.recognised.readings[0].spec, options.images
    own = prepare(images, spec, found.meta.preprocessing).preprocessing if images.prepares else None
    bounds.allow_pixels(images.max_pixels)
    pixels, labels = _labelled(asked.probe, asked, spec.in_channels)
    with _progress(quiet) as progress:
        return probe(found, pixels, labels, own, progress)


def settled(options: Options, ranking: list[Ranked]) -> Options:
    """Return `options` with the network and the preprocessing that the images found best.

    Raises WeightsError where the best is no better than chance, so that nothing was found.
    """
    if not ranking:
        return options
    _require_found(ranking[0])
    options = replace(options, spec=ranking[0].spec)
    return (
        options if options.images.prepares else replace(options, images=options.images.with_(ranking[0].preprocessing))
    )


def _require_found(best: Ranked) -> None:
    """Raise WeightsError for a hypothesis that chance may have made the best."""
    chance = 1 / max(best.spec.num_classes, 1)
    if best.top1 <= chance + MOST_OF_CHANCE * math.sqrt(chance * (1 - chance) / best.samples):
        raise WeightsError(
            f"not known: the best hypothesis of the probe is right on {best.top1:.2%} of {best.samples:,} images, no "
            f"more than chance ({chance:.2%}) may give; these are not the images that it learnt, their labels are "
            "numbered otherwise, or its network is none of the candidates"
        )


def evidence(asked: ProbeOptions, ranking: list[Ranked]) -> str:
    """Return in words what the probe found, and what came next: how clear it was."""
    best = ranking[0]
    words = f"--probe {asked.probe} found {best.top1:.2%} top-1 on {best.samples:,} images, normalised as {best.name}"
    rest = [other for other in ranking[1:] if other.samples == best.samples]
    return words + (f"; the next hypothesis {rest[0].top1:.2%}" if rest else "")


def as_row(ranked: Ranked) -> dict[str, Any]:
    """Return a hypothesis as `residua inspect --json` has it."""
    from residua.weights.recognise.nearest import nearest
    from residua.weights.recognise.title import title

    near, prepared = nearest(ranked.spec), ranked.preprocessing.to_dict()
    return {
        "network": near.name,
        "difference": near.difference,
        "title": title(ranked.spec),
        "preprocessing": ranked.name,
        **{key: prepared[key] for key in ("mean", "std", "channels")},
        "top1": ranked.top1,
        "loss": ranked.loss,
        "samples": ranked.samples,
    }


def _labelled(name: str, asked: ProbeOptions, channels: int) -> tuple[Tensor, Tensor]:
    """Return ((N, channels, H, W) uint8 images, (N,) labels) of a data set: its test split, or what it has.

    At most as many images as are asked for, evenly spaced over the split. Raises DataError when there is no such data.
    """
    import numpy as np
    import torch

    from residua.data import Preprocessing, open_dataset

    dataset = open_dataset(name, asked.root, download=asked.download, skip_bad=asked.skip_bad)
    source = dataset.test or dataset.val or dataset.train
    count = min(asked.samples, len(source))
    indices = np.linspace(0, len(source) - 1, count).round().astype(np.int64)
    images = source.read(indices, Preprocessing.plain(dataset.default_size, channels))
    labels = torch.from_numpy(np.asarray(source.labels)[indices].astype(np.int64))
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))), labels


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Give what draws the progress of a probe on stderr, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("probing"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("probing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
