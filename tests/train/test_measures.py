"""Are the measures those of scikit-learn, and is the schedule what the recipe says?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)

from residua import build
from residua.scores import calibration_error, in_words, interval, paired
from residua.train.measure.evaluation import measure
from residua.train.measure.validation import chosen_by
from residua.train.settings.config import TrainConfig
from residua.train.settings.schedule import lr_at
from residua.train.state import Progress
from residua.train.step.optimizer import build_optimizers


def test_measures_equal_scikit_learns():
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(500, 8, generator=generator) * 2, torch.randint(0, 8, (500,), generator=generator)
    found, chances = measure(logits, labels, [f"c{i}" for i in range(8)]), logits.double().softmax(1).numpy()
    assert found.top1 == pytest.approx(accuracy_score(labels, logits.argmax(1)))
    assert found.top5 == pytest.approx(top_k_accuracy_score(labels, logits.numpy(), k=5))
    assert found.loss == pytest.approx(log_loss(labels, chances), rel=1e-6)
    assert found.confusion == confusion_matrix(labels, logits.argmax(1)).tolist()
    assert list(found.per_class.values()) == pytest.approx(
        list(np.diag(found.confusion) / np.bincount(labels, minlength=8))
    )
    assert found.samples == 500


def test_a_class_without_images_has_no_accuracy():
    found = measure(torch.eye(3)[:2], torch.tensor([0, 1]), ["a", "b", "c"])
    assert found.per_class == {"a": 1.0, "b": 1.0, "c": None}
    assert found.class_mean == 1.0
    assert (found.classes["c"].recall, found.classes["c"].interval, found.classes["c"].f1) == (None, None, None)
    assert found.never_answered == []


def test_a_class_that_is_never_answered_is_named_and_shows_in_the_mean_over_classes():
    logits = torch.zeros(42, 2)
    logits[:, 0] = 1
    found = measure(logits, torch.tensor([0] * 40 + [1] * 2), ["healthy", "sick"])
    assert (found.correct, found.samples, found.class_mean) == (40, 42, 0.5)
    assert found.never_answered == ["sick"]
    assert found.classes["sick"].precision is None
    assert found.classes["healthy"].precision == pytest.approx(40 / 42)


def test_classes_have_scikit_learns_precision_recall_and_f1_and_two_an_area_under_the_curve():
    generator = torch.Generator().manual_seed(3)
    logits, labels = torch.randn(300, 2, generator=generator), torch.randint(0, 2, (300,), generator=generator)
    found, predicted = measure(logits, labels, ["no", "yes"]), logits.argmax(1)
    for at, scores in enumerate(found.classes.values()):
        assert scores.precision == pytest.approx(precision_score(labels, predicted, pos_label=at))
        assert scores.recall == pytest.approx(recall_score(labels, predicted, pos_label=at))
        assert scores.f1 == pytest.approx(f1_score(labels, predicted, pos_label=at))
    assert found.auroc == pytest.approx(roc_auc_score(labels, logits[:, 1] - logits[:, 0]))
    assert measure(logits[:2], torch.tensor([1, 1]), ["no", "yes"]).auroc is None


def test_top5_is_measured_where_more_than_five_classes_are():
    for classes in (2, 5, 6):
        logits, labels = torch.eye(classes), torch.arange(classes)
        assert (measure(logits, labels, [str(at) for at in range(classes)]).top5 is None) == (classes <= 5)


def test_an_interval_is_wilsons():
    """Wilson 1927 eq. 4 at z = 1.95996, written out; and the words that stand beside an accuracy."""
    z, n, p = 1.959963985, 9, 8 / 9
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert interval(8, 9) == pytest.approx((middle - half, middle + half), abs=1e-8)
    assert in_words(8, 9) == "8 of 9, 57…98 %"
    assert in_words(9125, 10_000) == "9,125 of 10,000, 90.7…91.8 %"


def test_two_networks_on_the_same_images_are_compared_by_mcnemars_exact_test():
    """Of 8 images that one of two has right, all 8 the second: 2 · 0.5⁸; counts as in McNemar 1947."""
    first, second = [True] * 30 + [False] * 8 + [False] * 4, [True] * 30 + [True] * 8 + [False] * 4
    found = paired(first, second)
    assert (found.first_alone, found.second_alone, found.samples) == (0, 8, 42)
    assert found.p == pytest.approx(2 * 0.5**8)
    assert str(found).startswith("better (8 against 0")
    assert str(paired(second, first)).startswith("worse")
    assert paired(first, first).p == 1.0
    assert str(paired([True, False, True], [False, True, True])).startswith("cannot be told apart")


def test_epochs_are_compared_by_what_was_chosen():
    rows = [
        {"val_top1": 0.95, "val_class_mean": 0.5, "val_loss": 0.2},
        {"val_top1": 0.90, "val_class_mean": 0.8, "val_loss": 0.3},
        {"val_top1": 0.95, "val_class_mean": 0.6, "val_loss": 0.1},
    ]
    best = {}
    for select in ("top1", "class-mean", "loss"):
        progress = Progress()
        for row in rows:
            progress.end_epoch(*chosen_by(TrainConfig(select=select), row, ""))
        best[select] = (progress.best_epoch, progress.best_top1)
    assert best == {"top1": (3, 0.95), "class-mean": (2, 0.9), "loss": (3, 0.95)}


def test_calibration_error_is_the_sum_over_bins():
    """Guo 2017 eq. 3, written out bin by bin."""
    generator = torch.Generator().manual_seed(1)
    logits, labels = torch.randn(2000, 4, generator=generator), torch.randint(0, 4, (2000,), generator=generator)
    chances = logits.double().softmax(1)
    confidence, predicted = (part.numpy() for part in chances.max(1))
    expected = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence > low) & (confidence <= low + 1 / 15)
        if inside.any():
            right = (predicted[inside] == labels.numpy()[inside]).mean()
            expected += inside.mean() * abs(right - confidence[inside].mean())
    assert calibration_error(chances.numpy(), labels.numpy()) == pytest.approx(expected, rel=1e-9)
    assert measure(logits, labels, ["a", "b", "c", "d"]).ece == pytest.approx(expected, rel=1e-9)


def test_the_papers_schedule_falls_tenfold_at_half_and_three_quarters():
    config = TrainConfig(epochs=4, lr=0.1, schedule="step", warmup_epochs=0)
    assert [lr_at(config, epoch * 100, 100) for epoch in (0, 1, 2, 3)] == pytest.approx([0.1, 0.1, 0.01, 0.001])


@given(
    st.sampled_from(["constant", "linear", "cosine", "step", "rex", "one-cycle"]),
    st.floats(0, 3),
    st.integers(1, 20),
    st.integers(0, 1999),
)
def test_the_learning_rate_stays_between_zero_and_its_peak(schedule, warmup, epochs, samples):
    config = TrainConfig(epochs=epochs, lr=0.3, schedule=schedule, warmup_epochs=warmup, batch=10)
    assert 0 <= lr_at(config, min(samples, epochs * 100 - 1), 100) <= 0.3


@pytest.mark.parametrize("schedule", ["linear", "cosine", "rex"])
def test_warmup_rises_and_the_rest_falls_to_zero(schedule):
    config = TrainConfig(epochs=10, lr=0.3, schedule=schedule, warmup_epochs=2, batch=10)
    rates = [lr_at(config, samples, 100) for samples in range(0, 1000, 10)]
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[20] == pytest.approx(0.3)
    assert rates[-1] < 0.03 * 0.3


def test_weight_decay_spares_norms_and_biases_unless_the_recipe_says_otherwise():
    model = build("resnet8", conv_bias=True)
    (sparing,) = build_optimizers(model, TrainConfig(weight_decay=0.1))
    for group in sparing.param_groups:
        assert {parameter.ndim > 1 for parameter in group["params"]} == {group["weight_decay"] > 0}
    assert sum(len(group["params"]) for group in sparing.param_groups) == len(list(model.parameters()))
    (everywhere,) = build_optimizers(model, TrainConfig(weight_decay=0.1, decay_norms=True))
    assert {group["weight_decay"] for group in everywhere.param_groups} == {0.1}
