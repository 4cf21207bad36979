"""Does the comparison of engines measure each alike, leave out what is wrong, and keep only what may be kept?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.errors import ShipError
from residua.preprocessing import Preprocessing
from residua.ship import machine, proof
from residua.ship.artifact import Artifact, Manifest
from residua.ship.bench import plot
from residua.ship.bench.contestants import Contestant, Subject
from residua.ship.bench.rows import fastest, logits_of, measured
from residua.ship.bench.turns import take_turns

PIXELS = np.arange(21, dtype=np.uint8).repeat(4).reshape(21, 2, 2, 1)  # 21 images, each of one level


def told_apart(pixels):
    """Answer class 0 below level 10, class 1 from there on."""
    above = (pixels[:, 0, 0, 0] >= 10).astype(np.float32)
    return np.stack([1 - above, above], 1)


def always_zero(pixels):
    return np.tile(np.float32([1, 0]), (len(pixels), 1))


def refused():
    raise ShipError("it cannot compile this here")


def test_each_has_as_many_turns_and_the_batches_that_were_asked_for():
    seen = {"first": [], "second": []}

    def recording(name):
        return lambda pixels: seen[name].append(len(pixels)) or always_zero(pixels)

    found = take_turns([recording("first"), recording("second")], PIXELS, (1, 8), 1e-4)
    for name, sizes in zip(seen, found, strict=True):
        for each in sizes:
            assert len(each.latencies) + 2 == seen[name].count(each.batch)  # once to warm up, once before the turn
            assert each.latency_ms()["p50"] <= each.latency_ms()["p99"]
            assert each.images_per_second == pytest.approx(each.batch * len(each.latencies) / sum(each.latencies))


def test_rows_say_what_answers_are_worth_and_what_is_refused_has_none():
    contestants = [
        Contestant("eager", "fp32", lambda: told_apart),
        Contestant("openvino", "int8", lambda: always_zero),
        Contestant("onnxruntime", "fp32", refused),
    ]
    labels = (PIXELS[:, 0, 0, 0] >= 10).astype(np.int64)
    said: list[str] = []
    rows = measured(Subject("levels", PIXELS, 1000, tuple(contestants)), labels, 1e-4, said.append)
    assert said == ["residua: onnxruntime fp32 is left out: it cannot compile this here"]
    assert [(row["engine"], row["batch"]) for row in rows] == [
        ("eager", 1), ("eager", 8), ("openvino", 1), ("openvino", 8),
    ]  # fmt: skip
    assert [row["accuracy"] for row in rows[1:3]] == [1.0, pytest.approx(10 / 21)]
    assert rows[2]["top1_agreement"] == pytest.approx(10 / 21)
    assert [row["keeps_accuracy"] for row in rows] == [True, True, False, False]
    best = fastest([row | {"images_per_cpu_second": 1 + number} for number, row in enumerate(rows)])
    assert (best["engine"], best["batch"]) == ("eager", 8)  # the faster ones have lost accuracy
    unlabelled = measured(Subject("levels", PIXELS, 0, tuple(contestants[:2])), None, 1e-4, said.append)
    assert {row["accuracy"] for row in unlabelled} == {row["of_ceiling"] for row in unlabelled} == {None}


def test_every_image_is_answered_once_in_order():
    assert np.array_equal(logits_of(told_apart, PIXELS), told_apart(PIXELS))


@pytest.fixture
def artifact() -> Artifact:
    manifest = Manifest("levels", "openvino", "1", "bf16", "model.xml", ("a", "b"), Preprocessing(8, 8), {}, {}, {})
    return Artifact(Path("nowhere"), manifest, "0" * 64)


def test_the_fastest_precision_is_kept_for_this_artifact_processor_and_engine(artifact, tmp_path, monkeypatch):
    assert proof.fastest_precision(artifact, tmp_path) == "bf16"
    assert proof.keep_fastest(artifact, "fp32", tmp_path, {"images_per_cpu_second": 3})
    assert proof.fastest_precision(artifact, tmp_path) == "fp32"
    assert proof.fastest_precision(Artifact(artifact.folder, artifact.manifest, "1" * 64), tmp_path) == "bf16"
    with monkeypatch.context() as patch:
        patch.setattr(machine, "engine_version", lambda _: "another")
        assert proof.fastest_precision(artifact, tmp_path) == "bf16"
    assert proof.keep_fastest(artifact, "int8", tmp_path, {})  # which these files cannot run in
    assert proof.fastest_precision(artifact, tmp_path) == "bf16"
    (tmp_path / "file").write_text("")
    assert not proof.keep_fastest(artifact, "fp32", tmp_path / "file", {})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["resnet8", "--engine", "tensorrt"], "--engine tensorrt is not one of eager, channels_last"),
        (["resnet8", "--data", "digits"], "resnet8 has random weights"),
        (["resnet8", "--cache", "here"], "only artifacts have a cache"),
        (["nothing"], "nothing lies there"),
        (["resnet8", "nothing"], "nothing lies there"),  # before the first has been measured
        (["resnet8", "--plot", "speed.gif"], "--plot speed.gif: a plot is drawn as its suffix says, one of .png, .svg"),
        (["resnet8", "--plot", "nowhere/speed.png"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(words, said, capsys):
    assert main(["bench", *words, "--quiet"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_plot_names_every_engine_and_replaces_nothing(tmp_path, capsys):
    rows = [
        {"target": "levels", "engine": name, "precision": "fp32", "batch": batch, "samples": 21}
        | {"images_per_cpu_second": speed * batch, "accuracy": None, "top1_agreement": 1.0}
        for name, speed in (("eager", 10), ("openvino", 40))
        for batch in (1, 8)
    ]
    plot.draw(rows, tmp_path / "speed.svg")
    drawn = (tmp_path / "speed.svg").read_text()
    for words in ("eager fp32", "openvino fp32", "batch 1", "batch 8", "same answer as the first"):
        assert words in drawn
    assert main(["bench", "resnet8", "--plot", str(tmp_path / "speed.svg")]) == 2
    assert "exists already, and a plot replaces nothing" in capsys.readouterr().err
    plot.draw([row | {"accuracy": 0.5} for row in rows], tmp_path / "speed.png")
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_of_nothing_is_not_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("residua.ship.bench.rows.measured", lambda *_: [])
    assert main(["bench", "resnet8", "--plot", str(tmp_path / "speed.svg"), "--json", "--quiet"]) == 1
    assert json.loads(capsys.readouterr().out)["rows"] == []
    assert not (tmp_path / "speed.svg").exists()


@pytest.mark.slow
def test_a_network_and_its_artifact_are_measured_and_json_stays_clean(shipped, own_cache, tmp_path, capsys):
    words = ["--seconds", "0.1", "--json", "--quiet"]
    assert main(["bench", str(shipped.fp32), *words, "--plot", str(tmp_path / "speed.png")]) == 0
    document = json.loads(capsys.readouterr().out)
    (row, _), (start,) = document["rows"], document["cold_starts"]
    assert start["target"] == str(shipped.fp32)
    assert 0 < start["cpu_seconds"] < start["first_cpu_seconds"]  # the canaries ran once
    assert (tmp_path / "speed.png").is_file()
    assert (row["engine"], row["precision"], row["accuracy"]) == ("openvino", "fp32", None)
    assert main(["bench", str(shipped.run), "--engine", "eager", "openvino", "onnxruntime", *words]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["engine"] for row in rows} == {"eager", "openvino", "onnxruntime"}
    exact = [row for row in rows if row["precision"] == "fp32"]
    assert [row["top1_agreement"] for row in exact] == [1.0] * len(exact)
    assert all(row["keeps_accuracy"] and row["accuracy"] > 0.9 for row in rows)
