"""What is a residual block? One class a published form; `forward` reads like the equation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch.nn as nn
from torch import Tensor

from residua.errors import SpecError
from residua.nn.layers import BlurPool, DropPath, SameAvgPool2d, Step, ZeroPadShortcut, conv, gate, norm, unchanged
from residua.plan import BlockPlan, ConvPlan, Place, plan_branch, plan_projection
from residua.spec import EXPANSION, ResNetSpec

BASIC = ResNetSpec()
BOTTLENECK = ResNetSpec(block="bottleneck", depths=(3, 4, 6, 3))
PREACT_BASIC = BASIC.changed(preactivation=True)
PREACT_BOTTLENECK = BOTTLENECK.changed(preactivation=True)


class Block(nn.Module, ABC):
    """What every residual block holds: (N, in_channels, H, W) → (N, out_channels, ⌈H/stride⌉, ⌈W/stride⌉).

    spec: its shortcut, norm, gate, dropout and so on; depths and widths are not read.
    place: dilation, drop-path rate and position in a stage, for a block inside a network.
    Raises SpecError when `spec` is of another kind of block, or the channels do not fit it.
    """

    KIND: ClassVar[tuple[str, bool]]  # (spec.block, spec.preactivation)
    LAST: ClassVar[str]  # the last layer of the branch
    bn1: Step
    relu1: Step
    bn2: Step
    relu2: Step
    pool: Step
    blur: Step
    block_dropout: Step
    se: Step
    drop_path: Step
    downsample: Step | None  # None: a plain block, which has no shortcut

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
        self._add_branch(spec, *plan_branch(spec, plan))
        smooths = spec.antialias and stride * plan.place.undone_stride > 1
        pools = spec.subsample == "max-pool" and stride > 1
        self.pool = nn.MaxPool2d(stride, ceil_mode=True) if pools else unchanged
        self.blur = BlurPool(stride) if smooths else unchanged
        self.block_dropout = nn.Dropout(spec.block_dropout) if spec.block_dropout else unchanged
        self.se = gate(out_channels, spec)
        self.drop_path = DropPath(plan.place.drop_path) if plan.place.drop_path else unchanged
        self.downsample = _downsample(spec, plan)

    @abstractmethod
    def _add_branch(self, spec: ResNetSpec, *convs: ConvPlan) -> None:
        """Add the branch's layers; one ReLU module a use, since attribution and quantisation rely on it."""

    def _require_fit(self, spec: ResNetSpec, in_channels: int, out_channels: int) -> None:
        kind = (spec.block, spec.preactivation)
        if kind != self.KIND:
            raise SpecError(
                f"{type(self).__name__} is block={self.KIND[0]!r}, preactivation={self.KIND[1]}; the spec "
                f"says block={kind[0]!r}, preactivation={kind[1]}"
            )
        if out_channels < 1 or out_channels % EXPANSION[spec.block]:
            raise SpecError(f"out_channels={out_channels} must be a positive multiple of {EXPANSION[spec.block]}")
        if spec.shortcut == "A" and out_channels < in_channels:
            raise SpecError(f"shortcut='A' can only add channels, not go from {in_channels} to {out_channels}")


class PostActivation(Block):
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
    """3×3, norm, ReLU, 3×3, norm (He 2016a Fig. 5, left): the block of most tutorials, as their authors meant it."""

    KIND = ("basic", False)
    LAST = "bn2"

    def _add_branch(self, spec: ResNetSpec, *convs: ConvPlan) -> None:
        first, second = convs
        self.conv1 = conv(first, spec)
        self.bn1 = norm(first.out_channels, spec)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(second, spec)
        self.bn2 = norm(second.out_channels, spec)
        self.relu2 = nn.ReLU()

    def residual(self, x: Tensor) -> Tensor:
        out = self.blur(self.relu1(self.bn1(self.pool(self.conv1(x)))))
        return self.se(self.bn2(self.conv2(self.block_dropout(out))))

    def activation(self, x: Tensor) -> Tensor:
        return self.relu2(x)


class Bottleneck(PostActivation):
    """1×1 to the width, norm, ReLU, 3×3 in it (grouped in ResNeXt), norm, ReLU, 1×1 to four times it, norm.

    He 2016a Fig. 5, right; Xie 2017 Fig. 3c.
    """

    KIND = ("bottleneck", False)
    LAST = "bn3"

    def _add_branch(self, spec: ResNetSpec, *convs: ConvPlan) -> None:
        reduce, middle, expand = convs
        self.conv1 = conv(reduce, spec)
        self.bn1 = norm(reduce.out_channels, spec)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(middle, spec)
        self.bn2 = norm(middle.out_channels, spec)
        self.relu2 = nn.ReLU()
        self.conv3 = conv(expand, spec)
        self.bn3: Step = norm(expand.out_channels, spec)
        self.relu3: Step = nn.ReLU()

    def residual(self, x: Tensor) -> Tensor:
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.blur(self.relu2(self.bn2(self.conv2(self.block_dropout(out)))))
        return self.se(self.bn3(self.conv3(out)))

    def activation(self, x: Tensor) -> Tensor:
        return self.relu3(x)


class PreActivation(Block):
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
    """norm, ReLU, 3×3, norm, ReLU, 3×3 (He 2016b Fig. 1b; Zagoruyko 2016 with dropout before the second 3×3)."""

    KIND = ("basic", True)
    LAST = "conv2"

    def _add_branch(self, spec: ResNetSpec, *convs: ConvPlan) -> None:
        first, second = convs
        self.conv1 = conv(first, spec)
        self.bn1 = norm(first.in_channels, spec)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(second, spec)
        self.bn2 = norm(second.in_channels, spec)
        self.relu2 = nn.ReLU()

    def residual(self, active: Tensor) -> Tensor:
        out = self.relu2(self.bn2(self.conv1(active)))
        return self.se(self.conv2(self.block_dropout(out)))


class PreActBottleneck(PreActivation):
    """norm, ReLU, 1×1 to the width, norm, ReLU, 3×3 in it, norm, ReLU, 1×1 to four times it (He 2016b §3)."""

    KIND = ("bottleneck", True)
    LAST = "conv3"

    def _add_branch(self, spec: ResNetSpec, *convs: ConvPlan) -> None:
        reduce, middle, expand = convs
        self.conv1 = conv(reduce, spec)
        self.bn1 = norm(reduce.in_channels, spec)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(middle, spec)
        self.bn2 = norm(middle.in_channels, spec)
        self.relu2 = nn.ReLU()
        self.conv3 = conv(expand, spec)
        self.bn3: Step = norm(expand.in_channels, spec)
        self.relu3: Step = nn.ReLU()

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


def _downsample(spec: ResNetSpec, plan: BlockPlan) -> Step | None:
    """Return the shortcut: unchanged, zero padding, projection, pool and projection, or None (plain)."""
    if spec.shortcut == "none":
        return None
    projection = plan_projection(spec, plan)
    if projection is None:
        changes = plan.stride != 1 or plan.in_channels != plan.out_channels
        new = plan.out_channels - plan.in_channels
        return ZeroPadShortcut(new, plan.stride, spec.shortcut_pad) if changes else unchanged
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
    return nn.Identity()  # a module after all: it keeps `downsample.0`, so that the projection stays `downsample.1`
