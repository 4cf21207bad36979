"""What does an artifact lose beside the engines driven by hand, on the same network, pictures and precision?

    python bench/ship_engines.py resnet18 resnet50 [--seconds 4] [--out metrics.json]

By hand means: float32 NCHW tensors that are normalised already, one output, every size of batch compiled. An artifact
takes uint8 pixels, normalises them, and gives classes and maps beside the logits. All run in turns in one process;
compared are images per CPU-second, which hold on a shared machine. Weights are random, drawn from seed 0: speed does
not depend on them. MNN takes part where it is installed; ExecuTorch's runtime ends the process beside the others here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from residua import build
from residua.preprocessing import Pixels, Preprocessing, normalise
from residua.ship import machine
from residua.ship.bench.turns import Run, Timed, take_turns
from residua.ship.canaries import textures
from residua.ship.engine import BATCH, HINTS, OnnxRuntime, OpenVino
from residua.ship.export.graph import Graph, as_openvino, quiet, write_onnx
from residua.ship.export.quantise import quantised, quantised_onnx
from residua.zoo import ZOO

BATCHES = (1, BATCH)
CALIBRATION = 16  # pictures: ranges decide what int8 is worth, not how fast it is
Inputs = dict[int, np.ndarray]  # of each size of batch, what an engine by hand reads
Ways = Iterator[tuple[str, str, Run]]  # who drives it, engine and precision, and what runs a batch of pixels


def artifacts(network: nn.Module, prepared: Preprocessing, calibration: Pixels, folder: Path) -> Ways:
    """Yield the engines of artifacts, as `residua export` makes them."""
    graph = Graph(network, prepared).eval()
    model = as_openvino(graph, prepared.size, prepared.channels)
    precisions = ("fp32", "bf16", "int8") if machine.has_bf16() else ("fp32", "int8")
    for precision in precisions:
        engine = OpenVino(quantised(model, calibration) if precision == "int8" else model, precision)
        yield "residua", f"openvino {precision}", _asked(engine)
    path = folder / "artifact.onnx"
    write_onnx(graph, prepared.size, prepared.channels, path)
    yield "residua", "onnxruntime fp32", _asked(OnnxRuntime(path, "fp32"))
    onnx.save(quantised_onnx(onnx.load(path), calibration), folder / "int8.onnx")
    yield "residua", "onnxruntime int8", _asked(OnnxRuntime(folder / "int8.onnx", "int8"))


def _asked(engine: OpenVino | OnnxRuntime) -> Run:
    return lambda pixels: engine.run(pixels).logits


def by_hand(network: nn.Module, prepared: Preprocessing, calibration: Pixels, folder: Path) -> Ways:
    """Yield each engine as its own manual drives it, with inputs made ready beforehand."""
    given = {size: _floats(textures(size, prepared.size, prepared.channels), prepared) for size in BATCHES}
    images = _floats(calibration, prepared)
    yield "by hand", "torch fp32", _torch(network, given)
    yield from _openvino(network, images, given)
    path = folder / "network.onnx"
    with quiet(), torch.no_grad():
        torch.onnx.export(
            network,
            (torch.from_numpy(given[BATCH]),),
            path,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            input_names=["images"],
            external_data=False,
            verbose=False,
        )
    yield from _onnxruntime(path, images, given, folder)
    yield from _where_it_goes(lambda: _mnn(path, given, folder))


def _where_it_goes(ways: Callable[[], Ways]) -> Ways:
    """Yield what an optional engine gives; one that is not installed, or fails here, is named and left out."""
    try:
        yield from list(ways())
    except Exception as error:
        print(f"left out: {type(error).__name__}: {error}", file=sys.stderr)


def _floats(pixels: Pixels, prepared: Preprocessing) -> np.ndarray:
    return np.ascontiguousarray(normalise(pixels, prepared).transpose(0, 3, 1, 2))


def _torch(network: nn.Module, given: Inputs) -> Run:
    tensors = {size: torch.from_numpy(array) for size, array in given.items()}

    def run(pixels: Pixels) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(network(tensors[len(pixels)]))

    return run


def _openvino(network: nn.Module, images: np.ndarray, given: Inputs) -> Ways:
    import nncf
    import openvino

    with quiet(), torch.no_grad():
        program = torch.export.export(
            network, (torch.from_numpy(given[BATCH]),), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)
        )
        model = openvino.convert_model(program)
        calibrating = nncf.Dataset([image[None] for image in images])
        int8 = nncf.quantize(model, calibrating, preset=nncf.QuantizationPreset.PERFORMANCE, subset_size=len(images))
    for precision in ("fp32", "bf16", "int8") if machine.has_bf16() else ("fp32", "int8"):
        compiled = {}
        for size, array in given.items():
            sized = (int8 if precision == "int8" else model).clone()
            sized.reshape(list(array.shape))
            settings = {"INFERENCE_PRECISION_HINT": HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
            compiled[size] = openvino.Core().compile_model(sized, "CPU", settings)
        yield "by hand", f"openvino {precision}", _called(partial(_first_of_compiled, compiled), given)


def _first_of_compiled(compiled: dict[int, Any], array: np.ndarray) -> Any:
    return compiled[len(array)](array)[0]


def _onnxruntime(path: Path, images: np.ndarray, given: Inputs, folder: Path) -> Ways:
    import onnxruntime
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class Calibrating(CalibrationDataReader):  # type: ignore[misc]  # a base class without types
        left = iter([{"images": image[None]} for image in images])

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self.left, None)

    with quiet():
        quantize_static(path, folder / "own.onnx", Calibrating(), quant_format=QuantFormat.QDQ, per_channel=True)
    for name, file in (("fp32", path), ("int8", folder / "own.onnx")):
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        yield "by hand", f"onnxruntime {name}", _called(partial(_first_of_session, session), given)


def _first_of_session(session: Any, array: np.ndarray) -> Any:
    return session.run(None, {"images": array})[0]


def _mnn(path: Path, given: Inputs, folder: Path) -> Ways:
    import MNN

    target = folder / "network.mnn"
    # Not by its wrapper in Python, which would install a package and send off what it converts.
    code = "import sys, _tools; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])"
    words = ["-f", "ONNX", "--modelFile", str(path), "--MNNModel", str(target)]
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)
    loaded = {}
    for size, array in given.items():
        manager = MNN.nn.create_runtime_manager(({"backend": "CPU", "precision": "high", "numThread": 1},))
        module = MNN.nn.load_module_from_file(str(target), ["images"], [], runtime_manager=manager)
        loaded[size] = (module, MNN.expr.placeholder(list(array.shape), MNN.expr.NCHW))

    def answer(array: np.ndarray) -> Any:
        module, held = loaded[len(array)]
        held.write(array)
        return module.forward([held])[0].read()

    answer(given[1])
    yield "by hand", "mnn fp32", _called(answer, given)


def _called(answer: Callable[[np.ndarray], Any], given: Inputs) -> Run:
    return lambda pixels: np.asarray(answer(given[len(pixels)]))


def measured(name: str, seconds: float) -> list[dict[str, Any]]:
    """Return a row for each way and size of batch, all of one network."""
    torch.manual_seed(0)
    network, side = build(name).eval(), ZOO[name].input_size[-1]
    prepared = Preprocessing.plain(side, network.spec.in_channels)
    calibration = textures(CALIBRATION, side, network.spec.in_channels)
    with tempfile.TemporaryDirectory() as folder:
        ways = [*artifacts(network, prepared, calibration, Path(folder))]
        ways += by_hand(network, prepared, calibration, Path(folder))
        found = take_turns([run for _, _, run in ways], calibration, BATCHES, seconds)
    return [
        {"network": name, "driven": driven, "engine": engine} | _row(timed)
        for (driven, engine, _), sizes in zip(ways, found, strict=True)
        for timed in sizes
    ]


def _row(timed: Timed) -> dict[str, Any]:
    marks = {"images_per_cpu_second": timed.images_per_cpu_second, "images_per_second": timed.images_per_second}
    return {"batch": timed.batch, "images": timed.batch * len(timed.latencies)} | marks


def ratios(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each artifact's rate beside the best by hand in its precision."""
    for row in rows:
        if row["driven"] != "residua":
            continue
        precision = row["engine"].split()[-1]
        same = (row["network"], row["batch"])
        rivals = [each for each in rows if each["driven"] == "by hand" and (each["network"], each["batch"]) == same]
        best = max(
            (each for each in rivals if each["engine"].endswith(precision) and not each["engine"].startswith("mnn")),
            key=lambda each: float(each["images_per_cpu_second"]),
        )
        ratio = row["images_per_cpu_second"] / best["images_per_cpu_second"]
        kept = {name: row[name] for name in ("network", "engine", "batch")}
        yield kept | {"best": best["engine"], "ratio": round(ratio, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # a thread each: none spins while it waits for another
    torch.set_num_threads(1)
    rows = [row for name in asked.networks for row in measured(name, asked.seconds)]
    found = {"machine": machine.describe("openvino"), "rows": rows, "ratios": list(ratios(rows))}
    text = json.dumps(found, indent=1)
    print(text)
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
