"""Does every augmentation do what its paper says, and is every choice a function of seed, epoch and sample alone?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from residua.data import ArraySource, Augment, Preprocessing
from residua.data.augment.apply import apply_batch
from residua.data.augment.config import PRESETS, parse_augment
from residua.data.augment.mix import RandomCrops, mix
from residua.data.augment.policies import NARROW, WIDE, change
from residua.data.counter import Draw
from residua.data.feed.loader import Batches
from residua.errors import DataError
from tests.data.conftest import picture

RECIPES = {
    **PRESETS,
    "erase": Augment(erase=0.5),
    "mixup": Augment(mixup=0.3, flip="random"),
    "cutmix": Augment(cutmix=1.0, pad=2),
    "repeated": Augment(repeats=3, pad=2, flip="alternating"),
    "everything": Augment(0.3, 2, "random", "rand", 2, 7, 0.3, 0.1, 0.3, 4, 0.2, 1.0, 2),
}


@pytest.fixture(scope="module")
def source() -> ArraySource:
    images = np.stack([picture(number, 32, 32) for number in range(60)])
    return ArraySource(images, np.arange(60) % 5, "abcde", "toy")


def _batches(source: ArraySource, augment: Augment, **options) -> Batches:
    options = {"batch": 12, "seed": 3, **options}
    return Batches(source, np.arange(60), preprocessing=Preprocessing(32, 32), augment=augment, **options)


def _rows(batches, epoch: int = 2, start: int = 0) -> list[tuple]:
    rows = []
    for batch in batches.epoch(epoch, start):
        others = batch.other_labels if batch.other_labels is not None else torch.zeros(len(batch.labels))
        share = batch.own_share if batch.own_share is not None else torch.zeros(len(batch.labels))
        rows += list(zip(batch.images, batch.labels, batch.indices, others, share, strict=True))
    return rows


def _equal(one: list[tuple], two: list[tuple]) -> bool:
    pairs = zip(one, two, strict=True)
    return all(all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(x, y, strict=True)) for x, y in pairs)


@pytest.mark.parametrize("name", RECIPES)
def test_workers_ranks_and_resuming_change_nothing(source: ArraySource, name: str) -> None:
    recipe = RECIPES[name]
    whole = _rows(_batches(source, recipe, workers=0))
    assert len(whole) == 60
    for workers in (1, 4):
        assert _equal(_rows(_batches(source, recipe, workers=workers)), whole)
    start = 17
    assert _equal(_rows(_batches(source, recipe), start=start), whole[start:])
    ranks = [_rows(_batches(source, recipe, rank=rank, world=2)) for rank in range(2)]
    group = 2 * recipe.repeats if recipe.mixes else 1
    expected = [[row for at, row in enumerate(whole) if at % 12 // group % 2 == rank] for rank in range(2)]
    assert _equal(ranks[0], expected[0])
    assert _equal(ranks[1], expected[1])
    if name != "none":
        assert not _equal(_rows(_batches(source, recipe), epoch=3), whole)


@pytest.mark.parametrize("name", list(WIDE))
def test_operations_do_nothing_at_magnitude_zero_and_much_at_one(name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 40, (30, 40, 3))
    image = (picture(3) * 0.6 + 30 + noise).astype(np.uint8)
    for space in (WIDE, NARROW):
        still = change(image, [(name, 0.0, False)], space, (0, 0, 0))
        if name not in ("autocontrast", "equalise"):
            assert np.abs(still.astype(int) - image).max() <= 1
        strong = change(image, [(name, 1.0, True)], space, (0, 0, 0))
        assert strong.shape == image.shape
        assert (np.abs(strong.astype(int) - image).mean() > 1) == (name != "identity")
    grey = change(image[..., :1], [(name, 0.7, True)], WIDE, (0,))
    assert grey.shape == (*image.shape[:2], 1)


def test_trivial_augment_uses_all_operations_equally() -> None:
    chosen = np.bincount(Draw(0, 0, np.arange(14_000)).below(len(WIDE), "trivial-op"), minlength=len(WIDE))
    assert len(WIDE) == 14
    assert chosen.min() > 850
    assert chosen.max() < 1150


def test_resized_crops_have_the_areas_and_aspects_of_the_paper() -> None:
    crops = RandomCrops(Draw(0, 0, np.arange(4000)), 0.08)
    boxes = np.array([crops.box(position, 400, 300) for position in range(4000)])
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    assert boxes.min() >= 0
    assert boxes[:, 2].max() <= 400
    assert boxes[:, 3].max() <= 300
    areas, aspects = wide * high / 120_000, wide / high
    assert 0.079 < areas.min() < 0.09
    assert areas.max() <= 1
    assert 0.41 < areas.mean() < 0.54  # large areas at extreme aspects do not fit and are drawn again
    assert aspects.min() > 0.73
    assert aspects.max() < 1.37
    narrow = RandomCrops(Draw(0, 0, np.arange(50)), 1.0)
    assert {narrow.box(position, 400, 20) for position in range(50)} == {(186, 0, 213, 20)}


def test_colour_jitter_of_nothing_is_nothing_and_keeps_within_its_strength(source: ArraySource) -> None:
    draw = Draw(0, 0, np.arange(60))
    barely = apply_batch(source.images, Augment(jitter=1e-9), draw, (0, 0, 0))
    assert np.abs(barely.astype(int) - source.images).max() <= 1
    grey = np.full((500, 4, 4, 3), 100, np.uint8)
    levels = apply_batch(grey, Augment(jitter=0.4), Draw(0, 0, np.arange(500)), (0, 0, 0))[:, 0, 0].astype(int)
    assert 60 <= levels.min() < 64  # grey has neither contrast nor saturation: brightness is all that is left
    assert 136 < levels.max() <= 140
    assert (levels.max(axis=1) - levels.min(axis=1)).max() <= 1
    turned = apply_batch(source.images, Augment(hue=0.5), draw, (0, 0, 0))
    luma = np.array([0.299, 0.587, 0.114])
    inside = ((turned > 0) & (turned < 255)).all(axis=(-1))
    assert np.abs((turned @ luma - source.images @ luma)[inside]).max() < 2
    assert np.abs(turned.astype(int) - source.images).mean() > 10


def test_erasing_hits_the_stated_share_and_area() -> None:
    white = np.full((2000, 20, 20, 3), 255, np.uint8)
    share = (apply_batch(white, Augment(erase=0.25), Draw(0, 0, np.arange(2000)), (9, 9, 9))[..., 0] == 9).mean((1, 2))
    assert 0.21 < (share > 0).mean() < 0.29
    assert share[share > 0].min() >= 0.01
    assert share.max() <= 0.4


def test_mixup_and_cutmix_are_their_formula(source: ArraySource) -> None:
    images, others = source.images, np.roll(source.images, 1, axis=0)
    draw = Draw(0, 0, np.arange(60))
    blended = mix(images, others, Augment(mixup=0.4), draw)
    share = blended.own[:, None, None, None]
    assert np.abs(blended.pixels - (share * images + (1 - share) * others)).max() <= 0.51
    pasted = mix(images, others, Augment(cutmix=1.0), draw)
    own = (pasted.pixels == images).all(-1)
    other = (pasted.pixels == others).all(-1)
    assert (own | other).all()
    np.testing.assert_allclose((~own).mean((1, 2)), 1 - pasted.own, atol=0.02)
    shares = mix(
        images[:1].repeat(5000, 0), images[:1].repeat(5000, 0), Augment(mixup=0.2), Draw(0, 0, np.arange(5000))
    ).own
    assert abs(shares.mean() - 0.5) < 0.02
    assert abs(shares.var() - 0.25 / 1.4) < 0.01  # Beta(α, α): 1 / (4 (2α + 1))


def test_each_image_is_mixed_with_one_other_and_their_labels(source: ArraySource) -> None:
    for _, label, index, other, share in _rows(_batches(source, Augment(mixup=0.3))):
        assert int(label) == index % 5
        assert 0 <= float(share) <= 1
        assert int(other) < 5


def test_repeated_augmentation_shows_fewer_images_more_often(source: ArraySource) -> None:
    batches = _batches(source, Augment(repeats=3, pad=3))
    order = batches.order(0)
    assert len(order) == 60
    assert len(set(order.tolist())) == 20
    first = next(batches.epoch(0))
    assert first.indices[0] == first.indices[1] == first.indices[2]
    assert not torch.equal(first.images[0], first.images[1])


@pytest.mark.parametrize("repeats", [2, 3, 4])
def test_a_repeated_image_is_mixed_with_another_one_not_with_its_copy(repeats: int) -> None:
    rng = np.random.default_rng(0)
    source = ArraySource(rng.integers(0, 256, (60, 12, 12, 3), np.uint8), np.arange(60), [str(i) for i in range(60)])
    augment = Augment(mixup=1.0, repeats=repeats)
    for world in (1, 2):
        own, other = [], []
        for rank in range(world):
            for batch in _batches(source, augment, batch=12 * repeats, rank=rank, world=world).epoch(0):
                own += batch.labels.tolist()
                other += batch.other_labels.tolist()
        assert len(own) == 60
        alone = [one for one, two in zip(own, other, strict=True) if one == two]
        assert len(set(alone)) <= 1, "only an image left over at the end of the epoch has no partner"
        pairs = set(zip(own, other, strict=True))
        assert all((two, one) in pairs for one, two in pairs)


def test_recipes_are_read_from_words() -> None:
    assert parse_augment("trivial,cutout=16") == Augment(
        resized_crop=0.08, flip="random", policy="trivial", erase=0.1, cutout=16
    )
    assert parse_augment("default", "digits", 8) == Augment(pad=1)
    assert parse_augment("pad=4, flip=alternating ,mixup=0.2") == Augment(pad=4, flip="alternating", mixup=0.2)
    for wrong, message in (
        ("trivail", "trivail"),
        ("pad=x", "int"),
        ("flip=maybe", "maybe"),
        ("erase=2", "0 to 1"),
        ("pad", "pad"),
    ):
        with pytest.raises(DataError, match=message):
            parse_augment(wrong)


def test_shear_and_rotation_move_pixels_the_right_way() -> None:
    dot = np.zeros((21, 21, 3), np.uint8)
    dot[10, 18] = 255
    turned = change(dot, [("rotate", 90 / 135, False)], WIDE, (0, 0, 0))
    assert turned[2, 10].min() > 200  # anticlockwise, as Pillow's rotate
    moved = change(dot[:, ::-1].copy(), [("translate-x", 1.0, True)], WIDE, (7, 7, 7))
    assert moved[10, 5].min() > 200  # 0.143 of 21 pixels to the right of column 2
    assert (moved[:, 0] == 7).all()
    assert np.asarray(Image.fromarray(turned)).shape == dot.shape
