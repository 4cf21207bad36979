"""What does one page about a run show? Curves, confusion, the worst mistakes as images, the network, the command."""

from __future__ import annotations

import base64
import io
import shlex
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from residua import extras, pages
from residua.data.feed.loader import Batches
from residua.errors import MissingExtra
from residua.files import write_atomic
from residua.nn import ResNet
from residua.plan import cost
from residua.scores import Evaluation, MultiLabelEvaluation, in_words
from residua.spec import ResNetSpec
from residua.summary import summarize
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.settings.resolve import as_words

MOST_MISTAKES = 24
INK, TRAIN, HELD, MEAN = "#1c2330", "#2f6fb3", "#c2571a", "#3d8c57"
CURVES = {
    "loss": {"loss": "train", "val_loss": "validation", "mean_val_loss": "running mean"},
    "top-1": {
        "top1": "train",
        "val_top1": "validation",
        "mean_val_top1": "running mean",
        "exact_match": "train, all labels right",
        "val_map": "validation, mAP",
        "mean_val_map": "running mean, mAP",
    },
    "learning rate": {"lr": "lr"},
    "gradient norm, mean of the epoch": {"gradient_norm": "norm"},
    "images/s": {"images_per_second": "speed"},
    "data wait, share of the time": {"data_wait": "wait"},
}


SEVERAL = {"top-1": "all labels right, mAP"}  # title of a curve where an image has several labels


@dataclass(frozen=True)
class HeldOut:
    """The images that the run was measured on, and what the network answered: logits (N, classes), labels (N,)."""

    batches: Batches
    logits: Tensor
    labels: Tensor
    evaluation: Evaluation | MultiLabelEvaluation
    split: str
    metrics: dict[str, Any] = field(default_factory=dict)  # all of `metrics.json`


def try_report(run: Run, spec: ResNetSpec, held: HeldOut) -> str:
    """Write the page if what it takes is installed; return in one line where it lies, or why there is none."""
    try:
        return f"report: {write_report(run, spec, held)}"
    except MissingExtra as error:
        return f"no report.html: {error}"


