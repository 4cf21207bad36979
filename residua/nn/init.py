"""How do the weights start? One function a scheme; each works in place on a module just built."""

from __future__ import annotations

import torch.nn as nn

from residua.nn.blocks import Block


def he_fan_out(model: nn.Module) -> None:
    """Draw every convolution from N(0, 2/fan_out) (He 2015 eq. 14), biases 0, norms γ = 1 and β = 0.

    The classifier keeps torch's own uniform start, as torchvision's networks do.
    """
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv1d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


def zero_gamma(model: nn.Module) -> None:
    """Start the last γ of every branch at zero, so that each block begins as the identity (Goyal 2017 §5.1).

    A pre-activation block has no norm at its branch's end: its last convolution starts at zero instead (Zhang 2019b).
    """
    for module in model.modules():
        if isinstance(module, Block):
            kind, preactivation = module.KIND
            last = 2 if kind == "basic" else 3
            nn.init.zeros_(getattr(module, f"conv{last}" if preactivation else f"bn{last}").weight)
