"""What is a training made of: what stays, what changes, and what of it is saved so that it goes on to the bit?"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from residua.nn import ResNet
from residua.nn.device import Placement
from residua.nn.resnet import Construct
from residua.train.distributed import World, synchronise_norms
from residua.train.settings.config import TrainConfig
from residua.train.step import optimizer as optimizers_of
from residua.train.step.optimizer import Optimizers, build_optimizers

LEAP = 10.0  # times the epoch's mean loss
LEAST_LEAP = 10.0  # nats: an untrained network's loss is ln(classes), 6.9 for 1,000 and 9.99 for 21,841
STEPS_BEFORE_LEAP = 20  # that make a mean
Row = dict[str, Any]  # a line of log.jsonl


@dataclass(frozen=True)
class Context:
    """What stays the same in a training: its settings, the processes that share it, and where tensors lie.

    construct: what makes the network of a spec, its weights not yet drawn.
    """

    config: TrainConfig
    world: World
    placement: Placement
    construct: Construct = ResNet


@dataclass(frozen=True)
class Step:
    """What a step gave, over the images of all processes: sums of loss and right answers, and the gradient's norm."""

    loss_sum: float
    correct: int
    count: int
    gradient_norm: float
    flags: tuple[bool, ...] = ()  # of each, whether some process raised it

    @property
    def loss(self) -> float:
        return self.loss_sum / self.count


@dataclass
class Progress:
    """How far a run has come."""

    epoch: int = 0  # epochs that are finished
    seen: int = 0  # how far the unfinished epoch's order of images is used up
    counted: int = 0  # images of it that could be read
    steps: int = 0
    loss_sum: float = 0.0  # over those images
    correct: int = 0
    best_top1: float = -1.0
    best_score: float | None = None  # what the best epoch was chosen by, larger is better; None: its top-1
    best_epoch: int = 0
    improved_epoch: int = 0  # the last one whose validation was better than all before it, not only as good
    seconds: float = 0.0  # spent training, over all sessions
    lr: float = 0.0  # of the last step
    norm_sum: float = 0.0  # of the gradients of the unfinished epoch's steps
    epoch_steps: int = 0  # steps of it

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Progress:
        """Return what a checkpoint says. Raises TypeError for what is no progress."""
        made = cls(**document)
        if not all(value is None or type(value) in (int, float) for value in vars(made).values()):
            raise TypeError("a progress that is no numbers")
        return made

    def add(self, step: Step) -> None:
        """Count a step that was taken."""
        self.steps += 1
        self.epoch_steps += 1
        self.counted += step.count
        self.loss_sum += step.loss_sum
        self.correct += step.correct
        self.norm_sum += step.gradient_norm if math.isfinite(step.gradient_norm) else 0.0  # fp16 passes over the step

    def leaps(self, loss: float) -> bool:
        """Whether `loss` is so far above this epoch's mean that the training has left its path."""
        if self.epoch_steps < STEPS_BEFORE_LEAP:
            return False
        return loss > max(LEAP * self.loss_sum / self.counted, LEAST_LEAP)

    def end_epoch(self, top1: float | None, score: float | None = None) -> bool:
        """Begin the next epoch; return whether the weights are the best so far.

        top1: their validation's. score: by what epochs are compared, larger is better; by default top1.
        """
        self.epoch += 1
        self.seen = self.counted = self.correct = self.epoch_steps = 0
        self.loss_sum = self.norm_sum = 0.0
        score = top1 if score is None else score
        best = self.best_top1 if self.best_score is None else self.best_score
        first = self.best_epoch == 0
        better = score is None or first or score >= best
        if score is None or first or score > best:
            self.improved_epoch = self.epoch
        if better:
            self.best_top1 = -1.0 if top1 is None else top1
            self.best_score = score
            self.best_epoch = self.epoch
        return better


