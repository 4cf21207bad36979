"""Where did the numbers stop being finite?"""

from __future__ import annotations

import torch
import torch.nn as nn
from torch import Tensor


def first_bad_layer(model: nn.Module, images: Tensor) -> str:
    """Return in words which layer went first when `model` (in its present mode) reads `images`.

    A weight that is not finite comes before any output; the model's statistics are left as they were.
    """
    if not torch.isfinite(images).all():
        return "the images themselves hold values that are not finite"
    for name, parameter in model.named_parameters():
        if not torch.isfinite(parameter).all():
            return f"the weights of {name} are not finite: an earlier step was too large"
    return _first_bad_output(model, images)


def _first_bad_output(model: nn.Module, images: Tensor) -> str:
    bad: list[str] = []
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and not torch.isfinite(output).all():
                bad.append(f"{name} ({type(module).__name__})")

        return model.get_submodule(name).register_forward_hook(hook)

    handles = [watch(name) for name, module in model.named_modules() if not list(module.children())]
    try:
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        for name, buffer in model.named_buffers():
            buffer.copy_(buffers[name])
    return f"the first output that is not finite is that of {bad[0]}" if bad else "every layer's output is finite"
