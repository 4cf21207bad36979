"""What does a finished run leave behind: which weights serve, and how good are they?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from residua.data.feed.loader import Batches
from residua.errors import TrainError, WeightsError
from residua.files import write_atomic
from residua.metadata import Meta
from residua.nn import ResNet
from residua.scores import Evaluation, MultiLabelEvaluation
from residua.train.measure.answers import without_seen
from residua.train.measure.crossed import crossed
from residua.train.measure.evaluation import measure_several
from residua.train.measure.report import Circumstances, HeldOut
from residua.train.measure.settled import settled
from residua.train.measure.tta import Tta
from residua.train.measure.validation import Scored, scored
from residua.train.run_folder import Run
from residua.train.settings.config import DECIDED, TrainConfig
from residua.train.settings.recipes import RECIPES
from residua.train.setup.data import Prepared
from residua.train.state import Context, Progress, TrainState
from residua.train.step.objective import right
from residua.version import __version__
from residua.weights.files.native import load_native, read_meta, save

# Fields on which the accuracy does not depend.
NO_MATTER = {"reading", "compile", "root", "data_path", "download", "seed", "device", "checkpoint_minutes", "keep",
             "tensorboard", "tta", "grouping", "split_sha256", "fold"}  # fmt: skip
CHOSEN_BY = {"top1": "val_top1", "class-mean": "val_class_mean", "loss": "val_loss", "map": "val_map"}
LEAST_RANGE = 0.005  # half a point: what another machine's rounding and another seed may cost at least


def keep_best(context: Context, run: Run, data: Prepared, progress: Progress, weights: dict[str, Tensor]) -> None:
    """Write `model.safetensors`: the weights that serve, and all that is needed to use them."""
    provenance = {
        "residua": __version__,
        "torch": torch.__version__,
        "config": context.config.model_dump(mode="json"),
        "epoch": progress.best_epoch,
        **{name: getattr(context.config, name) for name in DECIDED},
        "chosen_by": CHOSEN_BY[context.config.select] if data.val is not None else "last epoch",
        **_origin(run),
    }
    metrics = None
    if data.val is not None:
        metrics = {"val_top1": progress.best_top1} if data.label_sets is None else {"val_map": progress.best_score}
    meta = Meta(data.classes, data.preprocessing.to_dict(), provenance, metrics)
    save(run.model_file, weights, data.spec, meta)


def _origin(run: Run) -> dict[str, Any]:
    """Return which pretrained weights the run began with, and under which licence; {} for none of these."""
    if not run.start_file.exists():
        return {}
    _, meta = read_meta(run.start_file)
    known = (meta.provenance or {}).get("pretrained")
    return {"pretrained": known} if known else {}


def conclude(context: Context, run: Run, data: Prepared, state: TrainState, answers: Mapping[str, Scored]) -> HeldOut:
    """Measure the best weights on held-out images, and write `metrics.json`.

    answers: what validating has the "kept" weights, or the last epoch's "plain" ones, answer for these very images.
    Beside the one view of the kept weights, and apart from it: test-time augmentation, and where the kept weights are
    a running mean, the plain ones of the last epoch.
    """
    config, progress = context.config, state.progress
    if context.world.first:
        _mend(context, run, data, state)
    context.world.wait()
    model = context.placement.put(load_native(run.model_file, context.construct))
    batches = data.final
    kept = answers.get("kept") or scored(model, batches, context)
    read, logits, labels = kept.batches, kept.logits, kept.labels
    evaluation = kept.measured(data)
    metrics: dict[str, Any] = evaluation.to_json() | {
        "split": data.held_out,
        "epoch": progress.best_epoch,
        "val_top1": _val_top1(data, progress),
        "train_seconds": progress.seconds,
    }
    hits = right(logits, labels, data.truths()).numpy()
    metrics |= _recognised(read, hits, labels)
    halves = crossed(state.rows, "mean_" if state.mean is not None else "")
    if batches is data.val:
        chosen = {"chose_epoch": True} if len(state.rows) > 1 else {}
        metrics |= chosen if halves is None else {"cross_fitted": halves}
    unseen = data.unseen(batches)
    if unseen is not None:
        metrics["without_seen"] = without_seen(hits, unseen) | _map(logits[unseen], labels[unseen], data)
    if left_out := data.left_out():
        metrics["left_out"] = left_out
    metrics |= _beside(context, data, state, model, answers)
    if config.recipe in RECIPES and isinstance(evaluation, Evaluation):
        metrics["recipe"] = verdict(config, evaluation.top1)
    if context.world.first:
        write_atomic(run.folder / "metrics.json", json.dumps(metrics, allow_nan=False) + "\n")
    return HeldOut(read, logits, labels, evaluation, data.held_out, metrics, _around(context, data))


def _beside(
    context: Context, data: Prepared, state: TrainState, model: ResNet, answers: Mapping[str, Scored]
) -> dict[str, dict[str, Any]]:
    """Return what test-time augmentation gives, and the last epoch's plain weights beside a running mean of them."""
    found: dict[str, dict[str, Any]] = {}
    tta = context.config.tta
    if tta != "one":
        seen = scored(Tta(model, tta), data.final, context).measured(data)
        found["tta"] = found["views"] = {tta: _number(seen)}
    if state.mean is not None:
        plain = answers.get("plain") or scored(state.model, data.final, context)
        found["without_mean"] = _number(plain.measured(data)) | {"epoch": state.progress.epoch}
    return found


