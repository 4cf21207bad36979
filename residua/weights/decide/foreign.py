"""Which operations without a tensor, that no network here has, can batch norms tell from those that ours have?

What stands behind the last norm (the last ReLU, the pool of the head) leaves nothing in any norm and is in no list.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from residua.spec import ResNetSpec
from residua.weights.decide import changes

if TYPE_CHECKING:
    from torch import Tensor

    from residua.nn import ResNet


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
        Foreign(f"{words} in the place of every ReLU", changes.activate(*name), least=least)
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
    Foreign("reflected edges in the place of zeros", partial(changes.edges, "reflect"), _padded, EDGES),
    Foreign("repeated edges in the place of zeros", partial(changes.edges, "replicate"), _padded, EDGES),
    Foreign("no ReLU behind the sums", changes.without_last_relu, _post),
    Foreign("no ReLU in the stem", changes.without_stem_relu, _post),
    Foreign("a ReLU before the stem's norm", changes.stem_relu_first, lambda spec: _post(spec) and spec.stem != "deep"),
    Foreign("ReLUs before the norms", changes.relu_first, lambda spec: _post(spec) and spec.stem != "deep"),
    Foreign("a ReLU at the end of each residual branch", partial(changes.behind_branch, _relu), _adds),
    Foreign("a residual branch that is subtracted", partial(changes.behind_branch, lambda x: -x), _adds),
    *(
        Foreign(
            f"a factor of about {factor} on each residual branch",
            partial(changes.behind_branch, partial(changes.times, factor)),
            _adds,
        )
        for factor in (0.1, 0.3, 0.6)
    ),
    Foreign("half of each sum", changes.halved, _adds),
    Foreign("the larger of branch and shortcut in the place of their sum", changes.larger, _adds),
    Foreign("a product in the place of each sum", changes.multiplied, _adds),
    Foreign(
        "a max-pool before each projection that would stride",
        changes.max_pooled_projections,
        lambda spec: spec.shortcut == "B",
    ),
    Foreign("a max-pool behind the 3×3 stem", partial(changes.pooled_stem, "MaxPool2d"), _unpooled, POOLED),
    Foreign("an average pool behind the 3×3 stem", partial(changes.pooled_stem, "AvgPool2d"), _unpooled, POOLED),
    Foreign("gates of tanh", partial(changes.gates, "Tanh"), _gated),
    Foreign("gates of the hard sigmoid", partial(changes.gates, "Hardsigmoid"), _gated),
    Foreign("gates of the largest values in the place of the means", changes.gates_of_maxima, _gated),
    # CBAM's channel attention; adapters; what a global context adds: matrices of a gate's shapes, used otherwise
    Foreign("gates of means and largest values together", changes.gates_of_both, _gated),
    Foreign("adapters added to the branch in the place of gates", partial(changes.adapters, False), _gated),
    Foreign("a context added to the branch in the place of gates", partial(changes.adapters, True), _gated),
    # Keras's example of He 2016b
    Foreign(
        "projections of the block's input in the place of its norm's output",
        changes.raw_projections,
        lambda spec: spec.preactivation and spec.shortcut in ("B", "C", "D"),
    ),
    Foreign("a stride of 2 in the 3×3 stem", changes.strided_stem, _unpooled, POOLED),
    Foreign(
        "strides of the blocks' second convolutions in the place of their first ones'",
        changes.strides_second,
        lambda spec: _adds(spec) and spec.block == "basic" and spec.subsample == "stride",
        EDGES,
    ),
    Foreign(
        "an average pool before each block that would stride",
        changes.pooled_blocks,
        lambda spec: _adds(spec) and spec.shortcut in ("B", "C") and spec.subsample == "stride" and not spec.antialias,
        EDGES,
    ),
    # timm's aa_layer=avg
    Foreign(
        "an average pool behind every 3×3 convolution that would stride",
        changes.pools_on_average,
        lambda spec: not spec.preactivation and spec.subsample == "stride",
        EDGES,
    ),
    # PyramidNet's and Shake-Shake's code; their statistics are as near to ours as those of a right network are
    Foreign("an average pool in option A's shortcuts", changes.pooled_zeros, lambda spec: spec.shortcut == "A", ZEROS),
    Foreign("zeros in front of option A's channels", changes.zeros_in_front, lambda spec: spec.shortcut == "A"),
)
