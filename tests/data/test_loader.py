"""Are batches a pure function of seed, epoch and sample, whoever makes them and from wherever they start?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from residua.data import ArraySource, Augment, Preprocessing, open_dataset
from residua.data.augment.apply import apply_batch, flipped
from residua.data.counter import Draw
from residua.data.feed.loader import Batches
from residua.errors import DataError

RECIPE = Augment(pad=2, flip="random", cutout=4)


@pytest.fixture
def arrays() -> ArraySource:
    rng = np.random.default_rng(0)
    return ArraySource(rng.integers(0, 256, (103, 16, 16, 3), np.uint8), rng.integers(0, 4, 103), "abcd")


def _batches(source, **options) -> Batches:
    options = {"batch": 16, "preprocessing": Preprocessing(16, 16), "augment": RECIPE, "seed": 7, **options}
    return Batches(source, np.arange(len(source)), **options)


def _join(batches) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    parts = list(batches)
    images, labels = torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    return images, labels, np.concatenate([part.indices for part in parts])


@pytest.mark.parametrize("kind", ["arrays", "files"])
def test_workers_do_not_change_a_bit(arrays: ArraySource, folder: Path, kind: str) -> None:
    source = arrays if kind == "arrays" else open_dataset(folder).train
    reference = _join(_batches(source, workers=0).epoch(2))
    for workers in (1, 4):
        for ours, theirs in zip(_join(_batches(source, workers=workers).epoch(2)), reference, strict=True):
            assert (np.asarray(ours) == np.asarray(theirs)).all()


@pytest.mark.parametrize("world", [2, 3])
def test_ranks_together_have_the_batches_of_one(arrays: ArraySource, world: int) -> None:
    alone = list(_batches(arrays, drop_last=True).epoch(1))
    ranks = [list(_batches(arrays, drop_last=True, rank=rank, world=world).epoch(1)) for rank in range(world)]
    for number, whole in enumerate(alone):
        for rank in range(world):
            part = ranks[rank][number]
            np.testing.assert_array_equal(part.indices, whole.indices[rank::world])
            assert torch.equal(part.images, whole.images[rank::world])


@pytest.mark.parametrize("start", [1, 16, 37, 96, 102])
def test_resuming_at_any_sample_continues_exactly(arrays: ArraySource, start: int) -> None:
    images, labels, indices = _join(_batches(arrays).epoch(4))
    later = _join(_batches(arrays, batch=11).epoch(4, start=start))
    assert torch.equal(later[0], images[start:])
    assert torch.equal(later[1], labels[start:])
    np.testing.assert_array_equal(later[2], indices[start:])


@pytest.mark.parametrize(
    ("batch", "world", "augment", "shares"),
    [
        (10, 1, Augment(), [10]),
        (500, 1, Augment(), [103]),
        (11, 2, Augment(), [6, 5]),
        (10, 2, Augment(mixup=0.2), [6, 4]),  # pairs stay together
    ],
)
def test_a_share_is_what_a_process_has_of_every_batch_but_the_last(arrays: ArraySource, batch, world, augment, shares):
    for rank, share in enumerate(shares):
        batches = _batches(arrays, batch=batch, world=world, rank=rank, augment=augment)
        assert batches.share == share
        assert {len(each.labels) for each in list(batches.epoch(0))[:-1]} <= {share}


@pytest.mark.parametrize("augment", [Augment(), Augment(mixup=0.2), Augment(cutmix=1.0, repeats=3)])
@pytest.mark.parametrize(("batch", "world"), [(26, 2), (25, 3), (51, 2), (11, 4), (19, 4)])
def test_every_process_knows_how_many_images_the_others_have(arrays: ArraySource, batch, world, augment):
    ranks = [_batches(arrays, batch=batch, world=world, rank=rank, augment=augment) for rank in range(world)]
    had = zip(*([len(each.labels) for each in rank.epoch(0)] for rank in ranks), strict=True)
    for number, lengths in enumerate(had):
        images = min(batch, 103 - number * batch)
        assert ranks[0].shares(images) == list(lengths)
        assert min(lengths) >= min(images, 2)  # none is left without images of a step that the others take


def test_an_epoch_has_each_sample_once_and_epochs_differ(arrays: ArraySource) -> None:
    batches = _batches(arrays)
    first, second = _join(batches.epoch(0)), _join(batches.epoch(1))
    assert sorted(first[2]) == list(range(103)) == sorted(second[2])
    assert not np.array_equal(first[2], second[2])
    assert len(batches) == 7
    assert len(_batches(arrays, drop_last=True)) == 6 == len(list(_batches(arrays, drop_last=True).epoch(0)))


def test_evaluating_over_ranks_has_no_duplicate(arrays: ArraySource) -> None:
    seen = [_join(_batches(arrays, augment=None, rank=rank, world=4).epoch(0))[2] for rank in range(4)]
    assert sorted(np.concatenate(seen)) == list(range(103))


def test_images_are_normalised_and_channels_last(arrays: ArraySource) -> None:
    p = Preprocessing(16, 16, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))
    batch = next(_batches(arrays, augment=None, preprocessing=p).epoch(0))
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    expected = (arrays.images[:16] / 255 - p.mean) / p.std
    np.testing.assert_allclose(batch.images.permute(0, 2, 3, 1).numpy(), expected, rtol=1e-5, atol=1e-5)
    assert batch.labels.dtype == torch.int64
    half = next(_batches(arrays, augment=None, preprocessing=p, dtype=torch.bfloat16).epoch(0))
    assert torch.equal(half.images, batch.images.bfloat16())


def test_pad_and_crop_is_a_shift_of_the_padded_image(arrays: ArraySource) -> None:
    index = np.arange(103)
    out = apply_batch(arrays.images, Augment(pad=2), Draw(1, 2, index), (0, 0, 0))
    padded = np.pad(arrays.images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    shifts = set()
    for number in index:
        found = [
            (y, x)
            for y in range(5)
            for x in range(5)
            if np.array_equal(padded[number, y : y + 16, x : x + 16], out[number])
        ]
        assert len(found) == 1
        shifts.update(found)
    assert len(shifts) > 20


def test_flips_and_cutout(arrays: ArraySource) -> None:
    draw = Draw(1, 2, np.arange(103))
    out = apply_batch(arrays.images, Augment(flip="random"), draw, (0, 0, 0))
    mirrored = flipped("random", draw)
    assert 30 < mirrored.sum() < 73
    np.testing.assert_array_equal(out[mirrored], arrays.images[mirrored][:, :, ::-1])
    np.testing.assert_array_equal(out[~mirrored], arrays.images[~mirrored])
    even, odd = (flipped("alternating", Draw(1, epoch, np.arange(103))) for epoch in (4, 5))
    assert (even ^ odd).all()
    white = np.full((50, 16, 16, 3), 255, np.uint8)
    holes = (apply_batch(white, Augment(cutout=6), Draw(0, 0, np.arange(50)), (1, 2, 3)) != 255).any(-1).sum((1, 2))
    assert holes.max() == 36
    assert holes.min() >= 9
    assert (white == 255).all()


def test_a_consumer_that_stops_early_leaves_no_thread(folder: Path) -> None:
    import threading

    before = threading.active_count()
    batches = _batches(open_dataset(folder).train, batch=4, workers=3).epoch(0)
    next(batches)
    batches.close()
    assert threading.active_count() == before


def test_skipped_files_leave_the_batch_shorter_and_the_order_alone(folder: Path) -> None:
    source = open_dataset(folder).train
    whole = _join(_batches(source).epoch(0))
    (folder / source.where(5)).unlink()
    with pytest.raises(DataError, match=source.where(5)):
        list(_batches(source).epoch(0))
    source.skip_bad = True
    rest = _join(_batches(source).epoch(0))
    keep = whole[2] != 5
    assert torch.equal(rest[0], whole[0][torch.from_numpy(keep)])


def test_waiting_is_counted(arrays: ArraySource) -> None:
    batches = _batches(arrays, workers=0)
    list(batches.epoch(0))
    assert batches.wait_seconds > 0
