"""What do the layers, graph or code beside a file's tensors show of what its network computes without a tensor?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROGRAM = "program"  # under which a file's program is declared
BLUR = "blur"  # the mode of the window of what blurs
SIGMOID = "sigmoid"  # a gate's own, where the network has gates

# Activations that no network here has, by their names in torch, ONNX and Keras, all in small letters without lines.
ACTIVATIONS = frozenset({
    "celu", "elu", "exponential", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hsigmoid",
    "hswish", "leakyrelu", "logsigmoid", "mish", "prelu", "quickgelu", "relu6", "rrelu", "selu", "silu", "softplus",
    "softshrink", "softsign", "swish", "tanh", "tanhshrink", "threshold", "thresholdedrelu",
})  # fmt: skip
# Sums, pools and sizes that none here has; maxima in the place of the last average among them.
OTHERS = frozenset({
    "adaptivemaxpool2d", "average", "average pool", "dot", "factor", "fractionalmaxpool2d", "globallppool",
    "globalmaxpool", "globalmaxpooling2d", "lppool", "lppool2d", "maximum", "maxunpool2d", "minimum", "pixelshuffle",
    "power", "product", "reducemax", "reflectionpad2d", "replicationpad2d", "shift", "subtract", "upsample",
    "upsampling2d",
})  # fmt: skip


@dataclass(frozen=True)
class Window:
    """How a kernel or a pool moves: (height, width) of each, and whether sizes round up.

    padding: as the program has it, "same" for a word; None where it does not show it.
    """

    kernel: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Any
    dilation: tuple[Any, ...]
    mode: str = "zeros"
    ceil: bool = False


@dataclass(frozen=True)
class Program:
    """What a file shows of its network's forward.

    windows: of its kernels and pools, by the paths of their layers. operations: what has no tensor, by place, as the
    file calls it. whole: nothing else moves over maps, so that a pool which is not here is not there.
    """

    windows: Mapping[str, Window] = field(default_factory=dict)
    operations: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False


def plain(name: str) -> str:
    """Return the name of an operation as this file writes it: leaky_relu_, LeakyReLU, torch.nn.LeakyReLU are one."""
    return name.rpartition(".")[2].lower().replace("_", "")
