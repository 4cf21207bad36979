"""How good are the weights after an epoch, measured by all processes together?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn as nn
from torch import Tensor

from residua.data.feed.batch import Batch
from residua.data.feed.loader import Batches
from residua.data.sources.encoded import EncodedSource
from residua.errors import TrainError
from residua.nn import ResNet
from residua.scores import Evaluation, MultiLabelEvaluation
from residua.train.measure.crossed import halves_of
from residua.train.measure.evaluation import answered, measure, measure_several, score
from residua.train.nan_diagnosis import first_bad_layer
from residua.train.settings.config import TrainConfig
from residua.train.setup.data import Prepared
from residua.train.state import Context, Row


@dataclass(frozen=True)
class Scored:
    """What a network answered for the images of `batches` that can be read, in their order.

    logits: float32 (N, classes). labels: (N,). Both on the CPU.
    """

    batches: Batches
    logits: Tensor
    labels: Tensor

    def measured(self, data: Prepared) -> Evaluation | MultiLabelEvaluation:
        """Return the measures against the labels as the images of `data` have them."""
        truths = data.truths()
        if truths is None:
            return measure(self.logits, self.labels, data.classes)
        return measure_several(self.logits, truths[self.labels], data.classes)


def validate(context: Context, networks: Mapping[str, ResNet], data: Prepared) -> tuple[Row, dict[str, Scored]]:
    """Return the validation's part of a row of the log, and what each network answered.

    Where no images are held out, `val_top1` and `val_loss` are None, and there are no answers. These, with counts,
    interval and the mean over classes: of the weights as they are; with `mean_` before them: of their running mean.
    networks: by that prefix, as they serve.
    Raises TrainError when the loss is not finite.
    """
    row: Row = {}
    answers: dict[str, Scored] = {}
    for prefix, model in networks.items():
        row |= {f"{prefix}val_top1": None, f"{prefix}val_loss": None}
        if data.val is not None:
            answers[prefix] = scored(model, data.val, context)
            measured = answers[prefix].measured(data)
            if not math.isfinite(measured.loss):
                images = context.placement.move(next(data.val.epoch(0)).images)
                where = first_bad_layer(model, images)
                raise TrainError(
                    f"the validation's loss is {measured.loss}: {where}. Checkpoints written so far are "
                    f"kept; try a smaller --lr than {context.config.lr:g}"
                )
            row |= {f"{prefix}val_{name}": value for name, value in _measures(measured).items()}
            halves = halves_of(answers[prefix].logits, answers[prefix].labels, data, context.config)
            row |= {} if halves is None else {f"{prefix}val_halves": halves}
    return row, answers


def _measures(measured: Evaluation | MultiLabelEvaluation) -> Row:
    """Return what a row of the log holds of a validation."""
    row: Row = {name: getattr(measured, name) for name in ("loss", "correct", "samples", "interval")}
    if isinstance(measured, MultiLabelEvaluation):
        return row | {"map": measured.map, "f1_macro": measured.f1_macro, "exact_match": measured.exact_match}
    return row | {"top1": measured.top1, "class_mean": measured.class_mean}


def chosen_by(config: TrainConfig, row: Row, prefix: str) -> tuple[float | None, float | None]:
    """Return the validation's top-1 and what epochs are compared by, larger is better; None without validation.

    prefix: "mean_" where the running mean serves.
    """
    top1 = row[f"{prefix}val_top1"]
    if row[f"{prefix}val_loss"] is None:
        return None, None
    value: float = row[f"{prefix}val_{config.select.replace('-', '_')}"]
    return top1, -value if config.select == "loss" else value


def scored(model: nn.Module, batches: Batches, context: Context) -> Scored:
    """Return what `model` answers, asked by all processes together; afterwards all know which images are damaged."""
    logits, labels = score_together(model, batches, context)
    source = batches.source
    if not isinstance(source, EncodedSource) or not source.skip_bad:
        return Scored(batches, logits, labels)
    bad = torch.tensor(sorted(source.bad), dtype=torch.int64, device=context.placement.device)
    for index in context.world.gather(bad).tolist():
        source.bad.setdefault(index, f"{source.where(index)} cannot be read.")
    left = [index for index in batches.indices.tolist() if index not in source.bad]
    return Scored(replace(batches, indices=np.array(left, np.int64)), logits, labels)


def score_together(model: nn.Module, batches: Batches, context: Context) -> tuple[Tensor, Tensor]:
    """Return float32 logits (N, classes) and labels (N,) on the CPU in the order of `batches.indices`.

    Each process scores its share, and every image is scored by one of them: none twice, none to fill a batch up.
    """
    world, placement = context.world, context.placement
    if world.size == 1 or len(batches.indices) < world.size:
        return score(model, replace(batches, rank=0, world=1).epoch(0), placement)
    seen: list[Tensor] = []

    def noted() -> Iterator[Batch]:
        for batch in batches.epoch(0):
            seen.append(batch.indices)
            yield batch

    logits, labels = answered(model, noted(), placement)
    logits, labels, indices = (
        world.gather(each.to(placement.device)).cpu() for each in (logits, labels, torch.cat(seen))
    )
    sorter = np.argsort(batches.indices)
    places = sorter[np.searchsorted(batches.indices, indices.numpy(), sorter=sorter)]
    order = torch.from_numpy(np.argsort(places))
    return logits[order], labels[order]
