"""What is a residual block? One class a published form; `forward` reads like the equation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch.nn as nn
from torch import Tensor

from residua.errors import SpecError
from residua.nn.layers import BlurPool, DropPath, SameAvgPool2d, ZeroPadShortcut, conv, gate, norm
from residua.plan import BlockPlan, Place, plan_branch, plan_projection
from residua.spec import EXPANSION, ResNetSpec

BASIC = ResNetSpec()
BOTTLENECK = ResNetSpec(block="bottleneck", depths=(3, 4, 6, 3))
PREACT_BASIC = BASIC.changed(preactivation=True)
PREACT_BOTTLENECK = BOTTLENECK.changed(preactivation=True)


class Block(nn.Module):
    """What every residual block holds: (N, in_channels, H, W) → (N, out_channels, ⌈H/stride⌉, ⌈W/stride⌉).

    spec: its shortcut, norm, gate, dropout and so on; depths and widths are not read.
    place: dilation, drop-path rate and position in a stage, for a block inside a network.
    Raises SpecError when `spec` is of another kind of block, or the channels do not fit it.
    """

    KIND: ClassVar[tuple[str, bool]]  # (spec.block, spec.preactivation)
    conv1: nn.Conv2d
    conv2: nn.Conv2d
    conv3: nn.Conv2d
    bn1: nn.Module
    bn2: nn.Module
    bn3: nn.Module
    relu1: nn.Module
    relu2: nn.Module
    relu3: nn.Module
    downsample: nn.Module | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        spec: ResNetSpec | None = None,
        place: Place | None = None,
    ) -> None:
        super().__init__()
        spec = spec or DEFAULTS[self.KIND]
        self._require_fit(spec, in_channels, out_channels)
        plan = BlockPlan(in_channels, out_channels, stride, place or Place())
        for step, convolution in enumerate(plan_branch(spec, plan), start=1):
            channels = convolution.in_channels if spec.preactivation else convolution.out_channels
            setattr(self, f"conv{step}", conv(convolution, spec))
            setattr(self, f"bn{step}", norm(channels, spec))
            setattr(self, f"relu{step}", nn.ReLU())  # one module a use: attribution and quantisation rely on it
        smooths = spec.antialias and stride * plan.place.undone_stride > 1
        pools = spec.subsample == "max-pool" and stride > 1
        self.pool = nn.MaxPool2d(stride, ceil_mode=True) if pools else nn.Identity()
        self.blur = BlurPool(stride) if smooths else nn.Identity()
        self.block_dropout = nn.Dropout(spec.block_dropout) if spec.block_dropout else nn.Identity()
        self.se = gate(out_channels, spec)
        self.drop_path = DropPath(plan.place.drop_path) if plan.place.drop_path else nn.Identity()
        self.downsample = _downsample(spec, plan)

    def _require_fit(self, spec: ResNetSpec, in_channels: int, out_channels: int) -> None:
        kind = (spec.block, spec.preactivation)
        if kind != self.KIND:
            raise SpecError(f"{type(self).__name__} is block={self.KIND[0]!r}, preactivation={self.KIND[1]}; the spec "
                            f"says block={kind[0]!r}, preactivation={kind[1]}")  # fmt: skip
        if out_channels < 1 or out_channels % EXPANSION[spec.block]:
            raise SpecError(f"out_channels={out_channels} must be a positive multiple of {EXPANSION[spec.block]}")
        if spec.shortcut == "A" and out_channels < in_channels:
            raise SpecError(f"shortcut='A' can only add channels, not go from {in_channels} to {out_channels}")


class PostActivation(Block, ABC):
    """y = relu(F(x) + shortcut(x)), He 2016a eq. 1; the plain twin has no shortcut: y = relu(F(x))."""

    @abstractmethod
    def residual(self, x: Tensor) -> Tensor:
        """Return F(x)."""

    def shortcut(self, x: Tensor) -> Tensor:
        """Return x, or what takes its place where the shape changes."""
        assert self.downsample is not None, "a plain block has no shortcut"
        return self.downsample(x)

    @abstractmethod
    def activation(self, x: Tensor) -> Tensor:
        """Return relu(x), the last step."""

    def forward(self, x: Tensor) -> Tensor:
        if self.downsample is None:
            return self.activation(self.residual(x))
        return self.activation(self.drop_path(self.residual(x)) + self.shortcut(x))


class BasicBlock(PostActivation):
    """Two 3×3 convolutions (He 2016a Fig. 5, left): the block of most tutorials, as their authors meant it."""

    KIND = ("basic", False)

    def residual(self, x: Tensor) -> Tensor:
        out = self.blur(self.relu1(self.bn1(self.pool(self.conv1(x)))))
        return self.se(self.bn2(self.conv2(self.block_dropout(out))))

    def activation(self, x: Tensor) -> Tensor:
        return self.relu2(x)


class Bottleneck(PostActivation):
    """1×1 to the width, 3×3 in it, 1×1 to four times it (He 2016a Fig. 5, right); grouped in ResNeXt."""

    KIND = ("bottleneck", False)

    def residual(self, x: Tensor) -> Tensor:
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.blur(self.relu2(self.bn2(self.conv2(self.block_dropout(out)))))
        return self.se(self.bn3(self.conv3(out)))

    def activation(self, x: Tensor) -> Tensor:
        return self.relu3(x)


class PreActivation(Block, ABC):
    """y = F(a) + shortcut(x), with a = relu(norm(x)) (He 2016b eq. 3); a projection reads a, an identity x."""

    @abstractmethod
    def residual(self, active: Tensor) -> Tensor:
        """Return F(a) of the activated input."""

    def shortcut(self, x: Tensor, active: Tensor) -> Tensor:
        """Return x untouched, or the projection of the activated input where the shape changes."""
        assert self.downsample is not None, "a plain block has no shortcut"
        return self.downsample(active if isinstance(self.downsample, nn.Sequential) else x)

    def forward(self, x: Tensor) -> Tensor:
        active = self.relu1(self.bn1(x))
        if self.downsample is None:
            return self.residual(active)
        return self.drop_path(self.residual(active)) + self.shortcut(x, active)


class PreActBasicBlock(PreActivation):
    """Two 3×3 convolutions, norm and ReLU before each (He 2016b Fig. 1b; Zagoruyko 2016 with dropout)."""

    KIND = ("basic", True)

    def residual(self, active: Tensor) -> Tensor:
        out = self.relu2(self.bn2(self.conv1(active)))
        return self.se(self.conv2(self.block_dropout(out)))


class PreActBottleneck(PreActivation):
    """1×1, 3×3, 1×1, norm and ReLU before each (He 2016b §3)."""

    KIND = ("bottleneck", True)

    def residual(self, active: Tensor) -> Tensor:
        out = self.relu2(self.bn2(self.conv1(active)))
        out = self.relu3(self.bn3(self.conv2(self.block_dropout(out))))
        return self.se(self.conv3(out))


BLOCKS: dict[tuple[str, bool], type[Block]] = {
    block.KIND: block for block in (BasicBlock, Bottleneck, PreActBasicBlock, PreActBottleneck)
}
DEFAULTS: dict[tuple[str, bool], ResNetSpec] = {
    (spec.block, spec.preactivation): spec for spec in (BASIC, BOTTLENECK, PREACT_BASIC, PREACT_BOTTLENECK)
}


def _downsample(spec: ResNetSpec, plan: BlockPlan) -> nn.Module | None:
    """Return the shortcut's module: identity, zero padding, projection, pool and projection, or None (plain)."""
    if spec.shortcut == "none":
        return None
    projection = plan_projection(spec, plan)
    if projection is None:
        changes = plan.stride != 1 or plan.in_channels != plan.out_channels
        new = plan.out_channels - plan.in_channels
        return ZeroPadShortcut(new, plan.stride, spec.shortcut_pad) if changes else nn.Identity()
    layers: list[nn.Module] = []
    if spec.shortcut == "D":
        layers.append(_pool(plan))
    layers.append(conv(projection, spec))
    if projection.normed:
        layers.append(norm(plan.out_channels, spec))
    return nn.Sequential(*layers)


def _pool(plan: BlockPlan) -> nn.Module:
    """Return option D's average over the window of the stride, taken at every pixel where dilation replaced it."""
    if plan.place.undone_stride > 1:
        return SameAvgPool2d(plan.place.undone_stride)
    if plan.stride > 1:
        return nn.AvgPool2d(plan.stride, plan.stride, ceil_mode=True, count_include_pad=False)
    return nn.Identity()
