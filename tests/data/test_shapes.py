"""Is every shape of folder that people bring read as it is meant, or refused by one line that names the mend?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.data import Dataset, open_dataset
from residua.data.doctor.examine import examine
from residua.errors import LabelError
from tests.data.conftest import write

SPLIT_NAMES = {"train": "train", "validation": "val", "test": "test"}


def fill(root: Path, *folders: str) -> Path:
    """Write two small pictures of noise into each folder."""
    rng = np.random.default_rng(len(folders))
    for folder in folders:
        for name in ("1.png", "2.png"):
            write(root / folder / name, rng.integers(0, 256, (8, 8, 3), np.uint8))
    return root


def below(*tops: str, classes: str = "cat dog owl") -> list[str]:
    return [f"{top}/{name}" for top in tops for name in classes.split()]


def counts(dataset: Dataset) -> dict[str, list[int]]:
    """Return the images a class of each split."""
    return {
        SPLIT_NAMES[split]: np.bincount(source.labels, minlength=len(dataset.classes)).tolist()
        for split, source in dataset.splits.items()
    }


READ = {
    "splits by longer names": (
        below("train_set", "test_set"),
        {"train": [2] * 3, "test": [2] * 3},
        "train_set as train",
    ),
    "words run together": (below("TrainingData", "valset"), {"train": [2] * 3, "val": [2] * 3}, "valset as validation"),
    "an archive in a folder of its own name": (
        [*below("seg_train/seg_train", "seg_test/seg_test"), "seg_pred/seg_pred"],
        {"train": [2] * 3, "test": [2] * 3},
        "seg_pred is left out",
    ),
    "splits in a folder": (below("images/train", "images/val"), {"train": [2] * 3, "val": [2] * 3}, "images inside"),
    "a lone wrapper": (below("flower_photos"), {"train": [2] * 3}, "flower_photos inside"),
    "two wrappers": (below("archive/data"), {"train": [2] * 3}, "archive/data inside"),
    "classes in folders": (["dog/husky", "dog/pug", "cat/siamese"], {"train": [2, 4]}, "dog (husky, pug)"),
    "a folder more in each class": (["cat/images", "dog/images"], {"train": [2, 2]}, None),
    "classes with a split's word": (["test_tube", "train_station"], {"train": [2, 2]}, None),
    "splits that lack classes": (
        [*below("train_set"), *below("test_set", classes="cat owl")],
        {"train": [2] * 3, "test": [2, 0, 2]},
        "test_set as test",
    ),
}


@pytest.mark.parametrize("shape", READ)
def test_folders_are_read_as_what_the_level_below_shows_and_that_is_reported(tmp_path: Path, shape: str) -> None:
    folders, expected, note = READ[shape]
    dataset = open_dataset(fill(tmp_path / "data", *folders))
    assert counts(dataset) == expected
    messages = [each.message for each in dataset.notes]
    assert messages == [] if note is None else any(note in message for message in messages)
    found = examine(tmp_path / "data")
    assert found.classes == dataset.classes
    assert {each.message for each in dataset.notes} <= {finding.message for finding in found.findings}


UNKNOWN = {
    "folds": (
        below("fold1", "fold2", "fold3"),
        r"fold1, fold2, fold3 each hold .* cat, dog, owl.*Call them train, val",
    ),
    "parts": (below("a/part", "b/part"), r"a, b each hold the same folders, cat, dog, owl"),
    "splits below the classes": (below("cat", "dog", classes="train test"), r"a split is expected above .* train/cat"),
}


@pytest.mark.parametrize("shape", UNKNOWN)
def test_folders_that_hold_the_same_folders_are_never_learnt_as_classes(
    tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folders, message = UNKNOWN[shape]
    root = fill(tmp_path / "data", *folders)
    with pytest.raises(LabelError, match=message):
        open_dataset(root)
    assert main(["data", str(root)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_class_folder_that_is_a_dead_link_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = fill(tmp_path / "data", "cat", "dog")
    (root / "owl").symlink_to("../not-mounted/owl")
    assert main(["train", "--data", str(root), "--out", str(tmp_path / "run")]) == 2
    assert "1 of 5 image files in" in (error := capsys.readouterr().err)
    assert "owl (a broken link)" in error
    assert ("broken-link", ("owl",)) in [(each.code, each.files) for each in examine(root).findings]
    (root / "train").symlink_to("../not-mounted/train")
    fill(root, "val/cat")
    assert main(["data", str(root)]) == 1
    assert "train is a link that leads nowhere" in capsys.readouterr().out
