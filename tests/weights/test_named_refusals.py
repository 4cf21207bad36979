"""Is a file or folder that people name by mistake refused as what it is, at once, with what to do?"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import shutil
import tarfile
import warnings
import zipfile
import zlib

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import residua
from residua.errors import WeightsError

from .conftest import lively


@pytest.fixture(scope="module")
def small():
    return lively("resnet8")


def refusal(path):
    """Return the one line with which `path` is refused."""
    with pytest.raises(WeightsError) as refused:
        residua.inspect(path)
    message = str(refused.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def tarred(name, content):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", ("Git LFS pointer", "git lfs pull")),
        (b"\n<!DOCTYPE html>\n<html></html>", ("a web page", "download failed")),
        (b'<?xml version="1.0"?>\n<!doctype HTML PUBLIC>', ("a web page",)),
        (b'<?xml version="1.0"?><net name="r"/>', ("OpenVINO",)),
        (b"\x82\xa6params\x81\xa2fc\x81\xa6kernel", ("msgpack, as Flax writes it", ".npz")),
        (gzip.compress(b"x" * 1000, mtime=0), ("a gzip file", "unpack it")),
        (tarred("checkpoint.pth", b"x" * 1000), ("a tar file", "unpack it")),
        (tarred("(1).pth", b"x" * 1000), ("a tar file",)),
        (b"\x1c\0\0\0TFL3" + bytes(64), ("TensorFlow Lite",)),
        (zlib.compress(b"x" * 1000), ("joblib",)),
        (b"class_id,name\n1,cat\n", ("a text file, which begins with 'class_id,name 1,cat'",)),
        (b"Not Found: the file is gone\n", ("a text file",)),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), ("an image",)),
        (b"\x0a\x1c\x0a\x05input" + bytes(64), ("TensorFlow",)),
        (b"GGUF" + bytes(64), ("llama.cpp",)),
    ],
)
def test_files_that_are_no_checkpoint_are_named(tmp_path, content, words):
    (tmp_path / "a.pth").write_bytes(content)
    message = refusal(tmp_path / "a.pth")
    assert all(word in message for word in words), message
    assert "damaged" not in message


def test_a_graph_of_tensorflow_is_named_by_its_suffix(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12\x99" + bytes(64))
    assert "TensorFlow" in refusal(tmp_path / "saved_model.pb")


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")
    assert "a named pipe" in refusal(tmp_path / "pipe.pth")
    assert "a device" in refusal("/dev/zero")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("saved_model.pb", "SavedModel"),
        (".metadata", "dcp_to_torch"),
        ("__0_0.distcp", "distributed checkpoint"),
        ("zero_to_fp32.py", "DeepSpeed"),
        ("_METADATA", "Orbax"),
    ],
)
def test_folders_are_named_by_what_wrote_them(tmp_path, file, words):
    (tmp_path / file).write_bytes(b"x")
    assert words in refusal(tmp_path)


def test_a_distributed_checkpoint_as_torch_writes_it(tmp_path, small):
    import torch.distributed.checkpoint as dcp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it runs in one process
        dcp.save(dict(small.state_dict()), checkpoint_id=str(tmp_path / "dcp"), no_dist=True)
    assert "dcp_to_torch" in refusal(tmp_path / "dcp")


def test_joblibs_own_pickles_are_named(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.")
    assert "joblib wrote it" in refusal(tmp_path / "a.pkl")


def test_quantised_files_are_refused_by_that(tmp_path, small):
    coded = {
        name: {"centroids": torch.zeros(8, 4), "assignments": torch.zeros(64, dtype=torch.int64), "k": 8}
        for name in ("layer1.0.conv1", "layer1.0.conv2")
    }
    torch.save(coded, tmp_path / "a.pth")
    assert "product-quantised" in refusal(tmp_path / "a.pth")
    whole = {name: tensor.to(torch.int8) if tensor.ndim == 4 else tensor for name, tensor in small.state_dict().items()}
    torch.save(whole, tmp_path / "a.pth")
    assert "is quantised: its 7 kernels are int8" in refusal(tmp_path / "a.pth")


def shards(folder, small):
    """Write a network as two shards and their index; return the first shard."""
    state = {name: tensor.contiguous() for name, tensor in small.state_dict().items()}
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    where = {name: names[name.startswith(("layer2", "layer3", "fc"))] for name in state}
    for shard in names:
        save_file({name: state[name] for name in state if where[name] == shard}, folder / shard)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    return folder / names[0]


def test_one_shard_leads_to_the_whole_network(tmp_path, small):
    shard = shards(tmp_path, small)
    assert residua.load(shard).spec == small.spec
    assert "2 shards" in residua.inspect(shard).format
    shard.rename(tmp_path / "one.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(index.read_text().replace(shard.name, "one.safetensors"))
    assert residua.load(tmp_path / "one.safetensors").spec == small.spec


def test_one_shard_without_its_index_is_half_a_network(tmp_path, small):
    shard = shards(tmp_path, small)
    (tmp_path / "model.safetensors.index.json").unlink()
    assert "one of 2 shards, and model.safetensors.index.json" in refusal(shard)


def test_a_name_that_stands_twice_in_a_header_is_refused(tmp_path, small):
    path = tmp_path / "a.safetensors"
    save_file({"fc.weight": torch.zeros(2, 2), "gc.weight": torch.ones(2, 2)}, path)
    path.write_bytes(path.read_bytes().replace(b'"gc.weight"', b'"fc.weight"'))
    assert "'fc.weight' stands in its header twice" in refusal(path)


def test_the_checksums_of_an_npz_file_are_checked(tmp_path, small):
    np.savez(tmp_path / "a.npz", **{name: tensor.numpy() for name, tensor in small.state_dict().items()})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        at = archive.getinfo("fc.weight.npy").header_offset
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[at + 300] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    assert "fc.weight.npy does not have the checksum" in refusal(tmp_path / "a.npz")


@pytest.fixture(scope="module")
def graph(small, tmp_path_factory):
    """Return the folder of a network as ONNX, its data in a file beside it."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    folder = tmp_path_factory.mktemp("graph")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(small, (torch.zeros(1, 3, 32, 32),), folder / "whole.onnx", dynamo=True, verbose=False)
    model = onnx.load(folder / "whole.onnx")
    onnx.save(model, folder / "a.onnx", save_as_external_data=True, location="a.data", size_threshold=0)
    return folder


