"""What lies in a run folder, and how is it written so that nothing is ever lost?

RUN/config.toml, log.jsonl, checkpoints/, model.safetensors, metrics.json, report.html (contracts: "Files").
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
from torch import Tensor

from residua.errors import ResiduaError, TrainError
from residua.files import is_left_over, locked, sweep, write_atomic
from residua.reading import document_of, read_json, read_text
from residua.train.recorded import require_metrics, require_row
from residua.train.settings.config import DECIDED, LOCATION, TrainConfig, renamed
from residua.train.settings.resolve import next_to
from residua.train.state import Checkpoint, Progress, Row
from residua.weights.files.native import read_header, write_tensors

if TYPE_CHECKING:
    from residua.data import Source

DAMAGES = (safetensors.SafetensorError, ResiduaError, OSError, KeyError, TypeError, ValueError, RecursionError)
WORDS = ("progress", "rows", "config")  # what the metadata of a checkpoint hold, each as JSON
BAD_BATCHES = "bad-batch*.json"
WRITTEN = ("config.toml", "log.jsonl", "metrics.json", "model.safetensors", "report.html", BAD_BATCHES,
           "launch", "start.safetensors", "teacher.safetensors", "step-*.safetensors")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run folder."""

    folder: Path

    def __fspath__(self) -> str:
        return str(self.folder)  # so that a run can be given wherever its folder can

    @classmethod
    def create(cls, folder: Path, config: TrainConfig, launch: str = "") -> Run:
        """Make the folder and write `config.toml`. Raises TrainError when something lies there already.

        launch: what torchrun calls the processes that train here, if it does.
        """
        cls(folder).require_vacant()
        try:
            cls(folder).checkpoints.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainError(f"cannot make the run folder {folder}: {error.strerror}") from None
        run = cls(folder)
        run.sweep()
        for left in (run.start_file, run.teacher_file, *folder.glob(BAD_BATCHES)):  # of a run that failed here
            left.unlink(missing_ok=True)
        if launch:
            write_atomic(run.launch_file, launch)
        write_atomic(folder / "config.toml", config.to_toml())
        return run

    def require_vacant(self) -> None:
        """Raise TrainError when something lies in the folder already; nothing counts on by itself."""
        if self.folder.exists() and not _is_vacant(self.folder):
            ways = f"continue it with --resume {self.folder}, or begin another with --out {next_to(self.folder)}"
            raise TrainError(f"{self.folder} exists already: {ways}")

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Open an existing run. Raises TrainError when `folder` is not one."""
        if not (folder / "config.toml").is_file():
            raise TrainError(f"{folder} is not a run folder: it has no config.toml")
        return cls(folder)

    @property
    def config(self) -> TrainConfig:
        return TrainConfig.from_toml(self.folder / "config.toml")

    def move_to(self, config: TrainConfig) -> None:
        """Note in `config.toml` where `config` finds the images now, for the next session."""
        known = self.config
        moved = known.model_copy(update={name: getattr(config, name) for name in LOCATION})
        if moved != known:
            write_atomic(self.folder / "config.toml", moved.to_toml())

    def decided(self, config: TrainConfig) -> dict[str, Any]:
        """Return what this run found out, of images and machine, before its first step, where `config` has it open."""
        known, anew, names = self.config, TrainConfig(), (*DECIDED, "precision")
        return {name: getattr(known, name) for name in names if getattr(config, name) == getattr(anew, name)}

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints. Raises TrainError where it is a link: it may lead out of the run."""
        folder = self.folder / "checkpoints"
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            what = "a link" if folder.is_symlink() else "no folder"
            raise TrainError(f"{folder} is {what}; a run keeps its checkpoints in itself: put a folder in its place")
        return folder

    @property
    def start_file(self) -> Path:
        """The run's own copy of the checkpoint that it started from, where it did."""
        return self.checkpoints / "start.safetensors"

    @property
    def teacher_file(self) -> Path:
        """The run's own copy of the checkpoint that it learns from, where it does."""
        return self.checkpoints / "teacher.safetensors"

    @property
    def launch_file(self) -> Path:
        """What torchrun calls the processes that train here, where it does."""
        return self.checkpoints / "launch"

    def is_of(self, launch: str, config: TrainConfig) -> bool:
        """Whether these very processes, under the name `launch`, have begun this run with `config`."""
        if not launch or not self.launch_file.exists() or not (self.folder / "config.toml").exists():
            return False
        known, found_out = self.config, self.decided(config)
        same = all(getattr(known, name) == value for name, value in config if name not in (*LOCATION, *found_out))
        return same and read_text(self.launch_file, TrainError) == launch

    @property
    def model_file(self) -> Path:
        return self.folder / "model.safetensors"

    def write_log(self, rows: list[Row]) -> None:
        """Write `log.jsonl`, one line an epoch, replacing the file as a whole."""
        lines = (json.dumps(row, allow_nan=False) + "\n" for row in rows)
        write_atomic(self.folder / "log.jsonl", "".join(lines))

    def write_bad_batch(self, step: int, indices: Tensor, source: Source, rank: int = 0) -> Path:
        """Write which images process `rank` had in the step whose loss stopped the run; return the file."""
        path = self.folder / f"bad-batch{f'-{rank}' * (rank > 0)}.json"
        images = [{"index": index, "image": source.where(index)} for index in indices.tolist()]
        write_atomic(path, json.dumps({"step": step, "images": images}, indent=1) + "\n")
        return path

    def rows(self) -> list[Row]:
        """Return the lines of `log.jsonl`; none before the first epoch's end. Raises TrainError if it is damaged."""
        path = self.folder / "log.jsonl"
        if not os.path.lexists(path):
            return []
        try:
            rows = [document_of(line) for line in read_text(path, TrainError).splitlines()]
            return [require_row(row) for row in rows]
        except (ValueError, RecursionError) as error:
            raise TrainError(f"{path} is damaged ({error}); `residua train --resume {self.folder}` mends it") from None

    @property
    def metrics(self) -> dict[str, Any] | None:
        """What lies in `metrics.json`; None while the run is not finished. Raises TrainError if it is damaged."""
        path = self.folder / "metrics.json"
        if not os.path.lexists(path):
            return None
        try:
            return require_metrics(read_json(path, TrainError))
        except ValueError as error:
            raise TrainError(
                f"{path} is damaged ({error}); `residua train --resume {self.folder}` writes it again"
            ) from None

    @contextlib.contextmanager
    def alone(self, first: bool = True) -> Iterator[None]:
        """Keep other trainings out of this folder meanwhile. Raises TrainError when one already goes on in it.

        first: whether this process is the one of its training that writes.
        """
        if not first:
            yield
            return
        with contextlib.ExitStack() as stack:
            if self._lock(stack) is False:
                raise TrainError(f"another process is training in {self.folder}; wait for it or stop it")
            if (self.folder / "config.toml").exists():
                self.sweep()
            yield

    def _lock(self, stack: contextlib.ExitStack) -> bool | None:
        """Lock the folder itself, made if need be: unlike any file in it, it is never replaced."""
        if self.folder.exists() and not self.folder.is_dir():
            raise TrainError(f"{self.folder} exists already and is no folder; name another with --out")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return stack.enter_context(locked(self.folder))
        except OSError as error:
            raise TrainError(f"cannot make the run folder {self.folder}: {error.strerror}") from None

    def sweep(self) -> None:
        """Remove what a training that was killed while it wrote left half-written."""
        for folder in (self.folder, self.checkpoints):
            sweep(folder, WRITTEN, alone=True)

    def save_checkpoint(self, checkpoint: Checkpoint, config: TrainConfig, images: str) -> None:
        """Write one checkpoint, with the settings and its images' fingerprint, and drop all but the newest ones."""
        folder = self.checkpoints
        folder.mkdir(exist_ok=True)
        metadata = {"progress": json.dumps(asdict(checkpoint.progress)), "rows": json.dumps(checkpoint.rows)}
        metadata |= {"config": config.model_dump_json(), "images": json.dumps(images)}
        path = folder / f"step-{checkpoint.progress.steps:09d}.safetensors"
        write_tensors(path, checkpoint.tensors, metadata)
        for old in sorted(folder.glob("step-*.safetensors"))[: -config.keep]:
            old.unlink(missing_ok=True)

    def load_checkpoint(
        self,
        images: str = "",
        warn: Callable[[str], None] = lambda line: None,
        accepts: Callable[[Checkpoint], bool] = lambda checkpoint: True,
    ) -> Checkpoint | None:
        """Return the newest whole checkpoint of this run; None when there is none at all.

        images: the fingerprint of those that are there now. warn: called about damaged and foreign checkpoints.
        accepts: whether the training can take a checkpoint up. Raises TrainError when none can be used, config.toml
        was edited since, or the images are others.
        """
        damaged, foreign = [], []
        for path in self._checkpoints():
            try:
                checkpoint, metadata = _read_checkpoint(path)
            except DAMAGES:
                damaged.append(path.name)
                continue
            try:
                self._require_same(metadata["config"], path)
                if not accepts(checkpoint):
                    raise TrainError(f"{path} is of another network than {self.folder / 'config.toml'} says")
            except TrainError as error:
                foreign.append(error)
                continue
            if images and metadata.get("images", images) != images:
                raise TrainError(
                    f"the images or their classes are not those that {self.folder} was trained on so far: "
                    "put them back, or start a run of its own"
                )
            for reason in [f"{', '.join(damaged)} is damaged"] * bool(damaged) + [str(error) for error in foreign]:
                warn(f"{reason}; going on from {path.name}")
            return checkpoint
        if foreign:
            raise foreign[0]
        if damaged:
            raise TrainError(f"no checkpoint in {self.checkpoints} can be read ({', '.join(damaged)})")
        return None

    def _require_same(self, written: dict[str, Any], path: Path) -> None:
        """Raise TrainError when the checkpoint at `path` was written under another configuration."""
        now, written = self.config.model_dump(mode="json"), renamed(written)
        changed = [name for name in now if name in written and name not in LOCATION and now[name] != written[name]]
        if changed:
            name = changed[0]
            raise TrainError(
                f"{self.folder / 'config.toml'} says {name}={now[name]!r}, but {path.name} was trained with "
                f"{written.get(name)!r}: put it back, or start a run of its own"
            )

    def _checkpoints(self) -> Iterator[Path]:
        """Yield the checkpoints, newest first."""
        yield from sorted(self.checkpoints.glob("step-*.safetensors"), reverse=True)


