"""Is every bad file answered in one clear line, with nothing run and nothing left half written?"""

from __future__ import annotations

import io
import json
import os
import pickle
import time
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

import residua
from residua.cli.app import main
from residua.errors import WeightsError
from residua.metadata import Meta
from residua.weights.files import native

from .conftest import lively


class Evil:
    """A pickle of it runs a command, where a reader lets it."""

    def __init__(self, touched):
        self.touched = touched

    def __reduce__(self):
        return os.system, (f"touch {self.touched}",)


@pytest.fixture(scope="module")
def small():
    return lively("resnet8")


def saved(path, thing, **options):
    torch.save(thing, path, **options)
    return path


def refusal(path, **options):
    """Return the one line with which inspect and load refuse `path`."""
    with pytest.raises(WeightsError) as inspected:
        residua.inspect(path, **options)
    with pytest.raises(WeightsError) as loaded:
        residua.load(path, **options)
    assert str(inspected.value) == str(loaded.value)
    assert "\n" not in str(loaded.value)
    return str(loaded.value)


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])
def test_a_pickle_that_calls_the_system_is_refused_by_name_and_runs_nothing(tmp_path, options):
    path = saved(tmp_path / "evil.pth", {"state_dict": Evil(tmp_path / "touched")}, **options)
    assert "wants to run posix.system" in refusal(path)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_a_bare_pickle_of_any_protocol_is_refused_by_name(tmp_path, protocol):
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Evil(tmp_path / "touched"), protocol))
    assert "wants to run posix.system" in refusal(tmp_path / "evil.pkl")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\0" * 1000, "begins with zeros only"),
        (bytes(range(100, 200)) * 10, "is not a PyTorch, safetensors, NumPy, Keras or ONNX file"),
        (b"\x80\x02}q\x00(X\x01\x00\x00\x00a", "cannot be read"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "damaged or truncated HDF5"),
        (b"\x08\x07\x12\x99" + bytes(60), "is not a whole ONNX file"),
        (b"PK\x03\x04" + bytes(100), "damaged or truncated zip"),
        (b"\x93NUMPY\x01\x00", "is one array"),
    ],
)
def test_bytes_that_are_no_checkpoint(tmp_path, content, message):
    (tmp_path / "a.pth").write_bytes(content)
    assert message in refusal(tmp_path / "a.pth")


def test_a_missing_file(tmp_path):
    assert "No such file" in refusal(tmp_path / "nowhere.pth")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])
def test_truncated_files(tmp_path, small, share, options):
    path = saved(tmp_path / "a.pth", small.state_dict(), **options)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert refusal(path)


def test_a_zip_that_is_no_checkpoint(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("holiday.txt", "sun")
    assert "not a checkpoint: it holds holiday.txt" in refusal(tmp_path / "a.zip")


def test_declared_sizes_are_looked_at_before_anything_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\0" * (400 * 2**20))
    started = time.process_time()
    assert "would unpack to 400 MB" in refusal(tmp_path / "bomb.pth")
    assert time.process_time() - started < 5


def test_a_pickle_that_doubles_itself_ends(tmp_path):
    lines = b"".join(bytes([0x28, 0x68, n, 0x68, n, 0x6C, 0x71, n + 1]) for n in range(100))
    (tmp_path / "a.pkl").write_bytes(b"\x80\x02]q\x00" + lines + b".")
    assert "values that hold each other without end" in refusal(tmp_path / "a.pkl")


def test_nan_is_named_and_only_loaded_when_asked(tmp_path, small, capsys):
    state = {key: tensor.clone() for key, tensor in small.state_dict().items()}
    state["layer2.0.conv1.weight"][0, 0, 0, 0] = float("nan")
    path = saved(tmp_path / "nan.pth", state)
    assert residua.inspect(path).not_finite == ("layer2.0.conv1.weight",)
    assert main(["inspect", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["not_finite"] == ["layer2.0.conv1.weight"]
    with pytest.raises(WeightsError, match=r"layer2\.0\.conv1\.weight .* holds NaN"):
        residua.load(path)
    assert residua.load(path, allow_nan=True).layer2[0].conv1.weight.isnan().sum() == 1
    assert main(["convert", str(path), str(tmp_path / "out.safetensors")]) == 2
    assert not (tmp_path / "out.safetensors").exists()


def test_networks_that_are_no_resnets_are_described(tmp_path):
    layer = nn.TransformerEncoderLayer(16, 2, 32)
    vit = {f"blocks.0.{key}": tensor for key, tensor in layer.state_dict().items()} | {
        "pos_embed": torch.zeros(1, 5, 16)
    }
    assert "looks like a transformer" in refusal(saved(tmp_path / "vit.pth", vit))
    mlp = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).state_dict()
    assert "multi-layer perceptron: 2 matrices" in refusal(saved(tmp_path / "mlp.pth", mlp))
    vgg = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 5), nn.Flatten(), nn.Linear(8, 2)).state_dict()
    assert "'1.weight' (8, 8, 5, 5)" in refusal(saved(tmp_path / "vgg.pth", vgg))


