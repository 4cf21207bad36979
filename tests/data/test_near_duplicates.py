"""Are images that show nearly the same thing found, among thousands of any kind, without comparing all with all?"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from residua.data.groups.near_duplicates import NEIGHBOURS, TURNS, hashes_of, near_groups, near_pairs
from tests.data.conftest import picture


def _miniature(image: Image.Image, quality: int = 92, size: tuple[int, int] | None = None) -> np.ndarray:
    """The miniature of an image that was saved as JPEG, in another size if given."""
    file = io.BytesIO()
    (image.resize(size) if size else image).save(file, "jpeg", quality=quality)
    return np.asarray(Image.open(file).convert("L").resize((9, 9), Image.Resampling.BILINEAR))


def _on_white(seed: int) -> Image.Image:
    """A thing in the middle of a white ground, as in a shop's catalogue."""
    rng = np.random.default_rng(seed)
    page = Image.new("RGB", (96, 96), "white")
    thing = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)).resize((72, 72), Image.Resampling.BICUBIC)
    page.paste(thing, (12, 12))
    return page


def _film(frames: int) -> list[np.ndarray]:
    """Frames of which each is a little darker than the one before."""
    first = picture(1, 9, 9)[..., 0].astype(float)
    noise = np.random.default_rng(0)
    return [
        np.clip(first * (1 - 0.3 * n / frames) + noise.normal(0, 1, (9, 9)), 0, 255).astype(np.uint8)
        for n in range(frames)
    ]


def _all_pairs(miniatures: list[np.ndarray]) -> list[tuple[int, int]]:
    """What comparing all with all finds."""
    bits = np.unpackbits(hashes_of(miniatures), axis=1).astype(np.float32)
    distance = bits @ (1 - bits.T) + (1 - bits) @ bits.T
    alike = (distance <= 7) & (np.corrcoef(np.stack(miniatures).reshape(len(miniatures), -1)) > 0.97)
    return [(a, b) for a, b in zip(*np.nonzero(np.triu(alike, 1)), strict=True)]


def _compared(miniatures: list[np.ndarray], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many pairs are looked at."""
    from residua.data.groups import near_duplicates

    pairs = 0
    whole = near_duplicates._neighbours

    def counting(keys):
        nonlocal pairs
        for one, other in whole(keys):
            pairs += len(one)
            yield one, other

    monkeypatch.setattr(near_duplicates, "_neighbours", counting)
    near_groups(miniatures)
    monkeypatch.setattr(near_duplicates, "_neighbours", whole)
    return pairs


def test_recompressed_and_resized_copies_are_found_among_things_on_white() -> None:
    originals = [_miniature(_on_white(seed)) for seed in range(1500)]
    copies = [_miniature(_on_white(seed), 50, (70, 70)) for seed in range(0, 1500, 10)]
    groups = near_groups(originals + copies)
    group_of = {image: number for number, group in enumerate(groups) for image in group}
    alike = _all_pairs(originals + copies)
    assert len(alike) >= 145
    found = sum(group_of.get(one, -1) == group_of.get(other, -2) for one, other in alike)
    assert found >= 0.99 * len(alike)
    assert sum(len(group) - 1 for group in groups) <= len(alike)  # and nothing else is taken for a copy


def test_the_frames_of_a_film_are_one_group() -> None:
    assert near_groups(_film(700)) == [list(range(700))]


@pytest.mark.parametrize("kind", ["film", "one picture", "on white"])
def test_an_image_is_compared_with_so_many_others_however_many_there_are(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(count: int) -> list[np.ndarray]:
        if kind == "film":
            return _film(count)
        seeds = range(count) if kind == "on white" else [0] * count
        return [np.asarray(_on_white(seed).convert("L").resize((9, 9), Image.Resampling.BILINEAR)) for seed in seeds]

    for count in (500, 2000):
        assert _compared(made(count), monkeypatch) <= 9 * NEIGHBOURS * len(TURNS) * count


def test_nothing_is_like_nothing() -> None:
    assert near_groups([]) == []
    assert near_groups([picture(1, 9, 9)[..., 0]]) == []
    assert near_groups([picture(seed, 9, 9)[..., 0] for seed in range(200)]) == []


def test_near_pairs_finds_all_that_a_full_comparison_finds() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 256, (300, 16), np.uint8)
    for number in range(100):
        hashes[200 + number] = hashes[number]
        for bit in rng.choice(128, rng.integers(0, 11), replace=False):
            hashes[200 + number, bit // 8] ^= np.uint8(1 << (bit % 8))
    bits = np.unpackbits(hashes, axis=1).astype(int)
    distance = (bits[:, None] != bits[None]).sum(axis=2)
    expected = {(a, b) for a, b in zip(*np.nonzero(distance <= 7), strict=True) if a < b}
    found = {pair for one, other in near_pairs(hashes) for pair in zip(one.tolist(), other.tolist(), strict=True)}
    assert {(min(pair), max(pair)) for pair in found} == expected


def test_a_recompressed_and_resized_copy_has_nearly_the_same_hash() -> None:
    miniatures = []
    for quality, size in ((95, (120, 100)), (40, (60, 50))):
        file = io.BytesIO()
        Image.fromarray(picture(3, 120, 100)).resize(size).save(file, "jpeg", quality=quality)
        miniatures.append(np.asarray(Image.open(file).convert("L").resize((9, 9), Image.Resampling.BILINEAR)))
    one, two = np.unpackbits(hashes_of(miniatures), axis=1)
    assert (one != two).sum() <= 7
