"""How good is a network on labelled images?"""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from residua.data import Dataset
from residua.data.feed.loader import Batches
from residua.data.sources.encoded import EncodedSource
from residua.errors import DataError, ResiduaWarning, TargetError
from residua.nn import ResNet
from residua.nn.device import Placement, choose_placement
from residua.scores import THRESHOLD, Evaluation, MultiLabelEvaluation, count, count_labels
from residua.train.measure.images import Chosen, choose_images, named_images
from residua.train.measure.tta import Tta
from residua.weights.trained import class_places, not_finite, open_trained, preprocessing_of, require_runnable

Indices = npt.NDArray[np.int64]
Model = nn.Module | str | os.PathLike[str]  # a run is a path too
Images = str | os.PathLike[str] | Dataset | Iterable[Any]


class LabelledBatch(Protocol):
    """What scoring reads of a batch: (N, C, H, W) float images and (N,) int64 labels."""

    @property
    def images(self) -> Tensor: ...
    @property
    def labels(self) -> Tensor: ...


def evaluate(
    model: Model,
    data: Images | None = None,
    *,
    root: str | None = None,
    split: str | None = None,
    batch: int = 256,
    device: str | Placement = "auto",
) -> Evaluation | MultiLabelEvaluation:
    """Measure a trained network on labelled images: top-1, top-5, loss, calibration, and every class apart.

    model: a network (with `.meta`, unless `data` is a loader), a run, or the path of a run folder or checkpoint.
    data: a data set's name, a folder, an opened data set, or a loader that yields (images, labels) as the network reads
    them; by default what the network was trained on. split: "test", "val" or "train"; by default the test images, or
    where there are none those that training held out. device: as `--device` says it, or a placement with precision.
    Raises TargetError, WeightsError or DataError in one line, as `residua evaluate` does.
    """
    network = _own_copy(model)
    placement = choose_placement(device) if isinstance(device, str) else device
    if data is not None and not isinstance(data, (str, os.PathLike, Dataset)):
        if root is not None or split is not None:
            raise DataError("a loader yields the images to measure on itself: leave out root and split")
        return _evaluate_loader(network, data, placement)
    if not isinstance(network, ResNet):
        raise TargetError("a module that is no residua network is measured by a loader of the tensors that it reads")
    named = named_images(network, data if isinstance(data, Dataset) or data is None else str(data), root)
    chosen = choose_images(network, named, split)
    for note in chosen.notes:
        if note.severity == "warning":
            warnings.warn(note.message, ResiduaWarning, stacklevel=2)
    return evaluate_images(network, chosen, placement, batch)


def _own_copy(model: Model) -> nn.Module:
    """Return the network that `model` names, or a copy of the one that it is: measuring changes no caller's network."""
    if isinstance(model, nn.Module) and not isinstance(model, ResNet):
        return copy.deepcopy(model)
    network = open_trained(model)
    require_runnable(network)
    return copy.deepcopy(network) if network is model else network


@dataclass(frozen=True)
class Answers:
    """What a network answered for labelled images: (N, classes) logits, in the order of `indices`.

    truth: (N,) labels, or where an image may have several (N, classes) of 0 and 1. classes: the network's.
    """

    indices: Indices
    logits: Tensor
    truth: Tensor
    classes: tuple[str, ...]

    @property
    def several(self) -> bool:
        return self.truth.ndim == 2

    @property
    def chances(self) -> Tensor:
        """The probabilities, (N, classes): of each label for itself where an image may have several."""
        return self.logits.double().sigmoid() if self.several else self.logits.double().softmax(1)

    @property
    def right(self) -> Tensor:
        """For which images, (N,), the answer is right; of several labels every one."""
        if self.several:
            return ((self.logits >= 0) == (self.truth > 0)).all(1)
        return self.logits.argmax(1) == self.truth

    def evaluation(self, threshold: float = THRESHOLD) -> Evaluation | MultiLabelEvaluation:
        """Return the measures; threshold: of a label's probability, where an image may have several."""
        if self.several:
            return measure_several(self.logits, self.truth, self.classes, threshold)
        return measure(self.logits, self.truth, self.classes)


def evaluate_images(
    model: ResNet, chosen: Chosen, placement: Placement, batch: int = 256
) -> Evaluation | MultiLabelEvaluation:
    """Measure a trained network on labelled images, prepared as its checkpoint says; classes are matched by name.

    Raises DataError when the images hold a class that the network does not know.
    """
    return answer_images(model, chosen, placement, batch).evaluation()


def answer_images(
    model: ResNet,
    chosen: Chosen,
    placement: Placement,
    batch: int = 256,
    tta: str = "one",
    engine: nn.Module | None = None,
) -> Answers:
    """Return what a trained network answers for labelled images; see `evaluate_images`. tta: as of `Tta`, or "one".

    engine: what answers in its place, given pixels in 0…1 that are not normalised.
    """
    source, preprocessing = chosen.source, preprocessing_of(model)
    known = chosen.classes or source.classes
    classes = (model.meta and model.meta.classes) or known
    place = torch.from_numpy(class_places(model, known, source.name))
    truths = place if chosen.label_sets is None else torch.zeros(len(chosen.label_sets), len(classes), dtype=torch.long)
    for number, own in enumerate(chosen.label_sets or ()):
        truths[number, place[list(own)]] = 1
    if engine is not None:
        none, one = (0.0,) * preprocessing.channels, (1.0,) * preprocessing.channels
        preprocessing = replace(preprocessing, mean=none, std=one)
    batches = Batches(source, chosen.indices, batch=batch, preprocessing=preprocessing, device=placement.device)
    network: nn.Module = placement.put(model) if engine is None else engine
    logits, labels = score(network if tta == "one" else Tta(network, tta), batches.epoch(0), placement)
    _require_finite(logits, placement)
    bad = source.bad if isinstance(source, EncodedSource) else {}
    read = np.array([index for index in chosen.indices.tolist() if index not in bad], np.int64)
    return Answers(read, logits, truths[labels], tuple(classes))


