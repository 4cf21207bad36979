"""Is a network of another family named for what it is, with the first tensor that broke the order of ours?"""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

import residua
from residua.errors import WeightsError

from .conftest import lively


def conv(i, o, kernel=3, bias=False):
    return nn.Sequential(nn.Conv2d(i, o, kernel, padding=kernel // 2, bias=bias), nn.BatchNorm2d(o), nn.ReLU())


def pair(channels):
    return nn.Sequential(conv(channels, channels), conv(channels, channels))


def dawn():
    """davidcpage/cifar10-fast."""
    parts = {"prep": conv(3, 8), "layer1": conv(8, 16), "res1": pair(16), "layer2": conv(16, 32)}
    return nn.ModuleDict(parts | {"layer3": conv(32, 64), "res3": pair(64), "linear": nn.Linear(64, 10, bias=False)})


def impala():
    """Espeholt 2018 Fig. 3, right: a convolution and a pool open each stage, the matrix reads the last map whole."""

    def stage(i, o):
        block = {f"conv{number}": nn.Conv2d(o, o, 3) for number in (0, 1)}
        blocks = {f"res_block{number}": nn.ModuleDict(block) for number in (0, 1)}
        return nn.ModuleDict({"conv": nn.Conv2d(i, o, 3)} | blocks)

    stages = nn.ModuleList([stage(3, 16), stage(16, 32), stage(32, 32)])
    return nn.ModuleDict({"convs": stages, "hidden": nn.Linear(2048, 256), "policy": nn.Linear(256, 15)})


def vgg(norms):
    widths = (3, 8, 16, 32, 32, 64, 64, 64, 64)
    layers = [conv(i, o) if norms else nn.Conv2d(i, o, 3) for i, o in pairwise(widths)]
    return nn.ModuleDict({"features": nn.Sequential(*layers), "classifier": nn.Linear(64, 10)})


def dense():
    """Huang 2017 with bottlenecks, as torchvision names it."""
    features, channels = {"conv0": nn.Conv2d(3, 24, 3, bias=False)}, 24
    for number in range(1, 5):
        parts = {"norm1": nn.BatchNorm2d(channels), "conv1": nn.Conv2d(channels, 48, 1, bias=False)}
        parts |= {"norm2": nn.BatchNorm2d(48), "conv2": nn.Conv2d(48, 12, 3, bias=False)}
        features[f"denselayer{number}"] = nn.ModuleDict(parts)
        channels += 12
    features["norm5"] = nn.BatchNorm2d(channels)
    return nn.ModuleDict({"features": nn.ModuleDict(features), "classifier": nn.Linear(channels, 10)})


@pytest.mark.parametrize(
    ("network", "family", "tensor"),
    [
        (dawn(), "a ResNet-9 (DAWN)", "'layer2.0.weight' (32, 16, 3, 3)"),
        (impala(), "IMPALA's network", "'hidden.weight' (256, 2048)"),
        (vgg(False), "a VGG", "'features.2.weight' (32, 16, 3, 3)"),
        (vgg(True), "a VGG", "'features.2.0.weight' (32, 16, 3, 3)"),
        (dense(), "a DenseNet", "'features.denselayer1.conv2.weight' (12, 48, 3, 3)"),
    ],
    ids=["DAWN", "IMPALA", "VGG", "VGG with norms", "DenseNet"],
)
def test_a_family_is_named_with_the_tensor_that_breaks_our_order(tmp_path, network, family, tensor):
    torch.save(network.state_dict(), tmp_path / "a.pth")
    with pytest.raises(WeightsError) as refused:
        residua.inspect(tmp_path / "a.pth")
    message = str(refused.value)
    assert f"it looks like {family}" in message
    assert tensor in message
    assert "\n" not in message


def test_a_stored_blur_is_no_depthwise_convolution(tmp_path):
    """adobe/antialiased-cnns: the binomial filter, once a channel, is a buffer."""
    state = residua.build("resnet8").state_dict()
    binomial = torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1])) / 16
    for stage, channels in ((2, 16), (3, 32)):
        state[f"layer{stage}.0.blur.filt"] = binomial.repeat(channels, 1, 1, 1)
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"has a place for 'layer2.0.blur.filt' .* it would be like resnet8$"):
        residua.inspect(tmp_path / "a.pth")


def test_what_lies_in_one_vector_is_named_as_fsdps(tmp_path):
    torch.save({"_fsdp_wrapped_module._flat_param": torch.zeros(1000)}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"'_flat_param' is a flat parameter of FSDP.*FULL_STATE_DICT"):
        residua.inspect(tmp_path / "a.pth")


def test_encoders_with_heads_of_their_own_are_two_networks(tmp_path):
    """MoCo v2's checkpoint: a query's and a key's encoder, each under a perceptron."""
    own = {name.replace("fc.", "fc.2."): tensor for name, tensor in residua.build("resnet8").state_dict().items()}
    own |= {"fc.0.weight": torch.ones(64, 64), "fc.0.bias": torch.ones(64)}
    both = {
        f"module.{encoder}.{name}": tensor for encoder in ("encoder_q", "encoder_k") for name, tensor in own.items()
    }
    torch.save({"state_dict": both | {"module.queue": torch.ones(64, 100)}}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="it holds 2 networks, encoder_q and encoder_k; `residua convert --prefix`"):
        residua.inspect(tmp_path / "a.pth")


@pytest.mark.parametrize(("dimensions", "what"), [(3, "1-d: signals"), (5, "3-d: volumes or videos")])
def test_a_residual_network_of_other_dimensions_is_named_with_its_twin(tmp_path, dimensions, what):
    model = residua.build("resnet8")
    state = {
        name: tensor if tensor.ndim != 4 else torch.zeros(*tensor.shape[:2], *[tensor.shape[2]] * (dimensions - 2))
        for name, tensor in model.state_dict().items()
    }
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=rf"are {what} \(over images it would be like resnet8\)"):
        residua.inspect(tmp_path / "a.pth")


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("affine", [True, False])
def test_a_norm_behind_the_classifier_is_folded_into_it(tmp_path, biased, affine):
    """saurabhmathur96/happy-and-you-know-it, models/resnet20.h5 at 6e6f880 has one."""
    model = lively("resnet8").double()
    norm = nn.BatchNorm1d(10, affine=affine).double().eval()
    for tensor in norm.state_dict().values():
        tensor.copy_(torch.rand(tensor.shape) + 0.5)
    state = model.state_dict() | {f"last.{name}": tensor for name, tensor in norm.state_dict().items()}
    if not biased:
        del state["fc.bias"]
        model.fc.bias.data.zero_()
    torch.save(state, tmp_path / "a.pth")
    x = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    with torch.inference_mode():
        loaded = residua.load(tmp_path / "a.pth", dtype=torch.float64)
        torch.testing.assert_close(loaded(x), norm(model(x)), rtol=1e-9, atol=1e-9)
    assert any("folded with the norm behind it, last" in line for line in residua.inspect(tmp_path / "a.pth").reshaped)
