"""Does an HDF5 file stay inside itself?"""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import torch

import residua
from residua.errors import WeightsError
from residua.weights.conversion import convert
from residua.weights.files.open import open_file
from residua.weights.options import Options
from tests.weights.conftest import lively

h5py = pytest.importorskip("h5py")
KERNEL = np.zeros((3, 3, 3, 16), "f4")


def test_a_link_to_another_files_weights_is_not_followed(tmp_path):
    with h5py.File(tmp_path / "real.h5", "w") as file:
        file["model_weights/w"] = KERNEL
    for link in (h5py.ExternalLink(str(tmp_path / "real.h5"), "/"), h5py.SoftLink("/elsewhere")):
        with h5py.File(tmp_path / "link.h5", "w") as file:
            file["model_weights"] = link
            file["elsewhere/inner"] = link
            file["pad"] = np.zeros(10, "f4")
        assert set(open_file(tmp_path / "link.h5").tree) <= {"pad"}


def test_a_virtual_dataset_is_refused(tmp_path):
    with h5py.File(tmp_path / "real.h5", "w") as file:
        file["w"] = KERNEL
    with h5py.File(tmp_path / "v.h5", "w") as file:
        layout = h5py.VirtualLayout(KERNEL.shape, KERNEL.dtype)
        layout[...] = h5py.VirtualSource(str(tmp_path / "real.h5"), "w", KERNEL.shape)
        file.create_virtual_dataset("w", layout)
    with pytest.raises(WeightsError, match="another file; refused"):
        residua.inspect(tmp_path / "v.h5")


def test_a_group_within_itself_is_walked_once(tmp_path):
    with h5py.File(tmp_path / "loop.h5", "w") as file:
        group = file.create_group("g")
        for number in range(8):
            group[f"l{number}"] = group
        group["w"] = KERNEL
    assert list(open_file(tmp_path / "loop.h5").tree) == ["g/w"]


@pytest.mark.parametrize("beside", [{}, {"assets/words.txt": "a"}], ids=["plain", "assets"])
def test_a_keras_file_may_have_assets(tmp_path, beside):
    raw = io.BytesIO()
    with h5py.File(raw, "w") as file:
        file["layers/k"] = KERNEL
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as file:
        for name, data in (
            {"metadata.json": "{}", "config.json": "{}", "model.weights.h5": raw.getvalue()} | beside
        ).items():
            file.writestr(name, data)
    assert len(open_file(tmp_path / "a.keras").tree) == 1


def test_arrays_of_an_npz_may_lie_in_folders(tmp_path):
    np.savez(tmp_path / "a.npz", **{"a/x": np.ones(3), "fc": np.zeros((3, 3))})
    assert open_file(tmp_path / "a.npz").tree["a/x"].array().tolist() == [1, 1, 1]
    np.savez(tmp_path / "b.npz", **{"a/x": np.ones(3)})
    assert open_file(tmp_path / "b.npz").tree["a/x"].shape == (3,)


def test_a_whole_network_is_still_read(tmp_path):
    torch.save(lively("resnet50_v1", widths=(8, 16, 32, 64), num_classes=3).state_dict(), tmp_path / "m.pth")
    convert(tmp_path / "m.pth", tmp_path / "m.h5", "keras", Options(change={"stride_on": "1x1"}))
    assert residua.inspect(tmp_path / "m.h5").dialect == "keras"
