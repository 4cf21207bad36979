"""How does an artifact's network run? uint8 pixels in; logits, the likeliest classes and their activation maps out.

No torch. An engine is compiled for each batch size that comes, since a fixed size is 3 to 5 % faster than an open one;
`Predictor` asks for one image or for BATCH of them. The precision is always said: left to itself an engine may choose
another one (OpenVINO takes bf16 where the processor has it).
"""

from __future__ import annotations

import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from residua import extras
from residua.errors import ShipError
from residua.preprocessing import Pixels
from residua.ship.artifact import Artifact

BATCH = 8  # images at once: two cores are busy with eight, and more would wait longer
REQUESTS = 2  # under way at a time: while one is computed, another's pixels and answers are handled
INPUT, OUTPUTS = "pixels", ("logits", "classes", "maps")
HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}  # what is not quantised in an int8 network stays float32

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Answers:
    """What a network says of N images.

    logits: (N, classes). classes: (N, k), the likeliest first. maps: (N, k, h, w), where in the last stage's map each
    of them was seen (Zhou 2016).
    """

    logits: Floats
    classes: npt.NDArray[np.int64]
    maps: Floats


class Engine(Protocol):
    """What runs a network. precision: of its arithmetic, one of artifact.PRECISIONS."""

    precision: str

    def run(self, pixels: Pixels) -> Answers:
        """Return the answers for (N, size, size, channels) uint8 pixels."""

    def stream(self, batches: Iterable[Pixels]) -> Iterator[Answers]:
        """Yield the answers for each batch in order, while the next ones are being computed."""


@contextmanager
def without_converter() -> Iterator[None]:
    """Let OpenVINO be imported without its converter of models, where this process has not imported it yet.

    The converter is a third of the import's processor time (0.07 of 0.2 s on a Zen 4), and no artifact needs it;
    OpenVINO goes on without what cannot be imported. Afterwards it can be, from its own module.
    """
    converter = "openvino.tools.ovc"
    if "openvino" in sys.modules or converter in sys.modules:
        yield
        return
    sys.modules[converter] = None  # type: ignore[assignment]  # ImportError for whoever asks
    try:
        yield
    finally:
        del sys.modules[converter]


def open_engine(artifact: Artifact, precision: str | None = None, cache: Path | None = None) -> Engine:
    """Return the engine of an artifact. precision: other than its own (bf16 and fp32 run from each other's files).

    cache: a folder for what the engine has compiled. Raises MissingExtra where the engine is not installed, ShipError
    for a model that it cannot open.
    """
    manifest = artifact.manifest
    path, wanted = artifact.path(manifest.model), precision or manifest.precision
    if manifest.engine == "openvino":
        return OpenVino(read_openvino(path), wanted, cache)
    return OnnxRuntime(path, wanted)


def read_openvino(path: Path) -> Any:
    """Return the model in an .xml file and the .bin beside it. Raises ShipError."""
    openvino = extras.require("openvino")
    try:
        return openvino.Core().read_model(path)
    except RuntimeError as error:
        raise ShipError(f"{path} cannot be opened by OpenVINO: {_first_line(error)}.") from None


class OpenVino:
    """A model of OpenVINO's, compiled once for each batch size."""

    def __init__(self, model: Any, precision: str, cache: Path | None = None) -> None:
        self._openvino = extras.require("openvino")
        self._core = self._openvino.Core()
        self._model, self.precision = model, precision
        self._compiled: dict[int, Any] = {}
        self._idle: dict[int, list[Any]] = defaultdict(list)  # of each batch size: their memory is kept
        self._settings = {"INFERENCE_PRECISION_HINT": HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
        self._settings |= {} if cache is None else {"CACHE_DIR": str(cache)}

    def run(self, pixels: Pixels) -> Answers:
        answer = self._for(len(pixels))({INPUT: pixels})
        return _answers({name: answer[name] for name in OUTPUTS})

    def stream(self, batches: Iterable[Pixels]) -> Iterator[Answers]:
        """As `Engine` says; a caller that stops early waits for what is under way, which reads the pixels it gave."""
        running: deque[tuple[Any, Pixels]] = deque()  # the pixels are shared: they must live as long as the request
        try:
            for pixels in batches:
                idle = self._idle[len(pixels)]
                request = idle.pop() if idle else self._for(len(pixels)).create_infer_request()
                request.start_async({INPUT: pixels}, share_inputs=True)
                running.append((request, pixels))
                if len(running) == REQUESTS:
                    yield self._finish(*running.popleft())
            while running:
                yield self._finish(*running.popleft())
        finally:
            for request, _ in running:
                request.wait()

    def _finish(self, request: Any, pixels: Pixels) -> Answers:
        """Return the answers of a request once it has them; it is free for other pixels then."""
        request.wait()
        answers = _answers({name: request.get_tensor(name).data.copy() for name in OUTPUTS})
        self._idle[len(pixels)].append(request)
        return answers

    def _for(self, batch: int) -> Any:
        if batch not in self._compiled:
            model = self._model.clone()
            sides = [side.get_length() for side in list(model.input(INPUT).partial_shape)[1:]]
            try:
                model.reshape({INPUT: [batch, *sides]})
                self._compiled[batch] = self._core.compile_model(model, "CPU", self._settings)
            except RuntimeError as error:
                raise ShipError(
                    f"OpenVINO cannot compile this network here for a batch of {batch}: {_first_line(error)}."
                ) from None
        return self._compiled[batch]


class OnnxRuntime:
    """A model in ONNX, run by ONNX Runtime."""

    def __init__(self, path: Path, precision: str) -> None:
        self.precision = precision
        onnxruntime = extras.require("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors; warnings of its graph passes are not for users
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no common class
            raise ShipError(f"{path} cannot be opened by ONNX Runtime: {_first_line(error)}.") from None

    def run(self, pixels: Pixels) -> Answers:
        try:
            found = self._session.run(list(OUTPUTS), {INPUT: pixels})
        except Exception as error:  # as above: no common class
            raise ShipError(f"ONNX Runtime cannot run a batch of {len(pixels)}: {_first_line(error)}.") from None
        return _answers(dict(zip(OUTPUTS, found, strict=True)))

    def stream(self, batches: Iterable[Pixels]) -> Iterator[Answers]:
        return map(self.run, batches)


def _answers(found: dict[str, Any]) -> Answers:
    return Answers(
        np.asarray(found["logits"], np.float32), np.asarray(found["classes"], np.int64), np.asarray(found["maps"])
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")
