"""Do the statistics that batch norms have stored decide what no tensor shows, and is it said where they do not?"""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import residua
from residua.cli.app import main
from residua.errors import ResiduaWarning, WeightsError
from residua.weights.decide.inputs import photographs
from residua.weights.read import read

from .conftest import lively, real, same_function

CIFAR = {"stem": "3x3", "stem_width": 16, "depths": (2, 2, 2), "widths": (16, 32, 64), "num_classes": 5}
DEEP = {"block": "bottleneck", "depths": (1, 2, 2), "widths": (16, 32, 64), "stem_width": 32, "num_classes": 5}
pytestmark = pytest.mark.norms
OUR_WORDS = {"layer": "rows", "conv": "c", "bn": "n", "downsample": "side", "fc": "out"}


def measured(activation=None, **fields):
    """Return a network with weights by chance whose norms have measured their inputs, on images of their own."""
    torch.manual_seed(0)
    model = residua.build(residua.ResNetSpec(**fields))
    for module in list(model.modules()):
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
            module.momentum = None  # the mean over all batches
        for name, child in list(module.named_children()):
            if activation is not None and isinstance(child, nn.ReLU):
                setattr(module, name, activation())
    with torch.no_grad():
        for _ in range(4):
            model.train()(images(32 if fields["stem"] == "3x3" else 64))
    return model.eval()


def images(size):
    """Return (32, 3, size, size) coloured clouds, as smooth as photographs are: the sum of noise on four scales."""
    coarse = [torch.randn(32, 3, size // scale, size // scale) for scale in (1, 2, 4, 8)]
    return sum(F.interpolate(noise, size=(size, size), mode="bilinear") for noise in coarse) / 2


def written(model, path, words=OUR_WORDS):
    """Write the weights under names that are no code base's, or under our own."""
    state = model.state_dict()
    for ours, theirs in words.items():
        state = {name.replace(ours, theirs): tensor for name, tensor in state.items()}
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    "fields",
    [
        CIFAR | {"shortcut": "A", "shortcut_pad": "both"},
        CIFAR | {"shortcut": "A", "shortcut_pad": "end"},
        CIFAR | {"shortcut": "none"},
        CIFAR | {"shortcut": "B"},
        CIFAR | {"shortcut": "D"},
        CIFAR | {"shortcut": "B", "subsample": "max-pool"},
        DEEP | {"stem": "7x7", "stride_on": "1x1"},
        DEEP | {"stem": "7x7", "stride_on": "3x3"},
        DEEP | {"stem": "7x7", "shortcut": "D"},
        DEEP | {"stem": "7x7", "antialias": True},
    ],
    ids=lambda fields: ", ".join(f"{name}={fields[name]}" for name in fields if name not in CIFAR and name not in DEEP),
)
def test_the_norms_decide_what_no_tensor_shows(fields, tmp_path):
    model = measured(**fields)
    loaded = residua.load(written(model, tmp_path / "a.pth"))
    assert loaded.spec == model.spec
    same_function(loaded, model)


@pytest.mark.parametrize(
    ("name", "shortcut", "pad"),
    [
        ("akamaster/resnet20-12fca82f.th", "A", "both"),
        ("akamaster/resnet32-d509ac18.th", "A", "both"),
        ("MHAQ/cifar10_ResNet20v1_best.th", "A", "both"),
        ("MHAQ/cifar10-resnet20_cifar10_from_resnet20_cifar10_new-final_run_92.81.th", "A", "both"),
        ("EhanW/resnet20.pth", "B", "both"),
        ("a-martyn/resnet20.pt", "A", "end"),
        ("a-martyn/plainnet20.pt", "none", "both"),
    ],
)
def test_real_checkpoints_load_as_the_network_that_they_are(name, shortcut, pad):
    spec = residua.load(real(name)).spec
    assert (spec.shortcut, spec.shortcut_pad) == (shortcut, pad)


def test_nobody_decides_where_the_caller_says_what_it_is(tmp_path):
    path = written(measured(**CIFAR, shortcut="none"), tmp_path / "a.pth")
    assert residua.load(path).spec.shortcut == "none"
    with pytest.warns(ResiduaWarning, match="fit no network that was tried"):
        assert residua.load(path, change={"shortcut": "A"}).spec.shortcut == "A"
    first = read(path).recognised.readings[0].spec
    assert residua.load(path, decide=False).spec == first
    assert first.shortcut == "A"
    assert residua.inspect(path, decide=False).spec == first


def test_the_report_says_what_was_decided_and_no_longer_offers_the_rest(tmp_path, capsys):
    path = written(measured(**CIFAR, shortcut="A", shortcut_pad="end"), tmp_path / "a.pth")
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "decided      shortcut=A, shortcut_pad=end: the norms' statistics say so" in text
    assert "or it is" not in text
    assert main(["inspect", str(path), "--no-decide"]) == 0
    text = capsys.readouterr().out
    assert "decided" not in text
    assert "or it is" in text


def test_names_settle_what_their_code_base_fixes_and_load_warns_where_statistics_contradict(tmp_path):
    path = written(measured(**DEEP, stem="7x7", stride_on="1x1"), tmp_path / "a.pth", {})
    assert residua.inspect(path).dialect == "torchvision"
    with pytest.warns(
        ResiduaWarning, match="names are those of torchvision, but the norms' statistics speak for"
    ) as said:
        model = residua.load(path)
    assert model.spec.stride_on == "3x3"
    assert "change={'stride_on': '1x1'}" in str(said[0].message)
    again = residua.load(path, change={"stride_on": "1x1"})
    assert again.spec.stride_on == "1x1"


def test_what_no_candidate_explains_is_said(tmp_path, capsys):
    path = written(lively("resnet8", shortcut="B"), tmp_path / "a.pth")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        residua.load(path)
    assert any("fit no network that was tried" in str(one.message) for one in said)
    assert any("shortcut=B is assumed: it could also be shortcut=D" in str(one.message) for one in said)
    assert main(["convert", str(path), str(tmp_path / "b.safetensors")]) == 0
    err = capsys.readouterr().err
    assert "fit no network that was tried" in err
    assert "the proof below is of the copying" in err


def test_silu_is_told_from_relu_and_refused_by_its_name(tmp_path):
    path = written(measured(nn.SiLU, **CIFAR, shortcut="B"), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="SiLU in the place of every ReLU"):
        residua.load(path)


def test_a_network_that_was_never_trained_is_called_so(tmp_path):
    path = written(residua.build("resnet8", shortcut="B"), tmp_path / "a.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        residua.load(path)
    report = residua.inspect(path)
    assert report.doubts == ("every norm has mean 0 and variance 1, as at the beginning: never trained?",)
    assert not report.decided


def test_networks_without_stored_statistics_stay_open(tmp_path):
    path = written(lively("resnet8", shortcut="B", norm="group"), tmp_path / "a.pth")
    report = residua.inspect(path)
    assert not report.decided
    assert {other.spec.shortcut for other in report.candidates} >= {"D"}


def test_inspect_imports_no_torch_where_nothing_is_open(tmp_path):
    closed = written(lively("resnet18", num_classes=3), tmp_path / "closed.pth", {})
    code = "import sys, residua; residua.inspect(sys.argv[1]); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, closed], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_judges_images_are_always_the_same():
    first = photographs(3, 32)
    assert first.shape == (32, 3, 32, 32)
    assert torch.equal(first, photographs(3, 32))
    assert torch.allclose(photographs(1, 32), first.mean(1, keepdim=True), atol=1e-6)
    assert 0 <= first.min() < first.max() <= 1
