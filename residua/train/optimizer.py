"""Which parameters are updated how?"""

from __future__ import annotations

import torch
import torch.nn as nn

from residua.train.config import TrainConfig


def build_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.SGD:
    """Return SGD with weight decay on kernels only, unless `config.decay_norms` asks for it everywhere."""
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for parameter in model.parameters():
        kernel = parameter.ndim > 1
        (decayed if kernel or config.decay_norms else free).append(parameter)
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.SGD(
        [group for group in groups if group["params"]],
        lr=config.lr,
        momentum=config.momentum,
        nesterov=config.nesterov and config.momentum > 0,
        fused=True,
    )


def momentum_of(optimizer: torch.optim.Optimizer, model: nn.Module) -> dict[str, torch.Tensor]:
    """Return the momentum buffers by parameter name; empty before the first step, or without momentum."""
    names: dict[torch.Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    buffers = {}
    for parameter, state in optimizer.state.items():
        if state.get("momentum_buffer") is not None:
            buffers[names[parameter]] = state["momentum_buffer"]
    return buffers


def restore_momentum(optimizer: torch.optim.Optimizer, model: nn.Module, buffers: dict[str, torch.Tensor]) -> None:
    """Put back what `momentum_of` gave, in place."""
    for name, parameter in model.named_parameters():
        if name in buffers:
            optimizer.state[parameter]["momentum_buffer"] = torch.empty_like(parameter).copy_(buffers[name])
