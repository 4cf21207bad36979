"""Is every kind of file read to the same network, and every wrapper seen through?"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import residua
from residua.errors import WeightsError
from residua.metadata import Meta
from residua.weights import conversion
from residua.weights.files import native
from tests.peers import needs_todays_exports, torchvision_models

from .conftest import lively, same_function

TORCHVISION = (
    "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d",
    "wide_resnet50_2", "wide_resnet101_2",
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return lively("resnet8", shortcut="B")


def exported(model, path, **options):
    """Write `model` as ONNX by torch's own exporter."""
    pytest.importorskip("onnxscript")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (torch.randn(2, 3, 32, 32),), path, verbose=False, **options)


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])
@pytest.mark.parametrize("name", ["a.pth", "a.th", "a.ckpt", "a.tar", "a.bin", "a.safetensors"])
def test_torch_files_of_any_name(model, tmp_path, options, name):
    torch.save(
        {"state_dict": model.state_dict(), "epoch": np.int64(3), "args": argparse.Namespace(lr=0.1)},
        tmp_path / name,
        **options,
    )
    loaded = residua.load(tmp_path / name)
    assert loaded.spec == model.spec
    assert not loaded.training
    same_function(loaded, model.double())
    model.float()


@pytest.mark.parametrize(
    ("wrap", "wrappers"),
    [
        (lambda s: {"net": s, "acc": 91.0, "epoch": 3}, ("net",)),
        (lambda s: {"model": {f"module.{k}": v for k, v in s.items()}}, ("model", "module.")),
        (lambda s: {f"_orig_mod.{k}": v for k, v in s.items()}, ("_orig_mod.",)),
        (
            lambda s: {"state_dict": {f"model.{k}": v for k, v in s.items()}, "pytorch-lightning_version": "2.0"},
            ("state_dict", "model."),
        ),
        (lambda s: {f"module._orig_mod.{k}": v for k, v in s.items()}, ("module.", "_orig_mod.")),
        (lambda s: {f"backbone.{k}": v for k, v in s.items()}, ("backbone.",)),
    ],
)
def test_wrappers_are_seen_through_and_reported(model, tmp_path, wrap, wrappers):
    torch.save(wrap(model.state_dict()), tmp_path / "a.pth")
    assert residua.inspect(tmp_path / "a.pth").wrappers == wrappers
    assert torch.equal(residua.load(tmp_path / "a.pth").fc.weight, model.fc.weight)


def test_a_normalising_layer_is_ignored_and_reported(model, tmp_path):
    state = dict(model.state_dict()) | {"normalize.mean": torch.zeros(3), "normalize.std": torch.ones(3)}
    torch.save(state, tmp_path / "a.pth")
    assert set(residua.inspect(tmp_path / "a.pth").ignored) == {"normalize.mean", "normalize.std"}
    assert residua.load(tmp_path / "a.pth").spec == model.spec


@pytest.mark.parametrize("index", ["model.safetensors.index.json", "diffusion_pytorch_model.safetensors.index.json"])
def test_sharded_safetensors(model, tmp_path, index):
    state = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    names = list(state)
    halves = {"model-1.safetensors": names[:40], "model-2.safetensors": names[40:]}
    for file, held in halves.items():
        save_file({key: state[key] for key in held}, tmp_path / file)
    places = {"metadata": {}, "weight_map": {key: file for file, held in halves.items() for key in held}}
    (tmp_path / index).write_text(json.dumps(places))
    assert "2 shards" in residua.inspect(tmp_path).format
    assert torch.equal(residua.load(tmp_path).fc.weight, model.fc.weight)


