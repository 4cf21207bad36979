"""Is what stands beside the weights taken up, and are lists of tensors read as the networks that they are?"""

from __future__ import annotations

import argparse
import pickle
import warnings

import numpy as np
import pytest
import torch

import residua
from residua.cli.app import main
from residua.errors import WeightsError
from residua.metadata import Meta

from .conftest import lively, same_function

NAMES = [f"kind {number}" for number in range(10)]


@pytest.fixture
def small():
    return lively("resnet8")


def saved(path, thing):
    torch.save(thing, path)
    return path


CLASSES = {
    "classes": NAMES,
    "class_names": tuple(NAMES),
    "class_to_idx": {name: number for number, name in reversed(list(enumerate(NAMES)))},
    "idx_to_class": dict(enumerate(NAMES)),
    "id2label": {str(number): name for number, name in enumerate(NAMES)},
    "categories": np.array(NAMES),
    "label_names": np.array(NAMES, dtype=object),
}


@pytest.mark.parametrize("key", CLASSES)
@pytest.mark.parametrize(
    "within", [lambda held: held, lambda held: {"meta": held}, lambda held: {"args": argparse.Namespace(**held)}]
)
def test_classes_beside_the_weights_are_taken_up(tmp_path, small, key, within):
    path = saved(tmp_path / "a.pth", {"model": small.state_dict(), **within({key: CLASSES[key]})})
    assert residua.load(path).meta.classes == tuple(NAMES)
    assert f"(the file, under '{key}', says so)" in " ".join(residua.inspect(path).as_text().split())


@pytest.mark.parametrize(
    "wrong",
    [
        NAMES[:9],
        [*NAMES, 3],
        {"a": 0, "b": 2},
        dict.fromkeys(NAMES, 0),
        "abc",
        {name: [0] for name in NAMES},
        [None] * 10,
    ],
    ids=str,
)
def test_what_names_no_class_of_each_output_is_not_taken(tmp_path, small, wrong):
    assert residua.load(saved(tmp_path / "a.pth", {"model": small.state_dict(), "classes": wrong})).meta.classes is None


PIXELS = {
    "lists": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "image_size": 32},
    "tensors": {"mean": torch.tensor([0.5, 0.4, 0.3]), "std": torch.tensor([0.2, 0.3, 0.4]), "img_size": (32, 32)},
    "arrays": {
        "pixel_mean": np.array([0.5, 0.4, 0.3]),
        "pixel_std": np.array([0.2, 0.3, 0.4]),
        "input_size": [3, 32, 32],
    },
    "0…255": {"img_norm_cfg": {"MEAN": [127.5, 102, 76.5], "STD": [51, 76.5, 102], "crop_size": 32}},
}


@pytest.mark.parametrize("kind", PIXELS)
def test_preprocessing_beside_the_weights_is_taken_up(tmp_path, small, kind):
    path = saved(tmp_path / "a.pth", {"model": small.state_dict(), **PIXELS[kind]})
    known = residua.load(path).meta.preprocessing
    assert (known["size"], known["mean"], known["std"]) == (32, [0.5, 0.4, 0.3], [0.2, 0.3, 0.4])
    assert "(the file, under" in " ".join(residua.inspect(path).as_text().split())


def test_statistics_without_a_size_get_that_of_the_stem_and_whoever_uses_it_is_told(tmp_path, small, capsys):
    path = saved(tmp_path / "a.pth", {"model": small.state_dict(), "mean": [0.5] * 3, "std": [0.2] * 3})
    (found,) = [one for one in residua.inspect(path).assumed if one.what == "preprocessing"]
    assert found.value == {"mean": [0.5] * 3, "std": [0.2] * 3}
    assumed, copy, sized = (
        "assumed: size 32, as is usual for a 3×3 stem",
        tmp_path / "b.safetensors",
        tmp_path / "c.safetensors",
    )
    assert main(["convert", str(path), str(copy)]) == 0
    assert assumed in capsys.readouterr().err
    known = residua.load(copy).meta.preprocessing
    assert (known["size"], known["mean"], known["std"]) == (32, [0.5] * 3, [0.2] * 3)
    assert main(["inspect", str(copy)]) == 0
    assert assumed in " ".join(capsys.readouterr().out.split())
    assert main(["convert", str(copy), str(sized), "--size", "40"]) == 0  # asked for, it is assumed no more
    assert "assumed: size" not in capsys.readouterr().err
    assert residua.load(sized).meta == Meta(None, known | {"size": 40, "resize": 40})


