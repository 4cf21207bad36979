"""Are rare classes shown as often as others, or weighed as much, when that is asked for?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from residua.data import ArraySource, Augment, Batches, Preprocessing
from residua.errors import TrainError
from residua.train.distributed import ALONE
from residua.train.settings.config import TrainConfig
from residua.train.settings.resolve import resolve
from residua.train.setup.data import prepare
from residua.train.setup.weights import find_start
from residua.train.step.objective import Labels, weights_of

RARE = ArraySource(np.arange(63 * 16, dtype=np.uint32).astype(np.uint8).reshape(63, 4, 4), [0] * 60 + [1] * 3, "ab")


def batches(**options) -> Batches:
    fitted = Preprocessing(size=4, resize=4, mean=(0.5,), std=(0.25,), channels=1)
    return Batches(RARE, np.arange(63), 16, fitted, Augment(flip="random"), seed=1, balanced=True, **options)


def test_each_class_comes_as_often_and_common_images_change_with_the_epoch():
    seen = []
    for epoch in range(12):
        order = batches().order(epoch)
        labels = RARE.labels[order]
        assert np.bincount(labels).tolist() in ([31, 32], [32, 31])
        assert np.bincount(order[labels == 1])[60:].min() >= 10
        assert len(set(order[labels == 0].tolist())) == (labels == 0).sum()
        seen.append(set(order.tolist()))
    assert set.union(*seen) == set(range(63))
    assert any(np.diff(RARE.labels[batches().order(0)]) != 0)


def test_a_balanced_epoch_is_the_same_for_any_number_of_processes():
    whole = [batch.indices.tolist() for batch in batches().epoch(2)]
    shares = [[batch.indices.tolist() for batch in batches(rank=rank, world=2).epoch(2)] for rank in (0, 1)]
    for one, first, second in zip(whole, *shares, strict=True):
        assert sorted(one) == sorted(first + second)
    resumed = [batch.indices.tolist() for batch in batches().epoch(2, start=32)]
    assert resumed == whole[2:]


def test_weights_make_each_class_count_as_much_and_mixed_images_take_their_shares():
    config = TrainConfig(class_weights=True, batch=64)
    data = prepare(config, ALONE, find_start(config).spec)
    weights = data.class_weights()
    counts = np.bincount(data.train.source.labels[data.train_indices])
    np.testing.assert_allclose(counts * weights, np.full(10, counts.sum() / 10))
    labels = Labels(torch.tensor([0, 1]), torch.tensor([1, 1]), torch.tensor([0.25, 0.5]))
    assert weights_of(labels, torch.tensor([1.0, 3.0])).tolist() == [2.5, 3.0]
    assert weights_of(Labels(torch.tensor([1, 0])), torch.tensor([1.0, 3.0])).tolist() == [3.0, 1.0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"balance": True, "class_weights": True}, "--class-weights does nothing without"),
        ({"group": "x", "grouping": "none"}, "--group does nothing without --grouping near or exact"),
    ],
)
def test_options_that_exclude_each_other_are_refused(given, words):
    with pytest.raises(TrainError, match=words):
        resolve(given)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"balance": True, "augment": "repeats=2"}, "--balance repeats rare images itself"),
        ({"select": "loss", "val_fraction": 0.0}, "--select loss chooses an epoch by validation"),
        ({"patience": 3, "val_fraction": 0.0}, "--patience 3 waits for a better validation"),
    ],
)
def test_what_the_images_do_not_allow_is_refused_before_the_first_step(changes, words):
    config = TrainConfig(**changes)
    with pytest.raises(TrainError, match=words):
        prepare(config, ALONE, find_start(config).spec)
