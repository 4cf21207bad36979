"""Do answers reach files and pipes as they are printed, and is what cannot be written refused before any work?"""

from __future__ import annotations

import csv
import io
import json
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from residua.ship.images import find_files
from tests.ship.test_predict import checkpoint, pictures  # noqa: F401 (fixtures)


def lines(capsys: pytest.CaptureFixture[str], *words: object) -> list[dict]:
    """Return what `residua predict … --json` prints."""
    main(["predict", *map(str, words), "--json"])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_table_holds_what_json_lines_say(checkpoint, pictures, tmp_path, capsys):  # noqa: F811
    expected = lines(capsys, checkpoint, pictures, "--top", 2)
    for suffix in ("csv", "jsonl", "parquet"):
        out = tmp_path / f"answers.{suffix}"
        assert main(["predict", str(checkpoint), str(pictures), "--top", "2", "--out", str(out)]) == 2
        assert capsys.readouterr().out == ""
    assert [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()] == expected
    with open(tmp_path / "answers.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    parquet = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "answers.parquet").to_pylist()
    for row, cells, document in zip(table, parquet, expected, strict=True):
        top = document["top"] or [{"label": None, "score": None}] * 2
        wanted = {"file": document["file"], "error": document["error"]}
        wanted |= {"label": top[0]["label"], "score": top[0]["score"]}
        wanted |= {"label_2": top[1]["label"], "score_2": top[1]["score"]}
        assert cells == wanted
        assert row == {name: "" if value is None else str(value) for name, value in wanted.items()}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("answers.xlsx", "one of .csv, .parquet, .jsonl"),
        ("nowhere/a.csv", "there is no folder"),
        ("list.csv", "are read"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_any_work(tmp_path, name, message, capsys):
    (tmp_path / "list.csv").write_text("")
    assert main(["predict", "nothing-there", str(tmp_path / "list.csv"), "--out", str(tmp_path / name)]) == 2
    assert message in capsys.readouterr().err


def test_no_class_below_the_threshold_is_named(checkpoint, pictures, capsys):  # noqa: F811
    every = lines(capsys, checkpoint, pictures / "a.png")[0]["top"]
    middle = every[1]["score"]
    assert lines(capsys, checkpoint, pictures / "a.png", "--threshold", middle)[0]["top"] == every[:2]
    assert lines(capsys, checkpoint, pictures / "a.png", "--threshold", 1)[0] == {
        "file": str(pictures / "a.png"),
        "top": [],
        "error": None,
    }
    assert main(["predict", str(checkpoint), str(pictures / "a.png"), "--threshold", "1"]) == 0
    assert f"no class reaches 100.0%; the likeliest is {every[0]['label']}" in capsys.readouterr().out
    assert main(["predict", str(checkpoint), "a.png", "--threshold", "50"]) == 2


def test_names_or_one_image_come_through_a_pipe(checkpoint, pictures, capsys, monkeypatch):  # noqa: F811
    expected = lines(capsys, checkpoint, pictures / "a.png", pictures / "b.png")
    for data, files in (
        (f"{pictures / 'a.png'}\n{pictures / 'b.png'}\n".encode(), [each["file"] for each in expected]),
        ((pictures / "a.png").read_bytes(), ["-"]),
    ):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        found = lines(capsys, checkpoint, "-")
        assert [each["file"] for each in found] == files
        assert found[0]["top"] == expected[0]["top"]
    for data in (b"", b"\xff\xfe\0\0no image"):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        assert main(["predict", str(checkpoint), "-"]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_link_in_a_folder_that_leads_nowhere_is_named(checkpoint, tmp_path, capsys):  # noqa: F811
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / "2.png")
    (folder / "1.png").symlink_to(Path("gone.png"))
    assert find_files([str(folder)]) == [str(folder / "1.png"), str(folder / "2.png")]
    found = lines(capsys, checkpoint, folder)
    assert "No such file" in found[0]["error"]
    assert found[1]["error"] is None


def test_the_images_of_a_shard_are_answered_like_files(checkpoint, pictures, tmp_path, capsys):  # noqa: F811
    shard = tmp_path / "shards" / "000.tar"
    shard.parent.mkdir()
    with tarfile.open(shard, "w") as tar:
        for name in ("a.png", "f.jpg", "b.png"):
            tar.add(pictures / name, f"inner/{name}")
        tar.add(checkpoint, "inner/a.cls")
    expected = lines(capsys, checkpoint, *(pictures / name for name in ("a.png", "f.jpg", "b.png")))
    for path in (shard, shard.parent, f"{shard.parent}/*.tar"):
        found = lines(capsys, checkpoint, path)
        assert [each["file"] for each in found] == [f"{shard}/inner/{name}" for name in ("a.png", "f.jpg", "b.png")]
        assert [each["top"] for each in found] == [each["top"] for each in expected]
        assert "truncated" in found[1]["error"]
    shard.write_bytes(shard.read_bytes()[:700])
    assert main(["predict", str(checkpoint), str(shard)]) == 2
    assert "cannot be read as a tar shard" in capsys.readouterr().err