def test_statistics_of_another_number_of_channels_do_not_fit(tmp_path, small):
    path = saved(tmp_path / "a.pth", {"model": small.state_dict(), "mean": [0.5], "std": [0.2], "image_size": 32})
    assert residua.load(path).meta.preprocessing is None


LISTS = {
    "pairs": lambda state: list(state.items()),
    "pairs as lists": lambda state: [[name, tensor.numpy()] for name, tensor in state.items()],
    "pairs under a key": lambda state: {"weights": list(state.items()), "round": 3},
    "values": lambda state: list(state.values()),
    "values as a tuple of arrays": lambda state: tuple(tensor.numpy() for tensor in state.values()),
    "values under a key": lambda state: {"parameters": [tensor.numpy() for tensor in state.values()], "round": 3},
    "values in an array of objects": lambda state: _objects([tensor.numpy() for tensor in state.values()]),
}


def _objects(values):
    held = np.empty(len(values), object)
    held[:] = values
    return held


@pytest.mark.parametrize("counted", [True, False], ids=["with counters", "without"])
@pytest.mark.parametrize("kind", LISTS)
def test_lists_of_tensors_are_networks(tmp_path, small, kind, counted):
    state = {name: value for name, value in small.state_dict().items() if counted or "num_batches" not in name}
    held = LISTS[kind](state)
    same_function(residua.load(saved(tmp_path / "a.pth", held)), small)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(held))
    same_function(residua.load(tmp_path / "a.pkl"), small)


def test_numpy_keeps_lists_and_dictionaries_in_its_own_files(tmp_path, small):
    state = {name: tensor.numpy() for name, tensor in small.state_dict().items()}
    np.savez(tmp_path / "list.npz", *state.values())  # arr_0, arr_1, …, arr_10 stands before arr_2 in the alphabet
    np.save(tmp_path / "dictionary.npy", state, allow_pickle=True)
    for name in ("list.npz", "dictionary.npy"):
        same_function(residua.load(tmp_path / name), small)


def test_an_ensemble_is_several_networks(tmp_path, small):
    other = lively("resnet8", num_classes=7)
    path = saved(tmp_path / "a.pth", [small.state_dict(), other.state_dict()])
    with pytest.raises(WeightsError, match="holds 2 networks: 0, 1"):
        residua.inspect(path)
    assert residua.load(path, prefix="1").spec == other.spec


def test_lists_beside_named_weights_are_no_networks(tmp_path, small):
    shadow = {"shadow_params": [tensor * 2 for tensor in small.parameters()], "decay": 0.9}
    history = [{"loss": torch.tensor(1.0)}, {"loss": torch.tensor(0.5)}]
    path = saved(tmp_path / "a.pth", {"model": small.state_dict(), "shadow": shadow, "history": history})
    assert torch.equal(residua.load(path).fc.weight, small.fc.weight)


def test_frozen_torchscript_is_read_from_its_constants(tmp_path, small):
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(small, images)
        for folded in (True, False):
            torch.jit.freeze(traced, optimize_numerics=folded).save(tmp_path / "a.pt")
            with torch.inference_mode():
                torch.testing.assert_close(residua.load(tmp_path / "a.pt")(images), small(images), rtol=1e-4, atol=1e-5)


def test_a_profilers_counts_are_no_parameters(tmp_path, small):
    counts = {}
    for name, _ in small.named_modules():
        for word in ("total_ops", "total_params"):
            counts[f"{name}.{word}".lstrip(".")] = torch.zeros(1, dtype=torch.float64)
    path = saved(tmp_path / "a.pth", small.state_dict() | counts)
    assert residua.load(path).spec == small.spec
    assert set(residua.inspect(path).ignored) == set(counts)
