"""How does a trained network get other classes or other input channels? As a copy; the caller's model is not edited."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn as nn
from torch import Tensor

from residua.errors import SpecError
from residua.metadata import Meta
from residua.plan import plan_stages, stem_stride

if TYPE_CHECKING:
    from residua.nn.resnet import ResNet

STEM = ("conv1", "bn1", "relu", "maxpool")  # of a network, in order


def with_classes(model: ResNet, num_classes: int) -> ResNet:
    """Return a copy with a new classifier of `num_classes` outputs (0: none, pooled features).

    Its `meta` forgets classes and metrics, which were of the old classifier; preprocessing and provenance stay.
    """
    adapted = copy.deepcopy(model)
    adapted.spec = model.spec.changed(num_classes=num_classes)
    count = adapted.spec.num_classes  # as a spec has it: a number, where "3" came
    head = nn.Linear(model.spec.features, count) if count else nn.Identity()
    adapted.fc = head.to(device=next(model.parameters()).device, dtype=next(model.parameters()).dtype)
    adapted.meta = _without(adapted.meta, "classes", "metrics")
    return adapted


def with_in_channels(model: ResNet, in_channels: int) -> ResNet:
    """Return a copy that reads `in_channels` channels, its first kernels made by `adapt_kernels`.

    Its `meta` forgets preprocessing (mean and std were of the old channels; `save` takes your own) and metrics;
    classes and provenance stay. Where the channels stay as they are, so does all of `meta`.
    Raises SpecError for fewer than one channel, and for a network with weight_standardization: its layers rescale
    every kernel, so that no kernels for other channels compute what the old ones did.
    """
    adapted = copy.deepcopy(model)
    adapted.spec = model.spec.changed(in_channels=in_channels)
    in_channels = adapted.spec.in_channels
    if in_channels == model.spec.in_channels:
        return adapted
    if model.spec.weight_standardization:
        raise SpecError(
            f"in_channels={in_channels} cannot be had from a trained network with weight_standardization="
            "True, which rescales its kernels for the channels they were trained on; build a new network "
            f"with in_channels={in_channels}, or give it {model.spec.in_channels} channels"
        )
    first = next(module for module in adapted.modules() if isinstance(module, nn.Conv2d))
    first.weight = nn.Parameter(adapt_kernels(first.weight.detach(), in_channels))
    first.in_channels = in_channels
    adapted.meta = _without(adapted.meta, "preprocessing", "metrics")
    return adapted


def _without(meta: Meta | None, *stale: str) -> Meta | None:
    return dataclasses.replace(meta, **dict.fromkeys(stale)) if isinstance(meta, Meta) else None


def adapt_kernels(weight: Tensor, in_channels: int) -> Tensor:
    """Return (K, C, h, w) kernels for `in_channels` inputs, such that equal channels give what they gave before.

    To fewer channels the kernels are summed and shared out (a grey image counts as three equal channels). To more,
    they are repeated in order, each divided by the number of its copies.
    """
    channels = weight.shape[1]
    if in_channels < channels:
        return weight.sum(dim=1, keepdim=True).repeat(1, in_channels, 1, 1) / in_channels
    source = torch.arange(in_channels, device=weight.device) % channels
    copies = torch.bincount(source, minlength=channels)
    return weight[:, source] / copies[source].view(1, -1, 1, 1)


class FeatureExtractor(nn.Module):
    """The maps of some stages, as detection and segmentation heads want them: images → {"layer2": (N, C, h, w), …}.

    stages: names out of "stem", "layer1", …; `channels` and `strides` give C and H/h for each, in that order.
    The stages are copies: training the extractor leaves `model` as it was. Later ones are neither kept nor computed.
    Raises SpecError for a stage that the network does not have.
    """

    def __init__(self, model: ResNet, stages: Sequence[str]) -> None:
        super().__init__()
        spec = model.spec
        channels, strides = {"stem": spec.stem_channels}, {"stem": stem_stride(spec)}
        stride = stem_stride(spec)
        for number, blocks in enumerate(plan_stages(spec), start=1):
            stride *= math.prod(block.stride for block in blocks)
            channels[f"layer{number}"], strides[f"layer{number}"] = blocks[-1].out_channels, stride
        unknown = [name for name in stages if name not in channels]
        if unknown or not stages:
            raise SpecError(f"no stage {unknown or stages!r} in this network; it has {', '.join(channels)}")
        self.names = tuple(stages)
        self.channels = tuple(channels[name] for name in stages)
        self.strides = tuple(strides[name] for name in stages)
        last = max(list(channels).index(name) for name in stages)
        self.layers = list(channels)[1 : last + 1]
        for name in (*STEM, *self.layers):
            setattr(self, name, copy.deepcopy(getattr(model, name)))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        for name in STEM:
            x = getattr(self, name)(x)
        maps = {"stem": x}
        for name in self.layers:
            maps[name] = x = getattr(self, name)(x)
        return {name: maps[name] for name in self.names}
