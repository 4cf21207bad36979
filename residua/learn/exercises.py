"""What does each exercise of a lesson ask, and how is an answer measured? Run in the child of `answers.py` alone.

An exercise is a function that takes the answer, by its name in the reader's file, and raises Wrong, with what came and
what was expected, unless it is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from residua import scores
from residua.check import check_block
from residua.nn import BasicBlock, Bottleneck, build

Answer = Callable[..., Any]


class Wrong(Exception):
    """The answer is not right; the text says what came and what was expected."""


def _equal(call: str, came: object, expected: object) -> None:
    if came != expected:
        raise Wrong(f"{call} gives {came}, expected {expected}")


def _close(what: str, came: Any, expected: Tensor) -> None:
    if not isinstance(came, Tensor):
        raise Wrong(f"{what} is a {type(came).__name__}, expected a tensor")
    _equal(f"the shape of {what}", tuple(came.shape), tuple(expected.shape))
    if not torch.allclose(came, expected, atol=1e-4):
        raise Wrong(f"{what} is off by up to {(came - expected).abs().max().item():.3g}")


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _without_errors(call: str, block: nn.Module) -> None:
    found = check_block(block).errors
    if found:
        raise Wrong(f"`residua check` finds {found[0].rule} in {call}: {found[0].message}")


# Lesson 1: a residual block


def params(answer: Answer) -> None:
    for given in [(16, 16, 1), (16, 32, 2), (16, 32, 1), (16, 16, 2)]:
        _equal(f"params{given}", answer(*given), _count(BasicBlock(*given)))


def to_identity(answer: Answer) -> None:
    block, x = BasicBlock(64, 64), torch.rand(2, 64, 6, 6)
    with torch.no_grad():
        for name in ("bn1.bias", "bn2.bias"):
            block.get_parameter(name).normal_()  # trained ones are not zero
    answer(block)
    _close("block(x) in training", block.train()(x), x)
    _close("block(x) in eval mode", block.eval()(x), x)


def scaled_block(answer: Answer) -> None:
    block, x = answer(8), torch.rand(2, 8, 6, 6) + 0.1
    _close("ScaledBlock(8)(x) at the start", block(x), x)
    block(x).square().sum().backward()
    scales = [each for each in block.parameters() if each.numel() == 1]
    _equal("the number of learnt single numbers", len(scales), 1)
    if scales[0].grad is None or not scales[0].grad.abs().item() > 0:
        raise Wrong("α gets no gradient, so it stays at 0")
    with torch.no_grad():
        scales[0].fill_(1.0)
    if torch.allclose(block(x), x, atol=1e-4):
        raise Wrong("with α = 1 the block is still the identity")


# Lesson 2: a bug, and how to see it


def mended_block(answer: Answer) -> None:
    for given in [(8, 8, 1), (8, 16, 1), (8, 16, 2)]:
        call, side = f"MendedBlock{given} of 6×6", 6 // given[2]
        try:
            came = answer(*given)(torch.rand(2, 8, 6, 6))
        except Exception as error:
            error.add_note(call)  # the error itself does not say which arguments were tried
            raise
        _equal(call, tuple(came.shape), (2, given[1], side, side))
    _without_errors("MendedBlock(8, 8)", answer(8, 8))


class _Lost(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.lost = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        self.lost(x)
        return F.relu(self.used(x) + x)


def without_gradient(answer: Answer) -> None:
    x = torch.rand(2, 4, 3, 3)
    _equal("of a block that throws `lost` away: sorted names", sorted(answer(_Lost(), x)), ["lost.bias", "lost.weight"])
    _equal("of a block that loses nothing: names", list(answer(BasicBlock(4, 4), x)), [])


class _InPlace(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.add_(1.0)


def changes_input(answer: Answer) -> None:
    for block, changes in ((_InPlace(), True), (BasicBlock(4, 4), False)):
        x = torch.rand(2, 4, 3, 3)
        kept = x.clone()
        _equal(f"of a block that {'adds 1 in place' if changes else 'copies'}", bool(answer(block, x)), changes)
        if not torch.equal(x, kept):
            raise Wrong("your function must leave x as it was, and it changed x")


# Lesson 3: stages and shapes


def side(answer: Answer) -> None:
    for n, k, s, p, d in [(224, 7, 2, 3, 1), (32, 3, 1, 2, 2), (15, 3, 2, 0, 3), (56, 1, 2, 0, 1)]:
        made = F.conv2d(torch.zeros(1, 1, n, n), torch.zeros(1, 1, k, k), stride=s, padding=p, dilation=d)
        _equal(f"side(n={n}, k={k}, s={s}, p={p}, d={d})", answer(n, k, s, p, d), made.shape[-1])


def receptive_field(answer: Answer) -> None:
    for layers, expected in [
        ([], (1, 1)),
        ([(7, 2), (3, 2)], (11, 4)),
        ([(3, 1), (1, 2), (3, 1)], (7, 2)),
        ([(3, 2)] * 5, (63, 32)),
    ]:
        _equal(f"receptive_field({layers})", tuple(answer(layers)), expected)


def stage(answer: Answer) -> None:
    for depth, stride in [(1, 1), (3, 2)]:
        made, call = answer(8, 16, depth, stride), f"stage(8, 16, {depth}, {stride})"
        kinds = [type(each).__name__ for each in made]
        _equal(f"the blocks of {call}", kinds, ["BasicBlock"] * depth)
        _equal(f"{call} of 8×8", tuple(made(torch.rand(2, 8, 8, 8)).shape), (2, 16, 8 // stride, 8 // stride))
        expected = _count(BasicBlock(8, 16, stride)) + (depth - 1) * _count(BasicBlock(16, 16))
        _equal(f"the parameters of {call}", _count(made), expected)


# Lesson 4: ResNet-34


def resnet_params(answer: Answer) -> None:
    widths = (64, 128, 256, 512)
    for name, given in [
        ("resnet18", ((2, 2, 2, 2), widths, 1000)),
        ("resnet34", ((3, 4, 6, 3), widths, 1000)),
        ("resnet34", ((3, 4, 6, 3), widths, 10)),
    ]:
        with torch.device("meta"):
            expected = _count(build(name, num_classes=given[2]))
        _equal(f"resnet_params{given}", answer(*given), expected)


def zero_pad(answer: Answer) -> None:
    x = torch.rand(2, 4, 7, 7)
    for channels, stride in [(4, 1), (8, 2), (7, 2)]:
        expected = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, channels - 4))
        _close(f"zero_pad(x, {channels}, {stride})", answer(x, channels, stride), expected)


def bottleneck(answer: Answer) -> None:
    for given in [(16, 4, 1), (16, 8, 2), (8, 8, 1)]:
        in_channels, channels, stride = given
        made, ours = answer(*given), Bottleneck(in_channels, 4 * channels, stride)
        _equal(f"the parameters of Bottleneck{given}", _count(made), _count(ours))
        x = torch.rand(2, in_channels, 8, 8)
        _equal(f"Bottleneck{given} of 8×8", tuple(made(x).shape), tuple(ours(x).shape))
    _without_errors("Bottleneck(8, 8)", answer(8, 8))


# Lesson 5: depth


def paths(answer: Answer) -> None:
    for blocks, k in [(3, 0), (3, 2), (54, 5), (8, 8)]:
        _equal(f"paths({blocks}, {k})", answer(blocks, k), math.comb(blocks, k))


def gain(answer: Answer) -> None:
    for factor in (1.0, 3.0):
        convolution = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.constant_(convolution.weight, factor)
        came = answer(convolution, torch.rand(2, 1, 3, 3))
        _close(f"gain of a multiplication by {factor:g}", torch.as_tensor(came), torch.tensor(factor))


def without_sum(answer: Answer) -> None:
    for given in [(8, 8, 1), (8, 16, 2)]:
        block, x = BasicBlock(*given).eval(), torch.randn(2, 8, 6, 6)
        _close(f"without_sum(BasicBlock{given})(x)", answer(block)(x), F.relu(block.residual(x)))


# Lesson 6: training


def lr_at(answer: Answer) -> None:
    for step, expected in [(0, 0.02), (9, 0.2), (10, 0.2), (55, 0.1), (100, 0.0)]:
        came = torch.as_tensor(float(answer(step, 100, 0.2, 10)))
        _close(
            f"lr_at({step}, 100, 0.2, 10) = {came.item():.4g}, expected {expected}, which", came, torch.tensor(expected)
        )


def smoothed_loss(answer: Answer) -> None:
    logits, labels = 3 * torch.randn(16, 10), torch.randint(10, (16,))
    for smoothing in (0.0, 0.1):
        expected = F.cross_entropy(logits, labels, label_smoothing=smoothing)
        _close(f"smoothed_loss with {smoothing}", answer(logits, labels, smoothing), expected)


def interval(answer: Answer) -> None:
    for correct, total in [(356, 360), (1, 10), (10, 10)]:
        expected = torch.tensor(tuple(scores.interval(correct, total)))
        _close(f"interval({correct}, {total})", torch.tensor(answer(correct, total)), expected)


# Lesson 7: shipping


def fold(answer: Answer) -> None:
    for layer in (
        nn.Conv2d(8, 8, 3, padding=1, bias=False),
        nn.Conv2d(8, 8, 3, stride=2, bias=True),
        nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4),
    ):
        norm, x = nn.BatchNorm2d(8), torch.randn(4, 8, 9, 9)
        for tensor in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
            if tensor is not None:
                tensor.uniform_(0.5, 2.0)
        norm.eval()
        _close(f"fold({layer}, bn)(x)", answer(layer, norm)(x), norm(layer(x)))


def to_int8(answer: Answer) -> None:
    weight = torch.randn(4, 3, 3, 3)
    weight[1] = 0.0
    whole, scale = answer(weight)
    _equal("the dtype of the weights", whole.dtype, torch.int8)
    _equal("the number of scales", scale.numel(), 4)
    back = whole.float() * scale.reshape(4, 1, 1, 1)
    steps = weight.abs().amax((1, 2, 3), keepdim=True) / 127
    if not bool(((back - weight).abs() <= 0.501 * steps + 1e-7).all()):
        raise Wrong(f"a weight is off by up to {(back - weight).abs().max().item():.3g}, more than half a step")


def class_activation(answer: Answer) -> None:
    maps, head = torch.rand(2, 6, 4, 4), nn.Linear(6, 3, bias=False)
    found = answer(maps, head.weight, 1)
    _equal("the shape of the map", tuple(found.shape), (2, 4, 4))
    _close(
        "the mean of the map, which is the logit without its bias,", found.mean((1, 2)), head(maps.mean((2, 3)))[:, 1]
    )


EXERCISES: Mapping[int, Mapping[str, Callable[[Answer], None]]] = {
    1: {"params": params, "to_identity": to_identity, "ScaledBlock": scaled_block},
    2: {"MendedBlock": mended_block, "without_gradient": without_gradient, "changes_input": changes_input},
    3: {"side": side, "receptive_field": receptive_field, "stage": stage},
    4: {"resnet_params": resnet_params, "zero_pad": zero_pad, "Bottleneck": bottleneck},
    5: {"paths": paths, "gain": gain, "without_sum": without_sum},
    6: {"lr_at": lr_at, "smoothed_loss": smoothed_loss, "interval": interval},
    7: {"fold": fold, "to_int8": to_int8, "class_activation": class_activation},
}