def test_two_networks_in_one_file_are_listed_and_chosen(tmp_path, small):
    state = small.state_dict()
    path = saved(tmp_path / "gan.pth", {"generator": dict(state), "discriminator": dict(state)})
    assert "holds 2 networks: generator, discriminator; `residua convert --prefix` takes one" in refusal(path)
    assert residua.load(path, prefix="generator").spec == small.spec
    both = {f"teacher.{key}": tensor for key, tensor in state.items()}
    both |= {f"student.{key}": tensor for key, tensor in state.items()}
    path = saved(tmp_path / "both.pth", both)
    assert "student and teacher" in refusal(path) or "teacher and student" in refusal(path)
    assert residua.load(path, prefix="teacher").spec == small.spec
    assert "nothing under 'head'" in refusal(path, prefix="head")


def test_plain_weights_win_over_averaged_ones(tmp_path, small):
    averaged = {
        key: tensor * 0.5 if tensor.is_floating_point() else tensor for key, tensor in small.state_dict().items()
    }
    path = saved(tmp_path / "ema.pth", {"state_dict": small.state_dict(), "state_dict_ema": averaged, "epoch": 3})
    assert residua.inspect(path).others == ("state_dict_ema",)
    assert torch.equal(residua.load(path).fc.weight, small.fc.weight)
    assert torch.equal(residua.load(path, ema=True).fc.weight, small.fc.weight * 0.5)


def test_a_file_with_only_an_optimizer(tmp_path, small):
    optimizer = torch.optim.SGD(small.parameters(), 0.1, momentum=0.9)
    small(torch.randn(1, 3, 32, 32)).sum().backward()
    optimizer.step()
    path = saved(tmp_path / "optimizer.pth", {"optimizer": optimizer.state_dict(), "epoch": 3})
    assert "only an optimizer's state" in refusal(path)


def test_a_tensor_of_the_wrong_rank(tmp_path, small):
    state = small.state_dict()
    state["layer1.0.conv2.weight"] = torch.zeros(16)
    assert "not a residual network" in refusal(saved(tmp_path / "a.pth", state))


def test_arrays_of_python_objects_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", weight=np.array([{}], dtype=object))
    assert "Python objects" in refusal(tmp_path / "a.npz")


def test_a_network_that_a_layout_cannot_hold_leaves_no_file(tmp_path, small):
    native.save(tmp_path / "a.safetensors", lively("seresnet18"), residua.ZOO["seresnet18"].spec, Meta())
    assert main(["convert", str(tmp_path / "a.safetensors"), str(tmp_path / "b.pth"), "--to", "torchvision"]) == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.safetensors"]


def test_the_command_says_one_line_and_exits_with_2(tmp_path, capsys):
    (tmp_path / "a.pth").write_bytes(b"nothing")
    assert main(["inspect", str(tmp_path / "a.pth")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_an_onnx_file_cannot_reach_out_of_its_folder(tmp_path):
    onnx = pytest.importorskip("onnx")
    weight = onnx.helper.make_tensor("w", 1, [1], [1.0])
    weight.ClearField("float_data")
    weight.data_location = 1
    for key, value in (("location", "../secret"), ("offset", "0"), ("length", "4")):
        entry = weight.external_data.add()
        entry.key, entry.value = key, value
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"])
    value = onnx.helper.make_tensor_value_info("x", 1, [1])
    graph = onnx.helper.make_graph([node], "g", [value], [value], [weight])
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_bytes(b"1234")
    (tmp_path / "in" / "a.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    assert "which is not a file beside it" in refusal(tmp_path / "in" / "a.onnx")


def test_a_buffer_of_bytes_is_not_enough(tmp_path):
    buffer = io.BytesIO()
    torch.save({"a": 1}, buffer)
    (tmp_path / "a.pth").write_bytes(buffer.getvalue())
    assert "holds no tensors" in refusal(tmp_path / "a.pth")
