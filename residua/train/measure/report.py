"""What does one page about a run show? Measures, circumstances, curves, confusion, classes, mistakes, the command."""

from __future__ import annotations

import platform
import shlex
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from residua import pages
from residua.data.feed.loader import Batches
from residua.errors import MissingExtra
from residua.files import write_atomic
from residua.nn import ResNet
from residua.nn.device import processor_name
from residua.plan import cost
from residua.scores import Evaluation, MultiLabelEvaluation, in_words
from residua.spec import ResNetSpec
from residua.summary import summarize
from residua.text import and_more
from residua.train.measure.mistakes import worst_mistakes
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.settings.resolve import as_words
from residua.version import __version__

MOST_CELLS = 20  # classes whose counts are written out; more are drawn
CURVES = {  # title: the log's keys with their names, and whether they are shares
    "loss": ({"loss": "train", "val_loss": "validation", "mean_val_loss": "running mean"}, False),
    "top-1": ({"top1": "train", "val_top1": "validation", "mean_val_top1": "running mean"}, True),
    "all labels right, mAP": (
        {"exact_match": "train, all right", "val_map": "validation, mAP", "mean_val_map": "running mean, mAP"},
        True,
    ),
    "learning rate": ({"lr": "lr"}, False),
    "gradient norm, mean of the epoch": ({"gradient_norm": "norm"}, False),
    "images/s": ({"images_per_second": "speed"}, False),
    "data wait, share of the time": ({"data_wait": "wait"}, True),
}


@dataclass(frozen=True)
class Circumstances:
    """On what a run was trained: images a split, what the data's look-over found, device and precision."""

    images: dict[str, int] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    placement: str = ""


@dataclass(frozen=True)
class HeldOut:
    """The images that the run was measured on, and what the network answered: logits (N, classes), labels (N,)."""

    batches: Batches
    logits: Tensor
    labels: Tensor
    evaluation: Evaluation | MultiLabelEvaluation
    split: str
    metrics: dict[str, Any] = field(default_factory=dict)  # all of `metrics.json`
    circumstances: Circumstances = field(default_factory=Circumstances)


def try_report(run: Run, spec: ResNetSpec, held: HeldOut) -> str:
    """Write the page if what it takes is installed; return in one line where it lies, or why there is none."""
    try:
        return f"report: {write_report(run, spec, held)}"
    except MissingExtra as error:
        return f"no report.html: {error}"


def write_report(run: Run, spec: ResNetSpec, held: HeldOut) -> Path:
    """Write `RUN/report.html`, one self-contained page, and return its path. Raises MissingExtra without `report`."""
    with pages.drawing():
        page = pages.render("residua.train.measure", "report.html", **_values(run, spec, held))
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
        few = len(evaluation.confusion) <= MOST_CELLS
        own = {"labels": [], "names": list(evaluation.per_class), "classes": _classes(evaluation)}
        own |= {"confusion": _cells(evaluation) if few else [], "map": "" if few else _map(evaluation)}
        own["mistakes"] = worst_mistakes(held.batches, held.logits, held.labels, own["names"])
    return own | {
        "title": f"{config.model} on {config.data}",
        "lead": _lead(config, rows),
        "numbers": _numbers(held, rows, spec),
        "facts": _facts(config, held, rows),
        "findings": held.circumstances.findings,
        "curves": _curves(rows),
        "split": held.split,
        "never_answered": and_more(held.evaluation.never_answered),
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
        *_accuracy(held),
        (f"{whole.params:,}", "parameters"),
        (f"{whole.macs / 1e6:,.1f} M", "MACs an image"),
        (f"{speed:,.0f}", "images/s, median"),
        (f"{np.median([row['data_wait'] for row in rows]):.1%}", "data wait, median"),
        *_beside(held),
    ]


