"""What does `residua evaluate` give beside its measures: rows, a page of mistakes, sure answers, seen images?"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from tests.data.conftest import write


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run on dark and bright noise, of whose six test images two are training images."""
    root, draw = tmp_path_factory.mktemp("beside"), np.random.default_rng(0)
    for number in range(40):
        image = draw.integers(0, 120, (8, 8, 3), np.uint8) + np.uint8(100 * (number % 2))
        write(root / "data" / "train" / ("dark", "bright")[number % 2] / f"{number}.png", image)
        if number < 6:
            other = draw.integers(0, 256, (8, 8, 3), np.uint8)
            write(
                root / "data" / "test" / ("dark", "bright")[number % 2] / f"{number}.png",
                image if number < 2 else other,
            )
    words = [
        "train",
        "resnet8",
        "--data",
        str(root / "data"),
        "--epochs",
        "2",
        "--batch",
        "16",
        "--out",
        str(root / "run"),
    ]
    assert main([*words, "--quiet"]) == 0
    return root / "run"


def measured(run: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["evaluate", str(run), "--json", "--quiet", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_the_images_were_to_the_training_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split, words in (("train", "these images were learnt from"), ("val", "these images chose epoch ")):
        assert main(["evaluate", str(run), "--split", split]) == 0
        assert words in (said := capsys.readouterr().err)
        assert "cross_fitted" not in said  # the run was measured on its test images


def test_images_that_training_has_seen_are_left_out_of_a_second_number(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["without_seen"]["seen"] == 2
    assert measured(run, capsys)["without_seen"] == metrics["without_seen"]
    assert main(["evaluate", str(run), "--quiet"]) == 0
    assert "without the 2 images that training has seen: top-1 " in capsys.readouterr().out


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_row_an_image_says_what_it_shows_and_what_was_answered(
    run: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measured(run, capsys, "--out", str(tmp_path / name))
    text = (tmp_path / name).read_text()
    rows = list(csv.DictReader(text.splitlines())) if name.endswith("csv") else list(map(json.loads, text.splitlines()))
    assert [Path(row["file"]).parts[-2] for row in rows] == [row["label"] for row in rows]
    assert sum(str(row["right"]) == "True" for row in rows) == found["correct"]
    assert all((row["label"] == row["answered"]) == (str(row["right"]) == "True") for row in rows)


def test_answers_of_a_least_score_are_measured_alone(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = measured(run, capsys, "--threshold", "0.5")["above_threshold"]
    assert (every["answered"], every["samples"]) == (1.0, 6)
    none = measured(run, capsys, "--threshold", "1")["above_threshold"]
    assert (none["answered"], none["samples"], none["top1"]) == (0.0, 0, None)


def test_views_are_measured_beside_the_one(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, found = measured(run, capsys), measured(run, capsys, "--tta", "flip")
    assert {name: found[name] for name in plain} == plain
    assert 0 <= found["tta"]["flip"]["top1"] <= 1
    assert found["tta"]["flip"]["loss"] != plain["loss"]


def test_mistakes_are_a_page_of_pictures(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(run, capsys, "--mistakes", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text()
    assert page.count("<figure>") == found["samples"] - found["correct"]
    assert "Content-Security-Policy" in page


def test_a_file_that_is_there_is_replaced_only_when_asked(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, name in (("--out", "rows.csv"), ("--mistakes", "page.html")):
        (tmp_path / name).write_text("mine")
        assert main(["evaluate", str(run), option, str(tmp_path / name)]) == 2
        assert "--overwrite replaces it" in capsys.readouterr().err
        assert (tmp_path / name).read_text() == "mine"
    measured(run, capsys, "--out", str(tmp_path / "rows.csv"), "--overwrite")
    assert (tmp_path / "rows.csv").read_text() != "mine"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_list_comes_through_stdin(
    run: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(f"train/{name}/{at}.png", name) for name, at in (("dark", 0), ("bright", 1), ("dark", 2))]
    lines = ["path,label", *map(",".join, rows)]
    if kind == "jsonl":
        lines = [json.dumps({"path": file, "label": label}) for file, label in rows]
    monkeypatch.chdir(run.parent / "data")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    found = measured(run, capsys, "--data", "-")
    assert {name: scores["samples"] for name, scores in found["classes"].items()} == {"bright": 1, "dark": 2}


@pytest.mark.parametrize("words", [("--out", "rows.txt"), ("--mistakes", "page.png"), ("--out", "nowhere/rows.csv")])
def test_a_file_that_could_not_be_written_is_refused_before_the_work(
    run: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(run), *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words[0] in error
