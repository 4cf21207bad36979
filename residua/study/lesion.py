"""What is lost when blocks are deleted from a trained network, or change places (Veit 2016 §4.1, §4.2)?

Deleting a block leaves its shortcut alone. In a plain network that is the identity in a place where there was none:
the control that Veit 2016 had only from a network without batch norm (VGG). Only blocks that keep the shape are
touched, in both kinds, since a plain network cannot do without the others.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from residua import pages
from residua.nn import ResNet
from residua.nn.blocks import Block
from residua.study.depth import KINDS, Subjects, circumstances, missing, subjects_of, with_rates
from residua.study.intervals import difference, mean_of
from residua.study.kept import Kept, Trained
from residua.study.options import TrainingOptions
from residua.study.plan import Advance, Part, Work
from residua.study.report import Figure, Published, Report, Row

QUESTION = "What does a trained network lose with a block, with several, or when two change places?"
IMAGES = 1000  # the standard error of an accuracy is then below 1.6 points
SEVERAL = (1, 2, 4, 8, 12)  # blocks deleted together, or pairs that change places
DRAWS = 5  # random choices for each number
PUBLISHED = (
    Published("error of ResNet-110 without one block, CIFAR-10", "hardly changed for most blocks", "veit2016 Fig. 3"),
    Published("error of VGG without one layer, CIFAR-10", "about 90 %, that of chance", "veit2016 Fig. 3"),
    Published("error as more blocks are deleted or reordered", "rises smoothly", "veit2016 Fig. 5"),
)
SHORTER = "--layers 8 --layers 20, --seeds 1 or --epochs 1"
NOT_SHOWN = (
    "Batch norms keep the statistics of the whole network: some of the loss is theirs, and would go if they were taken "
    "anew.",
    "Blocks that change the shape are never touched: Veit 2016 found those the dearest.",
    "A network that learnt little loses little: read each loss beside the accuracy of the whole network.",
    "Weights are not trained again: a deleted block may have been useful, and replaceable.",
)


def work(kept: Kept, options: TrainingOptions, seeds: int) -> Work:
    """Return the study: the missing networks of `depth`, and every lesion of each network."""
    subjects = subjects_of(options, seeds)
    parts = missing(kept, subjects, options)
    for network in subjects.networks():
        if not kept.is_measured("lesion", _depends(kept, kept.key(network))):
            spec = network.spec(kept.pictures)
            passes = sum(spec.depths) + 2 * DRAWS * len(SEVERAL)
            images = passes * min(IMAGES, kept.pictures.counts[1])
            parts.append(Part(f"{network.name}, lesions", spec, kept.pictures.pixels, images, backward=0))
    return Work(parts, lambda advance: run(kept, with_rates(kept, subjects, options, advance)[0], advance), SHORTER)


def _depends(kept: Kept, key: str) -> list[Any]:
    return [key, min(IMAGES, kept.pictures.counts[1]), list(SEVERAL), DRAWS]


def run(kept: Kept, subjects: Subjects, advance: Advance) -> Report:
    """Make every lesion in every network and return the report."""
    rows: list[Row] = []
    for network in subjects.networks():
        trained = kept.trained(network, advance)
        found = kept.measured(
            "lesion",
            _depends(kept, trained.key),
            partial(_measured, kept, trained),
        )
        kind, _, layers = network.label.partition("-")
        rows += [{"kind": kind, "layers": int(layers), "seed": network.seed, **row} for row in found]
        advance(f"{network.name}, lesions", 1.0)
    images = min(IMAGES, kept.pictures.counts[1])
    made = circumstances(kept, subjects) | {
        "measured on": f"{images:,} test pictures, running statistics, fp32",
        "random choices": f"{DRAWS} for each number of blocks",
    }
    seen = [line for layers in subjects.layers for line in _seen(rows, layers)]
    return Report("lesion", QUESTION, rows, _figures(rows, subjects.layers), seen, NOT_SHOWN, PUBLISHED, made)


def _measured(kept: Kept, trained: Trained) -> list[dict[str, Any]]:
    return lesions(trained.model(), *kept.test_set(trained, IMAGES), trained.network.seed)


def lesions(model: ResNet, images: Tensor, labels: Tensor, seed: int) -> list[dict[str, Any]]:
    """Return a row a lesion: what was done, to how many blocks, to which, and loss and top-1 then.

    The first row is the whole network. model: in eval mode, and as it was afterwards. seed: of the random choices.
    """
    places = list(same_shape(model))
    rows = [_row(model, images, labels, "whole", 0, ())]
    for place in places:
        with deleted(model, [place]):
            rows.append(_row(model, images, labels, "delete one", 1, (place,)))
    draws = np.random.default_rng(seed)
    for count in SEVERAL:
        if count >= len(places):
            break
        for _ in range(DRAWS):
            chosen = [places[index] for index in sorted(draws.choice(len(places), count, replace=False).tolist())]
            with deleted(model, chosen):
                rows.append(_row(model, images, labels, "delete several", count, chosen))
    for count in SEVERAL:
        for _ in range(DRAWS):
            pairs = _pairs(places, count, draws)
            if not pairs:
                break
            with swapped(model, pairs):
                named = [f"{one}↔{other}" for one, other in pairs]
                rows.append(_row(model, images, labels, "swap", len(pairs), named))
    return rows


def same_shape(model: ResNet) -> Iterator[str]:
    """Yield the names of blocks whose output has the shape of their input: all but a stage's first, mostly."""
    channels = model.spec.stem_channels
    for (stage, blocks), width, stride in zip(model.layers(), model.spec.widths, model.spec.strides, strict=True):
        for number in range(len(blocks)):
            if number or (stride == 1 and channels == model.spec.out_channels(width)):
                yield f"{stage}.{number}"
        channels = model.spec.out_channels(width)