def _evaluate_loader(model: nn.Module, loader: Iterable[Any], placement: Placement) -> Evaluation:
    """Measure a network on the batches of a loader, whose labels count the network's classes."""
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        raise DataError(f"{type(loader).__name__} came; images are a data set, its name, a folder, or a loader")
    batches = loader.epoch(0) if isinstance(loader, Batches) else loader  # which else go on from epoch to epoch
    labelled = (_as_labelled(batch) for batch in batches)
    readable = (_as_read_by(model, batch) for batch in labelled if len(batch.labels))
    logits, labels = score(placement.put(model), readable, placement)
    _require_finite(logits, placement)
    meta = getattr(model, "meta", None)
    names = meta.classes if meta is not None and meta.classes else tuple(map(str, range(logits.shape[1])))
    if len(names) != logits.shape[1]:
        raise TargetError(
            f"this network gives {logits.shape[1]} logits, and its metadata names {len(names)} classes; "
            "residua.nn.with_classes changes both"
        )
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= len(names):
        raise DataError(
            f"the loader's labels go from {least} to {most}, and the network knows {len(names)} classes, counted from 0"
        )
    return measure(logits, labels, names)


def _require_finite(logits: Tensor, placement: Placement) -> None:
    """Raise TargetError where the network gave no probabilities, so that there is nothing to measure."""
    lost = int(logits.softmax(1).isnan().any(1).sum())
    if lost:
        raise TargetError(f"for {lost} of {len(logits)} images {not_finite(placement.precision)}")


@dataclass(frozen=True)
class _Labelled:
    images: Tensor
    labels: Tensor


def _as_labelled(batch: Any) -> LabelledBatch:
    """Return a loader's batch by names. Raises DataError for anything but (images, labels, …) as tensors."""
    images, labels = (batch[0], batch[1]) if isinstance(batch, (tuple, list)) and len(batch) > 1 else (None, None)
    if not isinstance(images, Tensor) or not isinstance(labels, Tensor) or labels.ndim != 1:
        raise DataError(
            "a loader to measure on yields (images, labels): a tensor of images as the network reads them, "
            "and one label each"
        )
    if not images.is_floating_point() or labels.is_floating_point() or labels.is_complex():
        raise DataError(
            f"the loader yields {images.dtype} images and {labels.dtype} labels; the network reads floats, "
            "and labels are whole numbers"
        )
    if len(images) != len(labels):
        raise DataError(f"the loader yields {len(images)} images with {len(labels)} labels; each image has one")
    return _Labelled(images, labels.long())


def _as_read_by(model: nn.Module, batch: LabelledBatch) -> LabelledBatch:
    """Return the batch in float32 for a network of ours, as it is for any other module.

    Raises DataError where a network of ours cannot read images of this shape.
    """
    if not isinstance(model, ResNet):
        return batch
    channels = model.spec.in_channels
    if batch.images.ndim != 4 or batch.images.shape[1] != channels:
        raise DataError(
            f"the loader yields images of {tuple(batch.images.shape)}; this network reads (N, {channels}, H, W)"
        )
    return _Labelled(batch.images.float(), batch.labels)


def score(model: nn.Module, batches: Iterable[LabelledBatch], placement: Placement) -> tuple[Tensor, Tensor]:
    """Return float32 logits (N, classes) and labels (N,) on the CPU, in the order of `batches`; one view an image.

    The model is in eval mode meanwhile, and afterwards in the mode it came in. Raises DataError for no batches.
    """
    logits, labels = answered(model, batches, placement)
    return logits.cpu(), labels.cpu()


def answered(model: nn.Module, batches: Iterable[LabelledBatch], placement: Placement) -> tuple[Tensor, Tensor]:
    """Return what `score` does, where the batches and the network lie."""
    was_training = model.training
    model.eval()
    logits, labels = [], []
    with torch.inference_mode():
        for batch in batches:
            with placement.autocast():
                out = model(placement.move(batch.images))
            if not isinstance(out, Tensor) or out.ndim != 2 or len(out) != len(batch.labels):
                came = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
                raise TargetError(f"the network gave {came} for {len(batch.labels)} images; (N, classes) is measured")
            logits.append(out.float())  # where they were made: a copy to the CPU would wait for each batch
            labels.append(batch.labels)
    model.train(was_training)
    if not logits:
        raise DataError("there are no images to measure on")
    return torch.cat(logits), torch.cat(labels)


def measure_several(
    logits: Tensor, truth: Tensor, classes: Sequence[str], threshold: float = THRESHOLD
) -> MultiLabelEvaluation:
    """Return the measures of (N, classes) logits against which labels the images have, (N, classes) of 0 and 1."""
    truth = truth.double()
    loss = F.binary_cross_entropy_with_logits(logits.double(), truth).item()
    return count_labels(logits.double().sigmoid().numpy(), truth.numpy() > 0, classes, loss, threshold)


def measure(logits: Tensor, labels: Tensor, classes: Sequence[str]) -> Evaluation:
    """Return the measures of (N, classes) logits against (N,) labels; N is at least 1."""
    width = logits.shape[1]
    assert width == len(classes), f"{width} logits for {len(classes)} classes"
    ranked = logits.topk(min(5, width), dim=1).indices
    chances, loss = logits.double().softmax(1), F.cross_entropy(logits.double(), labels).item()
    return count(ranked.numpy(), chances.numpy(), labels.numpy(), classes, loss)