def write_report(run: Run, spec: ResNetSpec, held: HeldOut) -> Path:
    """Write `RUN/report.html`, one self-contained page, and return its path. Raises MissingExtra without `report`."""
    matplotlib = extras.require("matplotlib")
    # The browser sets the text, in its own fonts; a dollar in the name of a class is no formula.
    with matplotlib.rc_context({"svg.fonttype": "none", "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        several = isinstance(held.evaluation, MultiLabelEvaluation)
        template = "report_labels.html" if several else "report.html"
        page = pages.render("residua.train.measure", template, **_values(run, spec, held))
    path = run.folder / "report.html"
    write_atomic(path, page)
    return path


def _values(run: Run, spec: ResNetSpec, held: HeldOut) -> dict[str, Any]:
    """Return what the template's names stand for."""
    config, rows, size = run.config, run.rows(), held.batches.preprocessing.size
    evaluation = held.evaluation
    if isinstance(evaluation, MultiLabelEvaluation):
        own: dict[str, Any] = {"labels": _labels(evaluation)}
    else:
        own = {"confusion": _confusion(evaluation), "classes": _classes(evaluation), "mistakes": _mistakes(held)}
    return own | {
        "title": f"{config.model} on {config.data}",
        "lead": _lead(config, rows),
        "numbers": _numbers(held, rows, spec),
        "curves": _curves(rows),
        "split": held.split,
        "never_answered": ", ".join(held.evaluation.never_answered),
        "left_out": held.metrics.get("left_out", []),
        "rendering": "pixelated" if size <= 96 else "auto",
        "network": str(spec),
        "stages": _network(spec, size),
        "command": shlex.join([*as_words(config), "--out", f"{run.folder}-again"]),
        "config": config.to_toml(),
    }


def _lead(config: TrainConfig, rows: list[dict[str, Any]]) -> str:
    last = rows[-1]
    return f"{last['epoch']} epochs of batch {config.batch}, {last['step']:,} steps, seed {config.seed}."


def _numbers(held: HeldOut, rows: list[dict[str, Any]], spec: ResNetSpec) -> list[tuple[str, str]]:
    size = held.batches.preprocessing.size
    whole = cost(spec, size, size)
    speed = float(np.median([row["images_per_second"] for row in rows]))
    return [
        *_accuracy(held.evaluation, held.split),
        (f"{whole.params:,}", "parameters"),
        (f"{whole.macs / 1e6:,.1f} M", "MACs an image"),
        (f"{speed:,.0f}", "images/s, median"),
        (f"{np.median([row['data_wait'] for row in rows]):.1%}", "data wait, median"),
        *_beside(held),
    ]


def _accuracy(found: Evaluation | MultiLabelEvaluation, split: str) -> list[tuple[str, str]]:
    counts = in_words(found.correct, found.samples)
    if isinstance(found, MultiLabelEvaluation):
        return [
            (f"{found.map:.2%}", f"mAP, {split}: {found.samples:,} images"),
            (f"{found.f1_macro:.2%}", f"F1, mean of labels, at {found.threshold:g}"),
            (f"{found.f1_micro:.2%}", "F1 over all labels"),
            (f"{found.exact_match:.2%}", f"all labels right: {counts}"),
            (f"{found.loss:.4f}", "loss"),
        ]
    return [
        (f"{found.top1:.2%}", f"top-1, {split}: {counts}"),
        (f"{found.class_mean:.2%}", "mean over classes"),
        *([] if found.top5 is None else [(f"{found.top5:.2%}", "top-5")]),
        *([] if found.auroc is None else [(f"{found.auroc:.4f}", "AUROC")]),
        (f"{found.loss:.4f}", "loss"),
        (f"{found.ece:.2%}", "calibration error"),
    ]


def _labels(evaluation: MultiLabelEvaluation) -> list[dict[str, str]]:
    """Return a row a label, the one that is found worst first; those that no image has last."""
    found = sorted(evaluation.labels.items(), key=lambda item: (not item[1].samples, item[1].average_precision or 0))
    shares = ("average_precision", "precision", "recall", "f1")
    return [
        {"name": name, "images": f"{scores.samples:,}"} | {key: _percent(getattr(scores, key)) for key in shares}
        for name, scores in found
    ]


def _beside(held: HeldOut) -> list[tuple[str, str]]:
    """Return what is reported beside the single view of the kept weights, where there is any."""
    augmented = held.metrics.get("tta", {})
    key, words = ("map", "mAP") if isinstance(held.evaluation, MultiLabelEvaluation) else ("top1", "top-1")
    beside = [(f"{seen[key]:.2%}", f"{words} with tta {name}") for name, seen in augmented.items()]
    rest = held.metrics.get("without_seen")
    if rest and rest["samples"] and key in rest:
        counts = in_words(rest["correct"], rest["samples"])
        seen = f"{words} without {rest['seen']} images that training has seen"
        beside.append((f"{rest[key]:.2%}", f"{seen}: {counts}" if key == "top1" else seen))
    plain = held.metrics.get("without_mean")
    return beside + ([(f"{plain[key]:.2%}", f"{words} of the last weights")] if plain else [])


def _curves(rows: list[dict[str, Any]]) -> str:
    """Return loss, top-1, learning rate, gradient norm, speed and data wait over epochs as one SVG."""
    figure, axes = figure_of(2, 3, (10.5, 5.6))
    marker = "o" if len(rows) < 12 else None
    for axis, (title, lines) in zip(axes, CURVES.items(), strict=True):
        for number, (key, label) in enumerate(lines.items()):
            points = [(row["epoch"], row[key]) for row in rows if row.get(key) is not None]
            if points:
                color = (TRAIN, HELD, MEAN)[number % 3]
                axis.plot(*zip(*points, strict=True), color=color, marker=marker, ms=3, label=label)
        if title == "loss":  # an untrained network's validation may be hundreds of times worse than its end
            axis.set_ylim(top=min(axis.get_ylim()[1], 1.5 * max(row["loss"] for row in rows)))
        if len(axis.get_lines()) > 1:
            axis.legend(frameon=False, fontsize=8)
        axis.set_title(title if rows[-1]["top1"] is not None else SEVERAL.get(title, title), fontsize=10, color=INK)
        axis.set_xlabel("epoch", fontsize=8)
    return as_svg(figure)


def _confusion(evaluation: Evaluation) -> str:
    """Return the confusion matrix, each row as shares of its class, as SVG; counts are written in for few classes."""
    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names, few = list(evaluation.per_class), len(counts) <= 20
    figure, axes = figure_of(1, 1, (min(3 + 0.42 * len(counts), 9), min(2.4 + 0.38 * len(counts), 8.5)))
    axis = axes[0]
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if few:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                color = "white" if shares[row, column] > 0.5 else INK
                axis.text(column, row, str(count), ha="center", va="center", fontsize=7, color=color)
        axis.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
        axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.set_xlabel("predicted", fontsize=9)
    axis.set_ylabel("true", fontsize=9)
    return as_svg(figure)


def _classes(evaluation: Evaluation) -> list[dict[str, str]]:
    """Return a row a class, the worst first; those without images last."""
    rows, names = [], list(evaluation.per_class)
    for index, (name, scores) in enumerate(evaluation.classes.items()):
        others = {other: count for other, count in enumerate(evaluation.confusion[index]) if other != index and count}
        worst = max(others, key=others.__getitem__) if others else None
        rows.append(
            {
                "name": name,
                "images": f"{scores.samples:,}",
                "top1": _percent(scores.recall),
                "counts": in_words(scores.correct, scores.samples) if scores.samples else "",
                "precision": _percent(scores.precision),
                "f1": _percent(scores.f1),
                "taken_for": "" if worst is None else f"{names[worst]} ({others[worst]}×)",
            }
        )
    shares = evaluation.per_class
    return sorted(rows, key=lambda row: (shares[row["name"]] is None, shares[row["name"]] or 0.0))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _mistakes(held: HeldOut) -> list[dict[str, str]]:
    """Return the wrongly classified images with the largest loss, worst first, as embedded PNGs."""
    assert isinstance(held.evaluation, Evaluation)
    chances = held.logits.softmax(1)
    predicted = chances.argmax(1)
    wrong = (predicted != held.labels).nonzero()[:, 0]
    truth = chances[wrong, held.labels[wrong]]
    worst = wrong[truth.argsort()][:MOST_MISTAKES].tolist()
    if not worst:
        return []
    source, names = held.batches.source, list(held.evaluation.per_class)
    indices = held.batches.indices[np.array(worst)]
    pixels = source.read(indices, held.batches.preprocessing)
    return [
        {
            "png": _png(image),
            "label": names[int(held.labels[at])],
            "taken_for": names[int(predicted[at])],
            "score": f"{chances[at].max():.0%} sure",
            "where": Path(source.where(int(index))).name,
        }
        for at, index, image in zip(worst, indices, pixels, strict=True)
    ]


def _png(pixels: np.ndarray) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _network(spec: ResNetSpec, size: int) -> str:
    """Return the network's stages as an HTML table."""
    with torch.device("meta"):
        model = ResNet(spec)
    return summarize(model, (spec.in_channels, size, size)).as_html(stages=True)


def figure_of(rows: int, columns: int, inches: tuple[float, float]) -> tuple[Any, list[Any]]:
    """Return a matplotlib figure and its axes in reading order. Raises MissingExtra without `report`."""
    figure = extras.require("matplotlib.figure").Figure(figsize=inches, layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    return figure, axes


def as_svg(figure: Any) -> str:
    """Return the figure as an element for a page."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()[out.getvalue().index("<svg") :]


def as_png(figure: Any) -> bytes:
    """Return the figure as a PNG of 150 dots an inch."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    return out.getvalue()
