"""What does a block compute that is not He 2016a's: another shortcut, or another order (He 2016b Fig. 2 and 4)?

Each class holds the layers of a basic block, under the same names, and computes something else with them; an empty
tensor in each keeps anybody from loading its weights as a network without the change. No field of a spec says so:
these are ablations and no networks to use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from residua.errors import SpecError
from residua.nn import BasicBlock, ResNet
from residua.nn.resnet import Construct
from residua.spec import ResNetSpec

# Fields of a spec that put something into a block for which He 2016b names no place.
_PLAIN = ("attention", "antialias", "subsample", "block_dropout", "drop_path")


class Ablation(BasicBlock):
    """A basic block whose `forward` is its own. Raises SpecError for a spec with more in it, or without shortcuts."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, **of_network: Any) -> None:
        super().__init__(in_channels, out_channels, stride, **of_network)
        spec = of_network.get("spec") or ResNetSpec()
        more = [name for name in _PLAIN if getattr(spec, name) != getattr(ResNetSpec(), name)]
        if more or spec.shortcut == "none":
            raise SpecError(
                f"an ablation of the shortcut has no {more[0]}" if more else "there is no shortcut to ablate"
            )
        self.register_buffer("ablation", torch.empty(0))


class Scaled(Ablation):
    """y = relu(0.5·F(x) + 0.5·shortcut(x)), He 2016b Fig. 2b."""

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(0.5 * self.residual(x) + 0.5 * self.shortcut(x))


class Gated(Ablation):
    """What both gates share: g(x) = σ(W·x + b), a 1×1 convolution, whose b starts at START. He 2016b §3.1."""

    START = -6.0  # the shortcut is then nearly open: He 2016b found it the best of its starts

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, **of_network: Any) -> None:
        super().__init__(in_channels, out_channels, stride, **of_network)
        self.gate = nn.Conv2d(in_channels, out_channels, 1, stride)

    def opened(self, x: Tensor) -> Tensor:
        """Return g(x). The start is added here, since every bias of a convolution is drawn as zero."""
        return torch.sigmoid(self.gate(x) + self.START)


class ExclusiveGate(Gated):
    """y = relu(g(x)·F(x) + (1 − g(x))·shortcut(x)), He 2016b Fig. 2c; Srivastava 2015's highway with one gate."""

    def forward(self, x: Tensor) -> Tensor:
        gate = self.opened(x)
        return self.activation(gate * self.residual(x) + (1 - gate) * self.shortcut(x))


class ShortcutGate(Gated):
    """y = relu(F(x) + (1 − g(x))·shortcut(x)), He 2016b Fig. 2d."""

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.residual(x) + (1 - self.opened(x)) * self.shortcut(x))


class HalfOpenShortcutGate(ShortcutGate):
    """The same from b = 0: the gate lets half of the shortcut through at the start."""

    START = 0.0


class DroppedShortcut(Ablation):
    """y = relu(F(x) + dropout(shortcut(x))), half of its values dropped, He 2016b Fig. 2f."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, **of_network: Any) -> None:
        super().__init__(in_channels, out_channels, stride, **of_network)
        self.shortcut_dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        dropped: Tensor = self.shortcut_dropout(self.shortcut(x))
        return self.activation(self.residual(x) + dropped)


class NormAfterSum(Ablation):
    """y = relu(norm(F(x) + shortcut(x))), F without its last norm, He 2016b Fig. 4b."""

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv2(self.relu1(self.bn1(self.conv1(x))))
        return self.activation(self.bn2(out + self.shortcut(x)))


class ReluBeforeSum(Ablation):
    """y = relu(F(x)) + shortcut(x), He 2016b Fig. 4c: what is added is never negative."""

    def forward(self, x: Tensor) -> Tensor:
        return self.relu2(self.residual(x)) + self.shortcut(x)


class ReluFirst(Ablation):
    """y = F(x) + shortcut(x), F = ReLU, 3×3, norm, ReLU, 3×3, norm, He 2016b Fig. 4d (ReLU-only pre-activation)."""

    def forward(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv2(self.relu2(self.bn1(self.conv1(self.relu1(x)))))) + self.shortcut(x)


def _with_last_relu(spec: ResNetSpec) -> ResNet:
    """Return a network of ReluFirst, and a ReLU behind its last sum (He 2016b §4.2)."""
    model = ResNet(spec, ReluFirst)
    model.last_relu = nn.ReLU()
    return model


ABLATIONS: Mapping[str, Construct] = {
    "both scaled by 0.5": partial(ResNet, block=Scaled),
    "exclusive gate": partial(ResNet, block=ExclusiveGate),
    "gate on the shortcut": partial(ResNet, block=ShortcutGate),
    "half-open gate on the shortcut": partial(ResNet, block=HalfOpenShortcutGate),
    "dropout on the shortcut": partial(ResNet, block=DroppedShortcut),
    "norm after the sum": partial(ResNet, block=NormAfterSum),
    "ReLU before the sum": partial(ResNet, block=ReluBeforeSum),
    "ReLU first": _with_last_relu,
}
