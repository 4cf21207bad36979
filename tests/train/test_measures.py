"""Are the measures those of scikit-learn, and is the schedule what the recipe says?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, top_k_accuracy_score

from residua import build
from residua.scores import calibration_error
from residua.train.measure.evaluation import measure
from residua.train.settings.config import TrainConfig
from residua.train.settings.schedule import lr_at
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
