"""What lies in a run folder, and how is it written so that nothing is ever lost?

RUN/config.toml, log.jsonl, checkpoints/, model.safetensors, metrics.json, report.html (contracts: "Files").
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from residua.errors import TrainError
from residua.files import replacing, write_atomic
from residua.train.config import TrainConfig

KEEP = 2  # newest checkpoints: should the last one be damaged, the one before it serves


@dataclass
class Progress:
    """How far a run has come; together with the weights and momentum, all that resuming needs."""

    epoch: int = 0  # epochs that are finished
    seen: int = 0  # how far the unfinished epoch's order of images is used up
    counted: int = 0  # images of it that could be read
    steps: int = 0
    loss_sum: float = 0.0  # over those images
    correct: int = 0
    best_top1: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0  # spent training, over all sittings


@dataclass(frozen=True)
class Run:
    """A run folder."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, config: TrainConfig) -> Run:
        """Make the folder and write `config.toml`. Raises TrainError when something lies there already."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise TrainError(f"{folder} exists already: continue it with --resume {folder}, or name another with --out")
        try:
            (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainError(f"cannot make the run folder {folder}: {error.strerror}") from None
        run = cls(folder)
        write_atomic(folder / "config.toml", config.to_toml())
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Open an existing run. Raises TrainError when `folder` is not one."""
        if not (folder / "config.toml").is_file():
            raise TrainError(f"{folder} is not a run folder: it has no config.toml")
        return cls(folder)

    @property
    def config(self) -> TrainConfig:
        return TrainConfig.from_toml(self.folder / "config.toml")

    @property
    def model_file(self) -> Path:
        return self.folder / "model.safetensors"

    def log(self, row: dict[str, Any]) -> None:
        """Append one line to `log.jsonl`, replacing the file as a whole."""
        lines = [*self.rows(), row]
        write_atomic(self.folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines of `log.jsonl`, one an epoch."""
        path = self.folder / "log.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def keep_rows(self, epochs: int) -> None:
        """Drop what the log says beyond `epochs`: a resumed run will say it again."""
        rows = [row for row in self.rows() if row["epoch"] <= epochs]
        write_atomic(self.folder / "log.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def save_checkpoint(self, tensors: dict[str, torch.Tensor], progress: Progress) -> None:
        """Write one checkpoint and drop all but the newest `KEEP`."""
        folder = self.folder / "checkpoints"
        with replacing(folder / f"step-{progress.steps:09d}.safetensors") as temporary:
            try:
                safetensors.torch.save_file(tensors, temporary, metadata={"progress": json.dumps(asdict(progress))})
            except safetensors.SafetensorError as error:  # its way to say that the system refused to write
                raise OSError(errno.ENOSPC if "os error 28" in str(error) else errno.EIO, str(error)) from None
        for old in sorted(folder.glob("step-*.safetensors"))[:-KEEP]:
            old.unlink()

    def load_checkpoint(self) -> tuple[dict[str, torch.Tensor], Progress, str] | None:
        """Return tensors and progress of the newest whole checkpoint, and a warning if a newer one is damaged.

        None when there is no checkpoint at all. Raises TrainError when every one of them is damaged.
        """
        damaged = []
        for path in self._checkpoints():
            try:
                with safetensors.safe_open(path, framework="pt") as file:
                    progress = Progress(**json.loads(file.metadata()["progress"]))
                    tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator)
            except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError):
                damaged.append(path.name)
                continue
            warning = f"{', '.join(damaged)} is damaged; going on from {path.name}" if damaged else ""
            return tensors, progress, warning
        if damaged:
            raise TrainError(f"no checkpoint in {self.folder / 'checkpoints'} can be read ({', '.join(damaged)})")
        return None

    def _checkpoints(self) -> Iterator[Path]:
        """Yield the checkpoints, newest first."""
        yield from sorted((self.folder / "checkpoints").glob("step-*.safetensors"), reverse=True)
