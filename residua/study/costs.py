"""What do networks cost, in parameters, MACs, memory and time, and how accurate are those that were trained?"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from residua.errors import SpecError
from residua.nn import build
from residua.spec import ResNetSpec
from residua.study.plan import Advance, Part, Work
from residua.study.report import Figure, Published, Report, Row, logarithmic
from residua.summary import summarize
from residua.train.run_folder import Run
from residua.weights.trained import open_trained, preprocessing_of
from residua.zoo import find

QUESTION = "What does a network cost, and what does it give for that?"
NETWORKS = ("resnet8", "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "wrn_16_8")
IMAGES, TIMES = 8, 5
PUBLISHED = (
    Published("ResNet-20, CIFAR-10 test error", "8.75 %", "he2016a Table 6"),
    Published("ResNet-32", "7.51 %", "he2016a Table 6"),
    Published("ResNet-44", "7.17 %", "he2016a Table 6"),
    Published("ResNet-56", "6.97 %", "he2016a Table 6"),
    Published("ResNet-110, mean of five runs", "6.61 %", "he2016a Table 6"),
)
NOT_SHOWN = (
    "Time is that of this machine, in fp32, eight images at a time, with whatever else ran on it; MACs are not time.",
    "Activation memory is what training keeps of one image, without an optimizer's state.",
    "Accuracy stands only beside networks that were given as run folders, with how many images it rests on.",
)


@dataclass(frozen=True)
class Subject:
    """A network to be measured. top1 and samples: of the run that it comes from, None for a name of the zoo."""

    name: str
    spec: ResNetSpec
    pixels: int
    top1: float | None = None
    samples: int | None = None


def subjects_of(names: Sequence[str]) -> list[Subject]:
    """Return the networks that names of the zoo and run folders stand for. Raises ResiduaError for what is neither."""
    return [_of_run(Path(name)) if Path(name).is_dir() else _of_zoo(name) for name in names]


def work(names: Sequence[str]) -> Work:
    """Return the study: a few forward passes of each network. Raises ResiduaError for a name that stands for none."""
    subjects, passes = subjects_of(names or NETWORKS), IMAGES * (TIMES + 1)
    parts = [Part(each.name, each.spec, each.pixels, passes, backward=0) for each in subjects]
    return Work(parts, lambda advance: run(subjects, advance))


def run(subjects: Sequence[Subject], advance: Advance) -> Report:
    """Measure every network and return the report. advance: called when one is done."""
    rows: list[Row] = []
    for subject in subjects:
        rows.append(_measured(subject))
        advance(subject.name, 1.0)
    circumstances = {
        "time": f"median of {TIMES} passes over {IMAGES} images, fp32, {torch.get_num_threads()} threads",
        "parameters, MACs, memory": "as `residua summary` has them",
    }
    return Report("cost", QUESTION, rows, _figures(rows), _seen(rows), NOT_SHOWN, PUBLISHED, circumstances)


def _of_zoo(name: str) -> Subject:
    row = find(name)
    return Subject(name, row.spec, row.input_size[1])


def _of_run(folder: Path) -> Subject:
    run = Run.open(folder)
    model = open_trained(run.model_file)
    metrics = run.metrics or {}
    return Subject(str(folder), model.spec, preprocessing_of(model).size, metrics.get("top1"), metrics.get("samples"))


def _measured(subject: Subject) -> Row:
    with torch.random.fork_rng(devices=[]):
        model = build(subject.spec).eval()
    size = (subject.spec.in_channels, subject.pixels, subject.pixels)
    found = summarize(model, size)
    batch = torch.zeros(IMAGES, *size)
    seconds = []
    with torch.inference_mode():
        for _ in range(TIMES + 1):  # the first makes the caches
            start = time.perf_counter()
            model(batch)
            seconds.append((time.perf_counter() - start) / IMAGES)
    return {
        "network": subject.name,
        "pixels": subject.pixels,
        "params": found.params,
        "macs": found.macs,
        "activation_bytes": found.activation_bytes,
        "milliseconds_per_image": 1000 * statistics.median(seconds[1:]),
        "top1": subject.top1,
        "samples": subject.samples,
    }


def _figures(rows: Sequence[Row]) -> list[Figure]:
    figures = [Figure("cost-time", "Time and MACs", _plot(rows, "milliseconds_per_image", "ms an image"))]
    figures.append(Figure("cost-memory", "Activations and MACs", _plot(rows, "activation_bytes", "bytes an image")))
    if any(row["top1"] is not None for row in rows):
        figures.append(Figure("cost-accuracy", "Accuracy and MACs", _plot(rows, "top1", "top-1 accuracy")))
    return figures


def _plot(rows: Sequence[Row], key: str, label: str) -> Callable[[Any], None]:
    """Return what draws a number over the MACs, on two logarithmic axes (one for accuracies), a name at each point."""

    def draw(axes: Any) -> None:
        known = [row for row in rows if row[key] is not None]
        axes.plot([row["macs"] for row in known], [row[key] for row in known], "o")
        for number, row in enumerate(known):  # on alternate sides: neighbours lie close
            place, side = ((-5, 5), "right") if number % 2 else ((5, -11), "left")
            name = Path(str(row["network"])).name
            axes.annotate(name, (row["macs"], row[key]), place, textcoords="offset points", ha=side)
        axes.set(xscale="log", yscale="linear" if key == "top1" else "log", xlabel="MACs an image", ylabel=label)
        for axis in (axes.xaxis, axes.yaxis) if key != "top1" else (axes.xaxis,):
            logarithmic(axis)
        axes.margins(0.3)

    return draw


def _seen(rows: Sequence[Row]) -> list[str]:
    rates = {str(row["network"]): _number(row["macs"]) / _number(row["milliseconds_per_image"]) / 1e6 for row in rows}
    if len(rates) == 1:
        [(name, rate)] = rates.items()
        return [f"{name} works off {rate:.1f} G MACs/s here; one network alone is compared with nothing."]
    ordered = sorted(rows, key=lambda row: _number(row["macs"]))
    least, most = ordered[0], ordered[-1]
    macs = _number(most["macs"]) / _number(least["macs"])
    slower = _number(most["milliseconds_per_image"]) / _number(least["milliseconds_per_image"])
    pair = f"{most['network']} has {macs:.1f} times the MACs of {least['network']}"
    lines = [f"{pair} and takes {slower:.1f} times as long here."]
    low, high = min(rates, key=lambda name: rates[name]), max(rates, key=lambda name: rates[name])
    lines.append(f"A MAC costs most time in {low} ({rates[low]:.1f} G MACs/s), least in {high} ({rates[high]:.1f}).")
    return lines


def _number(value: str | int | float | None) -> float:
    if value is None or isinstance(value, str):
        raise SpecError(f"{value!r} is no number to compare networks by")
    return float(value)