def external(graph, folder, **changes):
    """Copy a graph and its data to `folder`, with another place or shape of one tensor; return the graph's path."""
    import onnx

    shutil.copy(graph / "a.data", folder / "a.data")
    model = onnx.load(graph / "a.onnx", load_external_data=False)
    (tensor,) = [each for each in model.graph.initializer if each.name == "fc.weight"]
    for entry in tensor.external_data:
        entry.value = str(changes.get(entry.key, entry.value))
    if "dims" in changes:
        tensor.dims[:] = changes["dims"]
    (folder / "a.onnx").write_bytes(model.SerializeToString())
    return folder / "a.onnx"


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": -4},
        {"offset": 10**9},
        {"length": 8},
        {"length": -1},
        {"offset": "x"},
        {"dims": [10, 65]},
        {"dims": [-1, 64]},
    ],
    ids=str,
)
def test_places_of_onnx_data_that_do_not_fit_are_refused(tmp_path, graph, changes):
    assert "damaged: fc.weight" in refusal(external(graph, tmp_path, **changes))


def test_onnx_data_behind_a_hard_link_is_refused(tmp_path, graph, small):
    path = external(graph, tmp_path)
    assert residua.load(path).spec.depths == small.spec.depths
    os.link(tmp_path / "a.data", tmp_path / "b.data")
    assert "a hard link" in refusal(path)


def test_every_reader_refuses_the_same_pickle_of_text(tmp_path):
    """A pickle of protocol 0 is a text too, and is read as what it is."""
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"a": 1}, 0))
    assert "holds no tensors" in refusal(tmp_path / "a.pkl")


def test_haikus_names_are_said(tmp_path):
    held, state = {}, {}
    for number in range(7):
        layer = f"net/~/block_group_{number // 2}/~/block_0/~/"
        vector = np.ones((1, 1, 1, 8), np.float32)
        held[f"{layer}conv_{number % 2}"] = {"w": np.ones((3, 3, 8, 8), np.float32)}
        held[f"{layer}batchnorm_{number % 2}"] = {"scale": vector, "offset": vector}
        state[f"{layer}batchnorm_{number % 2}/~/mean_ema"] = {"average": vector, "hidden": vector}
        state[f"{layer}batchnorm_{number % 2}/~/var_ema"] = {"average": vector, "hidden": vector}
    path = tmp_path / "haiku.pkl"
    path.write_bytes(pickle.dumps((held, state)))
    assert "it has Haiku's names and norms" in refusal(path)
