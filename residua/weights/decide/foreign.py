"""Which operations without a tensor, that no network here has, can batch norms tell from those that ours have?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from residua.spec import ResNetSpec

if TYPE_CHECKING:
    from torch import nn

    from residua.nn import ResNet


@dataclass(frozen=True)
class Foreign:
    """An operation in the place of one of ours. words: of the whole, as a refusal says it.

    meaningful: for which networks, and whether these fit as they are, the question arises. change: puts the operation
    into the network, in place.
    """

    words: str
    meaningful: Callable[[ResNetSpec, bool], bool]
    change: Callable[[ResNet], None]


def _replaced(model: ResNet, kind: type[nn.Module], make: Callable[[Any], nn.Module]) -> None:
    """Put what `make` gives into the place of every module of one kind."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, kind):
                setattr(module, name, make(child))


def _silu(model: ResNet) -> None:
    from torch import nn

    _replaced(model, nn.ReLU, lambda _: nn.SiLU())


def _pooled_zeros(model: ResNet) -> None:
    from torch import nn

    from residua.nn.layers import ZeroPadShortcut

    def pooled(shortcut: ZeroPadShortcut) -> nn.Module:
        stride = shortcut.stride
        shortcut.stride = 1
        return nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), shortcut)

    _replaced(model, ZeroPadShortcut, pooled)


def _zeros_in_front(model: ResNet) -> None:
    from residua.nn.layers import ZeroPadShortcut

    for module in model.modules():
        if isinstance(module, ZeroPadShortcut):
            module.before, module.after = module.before + module.after, 0


def _pools_on_average(model: ResNet) -> None:
    from torch import nn

    for module in list(model.modules()):
        strided = [conv for conv in module.children() if isinstance(conv, nn.Conv2d) and conv.kernel_size == (3, 3)]
        for conv in strided:
            if hasattr(module, "blur") and conv.stride == (2, 2):
                conv.stride, module.blur = (1, 1), nn.AvgPool2d(2, ceil_mode=True)
    if model.spec.stem_pool.startswith("max"):
        model.maxpool = nn.AvgPool2d(2)


FOREIGN = (
    Foreign("SiLU in the place of every ReLU", lambda spec, fits: not fits, _silu),
    # timm's aa_layer=avg
    Foreign(
        "an average pool behind every 3×3 convolution that would stride",
        lambda spec, fits: not fits and not spec.preactivation and spec.subsample == "stride",
        _pools_on_average,
    ),
    # PyramidNet's and Shake-Shake's code; their statistics are as near to ours as those of a right network are
    Foreign("an average pool in option A's shortcuts", lambda spec, fits: spec.shortcut == "A", _pooled_zeros),
    Foreign("zeros in front of option A's channels", lambda spec, fits: spec.shortcut == "A", _zeros_in_front),
)
