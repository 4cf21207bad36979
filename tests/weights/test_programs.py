"""Does the program beside a file's tensors (graph, layers, code) count: is what no network here computes refused?"""

from __future__ import annotations

import json
import warnings

import h5py
import numpy as np
import pytest
import torch
from torch import nn

import residua
from residua.errors import WeightsError
from residua.weights.recognise.our_names import NORM_ROLES

from .conftest import lively, same_function

SMALL = {"depths": (1, 1), "widths": (4, 8), "stem_width": 4, "num_classes": 3, "shortcut": "B"}


@pytest.fixture(scope="module")
def model():
    return lively("resnet8", **SMALL)


class Graph:
    """An ONNX graph that grows a node at a time: each returns the name of what it gives."""

    def __init__(self, model):
        self.helper = pytest.importorskip("onnx").helper
        self.model, self.nodes = model, []
        self.tensors = {name: tensor.numpy() for name, tensor in model.state_dict().items() if tensor.ndim}

    def node(self, kind, *inputs, **attributes):
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def layer(self, x, conv, norm, **odd):
        module = self.model.get_submodule(conv)
        side = module.kernel_size[0]
        moves = {"kernel_shape": [side] * 2, "strides": list(module.stride), "pads": [side // 2] * 4} | odd
        x = self.node("Conv", x, f"{conv}.weight", **moves)
        return self.node("BatchNormalization", x, *(f"{norm}.{role}" for role in NORM_ROLES))

    def save(self, path, last):
        from onnx import numpy_helper, save

        info = self.helper.make_tensor_value_info
        held = [numpy_helper.from_array(tensor, name) for name, tensor in self.tensors.items()]
        ends = [info("image", 1, [1, 3, 32, 32])], [info(last, 1, [1, 3])]
        save(self.helper.make_model(self.helper.make_graph(self.nodes, "g", *ends, held)), path)
        return path


def relu(graph, x):
    return graph.node("Relu", x)


def add(graph, x, y):
    return graph.node("Add", x, y)


def average(graph, x):
    return graph.node("GlobalAveragePool", x)


def as_onnx(path, model, act=relu, join=add, behind_stem=lambda graph, x: x, head=average, **odd):
    """Write a network of basic blocks as an ONNX graph; what is given takes the place of ours. odd: of the stem."""
    graph = Graph(model)
    x = behind_stem(graph, act(graph, graph.layer("image", "conv1", "bn1", **odd)))
    for stage in range(1, 1 + len(model.spec.depths)):
        block = f"layer{stage}.0"
        y = act(graph, graph.layer(x, f"{block}.conv1", f"{block}.bn1"))
        y = graph.layer(y, f"{block}.conv2", f"{block}.bn2")
        if stage > 1:
            x = graph.layer(x, f"{block}.downsample.0", f"{block}.downsample.1")
        x = act(graph, join(graph, x, y))
    x = graph.node("Flatten", head(graph, x))
    return graph.save(path, graph.node("Gemm", x, "fc.weight", "fc.bias", transB=1))


def test_a_graph_of_our_operations_is_loaded_and_shows_how_it_moves(model, tmp_path):
    path = as_onnx(tmp_path / "a.onnx", model)
    loaded = residua.load(path)
    assert loaded.spec == model.spec
    same_function(loaded, model.double())
    model.float()
    assert {"strides", "shortcut", "stem_pool"} <= {
        one.what for one in residua.inspect(path).assumed if one.because == "the graph says so"
    }


def clipped(graph, x):
    graph.tensors |= {"zero": np.float32(0), "six": np.float32(6)}
    return graph.node("Clip", x, "zero", "six")


def scaled(graph, x, y):
    graph.tensors["share"] = np.float32(0.3)
    return add(graph, x, graph.node("Mul", y, "share"))


NOT_OURS = {
    "leaky": ({"act": lambda graph, x: graph.node("LeakyRelu", x)}, "another than ReLU (LeakyRelu_2: LeakyRelu)"),
    "SiLU": ({"act": lambda graph, x: graph.node("Mul", x, graph.node("Sigmoid", x))}, "than ReLU (Mul_3: SiLU)"),
    "ReLU6": ({"act": clipped}, "another than ReLU (Clip_2: relu6)"),
    "difference": ({"join": lambda graph, x, y: graph.node("Sub", x, y)}, "Sub_8 (Subtract)"),
    "larger": ({"join": lambda graph, x, y: graph.node("Max", x, y)}, "Max_8 (Maximum)"),
    "product": ({"join": lambda graph, x, y: graph.node("Mul", x, y)}, "Mul_8 (product)"),
    "factor": ({"join": scaled}, "Mul_8 (factor)"),
    "maxima": ({"head": lambda graph, x: graph.node("GlobalMaxPool", x)}, "(GlobalMaxPool)"),
    "average behind the stem": (
        {"behind_stem": lambda graph, x: graph.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])},
        "AveragePool_3 (average pool)",
    ),
    "maxima behind the stem": (
        {"behind_stem": lambda graph, x: graph.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])},
        "no network here has a place for MaxPool_3, a pool of stride 2×2",
    ),
    "stride of the stem": ({"strides": [2, 2]}, "conv1 has stride 2×2"),
    "dilated stem": ({"dilations": [2, 2], "pads": [2] * 4}, "dilation 2×2, and here it would have stride 1"),
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_a_graph_that_computes_what_no_network_here_does_is_refused_by_it(model, tmp_path, what):
    odd, said = NOT_OURS[what]
    with pytest.raises(WeightsError) as refused:
        residua.load(as_onnx(tmp_path / "a.onnx", model, **odd))
    assert said in str(refused.value)


