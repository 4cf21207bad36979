"""Does `summarize` measure any module, row by row, and leave it as it was?"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from peers import torchvision_models
from torch import nn

from residua.errors import SpecError, TargetError
from residua.nn import build
from residua.summary import summarize


class Tutorial(nn.Module):
    """A network as people write it: functional calls, an in-place addition, a fixed pool, `view`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 2)
        out = self.conv2(x)
        out += x
        out = F.avg_pool2d(self.relu(out), 2)
        return self.fc(out.view(out.size(0), -1))


def test_rows_are_layers_and_functions_in_order_of_execution():
    found = summarize(Tutorial(), (3, 16, 16))
    assert [(layer.name, layer.type) for layer in found.layers] == [
        ("conv1", "Conv2d"),
        ("bn1", "BatchNorm2d"),
        ("relu", "relu"),
        ("max_pool2d", "max_pool2d"),
        ("conv2", "Conv2d"),
        ("add", "add"),
        ("relu", "ReLU"),
        ("avg_pool2d", "avg_pool2d"),
        ("view", "view"),
        ("fc", "Linear"),
    ]
    assert [layer.output_shape for layer in found.layers][-3:] == [(1, 8, 4, 4), (1, 128), (1, 10)]
    assert [layer.receptive_field for layer in found.layers] == [3, 3, 3, 4, 8, 8, 8, 10, 10, 10]
    assert [layer.stride for layer in found.layers] == [1, 1, 1, 2, 2, 2, 2, 4, 4, 4]


def test_memory_counts_new_outputs_and_not_what_is_overwritten_or_viewed():
    sizes = {(layer.name, layer.type): layer.activation_bytes for layer in summarize(Tutorial(), (3, 16, 16)).layers}
    assert sizes["conv1", "Conv2d"] == 8 * 16 * 16 * 4
    assert sizes["relu", "relu"] == 8 * 16 * 16 * 4  # F.relu makes a new map
    assert sizes["add", "add"] == sizes["relu", "ReLU"] == sizes["view", "view"] == 0
    half = summarize(Tutorial().half(), (3, 16, 16))
    assert half.layers[0].activation_bytes == 8 * 16 * 16 * 2


def test_the_callers_model_stays_as_it_was():
    torch.manual_seed(0)
    model = build("resnet8").train()
    seen: list[torch.Size] = []
    model.layer1.register_forward_hook(lambda module, args, output: seen.append(output.shape))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    hooks = sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())
    state = torch.random.get_rng_state()
    summarize(model, (3, 32, 32))
    assert model.training
    assert seen == []
    assert torch.equal(state, torch.random.get_rng_state())
    assert hooks == sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.device.type == "cpu" for parameter in model.parameters())


class Listed(nn.Module):
    """Layers in a plain list, which torch does not see, and one that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)]
        self.fc = nn.Linear(4, 2)
        self.unused = nn.Linear(3, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.fc(x.mean((2, 3)))


def test_layers_in_a_list_are_measured_and_remarked():
    found = summarize(Listed(), (3, 8, 8))
    assert [layer.type for layer in found.layers] == ["conv2d", "conv2d", "mean", "Linear"]
    assert found.params == 2 * 5 + 20
    assert found.macs == 27 * 4 * 36 + 36 * 4 * 16 + 8
    assert (found.receptive_field, found.total_stride) == (5, 1)
    unused, foreign = sorted(found.notes, reverse=True)
    assert "260 weights are not parameters of the model" in unused
    assert foreign == "20 parameters in 2 tensors did not run, unused.weight first"


class LooksAtValues(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x) if x.sum() < 1 else x


def test_control_flow_on_values_is_run_for_real():
    found = summarize(LooksAtValues(), (1, 8, 8))
    assert [(layer.name, layer.params) for layer in found.layers if layer.type == "Conv2d"] == [("conv", 18)]


def test_reused_layers_count_their_parameters_once_and_their_work_twice():
    layer = nn.Conv2d(4, 4, 3, padding=1)
    found = summarize(nn.Sequential(layer, nn.ReLU(), layer), (4, 8, 8))
    assert found.params == sum(row.params for row in found.layers) == 4 * 4 * 9 + 4
    assert [row.params for row in found.layers] == [148, 0, 0]
    assert [row.macs for row in found.layers] == [9216, 0, 9216]


def test_signals_lazy_layers_and_normed_weights_are_measured():
    signal = summarize(nn.Sequential(nn.Conv1d(2, 4, 5, stride=2), nn.MaxPool1d(3, 2)), (2, 64))
    assert (signal.macs, signal.receptive_field, signal.total_stride) == (5 * 2 * 4 * 30, 9, 4)
    lazy = summarize(nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2)), (3, 8, 8))
    assert lazy.params == 3 * 4 * 9 + 4 + 4 * 36 * 2 + 2
    normed = summarize(nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))), (3, 8, 8))
    assert (normed.params, normed.macs) == (3 * 4 * 9 + 4 + 4, 3 * 4 * 9 * 36)


def test_windows_that_differ_by_axis_give_a_figure_an_axis():
    found = summarize(nn.Sequential(nn.Conv2d(1, 1, (1, 7), stride=(1, 2), padding=(0, 3))), (1, 16, 16))
    assert (found.receptive_field, found.total_stride) == ((1, 7), (1, 2))
    assert found.layers[0].output_shape == (1, 1, 16, 8)
    assert "1×7/1×2/0×3" in found.as_text(80)


def test_a_gate_does_not_widen_the_receptive_field_and_a_longer_path_does():
    plain, gated = (summarize(build("resnet18", attention=kind), (3, 64, 64)) for kind in ("none", "se"))
    assert plain.receptive_field == gated.receptive_field == 435
    shortcut = next(layer for layer in plain.layers if layer.name == "layer2.0.downsample.0")
    joined = next(layer for layer in plain.layers if layer.name == "layer2.0.add")
    assert (shortcut.receptive_field, joined.receptive_field) == (43, 67)


def test_torchvisions_own_network_gives_the_same_rows_as_ours():
    with torch.device("meta"):
        theirs = summarize(torchvision_models().resnet50(), (3, 96, 96))
        ours = summarize(build("resnet50"), (3, 96, 96))

    def key(found):
        return [(layer.output_shape, layer.params, layer.macs, layer.receptive_field, layer.stride) for layer in found]

    weighty = [[layer for layer in found.layers if layer.params] for found in (theirs, ours)]
    assert sorted(key(weighty[0])) == sorted(key(weighty[1]))


@pytest.mark.parametrize(("name", "place"), [("resnet50", "3×3 (v1.5)"), ("resnet50_v1", "1×1 (v1)"), ("resnet18", "")])
def test_the_place_of_a_bottlenecks_stride_is_told(name, place):
    with torch.device("meta"):
        found = summarize(build(name), (3, 64, 64))
    assert found.notes == ((f"bottleneck stride on the {place}",) if place else ())


def test_stages_add_up_to_the_whole():
    found = summarize(build("resnet50d", num_classes=7), (3, 64, 64))
    assert [stage.name for stage in found.stages] == [
        "stem",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
        "avgpool",
        "flatten",
        "fc",
    ]
    assert sum(stage.params for stage in found.stages) == found.params
    assert sum(stage.macs for stage in found.stages) == found.macs
    wrapped = summarize(nn.Sequential(build("resnet8")), (3, 32, 32))
    assert [stage.name for stage in wrapped.stages][:2] == ["stem", "0.layer1"]


class WrongShortcut(nn.Module):
    """Branch and shortcut round an odd size differently; at 3 pixels torch would repeat the 1×1 map in silence."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.ModuleDict({"branch": nn.Conv2d(4, 4, 3, 2, 1), "shortcut": nn.AvgPool2d(2)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.block["branch"](x) + self.block["shortcut"](x)