@contextlib.contextmanager
def deleted(model: ResNet, places: Sequence[str]) -> Iterator[None]:
    """Leave of these blocks only what passes them by, the identity, meanwhile."""
    kept = {place: model.get_submodule(place) for place in places}
    for place in places:
        _put(model, place, nn.Identity())
    try:
        yield
    finally:
        for place, block in kept.items():
            _put(model, place, block)


@contextlib.contextmanager
def swapped(model: ResNet, pairs: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Let each pair of blocks change places meanwhile. No block may be in two pairs."""
    kept = {place: model.get_submodule(place) for pair in pairs for place in pair}
    for one, other in pairs:
        _put(model, one, kept[other])
        _put(model, other, kept[one])
    try:
        yield
    finally:
        for place, block in kept.items():
            _put(model, place, block)


def _put(model: ResNet, place: str, block: nn.Module) -> None:
    stage, _, number = place.partition(".")
    layer = getattr(model, stage)
    assert isinstance(layer[int(number)], (Block, nn.Identity))
    layer[int(number)] = block


def _pairs(places: Sequence[str], count: int, draws: np.random.Generator) -> list[tuple[str, str]]:
    """Return `count` random pairs of different blocks of the same stage; none where there are not as many."""
    stages: dict[str, list[str]] = {}
    for index in draws.permutation(len(places)).tolist():
        stages.setdefault(places[index].partition(".")[0], []).append(places[index])
    pairs = [pair for own in stages.values() for pair in zip(own[::2], own[1::2], strict=False)]
    return [pairs[index] for index in draws.permutation(len(pairs))[:count].tolist()] if len(pairs) >= count else []


def _row(
    model: ResNet, images: Tensor, labels: Tensor, lesion: str, count: int, places: Sequence[str]
) -> dict[str, Any]:
    with torch.inference_mode():
        logits = torch.cat([model(part) for part in images.split(256)]).double()
    loss = nn.functional.cross_entropy(logits, labels).item()
    top1 = (logits.argmax(1) == labels).double().mean().item()
    names = " ".join(places)
    return {"lesion": lesion, "blocks": count, "which": names, "loss": loss, "top1": top1, "samples": len(labels)}


def _figures(rows: Sequence[Row], layers: Sequence[int]) -> list[Figure]:
    deepest = layers[-1]

    def one_each(axes: Any) -> None:
        for kind in KINDS:
            own = _of(rows, kind, deepest, "delete one")
            places = list(dict.fromkeys(str(row["which"]) for row in own))  # as they follow each other
            means = [statistics.fmean(_values(own, which=place)) for place in places]
            [line] = axes.plot(range(1, len(places) + 1), means, "o", label=f"{kind}-{deepest}, one deleted")
            whole = statistics.fmean(_values(_of(rows, kind, deepest, "whole")))
            axes.axhline(whole, color=line.get_color(), linestyle=":", label=f"{kind}-{deepest}, whole")
        pages.whole_numbers(axes.xaxis)
        axes.set(xlabel="block that was deleted", ylabel="top-1", ylim=(0, 1))
        axes.legend()

    def several(lesion: str) -> Any:
        def draw(axes: Any) -> None:
            for kind in KINDS:
                own = _of(rows, kind, deepest, lesion)
                counts = sorted({int(row["blocks"] or 0) for row in own})
                values = {count: _values(own, blocks=count) for count in counts}
                means = [statistics.fmean(values[count]) for count in counts]
                reach = [[mean - min(values[count]) for mean, count in zip(means, counts, strict=True)]]
                reach.append([max(values[count]) - mean for mean, count in zip(means, counts, strict=True)])
                if counts:
                    axes.errorbar(counts, means, reach, fmt="o-", capsize=3, label=f"{kind}-{deepest}")
            pages.whole_numbers(axes.xaxis)
            axes.set(xlabel="blocks" if lesion == "delete several" else "pairs", ylabel="top-1", ylim=(0, 1))
            axes.legend()

        return draw

    return [
        Figure("lesion-one", "Accuracy without one block", one_each),
        Figure("lesion-several", "Without several; bars from worst to best draw", several("delete several")),
        Figure("lesion-swap", "With blocks in each other's place", several("swap")),
    ]


def _seen(rows: Sequence[Row], layers: int) -> Iterator[str]:
    """Yield what a lesion costs in accuracy: a mean over seeds of each seed's mean over lesions, with its interval."""
    costs = {kind: _costs(rows, kind, layers, "delete one") for kind in KINDS}
    for kind in KINDS:
        whole = mean_of(_values(_of(rows, kind, layers, "whole")))
        yield f"{kind}-{layers}, whole: top-1 {whole}; without one block it loses {mean_of(costs[kind])}."
    gap = difference(costs["plain"], costs["residual"])
    plain = f"Without one block the plain network of {layers} layers"
    words = {True: "loses more than", False: "loses less than", None: "is not told apart from"}[gap.above_zero]
    if gap.low is None:
        yield f"{plain} loses {gap} of the pictures more than the residual one; other seeds may say otherwise."
    else:
        yield f"{plain} {words} the residual one: {gap} of the pictures more."
    for kind in KINDS:
        swap = _costs(rows, kind, layers, "swap", 1)
        if swap:
            yield f"{kind}-{layers}, two blocks in each other's place: it loses {mean_of(swap)}."


def _costs(rows: Sequence[Row], kind: str, layers: int, lesion: str, blocks: int | None = None) -> list[float]:
    """Return for each seed how much top-1 the mean lesion of a sort costs."""
    found = []
    for seed in sorted({int(row["seed"] or 0) for row in rows}):
        [whole] = _values(_of(rows, kind, layers, "whole"), seed=seed)
        more = {} if blocks is None else {"blocks": blocks}
        values = _values(_of(rows, kind, layers, lesion), seed=seed, **more)
        if values:
            found.append(whole - statistics.fmean(values))
    return found


def _of(rows: Sequence[Row], kind: str, layers: int, lesion: str) -> list[Row]:
    return [row for row in rows if (row["kind"], row["layers"], row["lesion"]) == (kind, layers, lesion)]


def _values(rows: Sequence[Row], **wanted: object) -> list[float]:
    return [float(row["top1"] or 0) for row in rows if all(row[name] == value for name, value in wanted.items())]
