"""By which methods is an answer explained: what does each map show, and of what is it computed?

A map has a number for each of its cells, large where the image speaks for the class. It is as coarse as its method is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from residua import extras
from residua.errors import TargetError
from residua.preprocessing import Pixels
from residua.ship.engine import Floats
from residua.ship.images import as_tensor
from residua.ship.runners import ArtifactRunner, Runner, TorchRunner

Heat = npt.NDArray[np.float64]
STEPS = 32  # of integrated gradients; their sum is then within a few percent of the difference that it should be
AT_ONCE = 32  # images in a batch
CELLS = 14  # of a side, for occlusion; its window is two of them wide and moves by one: 32 of 224 pixels by 16


@dataclass(frozen=True)
class Method:
    """One way to explain. shows: in words; source: a key of docs/papers.md; of: what it needs, None for any target.

    compute: from what runs the network, the pixels (1, size, size, channels) and the class's index to (h, w).
    signed: whether numbers below zero speak against the class.
    """

    name: str
    title: str
    shows: str
    source: str
    compute: Callable[[Runner, Pixels, int], Heat]
    signed: bool = False
    of: type | None = None


def mean_colour(pixels: Pixels) -> Pixels:
    """Return the image's own mean colour, (channels,): what takes the place of pixels that are removed."""
    return np.asarray(np.rint(pixels.reshape(-1, pixels.shape[-1]).mean(0)), np.uint8)


def logits_of(runner: Runner, pixels: Pixels) -> Floats:
    """Return the (N, classes) logits of (N, size, size, channels) pixels, in batches of the size that is best here."""
    count, batch = len(pixels), runner.batch
    if runner.sized and count > 1:  # each size that comes would be compiled: the last batch is filled up
        pixels = np.concatenate([pixels, np.repeat(pixels[-1:], -count % batch, 0)])
    parts = (pixels[at : at + batch] for at in range(0, len(pixels), batch))
    return np.concatenate(list(runner.stream(parts)))[:count]


def grad_cam(runner: Runner, pixels: Pixels, index: int) -> Heat:
    """Return Grad-CAM (Selvaraju 2017 eq. 1, 2) of the map that the global pooling reads, whatever the network.

    The weight of each channel is the mean of the logit's gradient over the map; their sum is cut off at zero.
    """
    gradients = extras.require("captum.attr").LayerGradCam(runner.model, runner.model.avgpool)
    found = gradients.attribute(_input(runner, pixels), index, attribute_to_layer_input=True, relu_attributions=True)
    return _heat(found[0, 0])


def integrated_gradients(runner: Runner, pixels: Pixels, index: int) -> Heat:
    """Return integrated gradients (Sundararajan 2017) from the image's mean colour to it, summed over the channels."""
    plain = np.broadcast_to(mean_colour(pixels), pixels.shape)
    found = (
        extras.require("captum.attr")
        .IntegratedGradients(runner.model)
        .attribute(
            _input(runner, pixels),
            baselines=_input(runner, np.ascontiguousarray(plain)),
            target=index,
            n_steps=STEPS,
            internal_batch_size=AT_ONCE,
        )
    )
    return _heat(found[0].sum(0))


def occlusion(runner: Runner, pixels: Pixels, index: int) -> Heat:
    """Return by how much the logit falls where a window of the mean colour covers the image (Zeiler 2014 §4.2)."""

    def logits(images: Tensor) -> Tensor:
        return torch.from_numpy(logits_of(runner, images.permute(0, 2, 3, 1).numpy().astype(np.uint8)))

    channels, cell = pixels.shape[-1], max(1, pixels.shape[1] // CELLS)
    found = (
        extras.require("captum.attr")
        .Occlusion(logits)
        .attribute(
            torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2),
            (channels, 2 * cell, 2 * cell),
            (channels, cell, cell),
            baselines=torch.from_numpy(mean_colour(pixels).astype(np.float32)).view(1, -1, 1, 1),
            target=index,
            perturbations_per_eval=AT_ONCE,
        )
    )
    return _heat(found[0, 0, ::cell, ::cell])  # the same over a cell, and in every channel


def class_activation(runner: Runner, pixels: Pixels, index: int) -> Heat:
    """Return an artifact's own class activation map (Zhou 2016), cut off at zero.

    Raises TargetError for a class that is not among the likeliest: the artifact computes only theirs.
    """
    answers = runner.model.run(pixels)
    [places] = np.nonzero(answers.classes[0] == index)
    if not len(places):
        raise TargetError(
            f"an artifact has activation maps of its {answers.classes.shape[1]} likeliest classes, and "
            f"{runner.classes[index]!r} is none of them; explain the run that it was exported from"
        )
    return np.asarray(np.maximum(answers.maps[0, places[0]], 0), np.float64)


_ALL = (
    Method(
        "grad-cam",
        "Grad-CAM",
        "where the last map, weighted by the gradient of the class, speaks for it",
        "selvaraju2017",
        grad_cam,
        of=TorchRunner,
    ),
    Method(
        "integrated-gradients",
        "Integrated gradients",
        "by how much each pixel raises the logit on the way from the mean colour to the image",
        "sundararajan2017",
        integrated_gradients,
        signed=True,
        of=TorchRunner,
    ),
    Method(
        "occlusion",
        "Occlusion",
        "by how much the logit falls when a window of the mean colour covers the place",
        "zeiler2014",
        occlusion,
        signed=True,
    ),
    Method(
        "class-activation",
        "Class activation map",
        "where the last map, weighted by the row of the classifier, speaks for the class",
        "zhou2016",
        class_activation,
        of=ArtifactRunner,
    ),
)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
USUAL: Mapping[type, tuple[str, ...]] = {
    TorchRunner: ("grad-cam", "integrated-gradients"),
    ArtifactRunner: ("class-activation", "occlusion"),
}


def chosen(names: tuple[str, ...], runner: Runner, target: str) -> list[Method]:
    """Return the methods that are asked for, or the usual ones of a network or an artifact.

    Raises TargetError for one that this target cannot answer.
    """
    methods = [METHODS[name] for name in dict.fromkeys(names or USUAL[type(runner)])]
    for method in methods:
        if method.of is not None and not isinstance(runner, method.of):
            raise TargetError(
                f"{method.name} needs {_NEEDS[method.of]}, which {target} is not; {_INSTEAD[type(runner)]}"
            )
    return methods


_NEEDS: Mapping[Any, str] = {TorchRunner: "a network with its gradients", ArtifactRunner: "an artifact"}
_INSTEAD: Mapping[Any, str] = {
    TorchRunner: "its grad-cam shows the same up to a factor",
    ArtifactRunner: "give the run that it was exported from, or class-activation or occlusion",
}


def _input(runner: Runner, pixels: Pixels) -> Tensor:
    moved: Tensor = runner.placement.move(as_tensor(pixels, runner.preprocessing))
    return moved


def _heat(found: Tensor) -> Heat:
    return found.detach().double().cpu().numpy()
