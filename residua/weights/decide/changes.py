"""How is an operation that no network here has put into the place of one of ours? Each changes a network in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from torch import Tensor, nn

    from residua.nn import ResNet
    from residua.nn.blocks import Block


def _blocks(model: ResNet) -> Iterator[Block]:
    for _, stage in model.layers():
        yield from stage  # type: ignore[misc]


def _replaced(model: nn.Module, kind: type[nn.Module], make: Callable[[Any], nn.Module]) -> None:
    """Put what `make` gives into the place of every module of one kind."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, kind):
                setattr(module, name, make(child))


def activate(name: str, *values: float) -> Callable[[ResNet], None]:
    """Put torch's activation of that name into the place of every ReLU."""

    def change(model: ResNet) -> None:
        from torch import nn

        _replaced(model, nn.ReLU, lambda _: getattr(nn, name)(*values))

    return change


def edges(mode: Literal["reflect", "replicate"], model: ResNet) -> None:
    from torch import nn

    for module in model.modules():
        if type(module) is nn.Conv2d and module.padding != (0, 0):
            module.padding_mode = mode


def _last_relu(block: Block) -> str:
    return "relu3" if block.KIND == ("bottleneck", False) else "relu2"


def without_last_relu(model: ResNet) -> None:
    for block in _blocks(model):
        setattr(block, _last_relu(block), _nothing())


def without_stem_relu(model: ResNet) -> None:
    model.relu = _nothing()


def _nothing() -> nn.Module:
    from torch import nn

    return nn.Identity()


def stem_relu_first(model: ResNet) -> None:
    from torch import nn

    model.conv1, model.relu = nn.Sequential(model.conv1, nn.ReLU()), nn.Identity()


def relu_first(model: ResNet) -> None:
    from torch import nn

    stem_relu_first(model)
    for block in _blocks(model):
        for number in ("1", "2")[: 2 if block.KIND[0] == "bottleneck" else 1]:
            setattr(block, f"conv{number}", nn.Sequential(getattr(block, f"conv{number}"), nn.ReLU()))
            setattr(block, f"relu{number}", nn.Identity())


def behind_branch(step: Callable[[Tensor], Tensor], model: ResNet) -> None:
    for block in _blocks(model):
        block.drop_path = step


def times(factor: float, x: Tensor) -> Tensor:
    return factor * x


def halved(model: ResNet) -> None:
    for block in _blocks(model):
        block.forward = partial(_merged, block, lambda x, y: (x + y) / 2)


def larger(model: ResNet) -> None:
    import torch

    for block in _blocks(model):
        block.forward = partial(_merged, block, torch.maximum)


def multiplied(model: ResNet) -> None:
    import torch

    for block in _blocks(model):
        block.forward = partial(_merged, block, torch.mul)


def _merged(block: Any, merge: Callable[[Tensor, Tensor], Tensor], x: Tensor) -> Tensor:
    """Return what a block of ours gives where `merge` stands for its sum."""
    result: Tensor = block.activation(merge(block.shortcut(x), block.residual(x)))
    return result


def max_pooled_projections(model: ResNet) -> None:
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


def pooled_stem(pool: str, model: ResNet) -> None:
    from torch import nn

    model.maxpool = getattr(nn, pool)(2)


def gates(name: str, model: ResNet) -> None:
    from torch import nn

    for gate in _all_gates(model):
        gate.gate = getattr(nn, name)()


def _all_gates(model: ResNet) -> list[Any]:
    return [block.se for block in _blocks(model)]


def gates_of_maxima(model: ResNet) -> None:
    for gate in _all_gates(model):
        gate.forward = partial(_gate_of_maxima, gate)


def _gate_of_maxima(gate: Any, x: Tensor) -> Tensor:
    result: Tensor = x * gate.gate(gate.fc2(gate.relu(gate.fc1(x.amax((2, 3), keepdim=True)))))
    return result


def gates_of_both(model: ResNet) -> None:
    for gate in _all_gates(model):
        gate.forward = partial(_gate_of_both, gate)


def _gate_of_both(gate: Any, x: Tensor) -> Tensor:
    pooled = (x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True))
    result: Tensor = x * gate.gate(sum(gate.fc2(gate.relu(gate.fc1(one))) for one in pooled))
    return result


def adapters(pools: bool, model: ResNet) -> None:
    for gate in _all_gates(model):
        gate.forward = partial(_adapter, pools, gate)


def _adapter(pools: bool, gate: Any, x: Tensor) -> Tensor:
    given = x.mean((2, 3), keepdim=True) if pools else x
    result: Tensor = x + gate.fc2(gate.relu(gate.fc1(given)))
    return result


def raw_projections(model: ResNet) -> None:
    from torch import nn

    for block in cast("Iterator[Any]", _blocks(model)):
        if isinstance(block.downsample, nn.Sequential):
            block.shortcut = partial(_raw_projection, block)


def _raw_projection(block: Any, x: Tensor, active: Tensor) -> Tensor:
    result: Tensor = block.downsample(x)
    return result


def pooled_zeros(model: ResNet) -> None:
    from torch import nn

    from residua.nn.layers import ZeroPadShortcut

    def pooled(shortcut: ZeroPadShortcut) -> nn.Module:
        stride = shortcut.stride
        shortcut.stride = 1
        return nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), shortcut)

    _replaced(model, ZeroPadShortcut, pooled)


def zeros_in_front(model: ResNet) -> None:
    from residua.nn.layers import ZeroPadShortcut

    for module in model.modules():
        if isinstance(module, ZeroPadShortcut):
            module.before, module.after = module.before + module.after, 0


def pools_on_average(model: ResNet) -> None:
    from torch import nn

    for module in list(model.modules()):
        strided = [conv for conv in module.children() if isinstance(conv, nn.Conv2d) and conv.kernel_size == (3, 3)]
        for conv in strided:
            if hasattr(module, "blur") and conv.stride == (2, 2):
                conv.stride, module.blur = (1, 1), nn.AvgPool2d(2, ceil_mode=True)
    if model.spec.stem_pool.startswith("max"):
        model.maxpool = nn.AvgPool2d(2)


def strided_stem(model: ResNet) -> None:
    stem: Any = model.conv1
    stem.stride = (2, 2)


def strides_second(model: ResNet) -> None:
    """Let the second convolution of a basic block stride, and the first one not."""
    for block in _blocks(model):
        first, second = cast("tuple[nn.Conv2d, nn.Conv2d]", (block.conv1, block.conv2))
        first.stride, second.stride = second.stride, first.stride


def pooled_blocks(model: ResNet) -> None:
    """Average before each block that would stride, in the place of its strides."""
    from torch import nn

    for block in _blocks(model):
        strided = [conv for conv in block.modules() if isinstance(conv, nn.Conv2d) and conv.stride == (2, 2)]
        for conv in strided:
            conv.stride = (1, 1)
        if strided:
            block.forward = partial(_behind_pool, block.forward)


def _behind_pool(forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    from torch.nn.functional import avg_pool2d

    return forward(avg_pool2d(x, 2, ceil_mode=True))
