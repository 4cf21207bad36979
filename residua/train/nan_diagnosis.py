"""Where did NaN or infinity come from?"""

from __future__ import annotations

import math

import torch
import torch.nn as nn
from torch import Tensor

from residua.data.feed.batch import Batch
from residua.errors import TrainError
from residua.train.state import Context, TrainState


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


def require_finite_weights(model: nn.Module, epoch: int, lr: float) -> None:
    """Raise TrainError naming the first parameter of `model` that is not finite after `epoch`."""
    for name, parameter in model.named_parameters():
        if not torch.isfinite(parameter).all():
            raise TrainError(
                f"the weights of {name} are not finite after epoch {epoch}; try a smaller --lr "
                f"than {lr:g}. Checkpoints written so far are kept"
            )


def describe_bad_loss(context: Context, state: TrainState, batch: Batch, loss: float, lr: float, listed: str) -> str:
    """Return the one line about a loss that is not finite, or has leapt: step, images, layer, and what to do.

    listed: the file that names all the batch's images.
    """
    progress = state.progress
    shown = ", ".join(map(str, batch.indices[:6].tolist()))
    images = f"images {shown}… of its {len(batch.labels)}, all in {listed}"
    where = f"step {progress.steps + 1} (epoch {progress.epoch + 1}, lr {lr:.3g}, {images})"
    advice = (
        f"Checkpoints written so far are kept; try a smaller --lr than {context.config.lr:g}, more --warmup-epochs, "
        "--clip-norm 1"
    )
    if math.isfinite(loss):
        mean = progress.loss_sum / progress.counted
        return f"the loss leapt to {loss:.4g} at {where}, from {mean:.4g} on average. {advice}."
    with context.placement.autocast():
        layer = first_bad_layer(state.model, context.placement.move(batch.images))
    return f"the loss is {loss} at {where}: {layer}. {advice}, or --precision fp32."