class RunningMean:
    """The exponential moving average of a network's weights and statistics (Polyak 1992; Tarvainen 2017).

    After t steps the decay is min(decay, (1 + t)/(10 + t)), so that the first weights, which are noise, fade at once.
    """

    def __init__(self, model: ResNet, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self._own, self._theirs = _by_kind(self.model), _by_kind(model)

    @torch.no_grad()
    def follow(self, steps: int) -> None:
        """Move towards the network that it was made of, which has taken `steps` steps."""
        weight = 1 - min(self.decay, (1 + steps) / (10 + steps))
        torch._foreach_lerp_(self._own[0], self._theirs[0], weight)
        if self._own[1]:
            torch._foreach_copy_(self._own[1], self._theirs[1])


def _by_kind(model: ResNet) -> tuple[list[Tensor], list[Tensor]]:
    """Return the tensors of `model`, which share its memory: floating ones, and counts."""
    tensors = list(model.state_dict().values())
    return [each for each in tensors if each.is_floating_point()], [
        each for each in tensors if not each.is_floating_point()
    ]


@dataclass(frozen=True)
class Checkpoint:
    """A training at one moment, apart from what changes with the next step: all that resuming needs."""

    tensors: dict[str, Tensor]
    progress: Progress
    rows: list[Row]


@dataclass
class TrainState:
    """What changes in a training: network, running mean, optimizers, the scale of fp16 losses, progress, the log."""

    model: ResNet
    mean: RunningMean | None
    optimizers: Optimizers
    scaler: torch.amp.GradScaler
    progress: Progress = field(default_factory=Progress)
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def begin(cls, context: Context, model: ResNet) -> TrainState:
        """Return the state before the first step of `model`, which lies where `context` says."""
        config, placement = context.config, context.placement
        if config.sync_bn:
            synchronise_norms(model)
        return cls(
            model,
            RunningMean(model, config.ema) if config.ema else None,
            build_optimizers(model, config),
            torch.amp.GradScaler(torch.device(placement.device).type, enabled=placement.precision == "fp16"),
        )

    @property
    def serving(self) -> ResNet:
        """The weights that are validated, kept and served: the running mean, where there is one."""
        return self.model if self.mean is None else self.mean.model

    def networks(self) -> Iterator[tuple[str, ResNet]]:
        """Yield the network with the prefix "", and the running mean, where there is one, with "mean_"."""
        yield "", self.model
        if self.mean is not None:
            yield "mean_", self.mean.model

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors that resuming needs, by name; they change with the next step."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        if self.mean is not None:
            tensors |= {f"mean.{name}": tensor for name, tensor in self.mean.model.state_dict().items()}
        remembered = optimizers_of.state_of(self.optimizers, self.model)
        tensors |= {f"optimizer.{name}": tensor for name, tensor in remembered.items()}
        if self.scaler.is_enabled():
            scaler = self.scaler.state_dict()
            tensors |= {f"scaler.{name}": torch.tensor(float(value)) for name, value in scaler.items()}
        return tensors

    def checkpoint(self) -> Checkpoint:
        """Return copies of everything that the next step would change."""
        return Checkpoint(on_cpu(self.tensors()), replace(self.progress), list(self.rows))

    def accepts(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint is of this very network, running mean and optimizer, as far as names and shapes tell."""
        own, given = self.tensors(), checkpoint.tensors
        networks = {name: tensor.shape for name, tensor in own.items() if name.startswith(("model.", "mean."))}
        if networks != {name: tensor.shape for name, tensor in given.items() if name.startswith(("model.", "mean."))}:
            return False
        sizes = {name: parameter.numel() for name, parameter in self.model.named_parameters()}
        remembered = {name.rpartition("/")[0]: tensor for name, tensor in _beneath(given, "optimizer.").items()}
        return all(
            name.startswith("group-") or (name in sizes and tensor.numel() in (1, sizes[name]))
            for name, tensor in remembered.items()
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where `checkpoint` was made."""
        tensors = checkpoint.tensors
        self.progress, self.rows = checkpoint.progress, checkpoint.rows
        self.model.load_state_dict(_beneath(tensors, "model."))
        if self.mean is not None:
            self.mean.model.load_state_dict(_beneath(tensors, "mean."))
        optimizers_of.restore(self.optimizers, self.model, _beneath(tensors, "optimizer."))
        if self.scaler.is_enabled():
            kinds: dict[str, Any] = self.scaler.state_dict()
            saved = _beneath(tensors, "scaler.")
            self.scaler.load_state_dict({name: type(value)(saved[name].item()) for name, value in kinds.items()})


def on_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return copies of `tensors` on the CPU that later steps do not change, contiguous as files want them."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}


def _beneath(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
