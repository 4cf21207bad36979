"""Is a validation that chose its own epoch reported without the luck of that choice?"""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.train.measure import settled, validation
from residua.train.measure.crossed import crossed, first_half
from tests.data.conftest import write


def rows_of(right: np.ndarray, first: np.ndarray) -> list[dict[str, object]]:
    """Return a log whose validation recognised `right`, (epochs, images); `first` says which are in the first half."""
    halves = [[[own[half].mean(), int(own[half].sum()), int(half.sum())] for half in (first, ~first)] for own in right]
    return [{"epoch": at + 1, "val_halves": own} for at, own in enumerate(halves)]


def test_each_half_counts_at_the_epoch_that_the_other_half_chose() -> None:
    first = np.array([True, True, True, False, False, False])
    right = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 1, 1, 0], [0, 0, 1, 1, 1, 0]], bool)
    found = crossed(rows_of(right, first))
    assert found is not None
    assert found["epochs"] == [3, 1]  # of the second half's two best epochs the later one, as the best epoch is chosen
    assert (found["correct"], found["samples"]) == (1 + 0, 6)
    assert found["top1"] == pytest.approx(1 / 6)
    assert found["interval"][0] < 1 / 6 < found["interval"][1]
    assert crossed(rows_of(right, first)[:1]) is None
    assert crossed([{"epoch": 1}, {"epoch": 2}]) is None


def test_luck_over_many_epochs_leaves_the_mean_at_chance() -> None:
    draw, best, honest = np.random.default_rng(0), [], []
    first = np.arange(40) < 20
    for _ in range(400):
        right = draw.random((30, 40)) < 0.5
        found = crossed(rows_of(right, first))
        assert found is not None
        best.append(right.mean(1).max())
        honest.append(found["top1"])
    assert np.mean(best) > 0.62
    assert abs(np.mean(honest) - 0.5) < 3 * 0.5 / np.sqrt(40 * 400)


def test_halves_hold_half_of_each_class_and_whole_groups() -> None:
    labels = np.repeat([0, 1, 2], [20, 10, 2])
    assert np.bincount(labels[first_half(labels, None, 3)]).tolist() == [10, 5, 1]
    groups = np.arange(32) // 2
    half = first_half(labels, groups, 3)
    assert (half[::2] == half[1::2]).all()
    assert np.bincount(labels[half], minlength=3)[:2].tolist() in ([10, 4], [10, 6])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, int]:
    """A run on a folder without a test split: its folder, what it wrote to both streams, how often it scored images."""
    folder, draw, asked = tmp_path_factory.mktemp("crossed"), np.random.default_rng(0), []
    for number in range(40):
        write(folder / "data" / "ab"[number % 2] / f"{number}.png", draw.integers(0, 256, (8, 8, 3), np.uint8))
    words = ["train", "resnet8", "--data", str(folder / "data"), "--out", str(folder / "run"), "--json"]
    words += ["--val-fraction", "0.3", "--batch", "14", "--epochs", "3", "--ema", "0.5"]
    out, error, whole = io.StringIO(), io.StringIO(), validation.score_together
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(error):
        patched.setattr(validation, "score_together", lambda *given: asked.append(1) or whole(*given))
        patched.setattr(settled, "LEAST_STEPS", 0)  # the plain weights too are then measured as they are
        assert main(words) == 0
    return folder / "run", out.getvalue(), error.getvalue(), len(asked)


def test_a_run_prints_it_first_and_the_choosing_images_beside_it(trained: tuple[Path, str, str, int]) -> None:
    run, out, error, _ = trained
    metrics = json.loads((run / "metrics.json").read_text())
    honest = metrics["cross_fitted"]
    assert honest["samples"] == metrics["samples"] == 12
    assert f"val top-1 {honest['top1']:.2%} ({honest['correct']} of 12, " in error
    assert f"epoch {metrics['epoch']}, whose weights are kept, was chosen by all of them and has top-1" in error
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[-1]["cross_fitted"] == honest
    assert [sum(half[2] for half in line["mean_val_halves"]) for line in lines[:-1]] == [12, 12, 12]
    first, second = re.findall(r"<b>([^<]+)</b><span>(top-1[^<]+)</span>", (run / "report.html").read_text())[:2]
    assert first[0] == f"{honest['top1']:.2%}"
    assert "each half at the epoch that the other half chose" in first[1]
    assert second[0] == f"{metrics['top1']:.2%}"
    assert f"at epoch {metrics['epoch']}, which all of them chose" in second[1]


def test_an_end_that_measures_what_validation_did_asks_no_network_again(trained: tuple[Path, str, str, int]) -> None:
    run, _, _, asked = trained
    assert asked == 3 * 2  # each epoch, the weights and their mean; the files' own weights would answer the same
    first = (run / "metrics.json").read_bytes()
    (run / "metrics.json").unlink()
    assert main(["train", "--resume", str(run), "--quiet"]) == 0
    assert (run / "metrics.json").read_bytes() == first
