"""Kill trainings without warning, resume each, and print a JSON line about how it ended; run as a script.

A child is forked for each training, so that torch is imported once: python killing.py FOLDER KILLS SEED OPTIMIZER.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import safetensors
import torch

from residua.train.engine import train
from residua.train.settings.config import TrainConfig

WALL_CLOCK = ("images_per_second", "data_wait", "train_seconds")


def settings(optimizer: str) -> TrainConfig:
    """All that has a memory: momentum, running mean, mixed labels, dropout, growing images; always saving."""
    return TrainConfig(
        optimizer=optimizer,
        lr=0.1 if optimizer == "sgd" else 0.01,
        epochs=3,
        batch=64,
        ema=0.9,
        augment="mixup=0.2,pad=1",
        set=("drop_path=0.2", "block_dropout=0.1"),
        size_from=4,
        checkpoint_minutes=0.001,
    )


def in_child(folder: Path, optimizer: str, slow_disk: bool, resume: bool) -> int:
    """Return the process that trains in `folder`."""
    child = os.fork()
    if child:
        return child
    try:
        if slow_disk:  # so that many a kill comes while a checkpoint is being written
            fsync = os.fsync
            os.fsync = lambda descriptor: (time.sleep(0.05), fsync(descriptor))[1]
        train(settings(optimizer), folder, resume=resume)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def result(folder: Path) -> dict:
    """Return all that a run leaves behind by name, without wall-clock figures."""
    parts: dict = {}
    for number, line in enumerate((folder / "log.jsonl").read_text().splitlines(), start=1):
        parts |= {f"epoch {number}'s {key}": value for key, value in json.loads(line).items()}
    parts |= json.loads((folder / "metrics.json").read_text())
    with safetensors.safe_open(folder / "model.safetensors", framework="np") as file:
        parts |= {f"weights {name}": file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118 (no iterator)
        parts["weights' metadata"] = file.metadata()
    parts["weights' file"] = (folder / "model.safetensors").read_bytes()
    parts["half written"] = sorted(str(path.relative_to(folder)) for path in folder.rglob(".*"))
    return {name: value for name, value in parts.items() if not name.endswith(WALL_CLOCK)}


def differences(one: dict, other: dict) -> list[str]:
    """Return what of two results is not the same: one against the other, cut short."""
    pairs = {name: (one.get(name, "nothing"), other.get(name, "nothing")) for name in {**one, **other}}
    return [f"{name}: {own!r:.100} against {its!r:.100}" for name, (own, its) in pairs.items() if own != its]


def await_writing(run: Path, patience: float) -> bool:
    """Return True as soon as a checkpoint is being written in `run`; False when none is after `patience` seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError):
            if any(name.startswith(".step-") for name in os.listdir(run / "checkpoints")):
                return True
    return False


def main(folder: Path, kills: int, seed: int, optimizer: str) -> None:
    torch.set_num_threads(1)
    began = time.monotonic()
    os.waitpid(in_child(folder / "whole", optimizer, False, False), 0)
    lasts, whole, draw = time.monotonic() - began, result(folder / "whole"), random.Random(seed)
    for number in range(kills):
        run, slow, truncate = folder / f"killed-{number}", number % 2 == 1, number % 4 == 3
        child, at = in_child(run, optimizer, slow, False), draw.uniform(0.35, 0.97) * lasts
        time.sleep(at)
        writing = number % 5 == 2 and await_writing(run, lasts)
        os.kill(child, signal.SIGKILL)
        _, first = os.waitpid(child, 0)
        over = (run / "metrics.json").exists()
        checkpoints = sorted((run / "checkpoints").glob("step-*.safetensors")) if run.exists() else []
        if truncate and len(checkpoints) > 1:
            checkpoints[-1].write_bytes(checkpoints[-1].read_bytes()[:-1000])
        _, status = os.waitpid(in_child(run, optimizer, False, (run / "config.toml").exists()), 0)
        differs = differences(result(run), whole) if status == 0 else [f"status {status}"]
        end = {
            "at": round(at, 3),
            "exit": os.waitstatus_to_exitcode(first),
            "writing": writing,
            "over": over,
            "checkpoints": len(checkpoints),
        }
        print(json.dumps(end | {"truncated": truncate, "differs": differs}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
