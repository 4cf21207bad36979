"""Does `convert` write where it may, and nothing where it may not?"""

from __future__ import annotations

import errno
import json

import pytest
import torch

import residua
from residua.errors import WeightsError
from residua.weights.conversion import convert
from tests.weights.conftest import lively


@pytest.fixture
def source(tmp_path):
    torch.save(lively("resnet18", widths=(8, 16, 32, 64), num_classes=3).state_dict(), tmp_path / "a.pth")
    return tmp_path / "a.pth"


@pytest.mark.parametrize("name", ["out", "out.pth", "out.h5"])
def test_our_own_layout_needs_its_own_ending(source, tmp_path, name):
    with pytest.raises(WeightsError, match=r"residua networks are kept in \.safetensors files"):
        convert(source, tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == ["a.pth"]


def test_a_folder_is_no_destination(source, tmp_path):
    (tmp_path / "d.safetensors").mkdir()
    for name in ("d.safetensors", "."):
        with pytest.raises(WeightsError, match=r"is a folder; name the file to write"):
            convert(source, tmp_path / name)


@pytest.mark.parametrize("name", ["x.pth", "x.safetensors"])
def test_a_full_disk_is_one_line_and_leaves_nothing(source, tmp_path, name, monkeypatch):
    from safetensors import SafetensorError

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    def says_full(*_, **__):
        raise SafetensorError("os error 28")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    monkeypatch.setattr("safetensors.torch.save_file", says_full)
    with pytest.raises(WeightsError, match=r"[/\\\\]x\.\w+: the disk is full"):
        convert(source, tmp_path / name, "torchvision")
    assert [file.name for file in tmp_path.iterdir()] == ["a.pth"]


def test_a_folder_does_not_lose_its_own_weights(tmp_path):
    from safetensors.torch import save_file

    folder = tmp_path / "f"
    folder.mkdir()
    state = lively("resnet18", widths=(8, 16, 32, 64), num_classes=3).state_dict()
    save_file(state, folder / "model.safetensors")
    before = (folder / "model.safetensors").read_bytes()
    (tmp_path / "again.safetensors").symlink_to(folder / "model.safetensors")
    for target in (folder / "model.safetensors", tmp_path / "again.safetensors"):
        with pytest.raises(WeightsError, match="is the source itself"):
            convert(folder, target)
    (folder / "model.safetensors").rename(folder / "part-1.safetensors")
    listing = {"weight_map": dict.fromkeys(state, "part-1.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(listing))
    with pytest.raises(WeightsError, match="is the source itself"):
        convert(folder, folder / "part-1.safetensors")
    assert (folder / "part-1.safetensors").read_bytes() == before


def test_float64_survives_a_conversion(source, tmp_path):
    state = {name: t.double() if t.is_floating_point() else t for name, t in torch.load(source).items()}
    torch.save(state, tmp_path / "wide.pth")
    done = convert(tmp_path / "wide.pth", tmp_path / "b.safetensors")
    assert done.max_abs_difference == 0
    assert residua.load(tmp_path / "b.safetensors").conv1.weight.dtype == torch.float32
