"""Is what a file declares beside its tensors used where it fits, and reported where it does not?"""

from __future__ import annotations

import json
import os

import pytest
import torch

import residua
from residua.errors import WeightsError
from residua.weights.recognise.nearest import nearest
from tests.weights.conftest import lively

WHOLE = {
    "mean": [0.5] * 3,
    "std": [0.25] * 3,
    "input_size": [3, 224, 224],
    "crop_pct": 0.875,
    "interpolation": "bicubic",
}


@pytest.fixture(scope="module")
def state():
    return lively("resnet50", widths=(8, 16, 32, 64), num_classes=4).state_dict()


@pytest.fixture
def folder(tmp_path, state):
    """Return a function that makes a folder in the hub's layout with this config.json."""

    def make(**config):
        torch.save(state, tmp_path / "pytorch_model.bin")
        (tmp_path / "config.json").write_text(json.dumps(config))
        return tmp_path

    return make


def assumed(report):
    return {item.what: item for item in report.assumed}


@pytest.mark.parametrize("config", [{"hidden_act": "gelu"}, {"model_args": {"act_layer": "silu"}}], ids=str)
def test_another_activation_is_refused(folder, config):
    with pytest.raises(WeightsError, match="no activation but relu"):
        residua.load(folder(model_type="resnet", depths=[3, 4, 6, 3], **config))


def test_preprocessing_of_a_config_reaches_meta(folder):
    model = residua.load(folder(pretrained_cfg=WHOLE))
    assert model.meta.preprocessing == {
        "size": 224,
        "resize": 256,
        "crop": "center",
        "interpolation": "bicubic",
        "mean": [0.5] * 3,
        "std": [0.25] * 3,
        "channels": 3,
    }
    from residua.preprocessing import Preprocessing

    assert Preprocessing.from_dict(model.meta.preprocessing).resize == 256
    partly = folder(pretrained_cfg={"mean": [0.5] * 3, "std": [0.25] * 3})
    meta = residua.load(partly).meta  # the size is assumed, and the file made of it says so
    assert (meta.preprocessing["size"], meta.preprocessing["mean"]) == (224, [0.5] * 3)
    assert meta.provenance == {"assumed": ["size 224, as is usual for a 7×7 stem (--size)"]}
    assert assumed(residua.inspect(partly))["preprocessing"].value["mean"] == [0.5] * 3


@pytest.mark.parametrize(
    ("what", "config"),
    [
        ("strides", {"model_type": "resnet", "depths": [3, 4, 6]}),
        ("classes", {"label_names": ["x", "y"]}),
        ("classes", {"id2label": {"0": "x"}}),
        ("preprocessing", {"pretrained_cfg": {"mean": ["a", "b", "c"], "std": [1, 2, 3]}}),
        ("preprocessing", {"pretrained_cfg": {"mean": [0.5], "std": [0.5]}}),
        ("preprocessing", {"pretrained_cfg": {"mean": [0.5] * 3, "std": [0.0] * 3}}),
    ],
    ids=str,
)
def test_what_does_not_fit_is_reported_and_not_used(folder, what, config):
    path = folder(**config)
    report = residua.inspect(path)
    assert any(line.startswith(f"{what}=") and "does not fit" in line for line in report.ignored)
    assert "config.json" not in assumed(report)[what].because
    assert residua.load(path).meta.classes is None


def test_what_fits_is_believed(folder):
    report = residua.inspect(folder(model_type="resnet", depths=[3, 4, 6, 3], downsample_in_bottleneck=True))
    assert report.spec.stride_on == "1x1"
    assert "config.json" in assumed(report)["stride_on"].because
    assert residua.load(folder(label_names=["a", "b", "c", "d"])).meta.classes == ("a", "b", "c", "d")


def test_a_config_that_is_a_pipe_is_refused_instead_of_waited_for(folder):
    path = folder(model_type="resnet")
    (path / "config.json").unlink()
    os.mkfifo(path / "config.json")
    with pytest.raises(WeightsError, match=r"config\.json is not a regular file"):
        residua.inspect(path)


def test_a_file_within_the_folder_is_read_alone(folder):
    path = folder(model_type="resnet", depths=[3, 4, 6, 3], downsample_in_bottleneck=True)
    assert residua.inspect(path / "pytorch_model.bin").spec.stride_on == "3x3"


