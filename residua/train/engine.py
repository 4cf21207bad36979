"""How is a network trained? `train` reads top to bottom; what it needs beside the loop are values from elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from residua.data.feed.loader import Batch
from residua.errors import TrainError
from residua.nn.device import choose_placement, fitting_threads
from residua.plan import cost, total_stride
from residua.spec import ResNetSpec
from residua.train.conclusion import conclude, keep_best
from residua.train.distributed import World, join, own_device, require_used
from residua.train.events import Events
from residua.train.interrupt import StopRequest, stop_requests
from residua.train.measure.report import HeldOut
from residua.train.measure.validation import validate
from residua.train.nan_diagnosis import describe_bad_loss, require_finite_weights
from residua.train.run_folder import Progress, Run, Said
from residua.train.saving import Writer, snapshot
from residua.train.settings.config import TrainConfig
from residua.train.settings.schedule import lr_at, size_at
from residua.train.setup.advice import advice
from residua.train.setup.data import Prepared, prepare
from residua.train.setup.weights import find_start, first_weights, keep_copies
from residua.train.state import State
from residua.train.step.objective import load_teacher
from residua.train.step.optimizer import set_lr


@dataclass(frozen=True)
class StepNews:
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
    """Who hears of steps, of epochs (a row of log.jsonl), of single lines of news, and of images decoded beforehand."""

    step: Callable[[StepNews], None] = lambda step: None
    epoch: Callable[[dict], None] = lambda row: None
    news: Callable[[str], None] = lambda line: None
    decoded: Callable[[int, int], None] = lambda done, of: None


@dataclass(frozen=True)
class Outcome:
    """How a run ended: finished with its measures on held-out images, or stopped and resumable."""

    run: Run
    spec: ResNetSpec
    finished: bool
    held: HeldOut | None = None
    seconds: float = 0.0  # spent training, over all sittings
    stopped_by: str = ""
    first: bool = True  # whether this process is the one to speak of it


def train(config: TrainConfig, folder: Path, *, resume: bool = False, listener: Listener | None = None) -> Outcome:
    """Train as `config` says into the run folder `folder`, or go on with the run that lies there.

    Under torchrun every process calls it alike; the first one writes and speaks. Raises ResiduaError for what the
    user can mend; nothing is written before data and network are known to fit.
    """
    with join(config.device) as world:
        placement = choose_placement(
            own_device(config.device), config.precision, channels_last=config.channels_last, compiled=config.compile
        )
        world.claim(placement.device)
        listener = (listener or Listener()) if world.first else Listener()
        resume = resume or _started_anew(folder, config, world)
        torch.manual_seed(config.seed)
        start = find_start(config, Run(folder).start_file if resume else None)
        data = prepare(config, start.spec, start.preprocessing, listener.news, world, listener.decoded)
        config = config.model_copy(update={"reading": data.reading})
        model, origin = first_weights(config, start, data)
        kept = Run(folder).teacher_file if resume else None
        teacher = load_teacher(config, placement, data.preprocessing, data.classes, kept)
        size = data.preprocessing.size
        macs = config.batch // world.size * cost(data.spec, size, size).macs
        run = Run.open(folder) if resume else Run(folder)
        with run.alone(world.first), fitting_threads(placement.device, macs), stop_requests() as stop:
            if world.first and not resume:
                Run.create(folder, config, world.launch)
                keep_copies(run, start, teacher)
            world.wait()
            for line in (data.description, *origin, f"running on {placement}{world}"):
                listener.news(line)
            for line in advice(config, start, world.size, validated=data.val is not None):
                listener.news(f"warning: {line}")
            state = State(config, world, placement, placement.put(model), teacher, data.train.share)
            fitting = Fitting(config, data, state, run, listener, world)
            if not fitting.fit(stop):
                return Outcome(run, data.spec, False, stopped_by=stop.received or "another process", first=world.first)
            held = conclude(run, state, data, fitting.progress)
            return Outcome(run, data.spec, True, held, fitting.progress.seconds, first=world.first)


def _started_anew(folder: Path, config: TrainConfig, world: World) -> bool:
    """Whether the run in `folder` was begun by this very launch, which torchrun or a cluster has restarted since."""
    run = Run(folder)
    ours = world.restarts > 0 and (folder / "config.toml").exists()
    here = world.first and (ours or run.is_of(world.launch, config))
    return world.total(torch.tensor([int(here)])).item() > 0


@dataclass
class Fitting:
    """A training under way: its state, and how far it has come."""

    config: TrainConfig
    data: Prepared
    state: State
    run: Run
    listener: Listener
    world: World

    def __post_init__(self) -> None:
        self.progress = Progress()
        self.rows: list[dict[str, Any]] = []
        self.saved_at = time.monotonic()
        self.writer = Writer()
        self.events: Events | None = None

    def fit(self, stop: StopRequest) -> bool:
        """Run the epochs that are left; False when somebody asked to stop first (the state is then saved)."""
        self.restore()
        if self.world.first:
            self.run.move_to(self.config)
        if self.config.tensorboard and self.world.first:
            self.events = Events(self.run.folder, self.progress.steps)
        try:
            while not self.done():
                if not self.one_epoch(stop):
                    self.checkpoint()
                    return False
            return True
        finally:
            if self.events is not None:
                self.events.close()
            self.writer.close()
            self.writer.settle()

    def done(self) -> bool:
        """Whether all epochs are over, or validation has not become better for `patience` of them."""
        progress, patience = self.progress, self.config.patience
        tired = progress.epoch > 0 < patience <= progress.epoch - progress.improved_epoch
        return progress.epoch >= self.config.epochs or tired

    def one_epoch(self, stop: StopRequest) -> bool:
        """Train on the rest of this epoch, validate, log, save; False when asked to stop before its end."""
        progress, batches, whole = self.progress, self.data.train, len(self.data.train_indices)
        before, resumed_at, waited = progress.seconds, progress.seen, batches.wait_seconds
        self.state.begin_epoch(progress.epoch)
        speed, wait, now, stopped = 0.0, 0.0, time.monotonic(), False
        for batch in batches.epoch(progress.epoch, start=progress.seen):
            left = whole - progress.seen
            if left < 2 and progress.counted:  # batch norm cannot learn from a single image
                progress.seen = whole
                break
            due = now - self.saved_at > 60 * self.config.checkpoint_minutes
            stopped, due = self.one_step(batch, bool(stop), due)
            now, last = time.monotonic(), now
            progress.seconds += now - last
            elapsed = progress.seconds - before
            speed = (progress.seen - resumed_at) / elapsed
            wait = (batches.wait_seconds - waited) / elapsed
            self.listener.step(self.describe(speed, wait))
            if progress.seen == whole:
                break
            if stopped:
                return False
            if due:
                self.checkpoint()
        self.finish_epoch(speed, wait)
        return not stopped or self.done()

    def one_step(self, batch: Batch, stop: bool, due: bool) -> tuple[bool, bool]:
        """Forward, backward, update; returns whether any process wants to stop, or to save.

        Raises TrainError, before any weight is changed, at a loss that is not finite or has leapt.
        """
        config, progress, state = self.config, self.progress, self.state
        per_epoch = len(self.data.train_indices)
        lr = lr_at(config, progress.epoch * per_epoch + progress.seen, per_epoch)
        size = size_at(config, progress.epoch, self.data.preprocessing.size, total_stride(self.data.spec))
        set_lr(state.optimizers, lr)
        torch.manual_seed(self.step_seed())
        step = state.updater.gradients(batch, size, (stop, due and self.world.first))
        if not math.isfinite(step.loss) or progress.leaps(step.loss):
            torch.manual_seed(self.step_seed())
            source = self.data.train.source
            listed = self.run.write_bad_batch(progress.steps + 1, batch.indices, source, self.world.rank)
            others = " (the other processes' beside it)" * (self.world.size > 1)
            raise TrainError(describe_bad_loss(step.loss, batch, lr, state, progress, f"{listed}{others}"))
        state.updater.apply()
        progress.seen = min(progress.seen + config.batch, per_epoch)  # a place in the order: unreadable images count
        progress.add(step)
        if state.mean is not None:
            state.mean.follow(state.model, progress.steps)
        progress.lr = lr
        return step.flags[0], step.flags[1]

    def finish_epoch(self, images_per_second: float, data_wait: float) -> None:
        """Validate, write the log's line, keep the best weights, and save."""
        progress, state = self.progress, self.state
        require_finite_weights(state.model, progress.epoch + 1, self.config.lr)
        state.agree()
        row = {
            "epoch": progress.epoch + 1,
            "step": progress.steps,
            "samples": (progress.epoch + 1) * len(self.data.train_indices),
            "loss": progress.loss_sum / progress.counted,
            "top1": progress.correct / progress.counted,
            "lr": progress.lr,
            "gradient_norm": progress.norm_sum / max(progress.epoch_steps, 1),
            "images_per_second": images_per_second,
            "data_wait": data_wait,
        }
        row |= validate(state, self.data, self.config)
        self.progress = replace(
            progress, epoch=progress.epoch + 1, seen=0, counted=0, loss_sum=0.0, correct=0, norm_sum=0.0, epoch_steps=0
        )
        measured = row["mean_val_top1"] if state.mean is not None else row["val_top1"]
        better = measured is None or measured >= self.progress.best_top1
        if measured is None or measured > self.progress.best_top1:
            self.progress.improved_epoch = self.progress.epoch
        if better:
            self.progress.best_top1 = -1.0 if measured is None else measured
            self.progress.best_epoch = self.progress.epoch
        self.rows.append(row)
        self.checkpoint(better)
        if self.events is not None:
            self.events.add(row)
        self.listener.epoch(row)

    def describe(self, images_per_second: float, data_wait: float) -> StepNews:
        """Return what is said after a step."""
        progress = self.progress
        return StepNews(
            epoch=progress.epoch + 1,
            epochs=self.config.epochs,
            seen=progress.seen,
            of=len(self.data.train_indices),
            loss=progress.loss_sum / progress.counted,
            top1=progress.correct / progress.counted,
            lr=progress.lr,
            images_per_second=images_per_second,
            data_wait=data_wait,
        )

    def checkpoint(self, better: bool = False) -> None:
        """Have all that resuming needs written, and the weights that serve if they are `better` than before."""
        self.state.agree()
        self.saved_at = time.monotonic()
        if not self.world.first:
            return
        tensors, progress, rows = snapshot(self.state.tensors()), replace(self.progress), list(self.rows)
        serving = snapshot(self.state.serving.state_dict()) if better else None

        def write() -> None:
            if serving is not None:  # before the checkpoint that says they are the best
                keep_best(self.run, serving, self.data, progress, self.config)
            self.run.write_log(rows)
            self.run.save_checkpoint(tensors, progress, Said(rows, self.config, self.data.fingerprint))

        self.writer.submit(write)

    def restore(self) -> None:
        """Go back to the newest whole checkpoint, if the run has one."""
        self._require_used()
        found = self.run.load_checkpoint(self.data.fingerprint)
        if found is None:
            return
        if found.warning:
            self.listener.news(f"warning: {found.warning}")
        self.state.restore(found.tensors)
        self.progress, self.rows = found.progress, found.rows
        if self.world.first:
            self.run.write_log(self.rows)  # what it said beyond the checkpoint will be said again
        done = f"epoch {self.progress.epoch} of {self.config.epochs}, step {self.progress.steps}"
        self.listener.news(f"resuming {self.run.folder} after {done}")

    def _require_used(self) -> None:
        if self.world.size > 1:
            size, channels = self.data.preprocessing.size, self.data.spec.in_channels
            require_used(self.state.model, self.state.placement.move(torch.zeros(2, channels, size, size)))

    def step_seed(self) -> int:
        """Return the seed of this step's dropout: a function of the step and the process, not of the past."""
        return (self.config.seed * 1_000_003 + self.progress.steps * self.world.size + self.world.rank) % 2**63
