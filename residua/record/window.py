"""Which output size and receptive field does a sliding window give, and when is nothing left?

Windows are those of convolutions and pools. No torch here: integers in, integers out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """A window that slides over a map; one number an axis, (height, width) for images.

    ceil: the last window may hang over the end (pooling's `ceil_mode`).
    transposed: the window spreads instead of gathers (`nn.ConvTranspose2d`), with `extra` rows at the end.
    """

    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    ceil: bool = False
    transposed: bool = False
    extra: Axes = ()

    def output_size(self, size: Axes) -> Axes:
        """Return the map's size behind the window: ⌊(n − d(k − 1) − 1 + 2p)/s⌋ + 1 on each axis, as torch defines it.

        A number below 1 says that nothing is left.
        """
        return tuple(self._along(axis, length) for axis, length in enumerate(size))

    def reach(self, axis: int) -> int:
        """Return how many input pixels the window covers from end to end: d(k − 1) + 1."""
        return self.dilation[axis] * (self.kernel[axis] - 1) + 1

    def _along(self, axis: int, length: int) -> int:
        stride, padding = self.stride[axis], self.padding[axis]
        if self.transposed:
            extra = self.extra[axis] if self.extra else 0
            return (length - 1) * stride - 2 * padding + self.reach(axis) + extra
        room = length + 2 * padding - self.reach(axis)
        if not self.ceil:
            return room // stride + 1
        count = -(-room // stride) + 1
        return count - 1 if (count - 1) * stride >= length + padding else count  # no window starts in the padding


@dataclass(frozen=True)
class Field:
    """How many input pixels one value of a map looks at (`size`), and how far apart neighbours look (`stride`).

    pooled: the map has been averaged over all its pixels. From there on the figures of the pooled map are carried
    on unchanged, and a pooled gate that comes back (squeeze-and-excitation) adds nothing: the figures are those of
    the path of sliding windows, as papers print them, not of the whole image that a gate lets in.
    """

    size: tuple[Fraction, ...]
    stride: tuple[Fraction, ...]
    pooled: bool = False

    def through(self, window: Window) -> Field:
        """Return the field behind `window`: size + (reach − 1)·stride, and stride·s (Dumoulin 2016 §2)."""
        if self.pooled:
            return self
        size, stride = list(self.size), list(self.stride)
        offset = len(size) - len(window.kernel)  # pooling in 1-d arrives as 2-d with a first axis of one pixel
        for axis in range(len(window.kernel)):
            place = offset + axis
            if place < 0:
                continue
            step = window.stride[axis]
            if window.transposed:
                size[place] += (-(-window.reach(axis) // step) - 1) * stride[place]
                stride[place] /= step
            else:
                size[place] += (window.reach(axis) - 1) * stride[place]
                stride[place] *= step
        return replace(self, size=tuple(size), stride=tuple(stride))

    def resized(self, before: Axes, after: Axes, taps: int) -> Field:
        """Return the field behind an interpolation from `before` to `after` that reads `taps` neighbours an axis."""
        if self.pooled or len(before) != len(self.size):
            return self
        grown = tuple(
            size + (taps - 1) * stride * (old != new)
            for size, stride, old, new in zip(self.size, self.stride, before, after, strict=True)
        )
        strides = tuple(s * Fraction(old, new) for s, old, new in zip(self.stride, before, after, strict=True))
        return replace(self, size=grown, stride=strides)

    def sliced(self, axis: int, step: int) -> Field:
        """Return the field when only every `step`-th row of `axis` is kept."""
        if self.pooled or not 0 <= axis < len(self.stride):
            return self
        return replace(self, stride=tuple(s * step if a == axis else s for a, s in enumerate(self.stride)))


def whole_pixel(axes: int) -> Field:
    """Return the field of the input itself: every pixel looks at itself."""
    return Field((Fraction(1),) * axes, (Fraction(1),) * axes)


def widest(fields: Iterable[Field]) -> Field:
    """Return the field of a value made from several maps: the largest size and stride over the paths that slide.

    Pooled maps count only when there are no others.
    """
    every = list(fields)
    sliding = [field for field in every if not field.pooled] or every
    axes = max(len(field.size) for field in sliding)
    sliding = [field for field in sliding if len(field.size) == axes]
    return Field(
        tuple(max(field.size[axis] for field in sliding) for axis in range(axes)),
        tuple(max(field.stride[axis] for field in sliding) for axis in range(axes)),
        pooled=sliding[0].pooled,
    )
