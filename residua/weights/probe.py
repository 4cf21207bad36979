"""Which of several networks, trained with which preprocessing, is in the file? Labelled images decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from residua.errors import SpecError, WeightsError
from residua.metadata import Meta
from residua.preprocessing import PRESETS, Preprocessing, preset
from residua.spec import ResNetSpec
from residua.weights.files.native import assemble
from residua.weights.loading import choose, state_of
from residua.weights.options import Options
from residua.weights.read import Found
from residua.weights.recognise.our_names import expected
from residua.weights.recognise.recognised import Reading

if TYPE_CHECKING:
    from torch import Tensor


MOST_SPECS = 24
ROUNDS = ((400, MOST_SPECS * 16), (2000, 8))  # (images, how many of the best hypotheses see them)
FINALISTS = 4  # see all images


@dataclass(frozen=True)
class Ranked:
    """One hypothesis with its evidence: top1 (0…1) and mean cross-entropy over `samples` images.

    name: whose preprocessing it is.
    """

    spec: ResNetSpec
    name: str
    preprocessing: Preprocessing
    top1: float
    loss: float
    samples: int


def probe(
    found: Found,
    images: Tensor,
    labels: Tensor,
    images_as: Preprocessing | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Ranked]:
    """Return hypotheses about the network in `found`, the best first: by top1, then by loss.

    images: (N, C, H, W) uint8, as they are kept; labels: (N,) class numbers. images_as: how they are normalised, where
    that is known. progress: is given how many of how many images have passed a network.
    All hypotheses see 400 of the images, the best eight 2,000, and the best four all of them.
    Raises WeightsError when images and network do not fit.
    """
    channels, count = found.recognised.readings[0].spec.in_channels, len(labels)
    _require_fitting(found.recognised.readings[0].spec, images, labels)
    size = max(images.shape[2:])
    named = _declared(found, size) | {name: preset(name, size) for name in PRESETS}
    usual = {name: own for name, own in named.items() if own.channels == channels}
    usual = usual if images_as is None else {"given": replace(images_as, size=size, resize=size)}
    first, specs = _spaced(images, labels, ROUNDS[0][0]), hypotheses(found)
    ranked: list[Ranked] = []
    passed, total = 0, _passes(len(specs) * len(usual), count)
    for spec in specs:
        ranked += _score(found, spec, usual, *first)
        passed += len(usual) * len(first[1])
        progress(passed, total)
    ranked.sort(key=_rank)
    for seen, kept in (*ROUNDS[1:], (count, FINALISTS)):
        if ranked[0].samples >= min(seen, count):
            continue
        part, again = _spaced(images, labels, seen), []
        for old in ranked[:kept]:
            again += _score(found, old.spec, {old.name: old.preprocessing}, *part)
            passed += len(part[1])
            progress(passed, total)
        ranked = sorted(again, key=_rank) + ranked[kept:]
    return ranked


def _require_fitting(spec: ResNetSpec, images: Tensor, labels: Tensor) -> None:
    """Raise WeightsError unless the network can read these images and knows the classes of their labels."""
    channels, classes, count = spec.in_channels, spec.num_classes, len(labels)
    if images.ndim != 4 or images.shape[1] != channels or len(images) != count or not count:
        raise WeightsError(
            f"the probe needs (N, {channels}, H, W) images with N labels, not {tuple(images.shape)} and {count}"
        )
    if int(labels.max()) >= classes or int(labels.min()) < 0:
        raise WeightsError(f"the probe's labels reach {int(labels.max())}; the network has {classes} classes")


def _passes(hypotheses: int, images: int) -> int:
    """Return how many images pass a network in all rounds together, each round's counted anew."""
    rounds = [(ROUNDS[0][0], hypotheses), *ROUNDS[1:], (images, FINALISTS)]
    total = seen = 0
    for wanted, kept in rounds:
        if seen < min(wanted, images):
            seen = min(wanted, images)
            total += min(kept, hypotheses) * seen
    return total


def _declared(found: Found, size: int) -> dict[str, Preprocessing]:
    """Return the preprocessing that the file declares, if it does, by its name."""
    value, _ = found.recognised.declared.get("preprocessing", (None, ""))
    if not value:
        return {}
    mean, std = tuple(value["mean"]), tuple(value["std"])
    if (mean, std) in PRESETS.values():
        return {}  # it has a name there
    return {"the file's own": Preprocessing(size, size, mean=mean, std=std, channels=len(mean))}


def _spaced(images: Tensor, labels: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Return at most `most` images with their labels, evenly spaced over all of them."""
    import torch

    chosen = torch.linspace(0, len(labels) - 1, min(most, len(labels))).round().long()
    return images[chosen], labels[chosen]


def _rank(score: Ranked) -> tuple[float, float]:
    return (-score.top1, score.loss)


def hypotheses(found: Found) -> list[ResNetSpec]:
    """Return the specs that the file's tensors leave open: every reading, and what no tensor shows, one change each."""
    specs: list[ResNetSpec] = []
    for reading in found.recognised.readings:
        for spec in _variants(reading, found):
            if spec not in specs:
                specs.append(spec)
    return specs[:MOST_SPECS]


def _variants(reading: Reading, found: Found) -> Iterator[ResNetSpec]:
    spec = reading.spec
    yield spec
    declared = found.recognised.declared
    choices: list[tuple[str, Any]] = [("stride_on", "1x1"), ("stride_on", "3x3"), ("shortcut_pad", "end")]
    if found.recognised.hwio:
        choices += [("padding", "same"), ("norm_eps", 1e-3)]
    for name, value in choices:
        if name in declared or getattr(spec, name) == value:
            continue
        try:
            changed = spec.changed(**{name: value})
        except SpecError:
            continue
        if expected(changed) == reading.shapes:
            yield changed


def _score(
    found: Found, spec: ResNetSpec, usual: Mapping[str, Preprocessing], images: Tensor, labels: Tensor
) -> list[Ranked]:
    import torch
    import torch.nn.functional as F

    from residua.nn.device import choose_placement

    reading, placement = choose(found, Options(spec=spec)), choose_placement(precision="fp32")
    model = placement.put(assemble(spec, state_of(found, reading), Meta(), str(found.opened.path)))
    ranked = []
    for name, preprocessing in usual.items():
        right, loss = 0, 0.0
        with torch.inference_mode():
            for start in range(0, len(labels), 250):
                part, truth = (each[start : start + 250].to(placement.device) for each in (images, labels))
                logits = model(placement.move(_normalised(part, preprocessing)))
                right += int((logits.argmax(1) == truth).sum())
                loss += float(F.cross_entropy(logits, truth, reduction="sum"))
        count = len(labels)
        ranked.append(Ranked(spec, name, preprocessing, right / count, loss / count, count))
    return ranked


def _normalised(images: Tensor, preprocessing: Preprocessing) -> Tensor:
    import torch

    mean, std = (
        torch.tensor(each, device=images.device).view(1, -1, 1, 1) for each in (preprocessing.mean, preprocessing.std)
    )
    return (images.float() / 255 - mean) / std
