"""Which parameters are updated how, and what must be saved of it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn as nn
from torch import Tensor

from residua import extras
from residua.nn import ResNet
from residua.train.settings.config import TrainConfig

Optimizers = Sequence[torch.optim.Optimizer]


def build_optimizers(model: ResNet, config: TrainConfig) -> Optimizers:
    """Return what updates the parameters of `model`; each group's `scale` is its multiple of the learning rate.

    Weight decay goes to kernels only, unless `config.decay_norms` asks for it everywhere. Muon (Jordan 2024b) takes the
    kernels of the convolutions but the first, SGD all the rest: without decay, which for Muon is of another size.
    Raises MissingExtra for LAMB without `train`.
    """
    groups = _groups(model, config)
    if config.optimizer == "muon":
        from residua.train.step.muon import Muon, takes

        kernels = [group for group in groups if takes(group)]
        decay = config.weight_decay if config.decay_norms else 0.0
        rest = [group | {"weight_decay": decay} for group in groups if not takes(group)]
        return (Muon(kernels, config), _sgd(rest, config))
    if config.optimizer == "sgd":
        return (_sgd(groups, config),)
    betas = (config.momentum, 0.999)
    if config.optimizer == "adamw":
        return (torch.optim.AdamW(groups, lr=config.lr, betas=betas, fused=True),)
    return (extras.require("pytorch_optimizer").Lamb(groups, lr=config.lr, betas=betas),)


def _sgd(groups: list[dict[str, Any]], config: TrainConfig) -> torch.optim.SGD:
    nesterov = config.nesterov and config.momentum > 0
    return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=nesterov, fused=True)


def _groups(model: ResNet, config: TrainConfig) -> list[dict[str, Any]]:
    """Return the parameters by what they have in common: weight decay, scale of the learning rate, and kind."""
    heights = dict(_heights(model))
    top = max(heights.values())
    groups: dict[tuple[float, float, str], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        module, _, role = name.rpartition(".")
        kernel = parameter.ndim > 1
        decay = config.weight_decay if kernel or config.decay_norms else 0.0
        scale = config.layer_decay ** (top - heights[name])
        if role == "bias" and isinstance(model.get_submodule(module), (nn.BatchNorm2d, nn.GroupNorm)):
            scale *= config.norm_bias_lr
        groups.setdefault((decay, scale, _kind(name, parameter)), []).append(parameter)
    return [
        {"params": params, "weight_decay": decay, "scale": scale, "kind": kind}
        for (decay, scale, kind), params in groups.items()
    ]


def _kind(name: str, parameter: nn.Parameter) -> str:
    """Return what sets a parameter apart: Muon takes kernels, and the classifier may begin before all others.

    torch's fused SGD refuses a group of which only some parameters have taken a step.
    """
    if name.startswith("fc."):
        return "classifier"
    if name.startswith("conv1."):
        return "first"
    return "kernel" if parameter.ndim == 4 else "other"


def _heights(model: ResNet) -> Iterator[tuple[str, int]]:
    """Yield for each parameter how many blocks lie at or below it; the classifier is above all."""
    above = 1 + sum(model.spec.depths)
    before = 0
    starts = {}
    for number, depth in enumerate(model.spec.depths, start=1):
        starts[f"layer{number}"] = before
        before += depth
    for name, _ in model.named_parameters():
        stage, _, rest = name.partition(".")
        if stage in starts:
            yield name, 1 + starts[stage] + int(rest.partition(".")[0])
        else:
            yield name, above if stage in ("fc", "norm") else 0


def set_lr(optimizers: Optimizers, lr: float) -> None:
    """Give every group its multiple of `lr`."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = lr * group["scale"]


def begin_momentum(optimizers: Optimizers) -> None:
    """Let every momentum start from zero: torch's fused SGD takes all of a group or none.

    Where the first step of fp16 is passed over, it would leave what it has made for the momentum unwritten.
    """
    for optimizer in optimizers:
        if isinstance(optimizer, torch.optim.SGD) and optimizer.defaults["momentum"]:
            for group in optimizer.param_groups:
                for each in group["params"]:
                    if optimizer.state[each].get("momentum_buffer") is None:
                        optimizer.state[each]["momentum_buffer"] = torch.zeros_like(each, requires_grad=False)


def refuses(optimizer: torch.optim.Optimizer) -> bool:
    """Whether `optimizer` takes a step or none as a number on the device says, which need not be read for it."""
    return hasattr(optimizer, "found_inf") or bool(optimizer.defaults.get("fused"))


def refuse(optimizers: Optimizers, bad: Tensor) -> None:
    """Have all optimizers take their next steps where `bad`, a number on the device, is 0, and none where it is 1."""
    for optimizer in optimizers:
        optimizer.found_inf = bad  # type: ignore[attr-defined]  # as torch's GradScaler hands it over


def state_of(optimizers: Optimizers, model: nn.Module) -> dict[str, Tensor]:
    """Return what the optimizers remember of each parameter, as "name/key"; numbers become tensors without shape."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    state: dict[str, Tensor] = {}
    for number, optimizer in enumerate(optimizers):
        for place, group in enumerate(optimizer.param_groups):
            if "step" in group:
                state[f"group-{number}-{place}/step"] = torch.tensor(group["step"])
        for held, entries in optimizer.state.items():
            name = names[_kernels(optimizer).get(held, held)]
            state |= {f"{name}/{key}": torch.as_tensor(value) for key, value in entries.items() if value is not None}
    return state


def restore(optimizers: Optimizers, model: nn.Module, state: dict[str, Tensor]) -> None:
    """Put back what `state_of` gave, each tensor where its parameter lies, and in its memory format.

    torch's fused kernels read on the device what has no shape too: the number of steps.
    """
    held_by = {}  # the name of a parameter: its optimizer, and what stands for it there
    names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for held in group["params"]:
                held_by[names[_kernels(optimizer).get(held, held)]] = optimizer, held
    groups = {
        f"group-{number}-{place}": group
        for number, each in enumerate(optimizers)
        for place, group in enumerate(each.param_groups)
    }
    for name, value in state.items():
        of, _, key = name.rpartition("/")
        if of in groups:
            groups[of][key] = int(value)
            continue
        optimizer, held = held_by[of]
        if value.shape == held.shape:
            value = torch.empty_like(held, dtype=value.dtype, requires_grad=False).copy_(value)
        else:
            value = value.to(held.device)
        optimizer.state[held][key] = value


def take_gradients(optimizer: torch.optim.Optimizer) -> None:
    """Let parameters that stand for others have their gradients, before anything reads them."""
    take = getattr(optimizer, "take_gradients", None)
    if take is not None:
        take()


def _kernels(optimizer: torch.optim.Optimizer) -> dict[Any, nn.Parameter]:
    """Return which kernel each parameter of `optimizer` stands for; empty where they stand for themselves."""
    return getattr(optimizer, "kernel_of", {})
