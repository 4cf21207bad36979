"""What is minimised: cross-entropy or one against all, with mixed labels, and beside a teacher?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from residua.errors import TrainError
from residua.train.settings.config import TrainConfig
from residua.train.state import Context

if TYPE_CHECKING:
    from residua.data import Preprocessing
    from residua.nn import ResNet


@dataclass(frozen=True)
class Labels:
    """What a step's images show: `own` (n,) int64, and with mixed images `other` and the share that `own` keeps."""

    own: Tensor
    other: Tensor | None = None
    share: Tensor | None = None

    def __getitem__(self, rows: slice | Tensor) -> Labels:
        if self.other is None or self.share is None:
            return Labels(self.own[rows])
        return Labels(self.own[rows], self.other[rows], self.share[rows])


def losses(logits: Tensor, labels: Labels, config: TrainConfig, truths: Tensor | None = None) -> Tensor:
    """Return the loss of each image, (n,), for float32 (n, classes) logits.

    truths: (sets, classes), where an image has several labels: which classes are in the set that its label numbers.
    """
    loss = _against(logits, labels.own, config, truths)
    if labels.other is None or labels.share is None:
        return loss
    return labels.share * loss + (1 - labels.share) * _against(logits, labels.other, config, truths)


def right(logits: Tensor, labels: Tensor, truths: Tensor | None = None) -> Tensor:
    """Return for which images, (n,), the answer is right: the likeliest class, or of several labels every one."""
    if truths is None:
        return logits.argmax(1) == labels
    return ((logits >= 0) == (truths[labels] > 0)).all(1)


def weights_of(labels: Labels, classes: Tensor) -> Tensor:
    """Return what each image's loss is multiplied by, (n,), for a weight a class; of mixed images by their shares."""
    if labels.other is None or labels.share is None:
        return classes[labels.own]
    return labels.share * classes[labels.own] + (1 - labels.share) * classes[labels.other]


def _against(logits: Tensor, labels: Tensor, config: TrainConfig, truths: Tensor | None) -> Tensor:
    if truths is not None:
        truth = truths[labels].to(logits.dtype)
        truth = truth * (1 - config.label_smoothing) + config.label_smoothing / 2
        return F.binary_cross_entropy_with_logits(logits, truth, reduction="none").mean(1)
    if config.loss == "cross-entropy":
        return F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing, reduction="none")
    truth = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    truth = truth * (1 - config.label_smoothing) + config.label_smoothing / logits.shape[1]
    return F.binary_cross_entropy_with_logits(logits, truth, reduction="none").mean(1)


@dataclass
class Teacher:
    """A trained network whose answers are learnt beside the labels (Hinton 2015)."""

    model: ResNet
    context: Context
    scale: Tensor  # from the student's normalised pixels to the teacher's: x·scale + shift, (1, C, 1, 1)
    shift: Tensor

    def answers(self, images: Tensor) -> Tensor:
        """Return the teacher's float32 logits for the student's (n, C, H, W) images."""
        with torch.no_grad(), self.context.placement.autocast():
            logits: Tensor = self.model(images * self.scale + self.shift)
        return logits.float()

    def blend(self, losses: Tensor, logits: Tensor, answers: Tensor) -> Tensor:
        """Return `losses` (n,) with the teacher's share: T²·KL(teacher at T ‖ student at T)."""
        heat, weight = self.context.config.temperature, self.context.config.teacher_weight
        ours, theirs = (each / heat for each in (logits, answers))
        gap = F.kl_div(ours.log_softmax(1), theirs.log_softmax(1), reduction="none", log_target=True).sum(1)
        return (1 - weight) * losses + weight * heat * heat * gap


def load_teacher(
    context: Context, own: Preprocessing, classes: tuple[str, ...], kept: Path | None = None
) -> Teacher | None:
    """Return the teacher that `context.config.teacher` names, in the student's place; None where it names none.

    kept: where the run's own copy of it lies, if it has one.

    Raises WeightsError when the file is no network, TrainError when its classes or channels are others.
    """
    from residua.data import Preprocessing
    from residua.nn import ResNet
    from residua.weights import load

    config, placement = context.config, context.placement
    if config.teacher is None:
        return None
    model = load(kept if kept is not None and kept.exists() else config.teacher)
    if not isinstance(model, ResNet):
        raise TrainError(f"the teacher {config.teacher} holds a single block, not a network")
    known, names = model.spec.num_classes, (model.meta.classes if model.meta else None)
    if known != len(classes) or (names is not None and tuple(names) != tuple(classes)):
        raise TrainError(
            f"the teacher {config.teacher} knows {known} classes ({', '.join((names or ('?',))[:3])}…), "
            f"the images have {len(classes)} ({', '.join(classes[:3])}…)"
        )
    if model.spec.in_channels != own.channels:
        raise TrainError(
            f"the teacher {config.teacher} reads {model.spec.in_channels} channels, the images have {own.channels}"
        )
    written = model.meta.preprocessing if model.meta else None
    theirs = Preprocessing.from_dict(written) if written else own
    column = [torch.tensor(each).view(1, -1, 1, 1) for each in (own.mean, own.std, theirs.mean, theirs.std)]
    scale, shift = column[1] / column[3], (column[0] - column[2]) / column[3]
    moved = [each.to(placement.device) for each in (scale, shift)]
    return Teacher(placement.put(model.eval().requires_grad_(False)), context, moved[0], moved[1])