def _accuracy(held: HeldOut) -> list[tuple[str, str]]:
    """Return the measures, the accuracy first; where the images chose the epoch, that of halves which did not."""
    found, split = held.evaluation, held.split
    counts = in_words(found.correct, found.samples)
    if isinstance(found, MultiLabelEvaluation):
        return [
            (f"{found.map:.2%}", f"mAP, {split}: {found.samples:,} images"),
            (f"{found.f1_macro:.2%}", f"F1, mean of labels, at {found.threshold:g}"),
            (f"{found.f1_micro:.2%}", "F1 over all labels"),
            (f"{found.exact_match:.2%}", f"all labels right: {counts}"),
            (f"{found.loss:.4f}", "loss"),
        ]
    first = [(f"{found.top1:.2%}", f"top-1, {split}: {counts}")]
    if halves := held.metrics.get("cross_fitted"):
        apart = in_words(halves["correct"], halves["samples"])
        first = [
            (f"{halves['top1']:.2%}", f"top-1, {split}, each half at the epoch that the other half chose: {apart}"),
            (f"{found.top1:.2%}", f"top-1 at epoch {held.metrics['epoch']}, which all of them chose: {counts}"),
        ]
    return [
        *first,
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


def _facts(config: TrainConfig, held: HeldOut, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return under which circumstances the run was made, each with its name."""
    around, metrics, shown = held.circumstances, held.metrics, held.batches.preprocessing
    images = ", ".join(f"{count:,} to {what}" for what, count in around.images.items() if count)
    fit = {"crop": f"resized to {shown.resize}, centre {shown.size}×{shown.size}"}
    words = fit.get(shown.fit, f"{shown.fit} to {shown.size}×{shown.size}")
    mean, std = (", ".join(f"{value:.3f}" for value in values) for values in (shown.mean, shown.std))
    facts = {
        "images": images,
        "measured on": f"the {held.split} images{_part(held)}",
        "split": "" if config.grouping == "auto" else f"drawn by seed {config.seed}, grouping {config.grouping}",
        "preprocessing": f"{words}, {shown.interpolation}; mean {mean}; std {std}",
        "best epoch": _best(config, metrics, rows),
        "training took": str(timedelta(seconds=round(metrics["train_seconds"]))) if "train_seconds" in metrics else "",
        "machine": f"{processor_name()}; {around.placement}" if around.placement else processor_name(),
        "versions": f"residua {__version__}, torch {torch.__version__}, Python {platform.python_version()}",
    }
    return [(name, words) for name, words in facts.items() if words]


def _part(held: HeldOut) -> str:
    """Return which part the measured images had in the training, if any."""
    if held.split == "train":
        return ", from which it has learnt: how good it is on others is not known"
    return ", which chose the epoch, too" if held.metrics.get("chose_epoch") else ""


def _best(config: TrainConfig, metrics: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    if rows[-1].get("val_loss") is None:
        return f"the last, {rows[-1]['epoch']}: no images are held out to choose by"
    top1 = f"; top-1 {metrics['val_top1']:.2%}" if metrics["val_top1"] is not None else ""
    return f"{metrics['epoch']} of {rows[-1]['epoch']}, by validation {config.select}{top1}"


def _curves(rows: list[dict[str, Any]]) -> list[str]:
    """Return loss, top-1, learning rate, gradient norm, speed and data wait over epochs, an SVG each."""
    known = {key for row in rows for key, value in row.items() if value is not None}
    return [_curve(rows, title, *drawn) for title, drawn in CURVES.items() if known & drawn[0].keys()]


def _curve(rows: list[dict[str, Any]], title: str, lines: dict[str, str], share: bool) -> str:
    figure, axis = pages.figure_of()
    marker = "o" if len(rows) < 12 else None
    for key, label in lines.items():
        points = [(row["epoch"], row[key]) for row in rows if row.get(key) is not None]
        if points:
            axis.plot(*zip(*points, strict=True), marker=marker, ms=3, label=label)
    if title == "loss":  # an untrained network's validation may be hundreds of times worse than its end
        axis.set_ylim(top=min(axis.get_ylim()[1], 1.5 * max(row["loss"] for row in rows)))
    if len(axis.get_lines()) > 1:
        axis.legend()
    if share:
        pages.in_percent(axis.yaxis)
    axis.set_title(title)
    axis.set_xlabel("epoch")
    pages.whole_numbers(axis.xaxis)
    return pages.as_svg(figure, f"{title} over epochs")


def _cells(evaluation: Evaluation) -> list[list[tuple[int, int]]]:
    """Return the confusion matrix: counts, each with its share of the row's class in percent."""
    counts = np.array(evaluation.confusion)
    shares = np.rint(100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)).astype(int)
    return [list(zip(row.tolist(), share.tolist(), strict=True)) for row, share in zip(counts, shares, strict=True)]


def _map(evaluation: Evaluation) -> str:
    """Return the confusion matrix of many classes, each row as shares of its class, as SVG."""
    from matplotlib.colors import LinearSegmentedColormap

    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axis = pages.figure_of((pages.SIDE, pages.SIDE))
    color = pages.LINES[0]
    shown = axis.imshow(
        shares, cmap=LinearSegmentedColormap.from_list("shares", [color + "00", color + "ff"]), vmin=0, vmax=1
    )
    pages.in_percent(figure.colorbar(shown, shrink=0.8).ax.yaxis)
    for side, name in ((axis.xaxis, "predicted class, by number"), (axis.yaxis, "true class, by number")):
        pages.whole_numbers(side)
        side.set_label_text(name)
    return pages.as_svg(figure, f"confusion of {len(counts)} classes: rows true, columns predicted")


def _classes(evaluation: Evaluation) -> list[dict[str, str]]:
    """Return a row a class, the worst first; those without images last."""
    rows, names = [], list(evaluation.per_class)
    for index, (name, scores) in enumerate(evaluation.classes.items()):
        others = {other: count for other, count in enumerate(evaluation.confusion[index]) if other != index and count}
        worst = max(others, key=others.__getitem__) if others else None
        rows.append(
            {
                "name": name,
                "number": str(index),
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


def _network(spec: ResNetSpec, size: int) -> str:
    """Return the network's stages as an HTML table."""
    with torch.device("meta"):
        model = ResNet(spec)
    return summarize(model, (spec.in_channels, size, size)).as_html(stages=True)
