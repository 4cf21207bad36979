"""What is a training made of, and what of it must be saved so that it goes on to the bit?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn as nn
from torch import Tensor

from residua.nn import ResNet
from residua.nn.device import Placement
from residua.train.distributed import World, synchronise_norms
from residua.train.settings.config import TrainConfig
from residua.train.step import optimizer as optimizers_of
from residua.train.step.compiled import Compiled
from residua.train.step.ema import RunningMean
from residua.train.step.malloc import keep_freed_memory, return_freed_memory
from residua.train.step.objective import Teacher
from residua.train.step.optimizer import Optimizers, build_optimizers
from residua.train.step.recompute import Recomputing
from residua.train.step.update import Updater


@dataclass
class State:
    """A network in training, its running mean, its optimizers and the scale of fp16 losses.

    share: how many images of a step this process has, but for an epoch's last step, where that is known.
    """

    config: TrainConfig
    world: World
    placement: Placement
    model: ResNet
    teacher: Teacher | None = None
    share: int | None = None

    def __post_init__(self) -> None:
        if self.config.recompute:
            return_freed_memory()
        elif self.placement.device == "cpu":
            keep_freed_memory()
        if self.config.sync_bn:
            synchronise_norms(self.model)
        self.mean = RunningMean(self.model, self.config.ema) if self.config.ema else None
        self.optimizers: Optimizers = build_optimizers(self.model, self.config)
        self.scaler = torch.amp.GradScaler(
            torch.device(self.placement.device).type, enabled=self.placement.precision == "fp16"
        )
        self.updater = self._updater()

    @property
    def serving(self) -> ResNet:
        """The weights that are validated, kept and served: the running mean, where there is one."""
        return self.model if self.mean is None else self.mean.model

    def agree(self) -> None:
        """Give every process the same statistics of batch norm, the mean of them all."""
        for model in (self.model, *(() if self.mean is None else (self.mean.model,))):
            self.world.average_statistics(model)

    def begin_epoch(self, epoch: int) -> None:
        """Let the classifier alone learn during `head_epochs`, and afterwards everything but a whitening stem."""
        whole = epoch >= self.config.head_epochs
        changed = False
        for name, parameter in self.model.named_parameters():
            learns = name.startswith("fc.") or (whole and not (self.config.whiten and name == "conv1.weight"))
            changed |= parameter.requires_grad != learns
            parameter.requires_grad_(learns)
        if changed:
            self.updater = self._updater()
        optimizers_of.begin_momentum(self.optimizers)

    def _updater(self) -> Updater:
        forward: Callable[[Tensor], Tensor] = self._shared_forward()
        updater = Updater(
            self.config,
            self.world,
            self.placement,
            self.model,
            forward,
            self.optimizers,
            self.scaler,
            self.teacher,
        )
        if self.placement.compiled:
            updater.forward = Compiled(forward, updater.counts(self.share or self.config.batch // self.world.size))
        return updater

    def _shared_forward(self) -> Callable[[Tensor], Tensor]:
        inner: nn.Module = Recomputing(self.model) if self.config.recompute else self.model
        return self.world.share_gradients(inner, self.placement.device)

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

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Put back what `tensors` gave."""
        self.model.load_state_dict(_beneath(tensors, "model."))
        if self.mean is not None:
            self.mean.model.load_state_dict(_beneath(tensors, "mean."))
        optimizers_of.restore(self.optimizers, self.model, _beneath(tensors, "optimizer."))
        if self.scaler.is_enabled():
            kinds: dict[str, Any] = self.scaler.state_dict()
            saved = _beneath(tensors, "scaler.")
            self.scaler.load_state_dict({name: type(value)(saved[name].item()) for name, value in kinds.items()})


def _beneath(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
