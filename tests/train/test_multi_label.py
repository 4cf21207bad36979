"""Does an image with several labels go through reading, training, measuring and predicting with all of them?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import average_precision_score, f1_score

import residua
from residua.cli.app import main
from residua.data.doctor.examine import examine
from residua.data.groups.drawn import SplitRules, draw_split
from residua.data.sources.open import open_dataset, open_several
from residua.errors import DataError, TrainError
from residua.train.measure.evaluation import measure_several
from residua.train.settings.config import TrainConfig
from residua.train.settings.resolve import resolve
from residua.train.step.objective import Labels, losses, right
from tests.data.conftest import write

LABELS = ("left", "right", "top")


def pictures(root: Path, count: int = 90) -> list[tuple[str, tuple[str, ...]]]:
    """Write dark pictures with a bright bar for each label, and return their paths with the labels; some have none."""
    draw, rows = np.random.default_rng(0), []
    for number in range(count):
        labels = tuple(name for at, name in enumerate(LABELS) if number >> at & 1)
        image = draw.integers(0, 60, (16, 16, 3), np.uint8)
        image[4:12, :4] += 180 * np.uint8("left" in labels)
        image[4:12, 12:] += 180 * np.uint8("right" in labels)
        image[:4, 4:12] += 180 * np.uint8("top" in labels)
        write(root / "images" / f"{number}.png", image)
        rows.append((f"images/{number}.png", labels))
    return rows


def written(root: Path, name: str, rows: list[tuple[str, tuple[str, ...]]]) -> Path:
    """Write the list `name` in the way that its name says."""
    lines = {
        "bars.csv": ["path,label", *(f"{file},{'|'.join(own)}" for file, own in rows)],
        "semicolons.csv": ["path,label", *(f"{file},{';'.join(own)}" for file, own in rows)],
        "spaces.csv": ["path,label", *(f"{file},{' '.join(own)}" for file, own in rows)],
        "columns.csv": [
            f"path,{','.join(LABELS)}",
            *(f"{file},{','.join(str(name in own) for name in LABELS)}" for file, own in rows),
        ],
        "lines.csv": ["path,label", *(f"{file},{label}" for file, own in rows for label in own or ("",))],
        "list.jsonl": [json.dumps({"path": file, "labels": list(own)}) for file, own in rows],
    }[name]
    (root / name).write_text("\n".join(lines))
    return root / name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("several")
    rows = pictures(root)
    for name in ("bars.csv", "semicolons.csv", "spaces.csv", "columns.csv", "lines.csv", "list.jsonl"):
        written(root, name, rows)
    return root


@pytest.mark.parametrize("name", ["bars.csv", "semicolons.csv", "spaces.csv", "columns.csv", "lines.csv", "list.jsonl"])
def test_every_way_to_write_several_labels_is_read_alike(folder: Path, name: str) -> None:
    dataset = open_several(folder / name)
    assert dataset.classes == LABELS
    found = [tuple(dataset.classes[at] for at in dataset.label_sets[label]) for label in dataset.train.labels]
    assert found == [tuple(label for at, label in enumerate(LABELS) if number >> at & 1) for number in range(90)]
    assert dataset.images_of(dataset.train).tolist() == [45, 44, 44]
    with pytest.raises(DataError, match=r"--multi-label|the label is ''"):  # the first picture has none
        open_dataset(folder / name)


def test_the_doctor_counts_an_image_for_each_of_its_labels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = examine(folder / "bars.csv", multi_label=True).to_json()
    assert found["splits"]["train"] == {"images": 90, "classes": {"left": 45, "right": 44, "top": 44}}
    assert not [each for each in found["findings"] if each["severity"] != "note"]
    assert main(["data", str(folder / "bars.csv"), "--multi-label"]) == 0
    assert capsys.readouterr().out.splitlines()[4].split() == ["all", "90"]
    assert main(["data", "digits", "--multi-label"]) == 2
    assert "read from a list" in capsys.readouterr().err


def test_the_rarest_label_is_held_out_as_often_as_others(tmp_path: Path) -> None:
    rows = [(file, (*own, "rare") if at % 9 == 0 else own) for at, (file, own) in enumerate(pictures(tmp_path))]
    dataset = open_several(written(tmp_path, "bars.csv", rows))
    held = draw_split(dataset.train, SplitRules(0.2, 0)).validation
    labels = dataset.train.labels[held]
    rare = dataset.classes.index("rare")
    assert len(held) == 18
    assert sum(rare in dataset.label_sets[label] for label in labels) == 2


def test_each_label_has_binary_cross_entropy_of_its_own() -> None:
    draw = torch.Generator().manual_seed(0)
    logits, truths = torch.randn(6, 3, generator=draw), torch.tensor([[0.0, 0, 0], [1, 0, 1], [1, 1, 1]])
    numbers = torch.tensor([0, 1, 2, 2, 1, 0])
    config = TrainConfig(multi_label=True, loss="bce")
    expected = F.binary_cross_entropy_with_logits(logits, truths[numbers], reduction="none").mean(1)
    torch.testing.assert_close(losses(logits, Labels(numbers), config, truths), expected)
    mixed = Labels(numbers, numbers.flip(0), torch.full((6,), 0.25))
    other = F.binary_cross_entropy_with_logits(logits, truths[numbers.flip(0)], reduction="none").mean(1)
    torch.testing.assert_close(losses(logits, mixed, config, truths), 0.25 * expected + 0.75 * other)
    assert right(truths[numbers] - 0.5, numbers, truths).all()
    assert right(truths[numbers] - 0.5, numbers.roll(1), truths).tolist() == [True, False, False, True, False, False]


def test_measures_are_scikit_learns() -> None:
    draw = np.random.default_rng(1)
    truth, logits = draw.random((50, 4)) < [0.5, 0.3, 0.1, 0], draw.normal(size=(50, 4))
    found = measure_several(torch.from_numpy(logits), torch.from_numpy(truth), "abcd", 0.4)
    answers = 1 / (1 + np.exp(-logits)) >= 0.4
    assert found.map == pytest.approx(average_precision_score(truth[:, :3], logits[:, :3], average="macro"))
    assert found.f1_macro == pytest.approx(f1_score(truth[:, :3], answers[:, :3], average="macro"))
    assert found.f1_micro == pytest.approx(f1_score(truth, answers, average="micro"))
    assert (found.correct, found.samples) == (int((answers == truth).all(1).sum()), 50)
    assert (found.labels["d"].samples, found.labels["d"].average_precision) == (0, None)


@pytest.mark.parametrize(
    "given",
    [
        {"loss": "cross-entropy"},
        {"balance": True},
        {"class_weights": True},
        {"teacher": "net.safetensors"},
        {"select": "top1"},
        {"select": "class-mean"},
    ],
)
def test_what_needs_one_label_an_image_is_refused_beside_several(given: dict[str, object]) -> None:
    with pytest.raises(TrainError, match="does nothing without"):
        resolve({"data": "list.csv", "multi_label": True, **given})
    assert resolve({"data": "list.csv", "multi_label": True}).config.select == "map"
    with pytest.raises(TrainError, match="--select does nothing without"):
        resolve({"data": "list.csv", "select": "map"})


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    words = ["train", "resnet8", "--data", str(folder / "bars.csv"), "--multi-label", "--epochs", "12", "--batch", "16"]
    assert main([*words, "--lr", "0.05", "--size", "16", "--flip", "none", "--crop-pad", "0", "--out", str(out)]) == 0
    return out


def test_bars_are_learnt_and_every_file_of_the_run_says_so(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["map"] > 0.9
    assert metrics["val_top1"] is None
    last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert (last["top1"], last["val_top1"]) == (None, None)
    assert 0 <= last["exact_match"] <= 1
    meta = residua.load(run).meta
    assert meta.classes == LABELS
    assert meta.provenance["chosen_by"] == "val_map"
    rows = map(json.loads, (run / "log.jsonl").read_text().splitlines())
    assert meta.metrics["val_map"] == max(row["val_map"] for row in rows)
    page = (run / "report.html").read_text()
    assert "mAP, val: 9 images" in page
    assert "average precision" in page


def test_evaluate_measures_the_held_out_images_as_training_did(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = json.loads((run / "metrics.json").read_text())
    assert main(["evaluate", str(run), "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {name: pytest.approx(metrics[name]) if name == "loss" else metrics[name] for name in found}
    assert main(["evaluate", str(run), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith(f"mAP {metrics['map']:.2%}  F1 ")


def test_predict_names_every_label_above_the_threshold(
    run: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(folder / "images" / f"{number}.png") for number in range(8)]
    assert main(["predict", str(run), *images, "--json", "--quiet"]) == 0
    named = [{each["label"] for each in json.loads(line)["top"]} for line in capsys.readouterr().out.splitlines()]
    truth = [{label for at, label in enumerate(LABELS) if number >> at & 1} for number in range(8)]
    assert sum(one == other for one, other in zip(named, truth, strict=True)) >= 6
    assert main(["predict", str(run), images[7], "--threshold", "0", "--json", "--quiet"]) == 0
    scores = [each["score"] for each in json.loads(capsys.readouterr().out)["top"]]
    assert len(scores) == 3
    assert sum(scores) > 1.5  # each label has a probability of its own
