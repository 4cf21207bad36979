"""Does every ablation compute what He 2016b's figure says? In float64, against the formula written out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from residua.errors import SpecError, WeightsError
from residua.metadata import Meta
from residua.nn import BasicBlock, ResNet
from residua.nn.resnet import drawn
from residua.spec import ResNetSpec
from residua.study import ablations
from residua.study.ablations import ABLATIONS
from residua.weights.files.native import load_native, save

SPEC = ResNetSpec(depths=(2, 2), widths=(4, 8), stem_width=4, num_classes=3, shortcut="A")


def norm(x: Tensor, layer: torch.nn.Module) -> Tensor:
    """Return batch norm by its definition, the running statistics as they are."""
    shape = (1, -1, 1, 1)
    mean, var = layer.running_mean.view(shape), layer.running_var.view(shape)
    return (x - mean) / (var + layer.eps) ** 0.5 * layer.weight.view(shape) + layer.bias.view(shape)


def convolved(x: Tensor, layer: torch.nn.Module) -> Tensor:
    return F.conv2d(x, layer.weight, None, layer.stride, layer.padding)


def residual(b: BasicBlock, x: Tensor) -> Tensor:
    return norm(convolved(norm(convolved(x, b.conv1), b.bn1).clamp(min=0), b.conv2), b.bn2)


def gate(b: BasicBlock, x: Tensor, start: float) -> Tensor:
    """Return 1 / (1 + exp(−(W·x + b))) of every place's channels by a matrix product."""
    stride = b.gate.stride[0]
    product = torch.einsum("oc,nchw->nohw", b.gate.weight[:, :, 0, 0], x[..., ::stride, ::stride])
    return 1 / (1 + (-(product + b.gate.bias.view(1, -1, 1, 1) + start)).exp())


def norm_after_sum(b: BasicBlock, x: Tensor, s: Tensor) -> Tensor:
    return norm(convolved(norm(convolved(x, b.conv1), b.bn1).clamp(min=0), b.conv2) + s, b.bn2).clamp(min=0)


def exclusive(b: BasicBlock, x: Tensor, s: Tensor) -> Tensor:
    g = gate(b, x, -6)
    return (g * residual(b, x) + (1 - g) * s).clamp(min=0)


FORMULAS: dict[str, Callable[[BasicBlock, Tensor, Tensor], Tensor]] = {
    "Scaled": lambda b, x, s: (residual(b, x) / 2 + s / 2).clamp(min=0),
    "ExclusiveGate": exclusive,
    "ShortcutGate": lambda b, x, s: (residual(b, x) + (1 - gate(b, x, -6)) * s).clamp(min=0),
    "HalfOpenShortcutGate": lambda b, x, s: (residual(b, x) + (1 - gate(b, x, 0)) * s).clamp(min=0),
    "DroppedShortcut": lambda b, x, s: (residual(b, x) + s).clamp(min=0),
    "NormAfterSum": norm_after_sum,
    "ReluBeforeSum": lambda b, x, s: residual(b, x).clamp(min=0) + s,
    "ReluFirst": lambda b, x, s: residual(b, x.clamp(min=0)) + s,
}


def padded(x: Tensor, channels: int, stride: int, before: int) -> Tensor:
    """Return option A's shortcut: every stride-th pixel, and channels of zeros around."""
    out = x.new_zeros(len(x), channels, *x[..., ::stride, ::stride].shape[2:])
    out[:, before : before + x.shape[1]] = x[..., ::stride, ::stride]
    return out


@pytest.mark.parametrize(("channels", "stride", "before"), [(4, 1, 0), (8, 2, 2)])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_block_is_its_formula(name, channels, stride, before):
    torch.manual_seed(0)
    block = getattr(ablations, name)(4, channels, stride, spec=SPEC).double()
    for layer in (block.bn1, block.bn2):
        for values in (layer.running_mean, layer.weight.data, layer.bias.data):
            values.normal_()
        layer.running_var.uniform_(0.5, 2)
    x = torch.randn(3, 4, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        found = block.eval()(x)
        expected = FORMULAS[name](block, x, padded(x, channels, stride, before))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    assert (found < 0).any() == (name in ("ReluBeforeSum", "ReluFirst"))


def test_every_formula_is_one_that_the_study_trains():
    blocks = {type(next(ABLATIONS[name](SPEC).layers())[1][0]).__name__ for name in ABLATIONS}
    assert blocks == set(FORMULAS)


def test_the_dropped_shortcut_loses_half_of_its_values_and_doubles_the_others():
    torch.manual_seed(0)
    block = ablations.DroppedShortcut(4, 4, spec=SPEC).double()
    torch.nn.init.zeros_(block.bn2.weight)  # F(x) = 0: what comes out is the shortcut alone
    x = torch.rand(3, 4, 8, 8, dtype=torch.float64) + 1
    found = block(x)
    assert ((found == 0) | torch.isclose(found, 2 * x)).all()
    assert 0.4 < (found == 0).double().mean() < 0.6


def test_a_network_starts_with_its_gates_shut_and_ends_relu_first_in_a_relu():
    torch.manual_seed(0)
    model = drawn(ABLATIONS["gate on the shortcut"](SPEC))
    assert all(block.gate.bias.abs().max() == 0 for _, stage in model.layers() for block in stage)
    last = drawn(ABLATIONS["ReLU first"](SPEC)).eval()
    images = torch.randn(2, 3, 16, 16)
    torch.testing.assert_close(last.pooled(last.last_map(images)), last.last_map(images).clamp(min=0).mean((2, 3)))


@pytest.mark.parametrize("name", ABLATIONS)
def test_weights_come_back_as_the_ablation_and_as_nothing_else(name, tmp_path):
    torch.manual_seed(0)
    model = drawn(ABLATIONS[name](SPEC)).eval()
    save(tmp_path / "net.safetensors", model, SPEC, Meta())
    again = load_native(tmp_path / "net.safetensors", ABLATIONS[name])
    images = torch.randn(2, 3, 16, 16)
    torch.testing.assert_close(again(images), model(images))
    with pytest.raises(WeightsError, match="ablation"):
        load_native(tmp_path / "net.safetensors")


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"shortcut": "none"}, "no shortcut to ablate"), ({"attention": "se"}, "has no attention")],
)
def test_what_he_2016b_names_no_place_for_is_refused(changes, said):
    with pytest.raises(SpecError, match=said):
        ResNet(SPEC.changed(**changes), ablations.Scaled)
