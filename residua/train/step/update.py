"""What does one step do: forward, backward, update?"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from residua.data.feed.loader import Batch
from residua.nn import ResNet
from residua.nn.device import Placement
from residua.train.distributed import World, held_back
from residua.train.settings.config import TrainConfig
from residua.train.step.objective import Labels, Teacher, losses
from residua.train.step.optimizer import Optimizers, take_gradients
from residua.train.step.recompute import still


@dataclass(frozen=True)
class Step:
    """What a step gave, over the images of all processes: sums of loss and right answers, and the gradient's norm."""

    loss_sum: float
    correct: int
    count: int
    gradient_norm: float
    flags: tuple[bool, ...]  # of what some process had to say

    @property
    def loss(self) -> float:
        return self.loss_sum / self.count


@dataclass
class Updater:
    """One step after another on `model`, whose forward pass (compiled, recomputing, shared) is `forward`."""

    config: TrainConfig
    world: World
    placement: Placement
    model: ResNet
    forward: Callable[[Tensor], Tensor]
    optimizers: Optimizers
    scaler: torch.amp.GradScaler
    teacher: Teacher | None

    def gradients(self, batch: Batch, size: int, flags: tuple[bool, ...]) -> Step:
        """Leave the gradient of the mean loss over all processes' images, shown at `size` pixels, in the parameters.

        flags: what this process has to say; the answer tells of each whether any process said so.
        """
        self.model.zero_grad(set_to_none=True)  # the network's: what Muon updates are views of its kernels
        self._to_training()
        images, labels = self._on_device(batch, size)
        if self.config.hardest < 1:
            images, labels = self._hardest(images, labels)
        copies = int(batch.copies[0])
        own = torch.tensor([len(images) / copies], dtype=torch.float64)
        count = round(self.world.total(own).item())
        # DDP takes the mean over processes; the mean over images is wanted, of which each may hold others
        weight = self.world.size / (count * copies)
        sums = torch.zeros(2, dtype=torch.float64, device=images.device)
        parts = list(self._parts(len(images)))
        for number, part in enumerate(parts, start=1):
            last = number == len(parts)
            with contextlib.nullcontext() if last else held_back(self.forward):
                sums += self._one_part(images[part], labels[part], weight)
        norm = self._gradient_norm()
        said = torch.tensor(flags, dtype=torch.float64, device=sums.device)
        told = self.world.total(torch.cat([sums / copies, said])).tolist()
        return Step(told[0], round(told[1]), count, float(norm), tuple(value > 0 for value in told[2:]))

    def counts(self, images: int) -> set[int]:
        """Return how many images go through the network at once in a step of which this process has `images`."""
        learnt = self._hard(images) if self.config.hardest < 1 else images
        return {part.stop - part.start for part in self._parts(learnt)}

    def apply(self) -> None:
        """Update the parameters by the gradients that `gradients` left."""
        for optimizer in self.optimizers:
            self.scaler.step(optimizer)
        if self.scaler.is_enabled():
            self.scaler.update()

    def _one_part(self, images: Tensor, labels: Labels, weight: float) -> Tensor:
        """Add the gradient of these images, `weight` each; return the sum of losses and how many answers are right."""
        with self.placement.autocast():
            logits = self.forward(images)
        logits = logits.float()
        each = losses(logits, labels, self.config)
        if self.teacher is not None:
            each = self.teacher.blend(each, logits, self.teacher.answers(images))
        self.scaler.scale(each.sum() * weight).backward()
        right = (logits.argmax(1) == labels.own).sum()
        return torch.stack([each.detach().double().sum(), right.double()])

    def _to_training(self) -> None:
        self.model.train()
        if self.config.frozen_norms:
            for module in self.model.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _on_device(self, batch: Batch, size: int) -> tuple[Tensor, Labels]:
        images = self.placement.move(batch.images)
        if images.shape[-1] != size:
            images = F.interpolate(images, size=(size, size), mode="bilinear", antialias=True)
            images = self.placement.move(images)
        if self.config.whiten and self.model.spec.norm == "group":
            # torch's group norm of channels_last maps on CPUs crashes where its input needs no gradient
            images = images.detach().requires_grad_()
        own, other, share = (
            each if each is None else each.to(images.device, non_blocking=True)
            for each in (batch.labels, batch.other_labels, batch.own_share)
        )
        assert own is not None
        return images, Labels(own, other, share)

    def _hardest(self, images: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
        """Return the share of the batch with the largest loss (Jiang 2019), in the batch's order."""
        with torch.no_grad(), still(self.model), self.placement.autocast():
            each = losses(self.model(images).float(), labels, self.config)
        rows = each.topk(self._hard(len(images))).indices.sort().values
        return images[rows], labels[rows]

    def _hard(self, count: int) -> int:
        """Return how many of `count` images are learnt from; batch norm needs two."""
        return min(count, max(2, round(self.config.hardest * count)))

    def _parts(self, count: int) -> Iterator[slice]:
        """Yield `accumulate` slices of nearly equal length, none of fewer than two images; as many in all processes."""
        wished = self.config.accumulate
        parts = 1 if wished == 1 else max(1, min(wished, self.world.least(count) // 2))
        bounds = [round(part * count / parts) for part in range(parts + 1)]
        return (slice(start, end) for start, end in itertools.pairwise(bounds))

    def _gradient_norm(self) -> Tensor:
        """Return the norm of the whole gradient, which is clipped if the configuration says so."""
        if self.scaler.is_enabled():
            for optimizer in self.optimizers:
                take_gradients(optimizer)
                self.scaler.unscale_(optimizer)
        learning = [parameter for parameter in self.model.parameters() if parameter.grad is not None]
        norm = nn.utils.get_total_norm([each.grad for each in learning if each.grad is not None])
        if self.config.clip_norm:
            nn.utils.clip_grads_with_norm_(learning, self.config.clip_norm, norm)
        return norm
