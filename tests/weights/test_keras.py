"""Do Keras's own residual networks come in with the same logits, and go out under Keras's names?

Two witnesses: the published definition written out with torch's functions, and Keras itself where it is installed.
"""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import residua
from residua.weights import conversion

from .conftest import lively

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras.*")  # its own use of NumPy
DEPTHS, WIDTHS = (2, 3, 2, 2), (4, 8, 12, 16)
V2 = residua.ZOO["resnetv2_50_keras"].spec.changed(depths=DEPTHS, widths=WIDTHS, num_classes=7)
V1 = residua.ZOO["resnet50_keras"].spec.changed(depths=DEPTHS, widths=WIDTHS, num_classes=7)
EPS = 1.001e-5


class Published:
    """keras.applications.resnet_v2 as it is published, layer by layer, on {Keras's name: array}: images to logits."""

    def __init__(self, arrays):
        self.arrays = {name: torch.from_numpy(np.asarray(array)).double() for name, array in arrays.items()}

    def conv(self, x, name, stride=1):
        kernel = self.arrays[f"{name}/kernel:0"].permute(3, 2, 0, 1)
        return F.conv2d(x, kernel, self.arrays.get(f"{name}/bias:0"), stride)

    def norm(self, x, name):
        gamma, beta, mean, variance = (
            self.arrays[f"{name}/{role}:0"][:, None, None]
            for role in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return (x - mean) / torch.sqrt(variance + EPS) * gamma + beta

    def block(self, x, name, stride, projects):
        preact = F.relu(self.norm(x, f"{name}_preact_bn"))
        shortcut = self.conv(preact, f"{name}_0_conv", stride) if projects else x[:, :, ::stride, ::stride]
        x = F.relu(self.norm(self.conv(preact, f"{name}_1_conv"), f"{name}_1_bn"))
        x = F.relu(self.norm(self.conv(F.pad(x, (1, 1, 1, 1)), f"{name}_2_conv", stride), f"{name}_2_bn"))
        return shortcut + self.conv(x, f"{name}_3_conv")

    def __call__(self, images):
        x = self.conv(F.pad(images, (3, 3, 3, 3)), "conv1_conv", 2)
        x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
        for stage, (depth, stride) in enumerate(zip(DEPTHS, (2, 2, 2, 1), strict=True), start=2):
            for block in range(1, depth + 1):
                x = self.block(x, f"conv{stage}_block{block}", stride if block == depth else 1, block == 1)
        pooled = F.relu(self.norm(x, "post_bn")).mean((2, 3))
        return pooled @ self.arrays["predictions/kernel:0"] + self.arrays["predictions/bias:0"]


def logits(model, images):
    with torch.inference_mode():
        return model.double()(images)


@pytest.fixture
def images():
    return torch.randn(2, 3, 70, 65, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_a_v2_network_computes_what_its_published_definition_does(tmp_path, images):
    model = lively(V2)
    conversion.write(model, tmp_path / "a.h5", "keras-v2")
    arrays = {}
    with h5py.File(tmp_path / "a.h5") as file:
        for layer in file.attrs["layer_names"]:
            arrays |= {name: file[layer][name][()] for name in file[layer].attrs["weight_names"]}
    torch.testing.assert_close(logits(model, images), Published(arrays)(images), rtol=1e-9, atol=1e-9)
    again = residua.load(tmp_path / "a.h5")
    assert (residua.inspect(tmp_path / "a.h5").dialect, again.spec) == ("keras-v2", V2)
    torch.testing.assert_close(logits(again, images), logits(model, images), rtol=1e-9, atol=1e-9)


@pytest.fixture
def keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


def keras_own(keras, version):
    """Return Keras's own network, small, with weights and statistics that all differ."""
    from keras.src.applications import resnet

    stack = resnet.stack_residual_blocks_v1 if version == 1 else resnet.stack_residual_blocks_v2
    strides = (1, 2, 2, 2) if version == 1 else (2, 2, 2, 1)

    def stages(x):
        for stage, (width, depth, stride) in enumerate(zip(WIDTHS, DEPTHS, strides, strict=True), start=2):
            x = stack(x, width, depth, stride, name=f"conv{stage}")
        return x

    network = resnet.ResNet(
        stages, version == 2, True, weights=None, classes=7, input_shape=(64, 64, 3), classifier_activation=None
    )
    random = np.random.default_rng(0)
    for variable in network.weights:
        vector = len(variable.shape) == 1
        value = random.uniform(0.5, 1.5, variable.shape) if vector else random.normal(0, 0.1, variable.shape)
        variable.assign(value.astype(np.float32))
    return network


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", ["a.h5", "a.weights.h5", "a.keras"])
def test_keras_own_files_give_keras_own_logits(keras, version, name, tmp_path):
    network = keras_own(keras, version)
    (network.save_weights if ".weights" in name else network.save)(tmp_path / name)
    loaded = residua.load(tmp_path / name)
    assert loaded.spec == (V1 if version == 1 else V2).changed(stem_width=64)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    theirs = torch.as_tensor(network(images.permute(0, 2, 3, 1).numpy())).detach().cpu()
    with torch.inference_mode():
        torch.testing.assert_close(loaded(images), theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max()))


@pytest.mark.parametrize(("version", "dialect"), [(1, "keras"), (2, "keras-v2")])
def test_what_is_written_is_loaded_by_keras_itself(keras, version, dialect, tmp_path):
    network = keras_own(keras, version)
    network.save(tmp_path / "theirs.h5")
    conversion.convert(tmp_path / "theirs.h5", tmp_path / "ours.h5", dialect)
    wanted = [variable.numpy().copy() for variable in network.weights]
    for variable in network.weights:
        variable.assign(np.zeros(variable.shape, np.float32))
    network.load_weights(tmp_path / "ours.h5", by_name=True)
    for variable, value in zip(network.weights, wanted, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
