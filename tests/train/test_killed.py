"""Does a run that is killed without warning end as one that was not, to the bit?"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors
from safetensors.torch import load_file, save_file

from residua.errors import TrainError
from residua.files import replacing
from residua.train.engine import train
from residua.train.log import Log
from residua.train.settings.config import TrainConfig

from .killing import differences, result

SCRIPT = Path(__file__).with_name("killing.py")


def kill(folder: Path, kills: int, seed: int, optimizer: str) -> list[dict]:
    words = [sys.executable, str(SCRIPT), str(folder), str(kills), str(seed), optimizer]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPT.parents[2])}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def require_same(ends: list[dict], kills: int) -> None:
    assert len(ends) == kills
    assert [end for end in ends if end["differs"]] == []
    midway = [end for end in ends if end["checkpoints"] and not end["over"]]
    assert midway, "every kill came before the first checkpoint or after the end: nothing was resumed"


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon", "lamb"])
def test_twenty_runs_killed_at_random_moments_end_as_the_whole_one_to_the_bit(tmp_path, optimizer):
    require_same(kill(tmp_path, 20, 1, optimizer), 20)


SMALL = TrainConfig(epochs=1, batch=256, crop_pad=1)
FILES = ("config.toml", "log.jsonl", "bad-batch-1.json", "checkpoints/launch", "checkpoints/step-000000004.safetensors")


def leave_half_written(folder: Path, name: str) -> None:
    """Leave what a process leaves that is killed while it writes `name`, safetensors' own temporary file as well."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        patch.setattr(Path, "replace", lambda *_: None)
        with replacing(folder / name) as temporary:
            (temporary.parent / ".tmpAbCdEf").write_bytes(b"half")


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".*"))


def test_what_a_killed_run_left_half_written_is_gone_after_the_next_session(tmp_path):
    train(SMALL, tmp_path)
    (tmp_path / ".config.toml.swp").touch()  # an editor's
    for name in FILES:
        leave_half_written(tmp_path, name)
    assert len(hidden(tmp_path)) == 1 + 2 * len(FILES)
    assert train(SMALL, tmp_path, resume=True).finished
    assert hidden(tmp_path) == [".config.toml.swp"]


def test_a_run_killed_while_it_wrote_its_first_file_can_be_begun_again(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    leave_half_written(tmp_path, "config.toml")
    assert train(SMALL, tmp_path).finished
    assert hidden(tmp_path) == []


def test_a_folder_that_is_no_run_is_refused_as_it_was(tmp_path):
    (tmp_path / "thesis.tex").touch()
    leave_half_written(tmp_path, "report.html")
    before = hidden(tmp_path)
    with pytest.raises(TrainError, match="exists already"):
        train(SMALL, tmp_path)
    assert hidden(tmp_path) == before


def test_a_run_of_the_time_when_tta_was_called_views_resumes_to_the_bit(tmp_path):
    config = SMALL.changed(epochs=2, tta="flip-shift")
    train(config, tmp_path / "whole")
    train(config, tmp_path / "run", log=Log(epoch=lambda row: os.kill(os.getpid(), signal.SIGTERM)))
    rename_back(tmp_path / "run")
    assert train(TrainConfig.of_run(tmp_path / "run"), tmp_path / "run", resume=True).finished
    assert differences(result(tmp_path / "run"), result(tmp_path / "whole")) == []
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["tta"] == metrics["views"]


def rename_back(run: Path) -> None:
    """Write `views` for `tta` wherever a run says its settings."""
    old = (run / "config.toml").read_text().replace("tta =", "views =")
    (run / "config.toml").write_text(old)
    for path in (run / "checkpoints").glob("step-*.safetensors"):
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        written = json.loads(metadata["config"])
        written["views"] = written.pop("tta")
        save_file(load_file(path), path, metadata | {"config": json.dumps(written)})
