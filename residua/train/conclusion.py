"""What does a finished run leave behind: which weights serve, and how good are they?"""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor

from residua import __version__
from residua.errors import TrainError, WeightsError
from residua.files import write_atomic
from residua.metadata import Meta
from residua.train.measure.evaluation import measure
from residua.train.measure.report import HeldOut
from residua.train.measure.tta import ManyViews
from residua.train.measure.validation import score_together
from residua.train.run_folder import Progress, Run
from residua.train.settings.config import TrainConfig
from residua.train.settings.recipes import RECIPES, verdict
from residua.train.setup.data import Prepared
from residua.train.state import State
from residua.weights.files.native import load_native, save


def keep_best(run: Run, weights: dict[str, Tensor], data: Prepared, progress: Progress, config: TrainConfig) -> None:
    """Write `model.safetensors`: the weights that serve, and all that is needed to use them."""
    provenance = {
        "residua": __version__,
        "torch": torch.__version__,
        "config": config.model_dump(mode="json"),
        "epoch": progress.best_epoch,
        "chosen_by": "val_top1" if data.val is not None else "last epoch",
    }
    metrics = {"val_top1": progress.best_top1} if data.val is not None else None
    meta = Meta(data.classes, data.preprocessing.to_dict(), provenance, metrics)
    save(run.model_file, weights, data.spec, meta)


def conclude(run: Run, state: State, data: Prepared, progress: Progress) -> HeldOut:
    """Measure the best weights on held-out images, and write `metrics.json`.

    Beside the one view of the kept weights, and apart from it: many views, and where the kept weights are a running
    mean, the plain ones of the last epoch.
    """
    config = state.config
    if state.world.first:
        mend(run, state, data, progress)
    state.world.wait()
    model = state.placement.put(load_native(run.model_file))
    batches = data.test or data.val or data.train_unaugmented
    logits, labels = score_together(model, batches, state)
    evaluation = measure(logits, labels, data.classes)
    metrics: dict[str, Any] = evaluation.to_json() | {
        "split": data.held_out,
        "epoch": progress.best_epoch,
        "val_top1": progress.best_top1 if data.val is not None else None,
        "train_seconds": progress.seconds,
    }
    if config.views != "one":
        seen = measure(*score_together(ManyViews(model, config.views), batches, state), data.classes)
        metrics["views"] = {config.views: {"top1": seen.top1, "loss": seen.loss}}
    if state.mean is not None:
        plain = measure(*score_together(state.model, batches, state), data.classes)
        metrics["without_mean"] = {"top1": plain.top1, "loss": plain.loss, "epoch": progress.epoch}
    if config.recipe in RECIPES:
        metrics["recipe"] = verdict(config, evaluation.top1)
    if state.world.first:
        write_atomic(run.folder / "metrics.json", json.dumps(metrics, allow_nan=False) + "\n")
    return HeldOut(batches, logits, labels, evaluation, data.held_out, metrics)


def mend(run: Run, state: State, data: Prepared, progress: Progress) -> None:
    """Write the best weights again if their file is lost or damaged; only those of the last epoch are at hand."""
    try:
        load_native(run.model_file)
        return
    except WeightsError as error:
        if progress.best_epoch != progress.epoch:
            raise TrainError(f"{error}; the weights of the best epoch, {progress.best_epoch}, are lost: "
                             "run it again") from None  # fmt: skip
    keep_best(run, state.serving.state_dict(), data, progress, state.config)
