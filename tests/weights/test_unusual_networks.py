"""Do networks that follow no library load with their own logits? Their modules are the witnesses."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import residua
from residua.errors import WeightsError
from residua.weights.loading import build_found
from residua.weights.options import Options
from residua.weights.read import read

from . import unusual_networks
from .unusual_networks import trained

MODULES = ("OptionA", "BarePlusHeadFirst", "Bottles", "WordyBottles", "PrePost", "PreAct", "Functional")


def made(name):
    network = getattr(unusual_networks, name)()
    return network.eval() if name == "Functional" else trained(network)


def tensors_of(network):
    """Return its state without the counters, which many files lack."""
    return {key: value.detach().contiguous() for key, value in network.state_dict().items() if value.ndim}


def same_logits(path, network, **options):
    """Assert that what `path` holds gives the logits of the network's own module to 1e-5 of the largest."""
    model = residua.load(path, **options)
    images = torch.randn(3, model.spec.in_channels, 64, 64, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        ours, theirs = model(images), network(images)
        ours = ours.log_softmax(1) if isinstance(network, unusual_networks.OptionA) else ours
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5 * float(theirs.abs().max()))


def in_words(state):
    """Return the tensors under names that are random words."""
    numbers = random.Random(0).sample(range(10**6), len(state))
    return {f"word{number}": tensor for number, tensor in zip(numbers, state.values(), strict=True)}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("how", ["as made", "sorted", "shuffled", "random words"])
def test_an_unusual_network_has_its_own_logits(name, how, tmp_path):
    network = made(name)
    state = tensors_of(network)
    if how == "sorted":
        save_file(state, tmp_path / "a.safetensors")
        same_logits(tmp_path / "a.safetensors", network)
        return
    keys = random.Random(3).sample(list(state), len(state)) if how == "shuffled" else list(state)
    state = in_words(state) if how == "random words" else {key: state[key] for key in keys}
    torch.save({"weights": state, "epoch": 7}, tmp_path / "a.pth")
    nameless_zeros = name == "OptionA" and how == "random words"
    same_logits(tmp_path / "a.pth", network, change={"shortcut_pad": "end"} if nameless_zeros else {})


@pytest.mark.parametrize("name", ["WordyBottles", "PreAct"])
def test_statistics_may_come_first_where_no_name_says_so(name, tmp_path):
    network, layers = made(name), {}
    state = tensors_of(network)
    for key in state:
        layers.setdefault(key.rpartition(".")[0], []).append(key)
    order = [key for keys in layers.values() for key in (keys[2:] + keys[:2] if len(keys) == 4 else keys)]
    torch.save(in_words({key: state[key] for key in order}), tmp_path / "a.pth")
    same_logits(tmp_path / "a.pth", network)


def test_where_zeros_stand_without_names_is_a_candidate(tmp_path):
    torch.save(in_words(tensors_of(made("OptionA"))), tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert "end" in [candidate.spec.shortcut_pad for candidate in report.candidates]


def layers(network):
    """Yield (path, module) of every layer with weights."""
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            yield path, module


def turned(module):
    """Return a kernel as TensorFlow keeps it: (H, W, in, out) or (in, out)."""
    weight = module.weight.detach().numpy()
    return np.ascontiguousarray(weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T)


def as_flax(network):
    """Return {"params/…": …, "batch_stats/…": …}: parameters and statistics apart, kernels turned, names sorted."""
    found = {}
    for path, module in layers(network):
        path = path.replace(".", "/")
        if isinstance(module, nn.BatchNorm2d):
            found |= {f"params/{path}/scale": module.weight, f"params/{path}/bias": module.bias}
            found |= {f"batch_stats/{path}/mean": module.running_mean, f"batch_stats/{path}/var": module.running_var}
            continue
        found[f"params/{path}/kernel"] = turned(module)
        if module.bias is not None:
            found[f"params/{path}/bias"] = module.bias
    return {key: np.asarray(torch.as_tensor(found[key]).detach()) for key in sorted(found)}


def as_paddle(network):
    """Return numpy arrays under torch's names but `_mean` and `_variance`; only matrices are turned."""
    words = {"running_mean": "_mean", "running_var": "_variance"}
    found = {}
    for key, tensor in tensors_of(network).items():
        path, _, leaf = key.rpartition(".")
        found[f"{path}.{words.get(leaf, leaf)}"] = tensor.numpy().T if tensor.ndim == 2 else tensor.numpy()
    return found


def as_gluon(network):
    """Return everything in one word: net0_small_0_normone_gamma."""
    found = {}
    for path, module in layers(network):
        norm = isinstance(module, nn.BatchNorm2d)
        for key, tensor in module.state_dict().items():
            leaf = {"weight": "gamma", "bias": "beta"}.get(key, key) if norm else key
            found["net0_" + path.replace(".", "_").lower() + "_" + leaf] = tensor.contiguous()
    return found


NAMED = ("OptionA", "BarePlusHeadFirst", "WordyBottles", "PreAct")


@pytest.mark.parametrize("name", NAMED)
def test_parameters_and_statistics_kept_apart(name, tmp_path):
    network = made(name)
    np.savez(tmp_path / "a.npz", **as_flax(network))
    same_logits(tmp_path / "a.npz", network)


@pytest.mark.parametrize("name", NAMED)
def test_nested_dictionaries_of_arrays(name, tmp_path):
    network, tree = made(name), {}
    for key, array in as_flax(network).items():
        *path, leaf = key.split("/")
        node = tree
        for word in path:
            node = node.setdefault(word, {})
        node[leaf] = array
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(tree | {"step": 7}))
    same_logits(tmp_path / "a.pkl", network)


@pytest.mark.parametrize("name", [*NAMED, "Bottles", "PrePost"])
def test_arrays_whose_matrices_alone_are_turned(name, tmp_path):
    network = made(name)
    (tmp_path / "a.pdparams").write_bytes(pickle.dumps(as_paddle(network), protocol=4))
    same_logits(tmp_path / "a.pdparams", network)


@pytest.mark.parametrize("name", NAMED)
def test_names_of_one_word(name, tmp_path):
    network = made(name)
    save_file({key: tensor for key, tensor in as_gluon(network).items() if tensor.ndim}, tmp_path / "a.safetensors")
    same_logits(tmp_path / "a.safetensors", network)


@pytest.mark.parametrize("name", NAMED)
def test_kernels_of_another_library_in_a_torch_file_beside_an_optimizer(name, tmp_path):
    network, state = made(name), {}
    for path, module in layers(network):
        for key, tensor in tensors_of(module).items():
            state[f"{path}.{key}"] = torch.from_numpy(turned(module)) if tensor.ndim > 1 else tensor
    twin = made(name)
    optimizer = torch.optim.Adam(twin.parameters())
    sum(parameter.square().sum() for parameter in twin.parameters()).backward()
    optimizer.step()
    torch.save({"net": state, "optimizer": optimizer.state_dict(), "epoch": 3}, tmp_path / "a.tar")
    same_logits(tmp_path / "a.tar", network)
    assert any("kernels from (H, W, in, out)" in line for line in residua.inspect(tmp_path / "a.tar").reshaped)


def test_a_classifier_that_does_not_fit_is_never_dropped_in_silence(tmp_path):
    state = tensors_of(made("OptionA"))
    state["verdict.weight"] = torch.randn(10, 72)
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="classifier"):
        build_found(read(tmp_path / "a.pth"), Options())
