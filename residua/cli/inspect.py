"""`residua inspect`: what network is in this checkpoint?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from residua.cli.output import emit, say
from residua.cli.target import fetch_pretrained

if TYPE_CHECKING:
    from torch import Tensor

    from residua.weights.read import Found
    from residua.weights.report import InspectReport


def inspect(
    file: str,
    *,
    probe: str | None = None,
    root: str | None = None,
    samples: int = 10_000,
    prefix: str | None = None,
    ema: bool = False,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """What network is in this checkpoint? Nothing in it is run. Exit 1: it holds NaN or infinity.

    Parameters
    ----------
    probe
        Labelled images that decide between the candidates.
    root
        Where they lie.
    samples
        Probe with at most this many images.
    prefix
        Which of several networks in the file.
    ema
        Averaged weights, where the file has both.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors, which is all that there is.
    """
    from residua.weights.read import read
    from residua.weights.report import describe

    fetch_pretrained(file, quiet)
    found = read(file, ema=ema, prefix=prefix)
    report = describe(found)
    ranking = _probe(found, probe, root, samples) if probe and not report.not_finite else []
    if json:
        emit(report.to_json() | ({"probe": ranking} if probe else {}))
    else:
        _show(report, ranking)
    if report.not_finite:
        say(f"residua: {report.file}: {report.not_finite[0]} holds NaN or infinity")
    return 1 if report.not_finite else 0


def _probe(found: Found, name: str, root: str | None, samples: int) -> list[dict[str, Any]]:
    """Rank the hypotheses about `found` on the labelled images called `name`."""
    from residua.weights.probe import probe
    from residua.weights.recognise.nearest import nearest

    spec = found.recognised.readings[0].spec
    images, labels = _labelled(name, root, spec.in_channels, samples)
    rows = []
    for ranked in probe(found, images, labels):
        near, prepared = nearest(ranked.spec), ranked.preprocessing.to_dict()
        rows.append(
            {
                "network": near.name,
                "difference": near.difference,
                "preprocessing": ranked.name,
                **{key: prepared[key] for key in ("mean", "std", "channels")},
                "top1": ranked.top1,
                "loss": ranked.loss,
                "samples": ranked.samples,
            }
        )
    return rows


def _labelled(name: str, root: str | None, channels: int, most: int) -> tuple[Tensor, Tensor]:
    """Return ((N, channels, H, W) uint8 images, (N,) labels) of a data set: its test split, or what it has.

    At most `most` images, evenly spaced over the split. Raises DataError when there is no such data.
    """
    import numpy as np
    import torch

    from residua.data import Preprocessing, open_dataset

    dataset = open_dataset(name, root)
    source = dataset.test or dataset.val or dataset.train
    count = min(most, len(source))
    indices = np.linspace(0, len(source) - 1, count).round().astype(np.int64)
    images = source.read(indices, Preprocessing.plain(dataset.default_size, channels))
    labels = torch.from_numpy(np.asarray(source.labels)[indices].astype(np.int64))
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))), labels


def _show(report: InspectReport, ranking: list[dict[str, Any]]) -> None:
    print(report.as_text())
    for row in ranking[:8]:
        network = row["network"] + (f" with {row['difference']}" if row["difference"] else "")
        print(
            f"{'probe':<17}{row['top1']:7.2%} top-1, loss {row['loss']:.4f} on {row['samples']} images: {network}, "
            f"normalised as {row['preprocessing']}"
        )