def test_the_architecture_of_a_config_is_read(folder):
    assert residua.inspect(folder(architecture="resnet50_v1")).spec.stride_on == "1x1"
    blurred = residua.inspect(folder(architecture="resnetblur50"))
    assert blurred.spec.antialias
    assert not blurred.candidates or not any(other.spec.antialias is False for other in blurred.candidates[-1:])
    with pytest.raises(WeightsError, match="averages before it subsamples"):
        residua.inspect(folder(architecture="resnetaa50"))


def test_what_has_no_tensor_is_assumed_and_offered(tmp_path, state):
    torch.save(state, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert "antialias" in assumed(report)
    assert "weight_standardization" not in assumed(report)  # nobody's published network standardises under batch norm
    blurred = next(other.spec for other in report.candidates if other.spec.antialias)
    assert residua.load(tmp_path / "a.pth", spec=blurred).spec.antialias
    bit = lively("resnetv2_50", widths=(32, 64, 128, 256), num_classes=4, norm="group")
    torch.save(bit.state_dict(), tmp_path / "b.pth")
    report = residua.inspect(tmp_path / "b.pth")
    assert "weight_standardization" in assumed(report)
    assert any(other.spec.weight_standardization for other in report.candidates)


@pytest.mark.parametrize("inner", ["model.", ""])
def test_averaged_weights_within_one_dictionary_are_parted(tmp_path, inner):
    state = lively("resnet20").state_dict()
    both = {f"{inner}{name}": t for name, t in state.items()} | {
        f"ema_model.{name}": t * 2 for name, t in state.items()
    }
    torch.save({"state_dict": both}, tmp_path / "l.ckpt")
    plain, averaged = residua.inspect(tmp_path / "l.ckpt"), residua.inspect(tmp_path / "l.ckpt", ema=True)
    assert plain.others == ("state_dict.ema_model",)
    assert averaged.others == ("state_dict",)
    for options, factor in (({}, 1), ({"ema": True}, 2), ({"prefix": "ema_model"}, 2)):
        model = residua.load(tmp_path / "l.ckpt", **options)
        assert torch.equal(model.conv1.weight, state["conv1.weight"] * factor)


def test_how_weights_began_makes_no_other_network():
    spec = residua.ZOO["resnet50"].spec
    near = nearest(spec.changed(zero_gamma=True))
    assert (near.name, near.exact, near.difference) == ("resnet50", True, "")
    for name, row in residua.ZOO.items():
        assert nearest(row.spec).name == name or nearest(row.spec).exact
    assert nearest(residua.ZOO["resnetrs50"].spec.changed(zero_gamma=False)).exact


def test_blocks_of_timms_byobnet_are_refused(tmp_path):
    state = {}
    for name, tensor in lively("resnet50", widths=(8, 16, 32, 64)).state_dict().items():
        for number in range(1, 5):
            name = name.replace(f"layer{number}.", f"stages.{number - 1}.")
        for ours, theirs in {"1": "1_1x1.conv", "2": "2_kxk.conv", "3": "3_1x1.conv"}.items():
            name = name.replace(f".conv{ours}.", f".conv{theirs}.").replace(f".bn{ours}.", f".conv{theirs[:-5]}.bn.")
        state[name.replace("downsample.0", "shortcut.conv").replace("downsample.1", "shortcut.bn")] = tensor
    torch.save(state, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match="byobnet"):
        residua.load(tmp_path / "b.pth")


def test_nan_is_null_in_json(tmp_path, capsys):
    from residua.cli.convert import convert

    state = lively("resnet18", widths=(8, 16, 32, 64), num_classes=3).state_dict()
    torch.save(state | {"fc.bias": torch.full((3,), float("nan"))}, tmp_path / "n.pth")
    assert convert(str(tmp_path / "n.pth"), str(tmp_path / "n.safetensors"), allow_nan=True, json=True) == 0
    assert json.loads(capsys.readouterr().out)["max_rel_difference"] is None


def test_tensors_that_overlap_are_damage(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(4), "b": torch.ones(4)}, tmp_path / "o.safetensors")
    raw = (tmp_path / "o.safetensors").read_bytes()
    (tmp_path / "o.safetensors").write_bytes(raw.replace(b"[0,16]", b"[4,20]"))
    with pytest.raises(WeightsError, match="overlap"):
        residua.inspect(tmp_path / "o.safetensors")