def _around(context: Context, data: Prepared) -> Circumstances:
    return Circumstances(data.images, data.findings, str(context.placement))


def _val_top1(data: Prepared, progress: Progress) -> float | None:
    """Return the validation's top-1 at the chosen epoch, if there is one."""
    return progress.best_top1 if data.val is not None and data.label_sets is None else None


def _number(measured: Evaluation | MultiLabelEvaluation) -> dict[str, Any]:
    """Return the one number that stands for a measure, and the loss."""
    value = {"map": measured.map} if isinstance(measured, MultiLabelEvaluation) else {"top1": measured.top1}
    return value | {"loss": measured.loss}


def _map(logits: Tensor, labels: Tensor, data: Prepared) -> dict[str, Any]:
    """Return the mAP over some images where an image has several labels, if any has one; else nothing."""
    truths = data.truths()
    if truths is None or not truths[labels].any():
        return {}
    return {"map": measure_several(logits, truths[labels], data.classes).map}


def _recognised(batches: Batches, hits: np.ndarray, labels: Tensor) -> dict[str, str]:
    """Return which images were recognised, a bit each in hexadecimal digits, and a digest of which images they are.

    By these `--compare` tells whether two runs measured the same images, and tests their difference image by image.
    """
    bits = np.packbits(hits)
    names = "\n".join(map(batches.source.where, batches.indices.tolist()))
    digest = hashlib.sha256(names.encode("utf-8", "surrogateescape") + labels.numpy().tobytes())
    return {"images_sha256": digest.hexdigest(), "right": bits.tobytes().hex()}


def _mend(context: Context, run: Run, data: Prepared, state: TrainState) -> None:
    """Write the best weights again if their file is lost or damaged; only those of the last epoch are at hand."""
    progress = state.progress
    try:
        load_native(run.model_file, context.construct)
    except WeightsError as error:
        if progress.best_epoch != progress.epoch:
            raise TrainError(
                f"{error}; the weights of the best epoch, {progress.best_epoch}, are lost: run it again"
            ) from None
        serving = state.serving
        if context.world.size == 1:  # several processes would have to estimate statistics together
            *_, serving = settled(context, state, data, progress.epoch - 1).values()
        keep_best(context, run, data, progress, serving.state_dict())


def verdict(config: TrainConfig, top1: float) -> dict[str, Any]:
    """Return what a finished run says of its recipe: the number expected, and whether `top1` lies in its range.

    The range is three standard deviations wide, and at least half a point; `inside` is None where there is nothing to
    compare: settings were changed, or no number is known.
    """
    expected, changed = RECIPES[config.recipe].expected, changed_from(config)
    known: dict[str, Any] = {"name": config.recipe, "changed": changed, "expected_top1": None, "inside": None}
    if expected is None:
        return known
    inside = None if changed else abs(top1 - expected.top1) <= max(3 * expected.sd, LEAST_RANGE)
    return known | {"expected_top1": expected.top1, "sd": expected.sd, "seeds": expected.seeds, "inside": inside}


def changed_from(config: TrainConfig) -> list[str]:
    """Return the fields on which the accuracy depends and in which `config` differs from its recipe."""
    base = RECIPES[config.recipe].config
    chosen = {"precision"} if base.precision == "auto" and config.precision in ("fp32", "bf16") else set()
    return [name for name, value in config if name not in NO_MATTER | chosen and value != getattr(base, name)]
