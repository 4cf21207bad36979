"""Does our own checkpoint come back whole, and does a failed write leave nothing?"""

from __future__ import annotations

import errno
import json
import subprocess
import sys

import pytest
import torch

import residua
from residua.errors import WeightsError
from residua.metadata import Meta
from residua.weights.files import native

META = Meta(("cat", "dog"), {"size": 32, "mean": [0.5] * 3, "std": [0.25] * 3}, {"epochs": 3}, {"top1": 0.5})


@pytest.fixture
def written(tmp_path):
    model = residua.build("resnet8", num_classes=2).to(memory_format=torch.channels_last).eval()
    native.save(tmp_path / "model.safetensors", model, model.spec, META)
    return model, tmp_path / "model.safetensors"


def test_what_is_saved_is_loaded(written):
    model, path = written
    loaded = native.load_native(path)
    assert (loaded.spec, loaded.meta, loaded.training) == (model.spec, META, False)
    images = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(loaded(images), model(images))
    assert all(parameter.requires_grad for parameter in loaded.parameters())


def test_a_state_dict_is_saved_like_its_model(written, tmp_path):
    model, path = written
    native.save(tmp_path / "state.safetensors", model.state_dict(), model.spec, META)
    assert (tmp_path / "state.safetensors").read_bytes() == path.read_bytes()


def test_the_header_alone_holds_the_network_without_torch(written):
    _, path = written
    code = "import sys; from residua.weights.files.native import read_meta; s, m = read_meta(sys.argv[1]); "
    code += "print(s.num_classes, m.classes, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2 ('cat', 'dog') False"


def test_a_full_disk_leaves_the_old_file(written, monkeypatch):
    model, path = written
    before = path.read_bytes()

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(native.os, "fsync", fail)
    with pytest.raises(WeightsError, match="disk is full; .*; nothing was changed"):
        native.save(path, model, model.spec, Meta())
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_not_there_is_one_line(written, tmp_path):
    model, _ = written
    with pytest.raises(WeightsError, match="cannot write .*: No such file"):
        native.save(tmp_path / "nowhere" / "model.safetensors", model, model.spec, Meta())


@pytest.mark.parametrize("length", [0, 4, 8, 100, 2000, -1])
def test_a_truncated_file_is_refused(written, length):
    _, path = written
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(WeightsError, match="safetensors file"):
        native.load_native(path)


def test_a_spec_that_is_not_of_these_tensors_names_one(written):
    model, path = written
    native.save(path, model, model.spec.changed(num_classes=3), Meta())
    with pytest.raises(WeightsError, match=r"fc\.weight is \(2, 64\) in the file, \(3, 64\) in its network"):
        native.load_native(path)


def test_a_foreign_safetensors_file_is_recognised(tmp_path):
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(2)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match="not written by residua"):
        native.read_meta(tmp_path / "a.safetensors")


def test_metadata_is_the_json_of_the_contract(written):
    _, path = written
    text = native.read_header(path)["__metadata__"]["residua"]
    assert list(json.loads(text)) == ["format", "spec", "classes", "preprocessing", "provenance", "metrics"]


def test_metadata_that_is_not_json_is_refused(written):
    model, path = written
    with pytest.raises(WeightsError, match="cannot be written as JSON"):
        native.save(path, model, model.spec, Meta(metrics={"top1": torch.tensor(0.5)}))
