"""From a trained network to an artifact, in order. What was written is verified; a failure leaves nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from residua import extras
from residua.errors import ShipError
from residua.files import explain, require_folder, sweep, temporary_folder
from residua.nn import ResNet
from residua.preprocessing import Pixels, Preprocessing
from residua.scores import MAX_DROP, images_for_drop
from residua.ship import canaries, machine
from residua.ship.artifact import MANIFEST, Artifact, Manifest, entry_of, open_artifact
from residua.ship.engine import Engine, OnnxRuntime, OpenVino, read_openvino
from residua.ship.export import card, quantise
from residua.ship.export.graph import Graph, as_openvino, quiet, write_onnx
from residua.ship.export.verify import Labels, Question, Verification, reference_logits, verify

Say = Callable[[str], None]
GIVEN_BACK_AT_ONCE = 3  # layers; then the accuracy is measured again
RANKED_ON = 32  # images by which layers are ranked: each layer takes as many forward passes


@dataclass(frozen=True)
class Order:
    """What is wanted. to: the engine. max_drop: of accuracy, where somebody typed it."""

    name: str
    out: Path
    to: str = "openvino"
    precision: str = "fp32"
    max_drop: float | None = None


@dataclass(frozen=True)
class Images:
    """What an export is verified on and calibrated with: uint8 (N, size, size, channels), labels as the network counts.

    kind: what the pixels are, in words. canaries: what travels with the artifact, and of which kind it is.
    """

    pixels: Pixels
    labels: Labels | None
    kind: str
    calibration: Pixels | None
    canaries: Pixels
    canary_kind: str = "synthetic"


class NotTheSameError(ShipError):
    """A verification failed: the command ends with exit code 1."""


def require_possible(order: Order) -> None:
    """Raise ShipError for what cannot be done, before anything is."""
    sweep(order.out.parent, [order.out.name])
    if os.path.lexists(order.out):
        raise ShipError(f"{order.out} exists already; an artifact replaces nothing: name another folder with --out")
    if not order.out.parent.is_dir():
        raise ShipError(f"--out {order.out}: there is no folder {order.out.parent}")
    require_folder(order.out.parent)
    if order.to == "onnx" and order.precision == "bf16":
        raise ShipError("ONNX Runtime computes no convolution in bf16 on a processor: --precision fp32 or int8")
    if order.to == "openvino":
        extras.require("openvino")
    else:
        extras.require("onnxruntime")
    if order.precision == "int8":
        extras.require("nncf")


def require_enough(order: Order, labelled: int) -> None:
    """Raise ShipError where a typed --max-drop cannot be shown with so many labelled images, or there are none."""
    if order.max_drop is None:
        return
    if not labelled:
        raise ShipError(
            "--max-drop bounds a loss of accuracy, and there are no images with one label each to measure one on; "
            "give some with --data"
        )
    needed = images_for_drop(order.max_drop)
    if labelled < needed:
        raise ShipError(
            f"--max-drop {order.max_drop:g} cannot be shown with {labelled:,} images: even without a difference it "
            f"takes {needed:,}; give more with --data, or a larger --max-drop"
        )


def export(network: ResNet, preprocessing: Preprocessing, order: Order, images: Images, say: Say) -> Artifact:
    """Write the artifact, and return it.

    network: in eval mode, float32, on the CPU, with `.meta`. Raises NotTheSameError where the verification fails, and
    ShipError for what cannot be exported or written; nothing is left behind then.
    """
    require_possible(order)
    graph = Graph(network, preprocessing).eval()
    reference = reference_logits(network, images.pixels, preprocessing)
    exact = order.precision == "fp32"
    question = Question(images.pixels, reference, images.labels, images.kind, exact, order.max_drop or MAX_DROP)
    try:
        with temporary_folder(order.out.parent, order.out.name) as folder:
            writer = _WRITERS[order.to](graph, preprocessing, order, folder)
            verified = writer.write(images, question, say)
            if verified.problem:
                raise NotTheSameError(f"{order.name} was not exported: {verified.problem}")
            canaries.write(folder / canaries.FILE, images.canaries, writer.engine())
            manifest = _manifest(network, preprocessing, order, images, verified, writer.model)
            _finish(folder, manifest)
            made = folder / "artifact"
            made.rename(order.out)
    except OSError as error:
        raise ShipError(f"cannot write {order.out}: {explain(error)}") from error
    return open_artifact(order.out)


class _Writer(Protocol):
    """Writes the files that an engine opens, and verifies what it wrote."""

    model: str

    def __init__(self, graph: Graph, preprocessing: Preprocessing, order: Order, folder: Path) -> None: ...
    def engine(self) -> Engine: ...
    def write(self, images: Images, question: Question, say: Say) -> Verification: ...


class _OpenVinoWriter:
    """Writes model.xml and model.bin, quantised where that is wanted."""

    model = "model.xml"

    def __init__(self, graph: Graph, preprocessing: Preprocessing, order: Order, folder: Path) -> None:
        self._graph, self._preprocessing, self._order, self._folder = graph, preprocessing, order, folder

    def engine(self) -> Engine:
        """Return the engine of what was written."""
        return OpenVino(read_openvino(self._folder / self.model), self._order.precision)

    def write(self, images: Images, question: Question, say: Say) -> Verification:
        """Write the model and verify it; costly layers go back to float32 until the accuracy holds."""
        model = as_openvino(self._graph, self._preprocessing.size, self._preprocessing.channels)
        if self._order.precision != "int8":
            return self._save(model, question)
        assert images.calibration is not None
        model = quantise.quantised(model, images.calibration)
        verified = self._save(model, question)
        return self._with_floats(model, images.calibration, question, verified, say) if verified.problem else verified

    def _with_floats(
        self, model: Any, pixels: Pixels, question: Question, verified: Verification, say: Say
    ) -> Verification:
        say(f"residua: {verified.problem}; looking for the layers that cost it")
        pixels = pixels[:RANKED_ON]
        reference = reference_logits(self._graph.network, pixels, self._preprocessing)
        ranked = [name for name, gain in quantise.costliest_layers(model, pixels, reference) if gain > 0]
        for count in range(GIVEN_BACK_AT_ONCE, len(ranked) + GIVEN_BACK_AT_ONCE, GIVEN_BACK_AT_ONCE):
            given = tuple(ranked[:count])
            verified = replace(self._save(quantise.with_floats(model, given), question), floats=given)
            if not verified.problem:
                say(f"{len(given)} layers compute in float32: {', '.join(given)}")
                break
        return verified

    def _save(self, model: Any, question: Question) -> Verification:
        try:
            with quiet():
                extras.require("openvino").save_model(model, self._folder / self.model, compress_to_fp16=False)
        except RuntimeError as error:  # of a stream that could not be written
            raise ShipError(f"cannot write {self._order.out}: {error}; is the disk full?") from None
        return verify(self.engine(), question)


class _OnnxWriter:
    """Writes model.onnx, with quantise and dequantise nodes where int8 is wanted."""

    model = "model.onnx"

    def __init__(self, graph: Graph, preprocessing: Preprocessing, order: Order, folder: Path) -> None:
        self._graph, self._preprocessing, self._order, self._folder = graph, preprocessing, order, folder

    def engine(self) -> Engine:
        """Return the engine of what was written."""
        return OnnxRuntime(self._folder / self.model, self._order.precision)

    def write(self, images: Images, question: Question, say: Say) -> Verification:
        """Write the model and verify it."""
        path = self._folder / self.model
        write_onnx(self._graph, self._preprocessing.size, self._preprocessing.channels, path)
        if self._order.precision == "int8":
            assert images.calibration is not None
            onnx = extras.require("onnx")
            onnx.save(quantise.quantised_onnx(onnx.load(path), images.calibration), path)
        return verify(self.engine(), question)


_WRITERS: dict[str, type[_Writer]] = {"openvino": _OpenVinoWriter, "onnx": _OnnxWriter}


def _manifest(
    network: ResNet, preprocessing: Preprocessing, order: Order, images: Images, verified: Verification, model: str
) -> Manifest:
    meta = network.meta
    engine = "openvino" if order.to == "openvino" else "onnxruntime"
    names = (meta and meta.classes) or tuple(map(str, range(network.spec.num_classes)))
    return Manifest(
        name=order.name,
        engine=engine,
        engine_version=machine.engine_version(engine),
        precision=order.precision,
        model=model,
        classes=names,
        preprocessing=preprocessing,
        canaries={"file": canaries.FILE, "kind": images.canary_kind, "count": len(images.canaries)},
        verified=verified.to_json(),
        made_on=machine.describe(engine),
        spec=network.spec.model_dump(mode="json"),
        provenance=meta.provenance if meta else None,
    )


def _finish(folder: Path, manifest: Manifest) -> None:
    """Put what was written into a folder of its own, with card and manifest, all of it on the disk.

    Every file gets the mode of a new one: safetensors keeps all but the owner out of its own.
    """
    made = folder / "artifact"
    made.mkdir()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            shutil.move(path, made / path.name)
    (made / "README.md").write_text(card.text(manifest), encoding="utf-8")
    files = {path.name: entry_of(path) for path in sorted(made.iterdir())}
    (made / MANIFEST).write_text(replace(manifest, files=files).to_text(), encoding="utf-8")
    mode = (made / MANIFEST).stat().st_mode
    for path in made.iterdir():
        path.chmod(mode)
        with path.open("rb+") as written:
            os.fsync(written.fileno())


def sample(count: int, most: int, seed: int = 0) -> np.ndarray:
    """Return which `most` of `count` images are taken, in order: the same ones each time."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])