def as_keras(path, model, change=lambda layers: None):
    """Write a network of basic blocks as Keras keeps one: its tensors, and the description of its layers."""
    layers, kept = [], {}

    def layer(kind, name, arrays=(), **config):
        layers.append({"class_name": kind, "config": {"name": name, **config}})
        kept.update({name: dict(arrays)} if arrays else {})

    def conv(name, norm, active=True):
        module = model.get_submodule(name)
        kernel = {"kernel:0": module.weight.detach().numpy().transpose(2, 3, 1, 0)}
        moves = {"kernel_size": list(module.kernel_size), "strides": list(module.stride), "padding": "same"}
        layer("Conv2D", name.replace(".", "_"), kernel, activation="linear", **moves)
        words = zip(("gamma", "beta", "moving_mean", "moving_variance"), NORM_ROLES, strict=True)
        state = model.get_submodule(norm).state_dict()
        layer("BatchNormalization", norm.replace(".", "_"), {f"{one}:0": state[two].numpy() for one, two in words})
        if active:
            layer("Activation", f"relu_{len(layers)}", activation="relu")

    conv("conv1", "bn1")
    for stage in range(1, 1 + len(model.spec.depths)):
        block = f"layer{stage}.0"
        conv(f"{block}.conv1", f"{block}.bn1")
        conv(f"{block}.conv2", f"{block}.bn2", active=False)
        if stage > 1:
            conv(f"{block}.downsample.0", f"{block}.downsample.1", active=False)
        layer("Add", f"add_{stage}")
        layer("Activation", f"relu_{len(layers)}", activation="relu")
    layer("GlobalAveragePooling2D", "pool")
    matrix = {"kernel:0": model.fc.weight.detach().numpy().T, "bias:0": model.fc.bias.detach().numpy()}
    layer("Dense", "fc", matrix, activation="softmax")
    change(layers)
    with h5py.File(path, "w") as file:
        for name, arrays in kept.items():
            for word, array in arrays.items():
                file[f"model_weights/{name}/{name}/{word}"] = array
        file["model_weights"].attrs["layer_names"] = [name.encode() for name in kept]
        file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": {"layers": layers}})
    return path


def configured(kind, **config):
    """Return what lays `config` over the first layer of a kind."""
    return lambda layers: next(one for one in layers if one["class_name"] == kind)["config"].update(config)


def renamed(kind, other, **config):
    """Return what makes layers of another kind, with `config`, of those of one kind."""

    def change(layers):
        for one in layers:
            if one["class_name"] == kind:
                one.update(class_name=other, config=one["config"] | config)

    return change


def test_a_description_of_our_layers_is_loaded_and_shows_how_they_move(model, tmp_path):
    report = residua.inspect(as_keras(tmp_path / "a.h5", model))
    assert report.spec == model.spec.changed(padding="same")
    assert report.candidates == ()


DESCRIBED = {
    "swish": (configured("Activation", activation="swish"), "than ReLU (relu_2: swish)"),
    "in a convolution": (configured("Conv2D", activation="leaky_relu"), "than ReLU (conv1: leaky_relu)"),
    "leaky": (renamed("Activation", "LeakyReLU", activation=None), "than ReLU (relu_2: LeakyReLU"),
    "product": (renamed("Add", "Multiply"), "add_1 (Multiply)"),
    "maxima": (renamed("GlobalAveragePooling2D", "GlobalMaxPooling2D"), "pool (GlobalMaxPooling2D)"),
    "difference": (renamed("Add", "Subtract"), "add_1 (Subtract)"),
    "stride of the stem": (configured("Conv2D", strides=[2, 2]), "conv1/kernel:0 has stride 2×2"),
    "pool": (
        lambda layers: layers.insert(
            3, {"class_name": "MaxPooling2D", "config": {"name": "pooled", "pool_size": [2, 2], "strides": None}}
        ),
        "no network here has a place for pooled, a pool of stride 2×2",
    ),
}


@pytest.mark.parametrize("what", DESCRIBED)
def test_a_description_of_what_no_network_here_does_is_refused_by_it(model, tmp_path, what):
    change, said = DESCRIBED[what]
    with pytest.raises(WeightsError) as refused:
        residua.load(as_keras(tmp_path / "a.h5", model, change))
    assert said in str(refused.value)


class Active(nn.Module):
    """A network of ours with another activation in its code."""

    def __init__(self, model, act):
        super().__init__()
        for name, child in model.named_children():
            if name in ("conv1", "bn1", "layer1", "layer2", "fc"):
                self.add_module(name, child)
        self.act = act

    def forward(self, x):
        x = self.layer2(self.layer1(self.act(self.bn1(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))


def test_code_that_calls_another_activation_is_refused_by_it(model, tmp_path):
    for act in (nn.functional.relu, nn.functional.silu):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            traced = torch.jit.trace(Active(model, act), torch.randn(1, 3, 32, 32), check_trace=False)
        traced.save(tmp_path / f"{act.__name__}.pt")
    assert residua.load(tmp_path / "relu.pt").spec == model.spec
    with pytest.raises(
        WeightsError, match=r"its code shows that its activation is another than ReLU \(.*\.py: silu: silu\)"
    ):
        residua.load(tmp_path / "silu.pt")