def test_a_folder_with_one_checkpoint_of_any_name_means_that(model, tmp_path):
    torch.save(model.state_dict(), tmp_path / "last.ckpt")
    assert torch.equal(residua.load(tmp_path).fc.weight, model.fc.weight)
    torch.save(model.state_dict(), tmp_path / "best.ckpt")
    with pytest.raises(WeightsError, match=r"it holds best\.ckpt, last\.ckpt"):
        residua.load(tmp_path)


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_halves_are_upcast_and_reported(model, tmp_path, half, name):
    state = {
        key: tensor.to(half) if tensor.is_floating_point() else tensor for key, tensor in model.state_dict().items()
    }
    save_file(state, tmp_path / name) if name.endswith("safetensors") else torch.save(state, tmp_path / name)
    assert any("upcast to float32" in line for line in residua.inspect(tmp_path / name).reshaped)
    weight = residua.load(tmp_path / name).fc.weight
    assert weight.dtype == torch.float32
    assert torch.equal(weight, state["fc.weight"].float())


@needs_todays_exports
def test_torchscript_and_exported_programs(model, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(model, torch.randn(1, 3, 32, 32)).save(tmp_path / "a.pt")
        torch.export.save(torch.export.export(model, (torch.randn(2, 3, 32, 32),)), tmp_path / "a.pt2")
    for name, words in (("a.pt", "TorchScript"), ("a.pt2", "torch.export")):
        assert residua.inspect(tmp_path / name).format == words
        assert torch.equal(residua.load(tmp_path / name).layer3[0].conv1.weight, model.layer3[0].conv1.weight)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"dynamo": True}, {"dynamo": True, "external_data": False}])
@pytest.mark.parametrize("name", ["resnet8", "resnet18"])
def test_onnx_with_and_without_norms(tmp_path, options, name):
    model = lively(name, widths=(8, 16, 24, 32)[: 3 if name == "resnet8" else 4], stem_width=8)
    exported(model, tmp_path / "a.onnx", **options)
    loaded = residua.load(tmp_path / "a.onnx")
    assert loaded.spec == model.spec
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(images), model(images), rtol=1e-3, atol=1e-4)


@needs_todays_exports
def test_onnx_after_folding_and_renaming(tmp_path):
    onnx = pytest.importorskip("onnx")
    model = lively("resnet8", shortcut="B")
    exported(model, tmp_path / "a.onnx", dynamo=True, external_data=False)
    graph = onnx.load(tmp_path / "a.onnx")
    names = {tensor.name: f"t{number}" for number, tensor in enumerate(graph.graph.initializer)}
    for tensor in graph.graph.initializer:
        tensor.name = names[tensor.name]
    for node in graph.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
    onnx.save(graph, tmp_path / "b.onnx")
    assert residua.load(tmp_path / "b.onnx").spec == model.spec


@pytest.mark.parametrize("name", ["resnet18", *(pytest.param(name, marks=pytest.mark.slow) for name in TORCHVISION)])
def test_torchvisions_own_networks_go_both_ways_strictly(name, tmp_path):
    with torch.device("meta"):
        theirs = torchvision_models().get_model(name, weights=None)
    theirs = theirs.to_empty(device="cpu")
    for tensor in theirs.state_dict().values():
        tensor.copy_(torch.rand(tensor.shape)) if tensor.is_floating_point() else tensor.zero_()
    torch.save(theirs.state_dict(), tmp_path / "a.pth")
    ours = residua.load(tmp_path / "a.pth")
    assert ours.spec == residua.ZOO[name].spec
    back = conversion.named_as(conversion.DIALECTS["torchvision"], ours.state_dict(), ours.spec)
    assert theirs.load_state_dict(back, strict=True)
    assert torch.equal(back["layer4.0.conv1.weight"], theirs.layer4[0].conv1.weight)


HUGGING_FACE = {  # microsoft/resnet-18 … 152
    18: ((2, 2, 2, 2), "basic"),
    26: ((2, 2, 2, 2), "bottleneck"),
    34: ((3, 4, 6, 3), "basic"),
    50: ((3, 4, 6, 3), "bottleneck"),
    101: ((3, 4, 23, 3), "bottleneck"),
    152: ((3, 8, 36, 3), "bottleneck"),
}


