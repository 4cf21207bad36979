"""Which convolutions does a spec consist of, where do they stand, and what do they cost?

Integers in, integers out: `nn/` builds its modules from these plans, and `cost` adds them up without torch, so
that the two cannot differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import chain

from residua.errors import SpecError
from residua.spec import ResNetSpec

Size = tuple[int, int]  # (height, width) in pixels


@dataclass(frozen=True)
class ConvPlan:
    """One convolution; `padding` is symmetric (`None`: TensorFlow's SAME)."""

    name: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    bias: bool = False
    normed: bool = True
    same: bool = False

    @property
    def padding(self) -> int:
        """Pixels on each side that keep the size at stride 1."""
        return self.dilation * (self.kernel // 2)

    @property
    def params(self) -> int:
        """Weights and bias; the norm that may follow counts apart."""
        return self.out_channels * (self.kernel**2 * self.in_channels // self.groups + self.bias)

    def output_size(self, size: Size) -> Size:
        """Return (H, W) after it."""
        return _halved(size, self.kernel, self.stride, self.padding, self.dilation, self.same)

    def macs(self, output_size: Size) -> int:
        """Return multiply-accumulates for a map of `output_size`."""
        return math.prod(output_size) * self.out_channels * self.kernel**2 * self.in_channels // self.groups


@dataclass(frozen=True)
class Place:
    """What a block needs to know of where it stands in the network."""

    first_in_stage: bool = False
    first_dilation: int = 1
    dilation: int = 1
    drop_path: float = 0.0

    @property
    def undone_stride(self) -> int:
        """The stride that became dilation in this block (1: none); pool and blur smooth for it all the same."""
        return self.dilation // self.first_dilation


@dataclass(frozen=True)
class BlockPlan:
    """One block: how many channels come and go, its stride, and its place."""

    in_channels: int
    out_channels: int
    stride: int = 1
    place: Place = field(default_factory=Place)


def plan_stages(spec: ResNetSpec) -> tuple[tuple[BlockPlan, ...], ...]:
    """Return the blocks of every stage; strides past `spec.output_stride` have become dilation."""
    stages = []
    channels, reached, dilation = spec.stem_channels, stem_stride(spec), 1
    drops = iter(_drop_rates(spec))
    for depth, width, stride in zip(spec.depths, spec.widths, spec.strides, strict=True):
        before = dilation
        if spec.output_stride < 32 and reached * stride > max(spec.output_stride, stem_stride(spec)):
            stride, dilation = 1, dilation * stride
        reached *= stride
        blocks = []
        for index in range(depth):
            place = Place(index == 0, before if index == 0 else dilation, dilation, next(drops))
            strides = index == (0 if spec.stride_at == "first" else depth - 1)
            blocks.append(BlockPlan(channels, spec.out_channels(width), stride if strides else 1, place))
            channels = spec.out_channels(width)
        stages.append(tuple(blocks))
    return tuple(stages)


def _drop_rates(spec: ResNetSpec) -> list[float]:
    """Return each block's drop-path rate: 0 at the first, `spec.drop_path` at the last, linear (Huang 2016 §4)."""
    last = max(sum(spec.depths) - 1, 1)
    return [spec.drop_path * index / last for index in range(sum(spec.depths))]


def plan_stem(spec: ResNetSpec) -> tuple[ConvPlan, ...]:
    """Return the stem's convolutions; one that pools (Bello 2021) comes last and is named `maxpool.0`."""
    width, out = spec.stem_width, spec.stem_channels
    same, normed = spec.padding == "same", not spec.preactivation
    bias, last_bias = _has_bias(spec, True, stem=True), _has_bias(spec, normed, stem=True)
    if spec.stem in ("7x7", "3x3"):
        kernel, stride = (7, 2) if spec.stem == "7x7" else (3, 1)
        plans = [ConvPlan("conv1", spec.in_channels, out, kernel, stride, bias=last_bias, normed=normed, same=same)]
    else:
        first = 3 * (width // 4) if spec.stem == "deep-tiered" else width
        plans = [
            ConvPlan("conv1.0", spec.in_channels, first, 3, 2, bias=bias, same=same),
            ConvPlan("conv1.3", first, width, 3, bias=bias, same=same),
            ConvPlan("conv1.6", width, out, 3, bias=last_bias, normed=normed, same=same),
        ]
    if spec.stem_pool == "conv":
        plans.append(ConvPlan("maxpool.0", out, out, 3, 2, bias=bias, same=same))
    return tuple(plans)


def plan_branch(spec: ResNetSpec, block: BlockPlan) -> tuple[ConvPlan, ...]:
    """Return the convolutions of one block's residual branch, in order."""
    same, place = spec.padding == "same", block.place
    bias, last_bias = _has_bias(spec, True), _has_bias(spec, not spec.preactivation)
    width = block.out_channels // spec.out_channels(1)
    stride = 1 if spec.antialias or spec.subsample == "max-pool" else block.stride  # what follows subsamples instead
    if spec.block == "basic":
        return (
            ConvPlan("conv1", block.in_channels, width, 3, stride, place.first_dilation, bias=bias, same=same),
            ConvPlan("conv2", width, width, 3, 1, place.dilation, bias=last_bias, same=same),
        )
    inner = spec.inner_width(width)
    on_1x1, on_3x3 = (block.stride, 1) if spec.stride_on == "1x1" else (1, stride)
    dilation = place.first_dilation
    return (
        ConvPlan("conv1", block.in_channels, inner, 1, on_1x1, bias=bias, same=same),
        ConvPlan("conv2", inner, inner, 3, on_3x3, dilation, spec.cardinality, bias=bias, same=same),
        ConvPlan("conv3", inner, block.out_channels, 1, bias=last_bias, same=same),
    )


def plan_projection(spec: ResNetSpec, block: BlockPlan) -> ConvPlan | None:
    """Return the shortcut's convolution, or None where the shortcut has no weights.

    Its name is torchvision's `downsample.0`, or timm's `downsample.1` behind an average pool (option D).
    """
    strides = block.stride != 1 and spec.stride_at == "first"  # a last block only takes every second pixel
    changes = strides or block.in_channels != block.out_channels
    first = spec.project_first and block.place.first_in_stage
    if spec.shortcut in ("A", "none") or not (changes or first or spec.shortcut == "C"):
        return None
    pooled = spec.shortcut == "D"
    return ConvPlan(
        "downsample.1" if pooled else "downsample.0",
        block.in_channels,
        block.out_channels,
        spec.projection_kernel,
        1 if pooled else block.stride,
        bias=_has_bias(spec, spec.projection_norm),
        normed=spec.projection_norm,
        same=spec.padding == "same",
    )


def _has_bias(spec: ResNetSpec, normed: bool, stem: bool = False) -> bool:
    """Return whether a convolution has a bias. normed: a norm follows it. stem: it belongs to the stem."""
    if isinstance(spec.conv_bias, bool):
        return spec.conv_bias
    return stem if spec.conv_bias == "stem" else not normed


def squeeze_channels(spec: ResNetSpec, channels: int) -> int:
    """Return the width of an SE gate: `channels` × ratio, rounded to a multiple of `se_round` and at least that.

    8 is timm's; 1 is the paper's ⌊channels × ratio⌋ (Hu 2018).
    """
    step = spec.se_round
    return max(step, int(channels * spec.se_ratio + step // 2) // step * step)


def eca_kernel(channels: int) -> int:
    """Return the kernel of an ECA gate: the odd number at or above |log2(C) + 1| / 2, at least 3 (Wang 2020 §3.2)."""
    half = int(abs(math.log2(channels) + 1) / 2)
    return max(half if half % 2 else half + 1, 3)


def stem_stride(spec: ResNetSpec) -> int:
    """Return the total stride of stem and pool."""
    return (1 if spec.stem == "3x3" else 2) * (1 if spec.stem_pool == "none" else 2)


def total_stride(spec: ResNetSpec) -> int:
    """Return how many input pixels one step on the last map stands for."""
    return stem_stride(spec) * math.prod(block.stride for block in chain(*plan_stages(spec)))


def require_size(spec: ResNetSpec, height: int, width: int) -> None:
    """Raise SpecError when images of `height` × `width` are smaller than the network's total stride."""
    stride = total_stride(spec)
    if min(height, width) < stride:
        raise SpecError(
            f"images of {height}×{width} are too small for this network: its total stride is {stride}, so the last map "
            f"would be less than one pixel. Use images of at least {stride}×{stride}, or a network for small images "
            "(stem='3x3', as in resnet20 or resnet18_cifar)."
        )


@dataclass(frozen=True)
class Cost:
    """Parameters, and MACs (multiply-accumulates of convolutions, linear layers and ECA's Conv1d) for one image."""

    params: int
    macs: int


def cost(spec: ResNetSpec, height: int, width: int) -> Cost:
    """Return what the network of `spec` costs for one image of `height` × `width`."""
    size, params, macs = (height, width), 0, 0
    for conv in plan_stem(spec):
        size = conv.output_size(size)
        params, macs = params + _params(conv), macs + conv.macs(size)
    if spec.stem_pool == "max-ceil":
        size = (max(size[0] // 2, 1), max(size[1] // 2, 1))  # ⌈(n − 3)/2⌉ + 1
    elif spec.stem_pool.startswith("max"):
        size = _halved(size, 3, 2, 1, 1, spec.padding == "same")
    for block in chain(*plan_stages(spec)):
        more, size = _block_cost(spec, block, size)
        params, macs = params + more.params, macs + more.macs
    last_norm = 2 * spec.features * spec.ends_in_norm
    head = spec.features * spec.num_classes
    return Cost(params + last_norm + head + spec.num_classes, macs + head)


def _block_cost(spec: ResNetSpec, block: BlockPlan, size: Size) -> tuple[Cost, Size]:
    """Return the cost of one block on maps of `size`, and the size of its own map."""
    params = macs = 0
    out = size
    for conv in plan_branch(spec, block):
        strided = "conv1" if spec.block == "basic" else "conv2"
        out = conv.output_size(out)
        macs += conv.macs(out)
        params += conv.params + 2 * (conv.in_channels if spec.preactivation else conv.out_channels)
        if conv.name == strided and block.stride > 1:
            if spec.antialias:
                out = _halved(out, 3, block.stride, 1, 1, False)
            elif spec.subsample == "max-pool":
                out = _halved(out, 2, block.stride, 0, 1, True)
    projection = plan_projection(spec, block)
    if projection is not None:
        params += _params(projection)
        macs += projection.macs(out)
    gate = _gate_cost(spec, block.out_channels)
    return Cost(params + gate.params, macs + gate.macs), out


def _gate_cost(spec: ResNetSpec, channels: int) -> Cost:
    if spec.attention == "se":
        squeezed = squeeze_channels(spec, channels)
        return Cost(2 * channels * squeezed + squeezed + channels, 2 * channels * squeezed)
    if spec.attention == "eca":
        return Cost(eca_kernel(channels), eca_kernel(channels) * channels)
    return Cost(0, 0)


def _params(conv: ConvPlan) -> int:
    """Parameters of a convolution with the scale and shift of the norm behind it."""
    return conv.params + 2 * conv.out_channels * conv.normed


def _halved(size: Size, kernel: int, stride: int, padding: int, dilation: int, same: bool) -> Size:
    """Return (H, W) after a window slid over `size`: ⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1, or ⌈n/s⌉ for SAME."""
    if same:
        return (-(-size[0] // stride), -(-size[1] // stride))
    reach = dilation * (kernel - 1) + 1
    return ((size[0] + 2 * padding - reach) // stride + 1, (size[1] + 2 * padding - reach) // stride + 1)
