"""Which operations without a tensor, that no network here has, can batch norms tell from those that ours have?

What stands behind the last norm (the last ReLU, the pool of the head) leaves nothing in any norm and is in no list.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from residua.spec import ResNetSpec

if TYPE_CHECKING:
    from torch import Tensor, nn

    from residua.nn import ResNet
    from residua.nn.blocks import Block


@dataclass(frozen=True)
class Foreign:
    """An operation in the place of one of ours. words: of the whole, as a refusal says it.

    change: puts the operation into the network, in place. meaningful: for which networks the question arises.
    least: the support from which it is more than what right networks have by chance.
    """

    words: str
    change: Callable[[ResNet], None]
    meaningful: Callable[[ResNetSpec], bool] = lambda spec: True
    least: float = 0.4  # right networks of CIFAR-10 have below −0.1 for most of them


def changed(model: ResNet, foreign: Foreign) -> ResNet:
    """Return a copy of `model` with the operation in it; the tensors are those of `model`."""
    other: ResNet = _copied(model)
    foreign.change(other)
    return other


def _copied(module: Any) -> Any:
    """Return a copy of a module and of all in it; `copy.deepcopy` takes 40 ms for a ResNet-50, and that forty times."""
    other = copy.copy(module)
    other._modules = {name: _copied(child) for name, child in module._modules.items()}
    return other


def _blocks(model: ResNet) -> Iterator[Block]:
    for _, stage in model.layers():
        yield from stage  # type: ignore[misc]


def _replaced(model: nn.Module, kind: type[nn.Module], make: Callable[[Any], nn.Module]) -> None:
    """Put what `make` gives into the place of every module of one kind."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, kind):
                setattr(module, name, make(child))


def _activation(name: str, *values: float) -> Callable[[ResNet], None]:
    """Put torch's activation of that name into the place of every ReLU."""

    def change(model: ResNet) -> None:
        from torch import nn

        _replaced(model, nn.ReLU, lambda _: getattr(nn, name)(*values))

    return change


def _edges(mode: Literal["reflect", "replicate"], model: ResNet) -> None:
    from torch import nn

    for module in model.modules():
        if type(module) is nn.Conv2d and module.padding != (0, 0):
            module.padding_mode = mode


def _last_relu(block: Block) -> str:
    return "relu3" if block.KIND == ("bottleneck", False) else "relu2"


def _without_last_relu(model: ResNet) -> None:
    for block in _blocks(model):
        setattr(block, _last_relu(block), _nothing())


def _without_stem_relu(model: ResNet) -> None:
    model.relu = _nothing()


def _nothing() -> nn.Module:
    from torch import nn

    return nn.Identity()


def _stem_relu_first(model: ResNet) -> None:
    from torch import nn

    model.conv1, model.relu = nn.Sequential(model.conv1, nn.ReLU()), nn.Identity()


def _relu_first(model: ResNet) -> None:
    from torch import nn

    _stem_relu_first(model)
    for block in _blocks(model):
        for number in ("1", "2")[: 2 if block.KIND[0] == "bottleneck" else 1]:
            setattr(block, f"conv{number}", nn.Sequential(getattr(block, f"conv{number}"), nn.ReLU()))
            setattr(block, f"relu{number}", nn.Identity())


def _behind_branch(step: Callable[[Tensor], Tensor], model: ResNet) -> None:
    for block in _blocks(model):
        block.drop_path = step


def _times(factor: float, x: Tensor) -> Tensor:
    return factor * x


def _halved(model: ResNet) -> None:
    for block in _blocks(model):
        block.forward = partial(_merged, block, lambda x, y: (x + y) / 2)


def _larger(model: ResNet) -> None:
    import torch

    for block in _blocks(model):
        block.forward = partial(_merged, block, torch.maximum)


def _multiplied(model: ResNet) -> None:
    import torch

    for block in _blocks(model):
        block.forward = partial(_merged, block, torch.mul)


def _merged(block: Any, merge: Callable[[Tensor, Tensor], Tensor], x: Tensor) -> Tensor:
    """Return what a block of ours gives where `merge` stands for its sum."""
    result: Tensor = block.activation(merge(block.shortcut(x), block.residual(x)))
    return result


def _max_pooled_projections(model: ResNet) -> None:
    from torch import nn

    for block in _blocks(model):
        if isinstance(block.downsample, nn.Sequential):
            projection = next(layer for layer in block.downsample if isinstance(layer, nn.Conv2d))
            side = projection.stride[0]
            if side > 1:
                pooled = nn.Sequential(nn.MaxPool2d(side, ceil_mode=True), projection)
                projection.stride = (1, 1)
                _put(block.downsample, projection, pooled)


def _put(layers: nn.Sequential, old: nn.Module, new: nn.Module) -> None:
    layers[list(layers).index(old)] = new


def _pooled_stem(pool: str, model: ResNet) -> None:
    from torch import nn

    model.maxpool = getattr(nn, pool)(2)


def _gates(name: str, model: ResNet) -> None:
    from torch import nn

    for gate in _all_gates(model):
        gate.gate = getattr(nn, name)()


def _all_gates(model: ResNet) -> list[Any]:
    return [block.se for block in _blocks(model)]


