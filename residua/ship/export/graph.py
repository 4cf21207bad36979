"""What is exported: from uint8 pixels to logits, the likeliest classes and their activation maps, as one graph."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from residua import extras
from residua.errors import ShipError
from residua.nn import ResNet
from residua.preprocessing import Preprocessing
from residua.ship.engine import INPUT, OUTPUTS
from residua.text import one_line

MAPS = 5  # classes that a map is made for: as many as are named by default


class Graph(nn.Module):
    """(N, size, size, channels) uint8 → logits (N, K), classes (N, k), maps (N, k, h, w); k is the smaller of 5 and K.

    A class's activation map is its row of the classifier times the map of the last stage (Zhou 2016): no gradient, and
    its mean is the class's logit, less the bias.
    """

    def __init__(self, network: ResNet, preprocessing: Preprocessing) -> None:
        super().__init__()
        if not isinstance(network.fc, nn.Linear):
            raise ShipError("this network has no classifier (num_classes=0): there is no answer to export")
        self.network, self.classifier = network, network.fc
        self.scale: Tensor
        self.shift: Tensor
        std = torch.tensor(preprocessing.std, dtype=torch.float64).view(1, -1, 1, 1)
        mean = torch.tensor(preprocessing.mean, dtype=torch.float64).view(1, -1, 1, 1)
        self.register_buffer("scale", (1 / (255 * std)).float())
        self.register_buffer("shift", (mean / std).float())
        self.named = min(MAPS, network.spec.num_classes)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        images = pixels.permute(0, 3, 1, 2).float() * self.scale - self.shift
        network = self.network
        seen = network.last_relu(network.norm(network.last_map(images)))
        logits = self.classifier(network.dropout(network.flatten(network.avgpool(seen))))
        classes = logits.topk(self.named, dim=1).indices
        rows = F.embedding(classes, self.classifier.weight)
        maps = torch.einsum("nkc,nchw->nkhw", rows, seen)
        return logits, classes, maps


def traced(graph: Graph, side: int, channels: int) -> torch.export.ExportedProgram:
    """Return the graph as torch.export sees it, for any number of images. Raises ShipError for what it cannot take."""
    example = torch.zeros(2, side, side, channels, dtype=torch.uint8)
    try:
        with torch.no_grad():
            return torch.export.export(graph, (example,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))
    except Exception as error:
        raise ShipError(f"torch.export cannot trace this network: {one_line(error, 200)}") from error


def as_openvino(graph: Graph, side: int, channels: int) -> Any:
    """Return the graph as a model of OpenVINO's, straight from torch.export."""
    extras.require("openvino")
    from openvino.tools.ovc import convert_model  # which `openvino` lacks after `without_converter`

    with quiet():
        model = convert_model(traced(graph, side, channels))
    model.reshape([-1, side, side, channels])  # the sides come out of the conversion open
    model.inputs[0].get_tensor().set_names({INPUT})
    for output, name in zip(model.outputs, OUTPUTS, strict=True):
        output.get_tensor().set_names({name})
    return model


def write_onnx(graph: Graph, side: int, channels: int, path: Path) -> None:
    """Write the graph as ONNX with an open number of images, its weights in the same file."""
    extras.require("onnxscript")
    example = torch.zeros(2, side, side, channels, dtype=torch.uint8)
    with quiet(), torch.no_grad():
        torch.onnx.export(
            graph,
            (example,),
            path,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            external_data=False,
            verbose=False,
        )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what exporters print and warn of off the user's screen, and off stdout, which is for results."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
