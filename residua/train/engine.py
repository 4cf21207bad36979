"""How is a network trained? `train` reads top to bottom; what it needs beside the loop are values from elsewhere."""

from __future__ import annotations

import contextlib
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn as nn

from residua.data import Augment
from residua.data.feed.batch import Batch
from residua.data.feed.loader import Batches
from residua.data.sources.open import place_of, said_by_a_file
from residua.errors import TrainError
from residua.nn import ResNet
from residua.nn.device import fitting_threads
from residua.nn.layers import DropPath
from residua.nn.resnet import Construct
from residua.plan import total_stride
from residua.spec import ResNetSpec
from residua.train.conclusion import conclude, keep_best
from residua.train.distributed import World, require_used
from residua.train.interrupt import StopRequest, stop_requests
from residua.train.log import Log, StepEvent, tensorboard
from residua.train.measure.report import HeldOut
from residua.train.measure.settled import settled
from residua.train.measure.validation import Scored, chosen_by, validate
from residua.train.meeting import join
from residua.train.nan_diagnosis import describe_bad_loss, require_finite_weights
from residua.train.run_folder import AsyncWriter, Run
from residua.train.settings.config import TrainConfig
from residua.train.settings.schedule import lr_at, size_at
from residua.train.setup.advice import advice, erased, pretrained_hint
from residua.train.setup.assembly import Assembly, assemble
from residua.train.setup.data import Prepared
from residua.train.setup.weights import keep_copies
from residua.train.state import Context, Progress, Row, Step, TrainState, on_cpu
from residua.train.step.update import Updater, memory_named


@dataclass(frozen=True)
class Outcome:
    """How a run ended: finished with its measures on held-out images, or stopped and resumable."""

    run: Run
    spec: ResNetSpec
    finished: bool
    held: HeldOut | None = None
    seconds: float = 0.0  # spent training, over all sessions
    stopped_by: str = ""
    first: bool = True  # whether this process is the one that reports it


def train(
    config: TrainConfig,
    folder: Path,
    *,
    resume: bool = False,
    log: Log | None = None,
    typed: bool = True,
    construct: Construct = ResNet,
) -> Outcome:
    """Train as `config` says into the run folder `folder`, or go on with the run that lies there.

    typed: whether a person has named the images; what a run folder names is never fetched. construct: what makes the
    network of a spec, where it is another one than `build` makes; the same when the run goes on.

    Under torchrun every process calls it alike; the first one writes and logs. Raises ResiduaError for what the
    user can mend; nothing is written before data and network are known to fit.
    """
    with join(config.device) as world:
        log = (log or Log()) if world.first else Log()
        run = Run(folder)
        if resume := resume or _started_anew(run, config, world):
            run = Run.open(folder)
            config = config.changed(**run.decided(config))
        elif world.first:
            run.require_vacant()
        config = config.changed(data_path=config.data_path or place_of(config.data, config.root))
        with contextlib.nullcontext() if typed else said_by_a_file(config.data):
            parts = assemble(config, world, log, run if resume else None, construct)
        context, data = parts.context, parts.data
        threads = fitting_threads(context.placement.device, parts.macs)
        with run.alone(world.first), threads, memory_named(context.config), stop_requests() as stop:
            if not resume:
                _create(run, parts)
            _log_beginning(parts, log)
            training = Training.begin(parts, run, log)
            if not training.run_epochs(stop):
                return Outcome(run, data.spec, False, stopped_by=stop.received or "another process", first=world.first)
            with memory_named(context.config, measuring=True):
                held = conclude(context, run, data, training.state, training.answers)
            return Outcome(run, data.spec, True, held, training.state.progress.seconds, first=world.first)


def _create(run: Run, parts: Assembly) -> None:
    """Make the run's folder, with copies of the checkpoints that it starts and learns from."""
    world = parts.context.world
    if world.first:
        Run.create(run.folder, parts.context.config, world.launch)
        keep_copies(run, parts.start, parts.teacher)
    world.wait()


def _started_anew(run: Run, config: TrainConfig, world: World) -> bool:
    """Whether `run` was begun by this very launch, which torchrun or a cluster has restarted since."""
    ours = world.restarts > 0 and (run.folder / "config.toml").exists()
    here = world.first and (ours or run.is_of(world.launch, config))
    return world.total(torch.tensor([int(here)])).item() > 0


def _log_beginning(parts: Assembly, log: Log) -> None:
    """Log what is trained on, where, and which settings look like a mistake."""
    context, data = parts.context, parts.data
    for line in (data.description, *parts.origin, f"running on {context.placement}{context.world}"):
        log.message(line)
    for line in pretrained_hint(context.config, parts.start, len(data.train_indices)):
        log.message(line)
    for line in advice(context.config, parts.start, context.world.size):
        log.message(f"warning: {line}")
    for line in erased(data.train.augment or Augment(), data.preprocessing.size):
        log.message(f"warning: {line}")


