"""Does a loaded network adapt, and does a report say what was assumed?"""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

import residua
from residua.cli.app import main
from residua.errors import WeightsError
from residua.metadata import Meta
from residua.weights import adaptation
from residua.weights.files import native
from residua.weights.probe import probe
from residua.weights.read import read
from residua.weights.recognise.nearest import nearest

from .conftest import lively, real, same_function


@pytest.fixture
def file(tmp_path):
    model = lively("resnet8", shortcut="B", num_classes=3)
    native.save(tmp_path / "a.safetensors", model, model.spec, Meta(("ant", "bee", "cow")))
    return model, tmp_path / "a.safetensors"


def test_classes_channels_and_dtype_are_adapted(file):
    model, path = file
    assert residua.load(path, num_classes=5).fc.weight.shape == (5, 64)
    chosen = residua.load(path, classes=("cow", "ant"))
    assert torch.equal(chosen.fc.weight, model.fc.weight[[2, 0]])
    assert chosen.meta.classes == ("cow", "ant")
    assert torch.equal(residua.load(path, in_channels=1).conv1.weight, model.conv1.weight.sum(1, keepdim=True))
    assert residua.load(path, dtype=torch.float64).fc.weight.dtype == torch.float64
    with pytest.raises(WeightsError, match="no class 'dog' in the file; it has ant, bee, cow"):
        residua.load(path, classes=("dog",))
    with pytest.raises(WeightsError, match="load\\(\\) has no 'num_clases'"):
        residua.load(path, num_clases=5)
    for dtype in ("half", torch.int8):
        with pytest.raises(WeightsError, match="weights are torch.float32"):
            residua.load(path, dtype=dtype)


def test_a_projections_norm_is_taken_away_and_given_back_by_algebra(file):
    model, path = file
    folded = adaptation.without_projection_norm(residua.load(path, dtype=torch.float64))
    assert not folded.spec.projection_norm
    same_function(folded, model)
    same_function(adaptation.with_projection_norm(folded), model)
    with pytest.raises(WeightsError, match="none can be folded away"):
        adaptation.without_projection_norm(folded)


def test_another_network_is_refused_with_the_tensor_that_differs(file):
    _, path = file
    with pytest.raises(WeightsError, match="looks like resnet8"):
        residua.load(path, spec="resnet20")


def test_what_no_tensor_shows_is_overridden(tmp_path):
    torch.save(lively("resnet50", widths=(8, 8, 8, 8), stem_width=8).state_dict(), tmp_path / "a.pth")
    assert residua.load(tmp_path / "a.pth").spec.stride_on == "3x3"
    assert residua.load(tmp_path / "a.pth", change={"stride_on": "1x1"}).spec.stride_on == "1x1"
    assumed = {item.what for item in residua.inspect(tmp_path / "a.pth").assumed}
    assert {
        "stride_on",
        "padding",
        "norm_eps",
        "stem_pool",
        "strides",
        "activation",
        "preprocessing",
        "classes",
    } <= assumed


