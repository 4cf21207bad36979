"""Which statistics do batch norms have when the weights are measured, where an epoch has only a few steps?"""

from __future__ import annotations

import copy

import torch
import torch.nn as nn

from residua.nn import ResNet
from residua.train.setup.data import Prepared
from residua.train.state import Context, TrainState

# Running statistics keep 0.9 of themselves a step: after 20 steps an eighth of them is older than the epoch, after 5
# still 59 %, so that the weights of tiny sets were measured with the statistics of weights some epochs old.
LEAST_STEPS = 20


def settled(context: Context, state: TrainState, data: Prepared, epoch: int) -> dict[str, ResNet]:
    """Return the networks of `state` by their prefix, as they are measured, kept and served after epoch `epoch`.

    Where an epoch has fewer than 20 steps they are copies whose batch norms have the mean of the statistics of that
    epoch's batches, with the weights as they are now (Wu 2021 §3). The training goes on with its own statistics.
    """
    networks = dict(state.networks())
    if len(data.train) >= LEAST_STEPS or context.config.frozen_norms:
        return networks
    return {prefix: _settle(model, context, data, epoch) for prefix, model in networks.items()}


def _settle(model: ResNet, context: Context, data: Prepared, epoch: int) -> ResNet:
    """Return `model` itself if it has no batch norm, else a copy whose statistics are estimated anew."""
    if not any(isinstance(each, nn.BatchNorm2d) for each in model.modules()):
        return model
    model = copy.deepcopy(model).eval()
    norms = [each.train() for each in model.modules() if isinstance(each, nn.BatchNorm2d)]
    shared = context.config.sync_bn and context.world.size > 1  # where one process has a single image, others have more
    usable = (
        batch.images for batch in data.train.epoch(epoch) if len(batch.images) > 1 or (shared and batch.copies[0] == 1)
    )
    with torch.no_grad():
        for number, images in enumerate(usable, 1):
            for norm in norms:
                norm.momentum = 1 / number  # makes the running statistics the mean over batches
            with context.placement.autocast():
                model(context.placement.move(images))
    context.world.average_statistics(model)
    return model.eval()