@dataclass
class Training:
    """A training under way.

    saved_at: when the last checkpoint was asked for, on the monotonic clock. draws: whether the network throws dice.
    answers: see `conclude`; of this session's epochs.
    """

    context: Context
    data: Prepared
    state: TrainState
    updater: Updater
    run: Run
    log: Log
    writer: AsyncWriter
    saved_at: float
    draws: bool
    answers: dict[str, Scored] = field(default_factory=dict)

    @classmethod
    def begin(cls, parts: Assembly, run: Run, log: Log) -> Training:
        """Return the training of `parts` in `run`, before its first step."""
        state = TrainState.begin(parts.context, parts.model)
        weights = parts.data.class_weights() if parts.context.config.class_weights else None
        updater = Updater(parts.context, state, parts.teacher, parts.data.train, weights, parts.data.truths())
        draws = any(isinstance(each, (nn.Dropout, DropPath)) for each in parts.model.modules())
        return cls(parts.context, parts.data, state, updater, run, log, AsyncWriter(), time.monotonic(), draws)

    def run_epochs(self, stop: StopRequest) -> bool:
        """Run the epochs that are left; False when somebody asked to stop first (the state is then saved)."""
        config, first = self.context.config, self.context.world.first
        self.restore()
        if first:
            self.run.move_to(config)
        with (
            self.writer,
            tensorboard(
                self.log, self.run.folder, self.state.progress.steps, on=config.tensorboard and first
            ) as self.log,
        ):
            while not self.done():
                if not self.one_epoch(stop):
                    self.checkpoint()
                    return False
        return True

    def done(self) -> bool:
        """Whether all epochs are over, or validation has not become better for `patience` of them."""
        progress, patience = self.state.progress, self.context.config.patience
        tired = progress.epoch > 0 < patience <= progress.epoch - progress.improved_epoch
        return progress.epoch >= self.context.config.epochs or tired

    def one_epoch(self, stop: StopRequest) -> bool:
        """Train on the rest of this epoch, validate, log, save; False when asked to stop before its end."""
        progress, batches, whole = self.state.progress, self.data.train, len(self.data.train_indices)
        self.updater.begin_epoch(progress.epoch)
        clock, stopped = Clock(progress, batches), False
        for batch in batches.epoch(progress.epoch, start=progress.seen):
            if whole - progress.seen < 2:  # batch norm cannot learn from a single image
                stopped |= self.settle()
                if progress.counted:
                    progress.seen = whole
                    break
            due = clock.now - self.saved_at > 60 * self.context.config.checkpoint_minutes
            stopped, due = self.one_step(batch, bool(stop), due)
            clock.lap()
            if progress.counted:
                self.log.step(self.describe(clock))
            if progress.seen == whole:
                break
            if stopped:
                return False
            if due:
                self.checkpoint()
        stopped |= self.settle()
        self.finish_epoch(clock)
        return not stopped or self.done()

    def settle(self) -> bool:
        """Read the step that is pending, if one is; return whether any process asked to stop with it."""
        step = self.updater.settle()
        return step is not None and step.flags[0]

    def one_step(self, batch: Batch, stop: bool, due: bool) -> tuple[bool, ...]:
        """Take a step at this place of the run; return whether any process asks to stop, and the first to save.

        Of a step that is read late that is known one step later.
        """
        config, progress, per_epoch = self.context.config, self.state.progress, len(self.data.train_indices)
        lr = lr_at(config, progress.epoch * per_epoch + progress.seen, per_epoch)
        size = size_at(config, progress.epoch, self.data.preprocessing.size, total_stride(self.data.spec))
        flags = (stop, due and self.context.world.first)
        if self.draws:
            torch.manual_seed(self.step_seed(self.updater.taken))
        step = self.updater.one_step(batch, lr, size, flags, lambda step: self.require_sound(step, batch, lr))
        progress.seen = min(progress.seen + config.batch, per_epoch)  # a place in the order: unreadable images count
        progress.lr = lr
        return (False, False) if step is None else step.flags

    def require_sound(self, step: Step, batch: Batch, lr: float) -> None:
        """Raise TrainError at a loss that is not finite or has leapt, and list the images that gave it."""
        state, world = self.state, self.context.world
        if math.isfinite(step.loss) and not state.progress.leaps(step.loss):
            return
        torch.manual_seed(self.step_seed(state.progress.steps))
        source = self.data.train.source
        listed = self.run.write_bad_batch(state.progress.steps + 1, batch.indices, source, world.rank)
        others = " (the other processes' beside it)" * (world.size > 1)
        raise TrainError(describe_bad_loss(self.context, state, batch, step.loss, lr, f"{listed}{others}"))

    def finish_epoch(self, clock: Clock) -> None:
        """Validate, write the log's line, keep the best weights, and save; every step of the epoch has been read."""
        state, progress = self.state, self.state.progress
        require_finite_weights(state.model, progress.epoch + 1, self.context.config.lr)
        self.agree()
        row: Row = {
            "epoch": progress.epoch + 1,
            "step": progress.steps,
            "samples": (progress.epoch + 1) * len(self.data.train_indices),
            "loss": progress.loss_sum / progress.counted,
            **self.accuracy(),
            "lr": progress.lr,
            "gradient_norm": progress.norm_sum / max(progress.epoch_steps, 1),
            "images_per_second": clock.images_per_second,
            "data_wait": clock.data_wait,
        }
        with memory_named(self.context.config, measuring=True):
            served = settled(self.context, state, self.data, progress.epoch)
            measured, answers = validate(self.context, served, self.data)
        row |= measured
        serving = "mean_" if state.mean is not None else ""
        better = progress.end_epoch(*chosen_by(self.context.config, row, serving))
        if self.data.final is self.data.val:  # which are then not scored again at the end
            self.answers |= {"kept": answers[serving]} if better else {}
            self.answers |= {"plain": answers[""]} if serving and served[""] is state.model else {}
        state.rows.append(row)
        self.checkpoint(served[serving] if better else None)
        self.log.epoch(row)

    def describe(self, clock: Clock) -> StepEvent:
        """Return what is logged after a step."""
        progress = self.state.progress
        return StepEvent(
            epoch=progress.epoch + 1,
            epochs=self.context.config.epochs,
            seen=progress.seen,
            of=len(self.data.train_indices),
            loss=progress.loss_sum / progress.counted,
            top1=progress.correct / progress.counted,
            several=self.data.label_sets is not None,
            lr=progress.lr,
            images_per_second=clock.images_per_second,
            data_wait=clock.data_wait,
        )

    def accuracy(self) -> Row:
        """Return the share of this epoch's images that were recognised; of several labels all have to be right."""
        share = self.state.progress.correct / self.state.progress.counted
        return {"top1": share} if self.data.label_sets is None else {"top1": None, "exact_match": share}

    def agree(self) -> None:
        """Give every process the same statistics of batch norm, the mean of them all."""
        for _, model in self.state.networks():
            self.context.world.average_statistics(model)

    def checkpoint(self, best: ResNet | None = None) -> None:
        """Have all that resuming needs written, and the network that serves if it is the `best` so far."""
        self.updater.settle()
        self.agree()
        self.saved_at = time.monotonic()
        if not self.context.world.first:
            return
        made = self.state.checkpoint()
        serving = None if best is None else on_cpu(best.state_dict())

        def write() -> None:
            if serving is not None:  # before the checkpoint that says they are the best
                keep_best(self.context, self.run, self.data, made.progress, serving)
            self.run.write_log(made.rows)
            self.run.save_checkpoint(made, self.context.config, self.data.fingerprint)

        self.writer.submit(write)

    def restore(self) -> None:
        """Go back to the newest whole checkpoint, if the run has one."""
        self._require_used()
        warn = lambda line: self.log.message(f"warning: {line}")  # noqa: E731 (two words of a log)
        found = self.run.load_checkpoint(self.data.fingerprint, warn, self.state.accepts)
        if found is None:
            return
        self.state.restore(found)
        if self.context.world.first:
            self.run.write_log(found.rows)  # lines beyond the checkpoint will be written again
        done = f"epoch {found.progress.epoch} of {self.context.config.epochs}, step {found.progress.steps}"
        self.log.message(f"resuming {self.run.folder} after {done}")

    def _require_used(self) -> None:
        if self.context.world.size > 1:
            size, channels = self.data.preprocessing.size, self.data.spec.in_channels
            require_used(self.state.model, self.context.placement.move(torch.zeros(2, channels, size, size)))

    def step_seed(self, steps: int) -> int:
        """Return the seed of dropout after `steps` steps: a function of the step and the process, not of the past."""
        world = self.context.world
        return (self.context.config.seed * 1_000_003 + steps * world.size + world.rank) % 2**63


class Clock:
    """How fast an epoch goes in this session, and which share of the time it waits for data."""

    def __init__(self, progress: Progress, batches: Batches) -> None:
        self.progress, self.batches = progress, batches
        self.before = progress.seconds, progress.seen, batches.wait_seconds
        self.now = time.monotonic()
        self.images_per_second = self.data_wait = 0.0

    def lap(self) -> None:
        """Count the time since the last step as spent training."""
        now, last = time.monotonic(), self.now
        self.now = now
        self.progress.seconds += now - last
        seconds, seen, waited = self.before
        elapsed = self.progress.seconds - seconds
        self.images_per_second = (self.progress.seen - seen) / elapsed
        self.data_wait = (self.batches.wait_seconds - waited) / elapsed
