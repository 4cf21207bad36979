"""In which words are a run's measures said: after an epoch, and at its end?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residua.scores import in_words
from residua.text import and_more, name_of


def epoch_words(row: Mapping[str, Any]) -> str:
    """Return what a line of the log says of loss and accuracy, those of the validation where there is one."""
    if row["top1"] is None:
        learnt, name, key = f"all labels right {row['exact_match']:.2%}", "val mAP", "map"
    else:
        learnt, name, key = f"top-1 {row['top1']:.2%}", "val top-1", "top1"
    words = [f"epoch {row['epoch']:>3}", f"loss {row['loss']:.4f}", learnt]
    words += [_validation(words, row, prefix, key) for words, prefix in ((name, ""), ("of the mean", "mean_"))]
    return "  ".join(filter(None, words))


def _validation(words: str, row: Mapping[str, Any], prefix: str, key: str) -> str:
    """Return the validation of the weights or, by its prefix, of their running mean; "" where there is none."""
    value = row.get(f"{prefix}val_{key}")
    if value is None:
        return ""
    if key == "map":
        return f"{words} {value:.2%} ({row[f'{prefix}val_samples']:,} images)"
    return f"{words} {value:.2%} ({in_words(row[f'{prefix}val_correct'], row[f'{prefix}val_samples'])})"


def headline(metrics: Mapping[str, Any]) -> str:
    """Return the accuracy of a finished run, with what it rests on."""
    counts = in_words(metrics["correct"], metrics["samples"])
    if "map" in metrics:
        found = f"mAP {metrics['map']:.2%}, F1 {metrics['f1_macro']:.2%} (mean of labels)"
        return f"{found}, all labels right {metrics['exact_match']:.2%} ({counts})"
    found = f"top-1 {metrics['top1']:.2%} ({counts}), class mean {metrics['class_mean']:.2%}"
    honest = metrics.get("cross_fitted")
    return f"top-1 {honest['top1']:.2%}{_counts(honest)}" if honest else found


def beside(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stands beside the one number: test-time augmentation, other weights, the recipe's own number."""
    if "cross_fitted" in metrics:
        whole = f"top-1 {metrics['top1']:.2%}{_counts(metrics)}, class mean {metrics['class_mean']:.2%}"
        yield (
            "this counts each half of the images at the epoch that the other half chose; epoch "
            f"{metrics['epoch']}, whose weights are kept, was chosen by all of them and has {whole}"
        )
    if metrics.get("chose_epoch"):
        yield "these images chose the epoch, too: on others the accuracy is usually lower"
    if metrics.get("split") == "train":
        yield "these are images that it has learnt from, since none are held out: how good it is on others is not known"
    if metrics["never_answered"]:
        yield f"never answered: {and_more([name_of(name) for name in metrics['never_answered']])}"
    if "without_seen" in metrics:
        rest = metrics["without_seen"]
        known = _number(rest) + _counts(rest) if rest["samples"] else "none is left"
        yield f"without the {rest['seen']} images that training has seen: {known}"
    if "above_threshold" in metrics:
        rest = metrics["above_threshold"]
        known = _number(rest) + _counts(rest) if rest["samples"] else "none is left"
        yield f"of the {rest['answered']:.2%} with a score of at least {rest['threshold']:g}: {known}"
    left_out = metrics.get("left_out", [])
    if left_out:
        yield f"left out by --skip-bad: {and_more([name_of(text) for text in left_out])}"
    for name, seen in metrics.get("tta", {}).items():
        yield f"with tta {name}: {_number(seen)}"
    if "without_mean" in metrics:
        yield f"of the last epoch's own weights: {_number(metrics['without_mean'])}"
    recipe = metrics.get("recipe")
    if recipe and recipe["inside"] is not None:
        seeds = f"{recipe['seeds']} seed{'s' * (recipe['seeds'] > 1)} here" if recipe["seeds"] else "its source"
        side = "inside" if recipe["inside"] else "outside"
        yield f"{side} the range of the recipe {recipe['name']}: {recipe['expected_top1']:.2%} by {seeds}"


def _number(found: Mapping[str, Any]) -> str:
    return f"mAP {found['map']:.2%}" if "map" in found else f"top-1 {found['top1']:.2%}"


def _counts(found: Mapping[str, Any]) -> str:
    return (
        f" ({in_words(found['correct'], found['samples'])})" if "correct" in found else f" ({found['samples']} images)"
    )
