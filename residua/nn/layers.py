"""Which layers does a residual network need that torch does not have?"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from residua.plan import ConvPlan, eca_kernel, squeeze_channels
from residua.spec import ResNetSpec

Step = Callable[[Tensor], Tensor]  # a module, or the plain function `unchanged` where nobody chose one


def unchanged(x: Tensor) -> Tensor:
    """Return `x`: what stands for an option that nobody chose; neither printed nor in the state dict."""
    return x


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: ⌈size/stride⌉ out, the odd pixel of padding at the end."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(pad_same(x, self.kernel_size[0], self.stride[0], self.dilation[0], 0.0))


class StandardizedConv2d(nn.Conv2d):
    """A convolution whose kernels are standardised, each to mean 0 and variance 1 (Qiao 2019, as in BiT)."""

    def forward(self, x: Tensor) -> Tensor:
        kernels = self.weight.flatten(1)
        variance, mean = torch.var_mean(kernels, dim=1, keepdim=True, correction=0)
        weight = ((kernels - mean) / torch.sqrt(variance + 1e-10)).view_as(self.weight)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class SameAvgPool2d(nn.Module):
    """The average of `window` × `window` pixels at every pixel of (N, C, H, W): SAME padding, zeros counted."""

    def __init__(self, window: int) -> None:
        super().__init__()
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(pad_same(x, self.window, 1, 1, 0.0), self.window, stride=1)

    def extra_repr(self) -> str:
        return f"window={self.window}"


def pad_same(x: Tensor, kernel: int, stride: int, dilation: int, value: float) -> Tensor:
    """Pad (N, C, H, W) so that a window of `kernel` at `stride` gives ⌈H/stride⌉ × ⌈W/stride⌉."""
    reach = dilation * (kernel - 1) + 1
    total = [max((-(-size // stride) - 1) * stride + reach - size, 0) for size in x.shape[2:]]
    top, left = total[0] // 2, total[1] // 2
    return F.pad(x, (left, total[1] - left, top, total[0] - top), value=value) if any(total) else x


def conv(plan: ConvPlan, spec: ResNetSpec) -> nn.Conv2d:
    """Return the convolution of `plan`, of the kind that `spec` asks for."""
    kind = StandardizedConv2d if spec.weight_standardization else SameConv2d if plan.same else nn.Conv2d
    return kind(
        plan.in_channels,
        plan.out_channels,
        plan.kernel,
        stride=plan.stride,
        padding=0 if plan.same else plan.padding,
        dilation=plan.dilation,
        groups=plan.groups,
        bias=plan.bias,
    )


def norm(channels: int, spec: ResNetSpec) -> nn.Module:
    """Return batch norm, or group norm with gcd(32, `channels`) groups."""
    if spec.norm == "group":
        return nn.GroupNorm(math.gcd(32, channels), channels, eps=spec.norm_eps)
    return nn.BatchNorm2d(channels, eps=spec.norm_eps)


class MaxPool(nn.Module):
    """3×3 max-pool over (N, C, H, W): padded with −∞ or zeros, symmetric or SAME, blurred if it must not alias."""

    def __init__(self, spec: ResNetSpec) -> None:
        super().__init__()
        self.same = spec.padding == "same"
        self.value = 0.0 if spec.stem_pool == "max-zero-padded" else -math.inf
        self.blur = BlurPool(2) if spec.antialias else None

    def forward(self, x: Tensor) -> Tensor:
        stride = 1 if self.blur is not None else 2
        if self.same or self.value == 0.0:
            x = pad_same(x, 3, stride, 1, self.value) if self.same else F.pad(x, (1, 1, 1, 1), value=self.value)
            x = F.max_pool2d(x, 3, stride)
        else:
            x = F.max_pool2d(x, 3, stride, padding=1)
        return x if self.blur is None else self.blur(x)


class BlurPool(nn.Module):
    """Low-pass [1 2 1]⊗[1 2 1]/16 with reflected edges, then take every `stride`-th pixel (Zhang 2019 §3.2).

    The filter is two 2×2 averages in a row: [1 1] * [1 1] = [1 2 1].
    """

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(F.avg_pool2d(_reflected(x), 2, 1), 2, self.stride)


def _reflected(x: Tensor) -> Tensor:
    """Pad (N, C, H, W) by one reflected pixel on every side; a pixel alone on its axis is its own reflection."""
    if min(x.shape[2:]) > 1:
        return F.pad(x, (1, 1, 1, 1), mode="reflect")
    for axis, margin in ((3, (1, 1, 0, 0)), (2, (0, 0, 1, 1))):
        x = F.pad(x, margin, mode="reflect" if x.shape[axis] > 1 else "replicate")
    return x


class SqueezeExcite(nn.Module):
    """Scale each channel of (N, C, H, W) by a gate from its global mean (Hu 2018 §3)."""

    def __init__(self, channels: int, spec: ResNetSpec) -> None:
        super().__init__()
        squeezed = squeeze_channels(spec, channels)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.relu = nn.ReLU()
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.gate: Step = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(self.fc2(self.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class EfficientChannelAttention(nn.Module):
    """Scale each channel of (N, C, H, W) by a gate from its neighbours' global means (Wang 2020 §3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        kernel = eca_kernel(channels)
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.gate: Step = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean((2, 3)).unsqueeze(1)  # (N, 1, C)
        return x * self.gate(self.conv(means)).view(x.shape[0], -1, 1, 1)


def gate(channels: int, spec: ResNetSpec) -> Step:
    """Return the gate at the end of a branch: SE, ECA, or nothing."""
    if spec.attention == "se":
        return SqueezeExcite(channels, spec)
    if spec.attention == "eca":
        return EfficientChannelAttention(channels)
    return unchanged


class DropPath(nn.Module):
    """In training, drop the whole branch of a sample with probability `rate`, and scale the rest by 1/(1 − rate).

    Huang 2016 §3; one draw a sample, (N, 1, 1, 1).
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.empty(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device).bernoulli_(1 - self.rate)
        return x * kept / (1 - self.rate)

    def extra_repr(self) -> str:
        return f"rate={self.rate}"


class ZeroPadShortcut(nn.Module):
    """Option A of He 2016a §4.1: every `stride`-th pixel, and zeros for the new channels; no parameters."""

    def __init__(self, new_channels: int, stride: int, pad: str) -> None:
        super().__init__()
        self.stride = stride
        self.before = new_channels // 2 if pad == "both" else 0
        self.after = new_channels - self.before

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after))

    def extra_repr(self) -> str:
        return f"stride={self.stride}, before={self.before}, after={self.after}"
