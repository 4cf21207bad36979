"""Does a pickled module give the network that its state dict gives, with what only the module shows?"""

from __future__ import annotations

import sys
import types
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import residua
from residua.errors import WeightsError

from .conftest import lively

IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(5))


class Block(nn.Module):
    def __init__(self, channels, out, stride, act=nn.ReLU):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out, eps=1e-3)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out, eps=1e-3)
        self.act = act()
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out, eps=1e-3)
            )

    def forward(self, x):
        y = self.act(self.bn1(self.conv1(x)))
        return self.act(self.bn2(self.conv2(y)) + self.shortcut(x))


class Net(nn.Module):
    def __init__(self, act=nn.ReLU):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8, eps=1e-3)
        self.layer1 = nn.Sequential(Block(8, 8, 1, act), Block(8, 8, 1, act))
        self.layer2 = nn.Sequential(Block(8, 16, 2, act), Block(16, 16, 1, act))
        self.fc = nn.Linear(16, 5)
        self.register_buffer("cache", torch.zeros(3, 3, 3, 3), persistent=False)
        self.norm = nn.BatchNorm2d  # a class among the attributes, as torchvision keeps one

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))


@pytest.fixture
def net():
    """A network of a class that the reader does not have, with lively norms."""
    model = Net().eval()
    draw = torch.Generator().manual_seed(0)
    for tensor in model.state_dict().values():
        if tensor.ndim == 1:
            tensor.copy_(torch.rand(tensor.shape, generator=draw) + 0.5)
    return model


def saved(path, thing, **options):
    """Save `thing` with the classes of this file in a module that is gone when the file is read."""
    home = types.ModuleType("strangers")
    for kind in (Block, Net):
        setattr(home, kind.__name__, kind)
        kind.__module__ = "strangers"
    sys.modules["strangers"] = home
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch finds no source code of the classes
            torch.save(thing, path, **options)
    finally:
        del sys.modules["strangers"]
    return path


WRAPPED = {
    "alone": lambda net: net,
    "under a key": lambda net: {"model": net, "epoch": 3},
    "DataParallel": nn.DataParallel,
    "in a list": lambda net: [net, 0.93],
    "averaged beside": lambda net: {"net": net, "ema_net": torch.optim.swa_utils.AveragedModel(net)},
}


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "legacy"])
@pytest.mark.parametrize("wrapped", WRAPPED)
def test_a_whole_module_gives_its_own_logits(tmp_path, net, wrapped, options):
    path = saved(tmp_path / "a.pth", WRAPPED[wrapped](net), **options)
    with torch.inference_mode():
        torch.testing.assert_close(residua.load(path)(IMAGES), net(IMAGES), rtol=1e-5, atol=1e-5)
    assert "strangers" not in sys.modules


def test_the_report_says_that_a_module_was_read_and_what_it_shows(tmp_path, net):
    report = residua.inspect(saved(tmp_path / "a.pth", {"model": net}))
    assert report.wrappers == ("model", "a pickled strangers.Net")
    assert ("norm_eps", 1e-3, "the pickled module says so") in [
        (one.what, one.value, one.because) for one in report.assumed
    ]


@pytest.mark.parametrize("stride_on", ["1x1", "3x3"])
def test_a_module_shows_where_its_bottlenecks_stride(tmp_path, stride_on):
    model = lively("resnet50_cifar" if stride_on == "3x3" else "resnet50_v1", num_classes=3)
    torch.save(model, tmp_path / "a.pth")
    loaded = residua.load(tmp_path / "a.pth")
    assert loaded.spec.stride_on == stride_on
    with torch.inference_mode():
        torch.testing.assert_close(loaded(IMAGES), model(IMAGES))


def test_a_module_with_another_activation_is_refused_by_it(tmp_path, net):
    with pytest.raises(WeightsError, match=r"layer1\.0\.act: SiLU"):
        residua.inspect(saved(tmp_path / "a.pth", Net(nn.SiLU)))


def test_a_module_whose_parameter_is_a_stranger_is_refused(tmp_path, net):
    net.fc._parameters["bias"] = types.SimpleNamespace(a=1)
    with pytest.raises(WeightsError, match=r"a tensor is needed for fc\.bias"):
        residua.load(saved(tmp_path / "a.pth", net))


def test_a_module_with_parts_that_share_their_weights_is_read_as_its_state_dict(tmp_path, net):
    net.layer1[1] = net.layer1[0]
    with torch.inference_mode():
        loaded = residua.load(saved(tmp_path / "a.pth", net))
        torch.testing.assert_close(loaded(IMAGES), net(IMAGES), rtol=1e-5, atol=1e-5)


def test_a_module_shows_its_own_strides(tmp_path, net):
    """In its second stage nothing strides, in its first the block that changes no channels does not either."""
    for conv in (net.layer2[0].conv1, net.layer2[0].shortcut[0]):
        conv.stride = (1, 1)
    path = saved(tmp_path / "a.pth", net)
    assert residua.inspect(path).spec.strides == (1, 1)
    with torch.inference_mode():
        torch.testing.assert_close(residua.load(path)(IMAGES), net(IMAGES), rtol=1e-5, atol=1e-5)


def change(layer, **fields):
    """Return what lays `fields` over the layer of that name in a network."""
    return lambda net: [setattr(net.get_submodule(layer), name, value) for name, value in fields.items()]


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (change("layer2.0.conv1", stride=(1, 1)), "layer2.0.conv1 has stride 1×1"),
        (change("layer2.1.conv2", stride=(2, 2)), "layer2.1.conv2 has stride 2×2"),
        (change("conv1", stride=(2, 2)), "conv1 has stride 2×2"),
        (change("layer1.0.conv2", padding=(0, 0)), "layer1.0.conv2 has stride 1×1, padding 0×0"),
        (
            change("layer1.0.conv2", dilation=(2, 2), padding=(2, 2)),
            "layer1.0.conv2 has stride 1×1, padding 2×2, dilation 2×2",
        ),
        (change("layer1.0.conv1", padding_mode="reflect"), "padding 1×1 (reflect)"),
        (
            lambda net: net.add_module("pool", nn.MaxPool2d(2)),
            "no network here has a place for pool, a pool of stride 2×2",
        ),
        (change("layer1.0", bn1=nn.GroupNorm(4, 8)), "layer1.0.bn1 norms 8 channels in 4 groups"),
        (
            change("layer1.0", bn1=nn.InstanceNorm2d(8, affine=True, track_running_stats=True)),
            "layer1.0.bn1 is a Instance",
        ),
    ],
    ids=["stride", "late stride", "stem", "padding", "dilation", "reflected", "pool", "groups", "instances"],
)
def test_what_no_network_here_does_is_refused_by_its_place(tmp_path, net, odd, said):
    odd(net)
    with pytest.raises(WeightsError) as refused:
        residua.load(saved(tmp_path / "a.pth", net))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"stem_pool": "max"},
        {"stem_pool": "max-ceil"},
        {"subsample": "max-pool"},
        {"stride_at": "last", "depths": (2, 2, 2)},
        {"shortcut": "D"},
        {"strides": (1, 2, 1)},
        {"antialias": True},
    ],
    ids=str,
)
def test_a_module_shows_what_its_tensors_do_not(tmp_path, fields):
    model = lively("resnet8", **{"shortcut": "B"} | fields)
    torch.save(model, tmp_path / "a.pth")
    loaded = residua.load(tmp_path / "a.pth")
    assert loaded.spec == model.spec