def _gates_of_maxima(model: ResNet) -> None:
    for gate in _all_gates(model):
        gate.forward = partial(_gate_of_maxima, gate)


def _gate_of_maxima(gate: Any, x: Tensor) -> Tensor:
    result: Tensor = x * gate.gate(gate.fc2(gate.relu(gate.fc1(x.amax((2, 3), keepdim=True)))))
    return result


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


def _adds(spec: ResNetSpec) -> bool:
    return not spec.preactivation and spec.shortcut != "none"


def _post(spec: ResNetSpec) -> bool:
    return not spec.preactivation


def _gated(spec: ResNetSpec) -> bool:
    return spec.attention == "se" and not spec.preactivation


def _padded(spec: ResNetSpec) -> bool:
    return spec.padding == "symmetric" and not spec.weight_standardization


def _unpooled(spec: ResNetSpec) -> bool:
    return spec.stem == "3x3" and spec.stem_pool == "none"


def _relu(x: Tensor) -> Tensor:
    return x.relu()


SLIGHT = (
    1.1  # right networks that were trained for two epochs have up to 0.99 for this slope, those with it 1.2 and more
)
NEVER = (
    math.inf
)  # what is hardly seen: right files have up to 2.2 for ReLU6. Only half of the misfit gone speaks for it
# Nearly the same as a stride more in the first stage, which is also what smaller images look like: up to 0.73 there.
POOLED = 0.9
ZEROS = 0.7  # right ones have up to 0.64: an average pool before zeros is nearly a stride
# Training crops padded images, whose edges are not those of photographs: a right file of CIFAR-10 (kejeon) has
# 0.86 for repeated edges, and for average pools.
EDGES = 1.1
FOREIGN = (
    *(
        Foreign(f"{words} in the place of every ReLU", _activation(*name), least=least)
        for words, name, least in (
            ("SiLU", ("SiLU",), 0.4),
            ("GELU", ("GELU",), 0.4),
            ("ELU", ("ELU",), 0.4),
            ("SELU", ("SELU",), 0.4),
            ("Mish", ("Mish",), 0.4),
            ("leaky ReLU (slope 0.01)", ("LeakyReLU", 0.01), NEVER),
            ("leaky ReLU (slope 0.1)", ("LeakyReLU", 0.1), SLIGHT),
            ("leaky ReLU (slope 0.2)", ("LeakyReLU", 0.2), 0.4),
            ("ReLU6", ("ReLU6",), NEVER),
            ("hard swish", ("Hardswish",), 0.4),
            ("softplus", ("Softplus",), 0.4),
            ("tanh", ("Tanh",), 0.4),
            ("nothing", ("Identity",), 0.4),
        )
    ),
    Foreign("reflected edges in the place of zeros", partial(_edges, "reflect"), _padded, EDGES),
    Foreign("repeated edges in the place of zeros", partial(_edges, "replicate"), _padded, EDGES),
    Foreign("no ReLU behind the sums", _without_last_relu, _post),
    Foreign("no ReLU in the stem", _without_stem_relu, _post),
    Foreign("a ReLU before the stem's norm", _stem_relu_first, lambda spec: _post(spec) and spec.stem != "deep"),
    Foreign("ReLUs before the norms", _relu_first, lambda spec: _post(spec) and spec.stem != "deep"),
    Foreign("a ReLU at the end of each residual branch", partial(_behind_branch, _relu), _adds),
    Foreign("a residual branch that is subtracted", partial(_behind_branch, lambda x: -x), _adds),
    *(
        Foreign(
            f"a factor of about {factor} on each residual branch",
            partial(_behind_branch, partial(_times, factor)),
            _adds,
        )
        for factor in (0.1, 0.3, 0.6)
    ),
    Foreign("half of each sum", _halved, _adds),
    Foreign("the larger of branch and shortcut in the place of their sum", _larger, _adds),
    Foreign("a product in the place of each sum", _multiplied, _adds),
    Foreign(
        "a max-pool before each projection that would stride",
        _max_pooled_projections,
        lambda spec: spec.shortcut == "B",
    ),
    Foreign("a max-pool behind the 3×3 stem", partial(_pooled_stem, "MaxPool2d"), _unpooled, POOLED),
    Foreign("an average pool behind the 3×3 stem", partial(_pooled_stem, "AvgPool2d"), _unpooled, POOLED),
    Foreign("gates of tanh", partial(_gates, "Tanh"), _gated),
    Foreign("gates of the hard sigmoid", partial(_gates, "Hardsigmoid"), _gated),
    Foreign("gates of the largest values in the place of the means", _gates_of_maxima, _gated),
    # timm's aa_layer=avg
    Foreign(
        "an average pool behind every 3×3 convolution that would stride",
        _pools_on_average,
        lambda spec: not spec.preactivation and spec.subsample == "stride",
        EDGES,
    ),
    # PyramidNet's and Shake-Shake's code; their statistics are as near to ours as those of a right network are
    Foreign("an average pool in option A's shortcuts", _pooled_zeros, lambda spec: spec.shortcut == "A", ZEROS),
    Foreign("zeros in front of option A's channels", _zeros_in_front, lambda spec: spec.shortcut == "A"),
)
