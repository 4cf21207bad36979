"""How is a network trained? `train` reads top to bottom; what it needs beside the loop are values from elsewhere."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from residua import __version__
from residua.data.loader import Batch
from residua.errors import TrainError, WeightsError
from residua.files import write_atomic
from residua.nn import ResNet, build
from residua.nn.device import Placement, choose_placement, fitting_threads
from residua.plan import cost
from residua.spec import ResNetSpec
from residua.train.config import TrainConfig
from residua.train.evaluate import measure, score
from residua.train.finite import first_bad_layer
from residua.train.interrupt import StopRequest, stop_requests
from residua.train.optimizer import build_optimizer, momentum_of, restore_momentum
from residua.train.prepare import Prepared, prepare
from residua.train.report import HeldOut
from residua.train.run import Progress, Run
from residua.train.schedule import lr_at
from residua.weights.native import Meta, load_native, save


@dataclass(frozen=True)
class Step:
    """What the loop says after each step; means are over the images of this epoch so far."""

    epoch: int
    epochs: int
    seen: int
    of: int
    loss: float
    top1: float
    lr: float
    images_per_second: float
    data_wait: float


@dataclass(frozen=True)
class Listener:
    """Who hears of steps, of epochs (a row of log.jsonl), and of single lines of news; by default nobody."""

    step: Callable[[Step], None] = lambda step: None
    epoch: Callable[[dict], None] = lambda row: None
    news: Callable[[str], None] = lambda line: None


@dataclass(frozen=True)
class Outcome:
    """How a run ended: finished with its measures on held-out images, or stopped and resumable."""

    run: Run
    spec: ResNetSpec
    finished: bool
    held: HeldOut | None = None
    seconds: float = 0.0  # spent training, over all sittings
    stopped_by: str = ""


def train(config: TrainConfig, folder: Path, *, resume: bool = False, listener: Listener | None = None) -> Outcome:
    """Train as `config` says into the run folder `folder`, or go on with the run that lies there.

    Raises ResiduaError for what the user can mend; nothing is written before data and network are known to fit.
    """
    listener = listener or Listener()
    placement = choose_placement(
        config.device, config.precision, channels_last=config.channels_last, compiled=config.compile
    )
    data = prepare(config, listener.news)
    torch.manual_seed(config.seed)
    model = placement.put(build(data.spec))
    run = Run.open(folder) if resume else Run.create(folder, config)
    size = data.preprocessing.size
    with run.alone(), fitting_threads(placement.device, config.batch * cost(data.spec, size, size).macs):
        listener.news(data.description)
        listener.news(f"running on {placement}")
        fitting = Fitting(config, data, placement, model, run, listener)
        fitting.restore()
        with stop_requests() as stop:
            finished = fitting.fit(stop)
        if not finished:
            return Outcome(run, model.spec, False, stopped_by=stop.received)
        return Outcome(run, model.spec, True, fitting.conclude(), fitting.progress.seconds)


@dataclass
class Fitting:
    """A training under way: the network, its optimizer, and how far they have come."""

    config: TrainConfig
    data: Prepared
    placement: Placement
    model: ResNet
    run: Run
    listener: Listener

    def __post_init__(self) -> None:
        self.forward: Callable[[Tensor], Tensor] = torch.compile(self.model) if self.placement.compiled else self.model
        self.optimizer = build_optimizer(self.model, self.config)
        self.scaler = torch.amp.GradScaler(self.placement.device, enabled=self.placement.precision == "fp16")
        self.progress = Progress()
        self.rows: list[dict[str, Any]] = []
        self.saved_at = time.monotonic()

    def fit(self, stop: StopRequest) -> bool:
        """Run the epochs that are left; False when somebody asked to stop first (the state is then saved)."""
        while self.progress.epoch < self.config.epochs:
            if not self.one_epoch(stop):
                self.checkpoint()
                return False
        return True

    def one_epoch(self, stop: StopRequest) -> bool:
        """Train on the rest of this epoch, validate, log, save; False when asked to stop before its end."""
        progress, batches, whole = self.progress, self.data.train, len(self.data.train_indices)
        before, resumed_at, waited = progress.seconds, progress.seen, batches.wait_seconds
        lr, speed, wait, now = 0.0, 0.0, 0.0, time.monotonic()
        for batch in batches.epoch(progress.epoch, start=progress.seen):
            lr = self.one_step(batch)
            now, last = time.monotonic(), now
            progress.seconds += now - last
            elapsed = progress.seconds - before
            speed = (progress.seen - resumed_at) / elapsed
            wait = (batches.wait_seconds - waited) / elapsed
            self.listener.step(self.describe(lr, speed, wait))
            if progress.seen == whole:
                break
            if stop:
                return False
            if now - self.saved_at > 60 * self.config.checkpoint_minutes:
                self.checkpoint()
        self.finish_epoch(lr, speed, wait)
        return not stop or self.progress.epoch == self.config.epochs

    def one_step(self, batch: Batch) -> float:
        """Forward, backward, update; returns the learning rate. Raises TrainError at a loss that is not finite."""
        config, progress = self.config, self.progress
        per_epoch = len(self.data.train_indices)
        lr = lr_at(config, progress.epoch * per_epoch + progress.seen, per_epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        progress.seen = min(progress.seen + config.batch, per_epoch)  # a place in the order: unreadable images count
        if len(batch.labels) < 2 and progress.counted:
            return lr  # batch norm cannot learn from the single image that may be left at an epoch's end
        torch.manual_seed(self.step_seed())
        self.model.train()
        images = self.placement.move(batch.images)
        labels = batch.labels.to(self.placement.device, non_blocking=True)
        with self.placement.autocast():
            logits = self.forward(images)
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=config.label_smoothing)
            correct = (logits.argmax(1) == labels).sum()
        value, right = torch.stack([loss.detach().double(), correct.double()]).tolist()  # one wait for the device
        if not math.isfinite(value):
            raise TrainError(self.explain_bad_loss(value, images, lr))
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        progress.steps += 1
        progress.counted += len(labels)
        progress.loss_sum += value * len(labels)
        progress.correct += int(right)
        return lr

    def finish_epoch(self, lr: float, images_per_second: float, data_wait: float) -> None:
        """Validate, write the log's line, keep the best weights, and save."""
        progress = self.progress
        row = {
            "epoch": progress.epoch + 1,
            "step": progress.steps,
            "samples": (progress.epoch + 1) * len(self.data.train_indices),
            "loss": progress.loss_sum / progress.counted,
            "top1": progress.correct / progress.counted,
            "val_top1": None,
            "val_loss": None,
            "lr": lr,
            "images_per_second": images_per_second,
            "data_wait": data_wait,
        }
        if self.data.val is not None:
            validation = measure(*score(self.model, self.data.val.epoch(0), self.placement), self.data.classes)
            if not math.isfinite(validation.loss):
                raise TrainError(self.explain_bad_loss(validation.loss, next(self.data.val.epoch(0)).images, lr))
            row |= {"val_top1": validation.top1, "val_loss": validation.loss}
        self.progress = replace(progress, epoch=progress.epoch + 1, seen=0, counted=0, loss_sum=0.0, correct=0)
        for name, parameter in self.model.named_parameters():
            if not torch.isfinite(parameter).all():
                raise TrainError(f"the weights of {name} are not finite after epoch {row['epoch']}; try a smaller --lr "
                                 f"than {self.config.lr:g}. The last checkpoint is kept")  # fmt: skip
        best = row["val_top1"] if row["val_top1"] is not None else 0.0
        if best >= progress.best_top1:
            self.progress.best_top1, self.progress.best_epoch = best, self.progress.epoch
            self.save_model()
        self.rows.append(row)
        self.run.write_log(self.rows)
        self.checkpoint()
        self.listener.epoch(row)

    def describe(self, lr: float, images_per_second: float, data_wait: float) -> Step:
        progress = self.progress
        return Step(
            epoch=progress.epoch + 1,
            epochs=self.config.epochs,
            seen=progress.seen,
            of=len(self.data.train_indices),
            loss=progress.loss_sum / progress.counted,
            top1=progress.correct / progress.counted,
            lr=lr,
            images_per_second=images_per_second,
            data_wait=data_wait,
        )

    def explain_bad_loss(self, loss: float, images: Tensor, lr: float) -> str:
        """Return the one line about a loss that is not finite: which step, which layer, what to do."""
        torch.manual_seed(self.step_seed())
        with self.placement.autocast():
            where = first_bad_layer(self.model, self.placement.move(images))
        step, epoch = self.progress.steps + 1, self.progress.epoch + 1
        return (
            f"the loss is {loss} at step {step} (epoch {epoch}, lr {lr:.3g}): {where}. The last checkpoint "
            f"is kept; try a smaller --lr than {self.config.lr:g}, more --warmup-epochs, or --precision fp32."
        )

    def checkpoint(self) -> None:
        """Save all that resuming needs."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"momentum.{name}": tensor for name, tensor in momentum_of(self.optimizer, self.model).items()}
        if self.scaler.is_enabled():
            tensors["scale"] = torch.tensor(self.scaler.get_scale())
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        self.run.save_checkpoint(tensors, self.progress, self.rows)
        self.saved_at = time.monotonic()

    def restore(self) -> None:
        """Go back to the newest whole checkpoint, if the run has one."""
        found = self.run.load_checkpoint()
        if found is None:
            return
        tensors, self.progress, self.rows = found.tensors, found.progress, found.rows
        if found.warning:
            self.listener.news(f"warning: {found.warning}")
        of = {kind: _beneath(tensors, kind) for kind in ("model.", "momentum.")}
        self.model.load_state_dict(of["model."])
        restore_momentum(self.optimizer, self.model, of["momentum."])
        if "scale" in tensors:
            self.scaler.load_state_dict(self.scaler.state_dict() | {"scale": tensors["scale"].item()})
        self.run.write_log(self.rows)  # what it said beyond the checkpoint will be said again
        done = f"epoch {self.progress.epoch} of {self.config.epochs}, step {self.progress.steps}"
        self.listener.news(f"resuming {self.run.folder} after {done}")

    def step_seed(self) -> int:
        """Return the seed of this step's dropout: a function of the step, not of the past."""
        return (self.config.seed * 1_000_003 + self.progress.steps) % 2**63

    def save_model(self) -> None:
        """Write `model.safetensors`: the weights that serve, and all that is needed to use them."""
        provenance = {
            "residua": __version__,
            "torch": torch.__version__,
            "config": self.config.model_dump(mode="json"),
            "epoch": self.progress.best_epoch,
            "chosen_by": "val_top1" if self.data.val is not None else "last epoch",
        }
        preprocessing = self.data.preprocessing.to_dict()
        metrics = {"val_top1": self.progress.best_top1} if self.data.val is not None else None
        save(
            self.run.model_file,
            self.model,
            self.model.spec,
            Meta(self.data.classes, preprocessing, provenance, metrics),
        )

    def conclude(self) -> HeldOut:
        """Measure the best weights on held-out images, and write `metrics.json`."""
        model = self.placement.put(self.best_model())
        batches = self.data.test or self.data.val or self.data.train_unaugmented
        logits, labels = score(model, batches.epoch(0), self.placement)
        evaluation = measure(logits, labels, self.data.classes)
        metrics = evaluation.to_json() | {
            "split": self.data.held_out,
            "epoch": self.progress.best_epoch,
            "val_top1": self.progress.best_top1 if self.data.val is not None else None,
            "train_seconds": self.progress.seconds,
        }
        write_atomic(self.run.folder / "metrics.json", json.dumps(metrics, allow_nan=False) + "\n")
        return HeldOut(batches, logits, labels, evaluation, self.data.held_out)

    def best_model(self) -> ResNet:
        """Return the weights of the best epoch; a lost file is written again if that was the last one."""
        try:
            return load_native(self.run.model_file)
        except WeightsError as error:
            if self.progress.best_epoch != self.progress.epoch:
                raise TrainError(f"{error}; the weights of the best epoch, {self.progress.best_epoch}, are lost: "
                                 "run it again") from None  # fmt: skip
        self.save_model()
        return load_native(self.run.model_file)


def _beneath(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