def test_a_plain_network_and_its_residual_twin_are_both_answers(tmp_path):
    torch.save(lively("resnet8", shortcut="none").state_dict(), tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert [report.spec.shortcut, *(c.spec.shortcut for c in report.candidates)] == ["A", "none"]
    assert residua.load(tmp_path / "a.pth", change={"shortcut": "none"}).spec.shortcut == "none"


def test_where_option_a_pads_is_decided_by_whose_names_they_are(tmp_path):
    state = lively("resnet8").state_dict()
    torch.save(state, tmp_path / "ours.pth")
    torch.save({key.replace("layer", "stack"): tensor for key, tensor in state.items()}, tmp_path / "theirs.pth")
    assert residua.inspect(tmp_path / "ours.pth").spec.shortcut_pad == "both"
    report = residua.inspect(tmp_path / "theirs.pth")
    assert report.spec.shortcut_pad == "end"
    assert "both" in [candidate.spec.shortcut_pad for candidate in report.candidates]


def test_a_report_is_json_whatever_stands_beside_the_weights(tmp_path, capsys):
    beside = {"best": float("inf"), "loss": float("nan"), "arch": "resnet8"}
    torch.save({"state_dict": lively("resnet8").state_dict(), **beside}, tmp_path / "a.pth")
    assert main(["inspect", str(tmp_path / "a.pth"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["beside"] == {"best": "inf", "loss": "nan", "arch": "resnet8"}
    assert {
        "file",
        "format",
        "dialect",
        "network",
        "spec",
        "params",
        "num_classes",
        "in_channels",
        "wrappers",
        "ignored",
        "assumed",
        "candidates",
    } <= set(document)


def test_the_nearest_row_is_described():
    spec = residua.ZOO["resnet50"].spec
    assert nearest(spec.changed(num_classes=7)).exact
    near = nearest(spec.changed(depths=(3, 4, 5, 3)))
    assert (near.name, near.exact, near.difference) == ("resnet50", False, "one block fewer in stage 3")
    assert nearest(residua.ZOO["resnet50_v1"].spec).name == "resnet50_v1"


@pytest.mark.parametrize(
    "names",
    [
        ("conv1", "bn1", "conv2", "bn2", "shortcut.0", "shortcut.1"),
        ("block.0", "block.1", "block.3", "block.4", "skip.0", "skip.1"),
    ],
)
@pytest.mark.parametrize("channels", [(8, 8), (8, 16)])
def test_a_block_alone_loads_as_a_block(tmp_path, names, channels):
    theirs = residua.nn.BasicBlock(*channels, stride=2 if channels[0] != channels[1] else 1).eval()
    ours = ("conv1", "bn1", "conv2", "bn2", "downsample.0", "downsample.1")
    state = {}
    for key, tensor in theirs.state_dict().items():
        module, _, role = key.rpartition(".")
        state[f"{names[ours.index(module)]}.{role}"] = tensor
    torch.save(state, tmp_path / "block.pth")
    block = residua.load(tmp_path / "block.pth")
    images = torch.randn(2, channels[0], 8, 8)
    assert isinstance(block, residua.nn.BasicBlock)
    assert not block.training
    torch.testing.assert_close(block(images), theirs(images))


def test_a_folder_in_the_hubs_layout_is_read(file, tmp_path):
    _, path = file
    (tmp_path / "repository").mkdir()
    path.rename(tmp_path / "repository" / "model.safetensors")
    (tmp_path / "repository" / "config.json").write_text('{"label_names": ["x", "y", "z"]}')
    assert residua.load(tmp_path / "repository").meta.classes == ("ant", "bee", "cow")
    with pytest.raises(WeightsError, match="write hf:organisation/name"):
        residua.load("hf:nobody")
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="it holds nothing"):
        residua.load(tmp_path / "empty")


def test_convert_writes_any_layout_and_proves_it(file, tmp_path, capsys):
    _, path = file
    assert main(["convert", str(path), str(tmp_path / "b.pth"), "--to", "weiaicunzai"]) == 0
    assert "logits differ by at most" in " ".join(capsys.readouterr().err.split())
    assert residua.inspect(tmp_path / "b.pth").dialect == "weiaicunzai"
    own = lively("resnet8", norm_eps=1e-3)
    native.save(tmp_path / "c.safetensors", own, own.spec, Meta())
    assert main(["convert", str(tmp_path / "c.safetensors"), str(tmp_path / "d.pth"), "--to", "kuangliu"]) == 0
    assert "does not say norm_eps=0.001" in capsys.readouterr().err
    assert main(["convert", str(path), str(path)]) == 2
    assert "is the source itself" in capsys.readouterr().err


def test_the_probe_ranks_the_plain_network_above_its_twin(tmp_path):
    model = lively("resnet8", shortcut="none")
    images = torch.randint(0, 256, (60, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits = model((images / 255 - 0.5) / 0.5)
        model.fc.bias -= logits.mean(0)  # so that no class wins everywhere
        labels = model((images / 255 - 0.5) / 0.5).argmax(1)
    torch.save(model.state_dict(), tmp_path / "a.pth")
    assert len(labels.unique()) > 3
    ranked = probe(read(tmp_path / "a.pth"), images, labels)
    assert (ranked[0].spec.shortcut, ranked[0].top1) == ("none", 1.0)
    with pytest.raises(WeightsError, match="the probe needs"):
        probe(read(tmp_path / "a.pth"), images[:, :1], labels)


@pytest.mark.parametrize(
    ("name", "network", "params"),
    [
        ("akamaster/resnet20-12fca82f.th", "resnet20", 269_722),
        ("akamaster/resnet32-d509ac18.th", "resnet32", 464_154),
        ("EhanW/resnet20.pth", "resnet20", 272_474),
        ("MHAQ/cifar10_ResNet20v1_best.th", "resnet20", 269_722),
        ("MHAQ/cifar10-resnet20_cifar10_from_resnet20_cifar10_new-final_run_92.81.th", "resnet20", 269_722),
        ("a-martyn/resnet20.pt", "resnet20", 269_722),
        ("a-martyn/plainnet20.pt", "resnet20", 269_722),
        ("mlperf-tiny/pretrainedResnet.h5", "resnet8", 78_186),
    ],
)
def test_real_checkpoints_load_with_no_hint(name, network, params):
    path = real(name)
    report = residua.inspect(path)
    assert (report.network.name, report.params) == (network, params)
    model = residua.load(path)
    assert sum(parameter.numel() for parameter in model.parameters()) == params
    assert isinstance(model.fc, nn.Linear)


def test_subnormal_weights_are_reported_and_become_zero():
    path = real("MHAQ/cifar10_ResNet20v1_best.th")
    assert any(line.startswith("9,726 weights below") for line in residua.inspect(path).reshaped)
    tiny = torch.finfo(torch.float32).tiny
    assert not any(bool(((p != 0) & (p.abs() < tiny)).any()) for p in residua.load(path).parameters())


PREACTIVATED = {"preactivation": True, "projection_norm": True}


@pytest.mark.parametrize("fields", [{}, {"conv_bias": True}, {"shortcut": "D"}, PREACTIVATED, {"conv_bias": "stem"}])
def test_projections_lose_and_regain_their_norms_on_loading(fields, tmp_path):
    model = lively("resnet8", **{"shortcut": "B"} | fields)
    native.save(tmp_path / "a.safetensors", model, model.spec, Meta())
    without = residua.load(tmp_path / "a.safetensors", projection_norm=False, dtype=torch.float64)
    assert not without.spec.projection_norm
    native.save(tmp_path / "b.safetensors", without, without.spec, Meta())
    again = residua.load(tmp_path / "b.safetensors", projection_norm=True, dtype=torch.float64)
    assert again.spec.projection_norm
    torch.testing.assert_close(again.fc.weight, model.fc.weight.double())
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    with torch.inference_mode():
        for other in (without, again):  # weights folded in float64 from float32
            torch.testing.assert_close(other.double()(images), model.double()(images), rtol=1e-6, atol=1e-6)


def test_convert_folds_norms_and_says_what_no_tensor_shows(file, tmp_path, capsys):
    _, path = file
    command = ["convert", str(path), str(tmp_path / "b.safetensors"), "--no-projection-norm", "--set", "strides=1,2,1"]
    assert main(command) == 0
    spec = residua.load(tmp_path / "b.safetensors").spec
    assert (spec.projection_norm, spec.strides) == (False, (1, 2, 1))
    assert main([*command[:-1], "stride_on=1x1", "--overwrite"]) == 2
    assert "stride_on" in capsys.readouterr().err
