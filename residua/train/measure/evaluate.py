"""How good is a network on labelled images?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from residua.data import Preprocessing
from residua.data.feed.loader import Batches
from residua.errors import DataError, TargetError
from residua.nn.device import Placement

Indices = npt.NDArray[np.int64]

if TYPE_CHECKING:
    from residua.data import Source
    from residua.nn import ResNet


class LabelledBatch(Protocol):
    """What scoring reads of a batch: (N, C, H, W) float images and (N,) int64 labels."""

    @property
    def images(self) -> Tensor: ...
    @property
    def labels(self) -> Tensor: ...


@dataclass(frozen=True)
class Evaluation:
    """Measures over labelled images; all fractions are 0…1, `confusion[i][j]` counts class i taken for class j."""

    top1: float
    top5: float
    loss: float
    ece: float
    per_class: dict[str, float | None]
    confusion: list[list[int]]
    samples: int

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `metrics.json`."""
        return asdict(self)


def score(model: nn.Module, batches: Iterable[LabelledBatch], placement: Placement) -> tuple[Tensor, Tensor]:
    """Return float32 logits (N, classes) and labels (N,) on the CPU, in the order of `batches`; one view an image.

    The model is in eval mode meanwhile, and afterwards in the mode it came in.
    """
    was_training = model.training
    model.eval()
    logits, labels = [], []
    with torch.inference_mode():
        for batch in batches:
            with placement.autocast():
                out = model(placement.move(batch.images))
            logits.append(out.float().cpu())
            labels.append(batch.labels.cpu())
    model.train(was_training)
    return torch.cat(logits), torch.cat(labels)


def measure(logits: Tensor, labels: Tensor, classes: Sequence[str]) -> Evaluation:
    """Return the measures of (N, classes) logits against (N,) labels; N is at least 1."""
    count, (samples, width) = len(classes), logits.shape
    assert width == count, f"{width} logits for {count} classes"
    order = logits.topk(min(5, width), dim=1).indices
    hits = order == labels[:, None]
    confusion = torch.bincount(labels * count + order[:, 0], minlength=count * count).view(count, count)
    totals = confusion.sum(1).tolist()
    right = confusion.diagonal().tolist()
    return Evaluation(
        top1=hits[:, 0].double().mean().item(),
        top5=hits.any(1).double().mean().item(),
        loss=F.cross_entropy(logits.double(), labels).item(),
        ece=calibration_error(logits, labels),
        per_class={name: right[i] / totals[i] if totals[i] else None for i, name in enumerate(classes)},
        confusion=confusion.tolist(),
        samples=samples,
    )


def calibration_error(logits: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Return the expected calibration error: mean |accuracy − confidence| over equal bins (Guo 2017 eq. 3)."""
    confidence, predicted = logits.double().softmax(1).max(1)
    right = (predicted == labels).double()
    where = (confidence * bins).ceil().long().clamp(1, bins) - 1
    gap = torch.zeros(bins, dtype=torch.float64).index_add_(0, where, right - confidence)
    return gap.abs().sum().item() / len(labels)


def evaluate_source(
    model: ResNet, source: Source, placement: Placement, batch: int = 256, indices: Indices | None = None
) -> Evaluation:
    """Measure a trained network on labelled images, prepared as its checkpoint says; classes are matched by name.

    indices: which images of `source`; all by default.

    Raises DataError when the images hold a class that the network does not know.
    """
    meta = model.meta
    if meta is None or meta.preprocessing is None:
        raise TargetError("this checkpoint does not say how its images were prepared (size, mean, std), and a guess "
                          "could silently cost accuracy; convert it once with its preprocessing given")  # fmt: skip
    classes = meta.classes or source.classes
    strange = [name for name in source.classes if name not in classes]
    if strange or len(classes) != model.spec.num_classes:
        raise DataError(f"{source.name} has the class {(strange or source.classes)[0]!r}, and the network knows "
                        f"{model.spec.num_classes} others ({', '.join(classes[:5])}…)")  # fmt: skip
    place = torch.tensor([classes.index(name) for name in source.classes])
    preprocessing = Preprocessing.from_dict(meta.preprocessing)
    chosen = np.arange(len(source)) if indices is None else indices
    batches = Batches(source, chosen, batch=batch, preprocessing=preprocessing)
    logits, labels = score(placement.put(model), batches.epoch(0), placement)
    return measure(logits, place[labels], classes)