@pytest.mark.parametrize("fields", [{}, {"downsample_in_bottleneck": True}, {"downsample_in_first_stage": True}])
@pytest.mark.parametrize("number", [18, 50, *(pytest.param(n, marks=pytest.mark.slow) for n in (26, 34, 101, 152))])
def test_hugging_faces_own_networks_go_both_ways_strictly(number, fields, tmp_path):
    transformers = pytest.importorskip("transformers")
    torchvision_models()  # transformers imports it
    depths, kind = HUGGING_FACE[number]
    names = [f"kind {label}" for label in range(7)]
    config = transformers.ResNetConfig(
        depths=list(depths),
        layer_type=kind,
        embedding_size=16,
        **fields,
        hidden_sizes=[32, 64, 96, 128],
        id2label=dict(enumerate(names)),
    )
    theirs = transformers.ResNetForImageClassification(config).eval()
    theirs.save_pretrained(tmp_path / "theirs")
    ours = residua.load(tmp_path / "theirs")
    assert residua.inspect(tmp_path / "theirs").dialect == "huggingface"
    assert ours.meta.classes == tuple(names)
    images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(ours.double()(images), theirs.double()(images).logits, rtol=1e-9, atol=1e-9)
    (tmp_path / "ours").mkdir()
    conversion.write(ours.float(), tmp_path / "ours" / "model.safetensors", "huggingface")
    shutil.copy(tmp_path / "theirs" / "config.json", tmp_path / "ours")
    again, report = transformers.ResNetForImageClassification.from_pretrained(
        tmp_path / "ours", output_loading_info=True
    )
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    with torch.inference_mode():
        torch.testing.assert_close(again.double().eval()(images).logits, theirs(images).logits, rtol=1e-9, atol=1e-9)


def test_inspecting_safetensors_and_zips_does_not_import_torch(model, tmp_path):
    native.save(tmp_path / "own.safetensors", model, model.spec, Meta())
    torch.save(model.state_dict(), tmp_path / "zip.pth")
    torch.save(model.state_dict(), tmp_path / "legacy.pth", _use_new_zipfile_serialization=False)
    paths = [str(tmp_path / name) for name in ("own.safetensors", "zip.pth", "legacy.pth")]
    code = """if True:
        import sys, residua
        for path in sys.argv[1:]:
            print(residua.inspect(path).network.name, "torch" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["resnet8 False"] * 3


@pytest.mark.parametrize("name", ["resnet8", "resnet26d"])
def test_norms_folded_into_convolutions_come_back_as_identities(name, tmp_path):
    """A deep stem's norm stands behind its third convolution."""
    widths = (4, 8, 16, 32)[: 3 if name == "resnet8" else 4]
    model = lively(name, widths=widths, stem_width=8, shortcut="B")
    state, folded = model.state_dict(), {}
    for key in [key for key in state if key.endswith("running_var")]:
        norm = key.rpartition(".")[0]
        before, _, last = norm.rpartition(".")
        conv = {"bn1": "conv1.6" if name == "resnet26d" else "conv1"}.get(norm) or (
            f"{before}.conv{last[2:]}" if last.startswith("bn") else f"{before}.{int(last) - 1}"
        )
        scale = state[f"{norm}.weight"] / (state[key] + model.spec.norm_eps).sqrt()
        folded[f"{conv}.weight"] = state[f"{conv}.weight"] * scale[:, None, None, None]
        folded[f"{conv}.bias"] = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    order = [f"{key.rpartition('.')[0]}.{role}" for key in state if key in folded for role in ("weight", "bias")]
    head = {key: state[key] for key in ("fc.weight", "fc.bias")}
    torch.save({key: folded[key] for key in order} | head, tmp_path / "a.pth")
    loaded = residua.load(tmp_path / "a.pth", spec=model.spec)
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        expected = model(images)
        torch.testing.assert_close(loaded(images), expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


@needs_todays_exports
@pytest.mark.parametrize("fields", [{"shortcut": "none"}, {"shortcut_pad": "end"}, {"shortcut_pad": "both"}])
def test_an_onnx_graph_shows_what_tensors_do_not_of_shortcuts(tmp_path, fields):
    model = lively("resnet8", widths=(4, 8, 16), stem_width=4, **fields)
    exported(model, tmp_path / "a.onnx", dynamo=True, external_data=False)
    report = residua.inspect(tmp_path / "a.onnx")
    assert report.spec == model.spec