def _read_checkpoint(path: Path) -> tuple[Checkpoint, dict[str, Any]]:
    """Return a checkpoint, and what it says of itself. Raises one of DAMAGES where it is damaged or none of ours."""
    words = read_header(path)["__metadata__"]
    metadata = {name: document_of(words[name]) for name in (*WORDS, *(["images"] if "images" in words else []))}
    with safetensors.safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator)
    if not isinstance(metadata["config"], dict):
        raise TypeError("settings that are none")
    rows = [require_row(row) for row in metadata["rows"]]
    return Checkpoint(tensors, Progress.of(metadata["progress"]), rows), metadata


def _is_vacant(folder: Path) -> bool:
    """Whether nothing would be lost in `folder`: it is empty, or a run that failed before its first checkpoint."""
    if not folder.is_dir():
        return False
    inside = {path.name for path in _lasting(folder) if not path.match(BAD_BATCHES)}
    kept = {path.name for path in _lasting(folder / "checkpoints")}
    return inside <= {"config.toml", "checkpoints"} and kept <= {"launch", "start.safetensors", "teacher.safetensors"}


def _lasting(folder: Path) -> Iterator[Path]:
    """Yield what lies in `folder`, but for what was left half-written."""
    return (path for path in folder.glob("*") if not is_left_over(path, WRITTEN))


class AsyncWriter:
    """One thread that writes in the order of asking; what failed is raised at the next request, or at the end."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "residua-checkpoint")
        self._last: Future[None] | None = None

    def submit(self, write: Callable[[], None]) -> None:
        """Have `write` called once what was asked for before is written. Raises what went wrong there."""
        self.settle()
        self._last = self._thread.submit(write)

    def settle(self) -> None:
        """Wait until all is written. Raises what went wrong."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def __enter__(self) -> AsyncWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.shutdown(wait=True)
        self.settle()