@pytest.mark.parametrize(("pixels", "shapes"), [(9, "4×5×5 and 4×4×4"), (3, "4×2×2 and 4×1×1")])
def test_shortcuts_that_disagree_are_told_with_their_shapes(pixels, shapes):
    with pytest.raises(SpecError, match=f"add: the maps to be added disagree: {shapes}"):
        summarize(WrongShortcut(), (4, pixels, pixels))
    assert summarize(WrongShortcut(), (4, 8, 8)).total_stride == 2


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [
        (lambda: build("resnet18"), (3, 16, 16), "layer4.0.conv1: the map has vanished: 256×1×1 comes in"),
        (lambda: build("resnet18"), (1, 64, 64), "conv1: takes 3 channels, gets 1: 1×64×64"),
        (Tutorial, (3, 32, 32), "fc: takes 128 features, gets 512"),
        (lambda: nn.Sequential(nn.Conv2d(3, 4, 7)), (3, 6, 9), "0: nothing is left of the map: a 7×7 window"),
        (lambda: nn.Sequential(nn.MaxPool2d(4)), (3, 3, 3), "0: nothing is left of the map: a 4×4 window"),
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.Bilinear(2, 2, 2)), (3, 3, 3), "1: "),
        (lambda: build("resnet18"), (3, 0, 4), "whole numbers from 1"),
        (lambda: build("resnet18"), (3,), "must be \\(channels, height, width\\)"),
    ],
)
def test_a_size_that_does_not_fit_is_told_with_the_layer(model, size, message):
    with pytest.raises(SpecError, match=message) as caught:
        summarize(model(), size)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [64, None, "3x64x64", (3, 64.5, 64), (3, 0, 64), (3,), ()])
def test_what_is_no_size_is_refused_in_one_line(size):
    with pytest.raises(SpecError, match=r"must be \(channels, height, width\)"):
        summarize(build("resnet8"), size)


def test_what_is_no_module_is_refused():
    for thing in (build, "resnet18", torch.jit.script(nn.ReLU())):
        with pytest.raises(TargetError):
            summarize(thing, (3, 8, 8))


def test_every_size_is_measured_or_refused_in_one_line_and_agrees_with_a_real_run():
    model = build("resnet18d", num_classes=2).eval()
    for pixels in (17, 33, 40, 63):
        try:
            found = summarize(model, (3, pixels, pixels + 3))
        except SpecError:
            assert pixels < 32
            continue
        with torch.no_grad():
            stages = model.stages(torch.zeros(1, 3, pixels, pixels + 3))
        measured = {stage.name: stage.output_shape for stage in found.stages}
        assert all(tuple(stages[name].shape) == measured[name] for name in ("stem", "layer1", "layer4"))
