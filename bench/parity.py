"""Is an epoch, a resumed run, an accumulated step what it should be? Judged by TrainParity, a program of other authors.

    pip install --no-deps trainparity==0.1.0 && python bench/parity.py

A line a question: PASS, or what differs first. The last line is a control: batch norm is meant to differ.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from safetensors.torch import load_file
from trainparity import ExactlyOnce, ToleranceComparison, check_accumulation, check_resume
from trainparity.api import AccumulationExecutionPlan, LossAccounting, TrainingState, audit_rank_iterables
from trainparity.protocols import ProcessExecutionPlan

import residua
from residua.data import Augment, Batches, Preprocessing, open_dataset
from residua.train.engine import train
from residua.train.log import Log, StepEvent
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.step.objective import Labels, losses
from residua.train.step.optimizer import build_optimizers

BATCH, EPOCHS = 64, 4
SPLIT, TOTAL = 40, 84  # steps, 21 an epoch: the run stops within its second one
CASES = {"sgd": "StoppedSgd", "adamw": "StoppedAdamW", "muon": "StoppedMuon"}


def settings(optimizer: str) -> TrainConfig:
    """Return a training in which everything has a memory: momentum, running mean, mixed labels, drop-path."""
    lr = 0.1 if optimizer == "sgd" else 0.01
    given = {"optimizer": optimizer, "lr": lr, "epochs": EPOCHS, "batch": BATCH, "ema": 0.9, "set": ("drop_path=0.2",)}
    return TrainConfig(**given, augment="mixup=0.2,pad=1")


class StoppedSgd:
    """A training of the digits that is asked to stop after SPLIT steps and resumed in a new process."""

    name, split_step, total_step = "sgd", SPLIT, TOTAL

    def command(self, plan: ProcessExecutionPlan) -> Sequence[str]:
        """Return the command that trains into the plan's folder: to its end, or until it is asked to stop."""
        stops = plan.resume_from is None and plan.end_step == self.split_step
        resumed = [] if plan.resume_from is None else [str(plan.resume_from)]
        return [sys.executable, __file__, self.name, str(plan.run_dir), str(int(stops)), *resumed]

    def checkpoint_path(self, run_dir: Path) -> Path:
        """Return where the newest checkpoint lies when the command has ended."""
        return run_dir / "newest.safetensors"

    def observe_checkpoint(self, path: Path) -> Mapping[str, object]:
        """Return all tensors and the progress that a checkpoint holds; seconds are of the clock."""
        progress = json.loads(_words(path)["progress"])
        return {"tensors": load_file(path), "progress": {**progress, "seconds": 0}}


class StoppedAdamW(StoppedSgd):
    """The same with AdamW."""

    name = "adamw"


class StoppedMuon(StoppedSgd):
    """The same with Muon."""

    name = "muon"


class GroupNorm:
    """A step of a ResNet-20 whose answer to an image does not depend on the others, in float64."""

    equivalence, norm = "the same 32 digits, the mean of their losses", "group"

    def build(self, seed: int, device: str) -> TrainingState:
        """Return the network and what updates it."""
        torch.manual_seed(seed)
        model = residua.build("resnet20", in_channels=1, norm=self.norm).double().to(device)
        return TrainingState(model, build_optimizers(model, TrainConfig(lr=0.1))[0])

    def batch(self, device: str) -> object:
        """Return images and labels."""
        digits = open_dataset("digits").train
        batches = Batches(digits, np.arange(32), 32, Preprocessing.plain(8, 1), Augment())
        batch = next(iter(batches.epoch(0)))
        return batch.images.double().to(device), batch.labels.to(device)

    def loss(self, state: TrainingState, batch: Any) -> LossAccounting:
        """Return the sum of the losses, and of how many images."""
        images, labels = batch
        total = losses(state.model(images), Labels(labels), TrainConfig()).sum()
        return LossAccounting(total / len(labels), total, len(labels))


class BatchNorm(GroupNorm):
    """The same with statistics of the batch, which are others in its parts."""

    norm = "batch"


def main() -> None:
    """Print what TrainParity says."""
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    for world in (1, 2, 3, 4):
        found = _coverage(world)
        print(f"each image once, {world} processes: {found.outcome.name} {found.first_violation or ''}".rstrip())
    for optimizer, case in CASES.items():
        resumed = check_resume(f"parity:{case}", environment={"PYTHONPATH": os.environ["PYTHONPATH"]})
        print(f"stopped and resumed, {optimizer}: {resumed.outcome.name} ({resumed.message})")
    for case, norm in (("GroupNorm", "group norm"), ("BatchNorm", "batch norm")):
        summed = check_accumulation(
            f"parity:{case}",
            candidate=AccumulationExecutionPlan(4),
            comparison=ToleranceComparison(rtol=1e-9, atol=1e-12),
        )
        print(f"one step in four parts, {norm}: {summed.outcome.name} ({summed.message})")


def _coverage(world: int) -> Any:
    """Audit one shuffled epoch of the digits by `world` processes."""
    digits = open_dataset("digits").train
    images = np.arange(len(digits))
    plain = Preprocessing.plain(8, 1)
    ranks = {
        rank: Batches(digits, images, BATCH, plain, Augment(), shuffle=True, rank=rank, world=world).epoch(0)
        for rank in range(world)
    }
    policy = ExactlyOnce(tuple(images.tolist()))
    return audit_rank_iterables(ranks, sample_id_extractor=lambda batch: batch.indices.tolist(), policy=policy)


def run(optimizer: str, folder: Path, stops: bool, resumed: Path | None) -> None:
    """Train into `folder`, from a checkpoint where one is given, and copy the newest checkpoint beside the run."""
    into, config, steps = folder / "run", settings(optimizer), 0
    if resumed is not None:
        place = Run.create(into, TrainConfig(**json.loads(_words(resumed)["config"]))).checkpoints
        place.mkdir(exist_ok=True)
        shutil.copyfile(resumed, place / f"step-{json.loads(_words(resumed)['progress'])['steps']:09d}.safetensors")

    def step(_: StepEvent) -> None:
        nonlocal steps
        steps += 1
        if stops and steps == SPLIT - 1:  # the step that is under way when it is asked is the last
            signal.raise_signal(signal.SIGTERM)

    outcome = train(config, into, resume=resumed is not None, log=Log(step=step))
    if outcome.finished == stops:
        raise SystemExit(f"finished: {outcome.finished}, meant to stop: {stops}")
    newest = max(outcome.run.checkpoints.glob("step-*.safetensors"))
    if int(newest.stem.removeprefix("step-")) != (SPLIT if stops else TOTAL):
        raise SystemExit(f"ended at {newest.name}")
    shutil.copyfile(newest, folder / "newest.safetensors")


def _words(path: Path) -> dict[str, str]:
    with safetensors.safe_open(path, framework="pt") as file:
        return dict(file.metadata())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        name, place, stopping, *start = sys.argv[1:]
        run(name, Path(place), stopping == "1", Path(start[0]) if start else None)
    else:
        main()
