"""Has every image one row, in order, where a command was stopped and resumed, and is nothing resumed that differs?"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from residua.cli.results.unfinished import SUFFIX, keeping
from residua.errors import TargetError
from residua.ship.predictor import Predictor
from tests.children import started
from tests.ship.test_predict import checkpoint, pictures  # noqa: F401 (fixtures)

KILLS = 12
IMAGES = 1500


@pytest.fixture
def stopped(checkpoint, pictures, tmp_path, monkeypatch, capsys):  # noqa: F811
    """What a command leaves that is stopped after two of six images: FILE.unfinished, the last line cut."""
    whole, predict = tmp_path / "whole.csv", Predictor.predict
    words = ["predict", str(checkpoint), str(pictures), "--quiet", "--top", "2"]
    assert main([*words, "--out", str(whole)]) == 2

    def two(self, images, top):
        for number, answer in enumerate(predict(self, images, top)):
            if number == 2:
                raise KeyboardInterrupt
            yield answer

    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", two)
        assert main([*words, "--out", str(tmp_path / "out.csv")]) == 3
    assert not (tmp_path / "out.csv").exists()
    with (tmp_path / f"out.csv{SUFFIX}").open("a") as file:
        file.write('{"file": "half')
    capsys.readouterr()
    return words, tmp_path / "out.csv", whole


def test_a_stopped_command_goes_on_where_it_stopped(stopped, monkeypatch, capsys):
    words, out, whole = stopped
    asked, predict = [], Predictor.predict
    monkeypatch.setattr(
        Predictor, "predict", lambda self, images, top: predict(self, asked.append(images) or images, top)
    )
    assert main([*words, "--out", str(out), "--resume"]) == 2  # one image is bad, as before
    assert [len(images) for images in asked] == [4]
    assert out.read_bytes() == whole.read_bytes()
    assert not out.with_name(out.name + SUFFIX).exists()
    assert main([*words, "--out", str(out), "--resume"]) == 2
    assert len(asked) == 1  # it is whole: nothing is opened
    assert main([*words, "another.png", "--out", str(out), "--resume"]) == 2
    assert "has answers for other images" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "has rows of a command that was stopped: --resume continues it"),
        (["--resume", "--precision", "fp32"], "answers another question: precision was 'auto' and is 'fp32'"),
        (["--resume", "--threshold", "0.1"], "threshold was 0.0 and is 0.1"),
        (["--resume", "--overwrite"], "give --out alone"),
    ],
)
def test_what_differs_is_refused_in_one_line(stopped, more, said, capsys):
    words, out, _ = stopped
    before = out.with_name(out.name + SUFFIX).read_bytes()
    assert main([*words, "--out", str(out), *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert out.with_name(out.name + SUFFIX).read_bytes().startswith(before[:-14])


@pytest.mark.parametrize(("room", "rows"), [(10, 0), (60, 1)])
def test_a_disk_that_fills_up_is_said_in_one_line_and_leaves_only_rows(tmp_path, room, rows):
    resource = pytest.importorskip("resource", reason="this system has no limits for files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    row = {"file": "a", "error": None}

    def fill() -> None:
        with keeping(tmp_path / "a.csv", {"top": 5}, ["a"] * 9, False) as kept:
            for _ in range(9):
                kept.add(row)

    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        with pytest.raises(TargetError, match="cannot write .*unfinished"):
            fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / "a.csv.unfinished").exists() == bool(rows)
    if rows:
        with keeping(tmp_path / "a.csv", {"top": 5}, ["a"] * 9, True) as kept:
            assert kept.rows == [row] * rows


def test_other_images_are_refused_and_overwrite_begins_anew(stopped, pictures, capsys):  # noqa: F811
    words, out, whole = stopped
    (pictures / "a.png").rename(pictures / "z.png")
    assert main([*words, "--out", str(out), "--resume"]) == 2
    assert "is of other images: its row 1 is" in capsys.readouterr().err
    (pictures / "z.png").rename(pictures / "a.png")
    assert main([*words, "--out", str(out), "--overwrite"]) == 2
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.slow
def test_killed_at_any_moment_every_image_has_one_row(shipped, tmp_path):
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "a.png")
    names = [f"{tmp_path}{'/.' * (number % 7)}/a.png" for number in range(IMAGES)]  # told apart in order
    (tmp_path / "names").write_text("\n".join(names))
    words = [
        sys.executable,
        "-m",
        "residua",
        "predict",
        str(shipped.fp32),
        "-",
        "--quiet",
        "--cache",
        str(tmp_path / "c"),
    ]

    @contextmanager
    def run(out: Path, *more: str) -> Iterator[subprocess.Popen]:
        command = [*words, "--out", str(out), *more]
        with (tmp_path / "names").open("rb") as listed, started(command, stdin=listed) as process:
            yield process

    with run(tmp_path / "whole.jsonl") as whole:
        assert whole.wait() == 0
    out, draw, kills = tmp_path / "out.jsonl", random.Random(0), 0
    kept = out.with_name(out.name + SUFFIX)
    while kills < KILLS:
        beyond = (kept.stat().st_size if kept.exists() else 0) + draw.randrange(20_000)
        with run(out, "--resume") as process:
            while process.poll() is None and not (kept.exists() and kept.stat().st_size > beyond):
                time.sleep(0.001)
            ended = process.poll()
            process.kill()
        assert ended in (None, 0)
        kills += ended is None
        if ended == 0:
            assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
            out.unlink()
    with run(out, "--resume") as process:
        assert process.wait() == 0
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert [json.loads(line)["file"] for line in out.read_text().splitlines()] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "c", "names", "out.jsonl", "whole.jsonl"]
