"""What can run this network here? Each engine with each precision is a contestant, loaded when its turn comes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residua.plan import cost
from residua.preprocessing import Pixels, Preprocessing
from residua.ship import machine
from residua.ship.artifact import Artifact
from residua.ship.bench.turns import Run
from residua.ship.engine import Engine, Floats, OnnxRuntime, OpenVino
from residua.ship.proof import LOWER, Say, proved_engine
from residua.spec import ResNetSpec

if TYPE_CHECKING:
    from residua.nn import ResNet

ENGINES = ("eager", "channels_last", "compiled", "onnxruntime", "openvino")


@dataclass(frozen=True)
class Contestant:
    """An engine with a precision. load: makes it ready, and returns what runs it. artifact: where it is one's own."""

    engine: str
    precision: str
    load: Callable[[], Run]
    artifact: Artifact | None = None


@dataclass(frozen=True)
class Subject:
    """What is measured, on which pixels, and what it costs: multiply-accumulates an image, 0 where nobody knows them.

    The first contestant's answers are those that the others' are compared with.
    """

    name: str
    pixels: Pixels
    macs: int
    contestants: tuple[Contestant, ...]


def of_artifact(artifact: Artifact, pixels: Pixels, folder: Path | None, say: Say) -> Subject:
    """Return an artifact in its own precision, and in the one that runs from the same files. Its canaries come first.

    folder: the cache of verdicts.
    """
    manifest = artifact.manifest
    found = tuple(
        Contestant(manifest.engine, precision, partial(_proved, artifact, precision, folder, say), artifact)
        for precision in (manifest.precision, *filter(None, [LOWER.get(manifest.precision)]))
    )
    spec = None if manifest.spec is None else ResNetSpec.model_validate(manifest.spec)
    return Subject(str(artifact.folder), pixels, _macs(spec, manifest.preprocessing), found)


def of_network(name: str, network: ResNet, prepared: Preprocessing, pixels: Pixels, calibration: Pixels) -> Subject:
    """Return a network in torch as it is, in faster ways of torch's, and in the engines that `export` writes for.

    Those are converted from it, in fp32 and quantised by `calibration`. bf16 where the processor multiplies it.
    """
    from residua.nn.device import Placement, can_compile

    def torch_as(precision: str, *, channels_last: bool = True, compiled: bool = False) -> Callable[[], Run]:
        return partial(_in_torch, network, prepared, Placement("cpu", precision, channels_last, compiled))

    bf16 = ("bf16",) if machine.has_bf16() else ()
    found = [Contestant("eager", "fp32", torch_as("fp32", channels_last=False))]
    found += [Contestant("channels_last", each, torch_as(each)) for each in ("fp32", *bf16)]
    if can_compile("cpu"):
        found += [Contestant("compiled", each, torch_as(each, compiled=True)) for each in ("fp32", *bf16)]
    if machine.engine_version("onnxruntime"):
        found.append(Contestant("onnxruntime", "fp32", partial(_in_onnxruntime, network, prepared)))
    if machine.engine_version("openvino"):
        converted = cache(partial(_as_openvino, network, prepared))  # once for all precisions
        for each in ("fp32", *bf16, "int8"):
            found.append(Contestant("openvino", each, partial(_in_openvino, converted, each, calibration)))
    return Subject(name, pixels, _macs(network.spec, prepared), tuple(found))


def _macs(spec: ResNetSpec | None, prepared: Preprocessing) -> int:
    return 0 if spec is None else cost(spec, prepared.size, prepared.size).macs


def _asked(engine: Engine) -> Run:
    return lambda pixels: engine.run(pixels).logits


def _proved(artifact: Artifact, precision: str, folder: Path | None, say: Say) -> Run:
    return _asked(proved_engine(artifact, precision, folder, say))


def _in_torch(network: ResNet, prepared: Preprocessing, placement: Any) -> Run:
    import torch

    from residua.ship.images import as_tensor

    model: Any = placement.put(copy.deepcopy(network)).eval()
    if placement.compiled:
        model = torch.compile(model)

    def run(pixels: Pixels) -> Floats:
        with torch.inference_mode(), placement.autocast():
            answer = model(placement.move(as_tensor(pixels, prepared)))
        return np.asarray(answer.float().numpy(), np.float32)

    return run


def _in_onnxruntime(network: ResNet, prepared: Preprocessing) -> Run:
    import tempfile

    from residua.ship.export.graph import Graph, write_onnx

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write_onnx(Graph(network, prepared).eval(), prepared.size, prepared.channels, path)
        return _asked(OnnxRuntime(path, "fp32"))


def _as_openvino(network: ResNet, prepared: Preprocessing) -> Any:
    from residua.ship.export.graph import Graph, as_openvino

    return as_openvino(Graph(network, prepared).eval(), prepared.size, prepared.channels)


def _in_openvino(converted: Callable[[], Any], precision: str, calibration: Pixels) -> Run:
    model = converted()
    if precision == "int8":
        from residua.ship.export.quantise import quantised

        model = quantised(model, calibration)
    return _asked(OpenVino(model, precision))
