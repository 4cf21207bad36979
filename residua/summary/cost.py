"""What is measured of a layer, and of a network?"""

from __future__ import annotations

from dataclasses import dataclass, field

from residua.record.window import Window

Figure = int | float | tuple[int | float, ...]


@dataclass(frozen=True)
class LayerCost:
    """One leaf layer, or one function called between layers, for one image.

    output_shape: with the batch of one in front.
    macs: multiply-accumulates of convolutions and linear layers; everything else counts nothing.
    activation_bytes: memory that the output newly takes; 0 where it overwrites or views its input.
    receptive_field, stride: input pixels that a value looks at, and from one value to the next (the total stride);
        one number where all axes agree, else one an axis. From global pooling on, those of the pooled map.
    window: kernel, stride, padding and dilation, where a window slides.
    arithmetic: what → formula with its numbers filled in.
    """

    name: str
    type: str
    output_shape: tuple[int, ...]
    params: int
    macs: int
    activation_bytes: int
    receptive_field: Figure
    stride: Figure
    window: Window | None = None
    arithmetic: dict[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class NetworkCost:
    """A network measured on one image.

    input_size: (channels, height, width). params counts every parameter of the model, also those that did not run.
    stages: the same as `layers`, one row a stage.
    notes: what is worth a remark, such as parameters that did not run.
    """

    target: str
    input_size: tuple[int, ...]
    params: int
    macs: int
    receptive_field: Figure
    total_stride: Figure
    layers: tuple[LayerCost, ...]
    stages: tuple[LayerCost, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def activation_bytes(self) -> int:
        """Memory that all outputs take together, as training keeps them."""
        return sum(layer.activation_bytes for layer in self.layers)
