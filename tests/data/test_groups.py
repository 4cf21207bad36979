"""Do images that belong together stay on one side of every split that residua draws?"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from residua.data import open_dataset, split_validation
from residua.data.groups.crops import crop_pairs
from residua.data.groups.drawn import SplitRules, draw_split
from residua.data.groups.grouping import group, join, kind_for
from residua.data.groups.leaks import find_leaks
from residua.data.groups.signature import LEAST_CACHED, sign, signatures
from residua.data.sources.encoded import EncodedSource
from residua.errors import DataError
from tests.data.conftest import picture, write


def pairs(root: Path, copy, images: int = 12) -> Path:
    """Return a folder of two classes: pictures a.png of their own, and beside each b.*, what `copy` writes of it."""
    for number in range(2 * images):
        path = write(root / ("one", "two")[number % 2] / f"{number}a.png", picture(number, 128, 96))
        copy(path, path.with_name(f"{number}b"))
    return root


def same_file(path: Path, beside: Path) -> None:
    shutil.copy(path, beside.with_suffix(".png"))


def other_compression(path: Path, beside: Path) -> None:
    Image.open(path).save(beside.with_suffix(".bmp"))


def jpeg(path: Path, beside: Path) -> None:
    Image.open(path).save(beside.with_suffix(".jpg"), quality=60)


def smaller(path: Path, beside: Path) -> None:
    Image.open(path).resize((96, 72)).save(beside.with_suffix(".webp"))


def mirrored(path: Path, beside: Path) -> None:
    Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(beside.with_suffix(".jpg"), quality=85)


def turned(path: Path, beside: Path) -> None:
    Image.open(path).transpose(Image.Transpose.ROTATE_90).save(beside.with_suffix(".jpg"), quality=85)


def upside_down(path: Path, beside: Path) -> None:
    Image.open(path).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(beside.with_suffix(".png"))


def next_of_a_burst(path: Path, beside: Path) -> None:
    """The camera has moved by one pixel, the light has changed by 7 %, and there is noise."""
    frame = ImageEnhance.Brightness(Image.open(path)).enhance(0.93)
    noise = np.random.default_rng(1).normal(0, 3, (96, 128, 3))
    moved = np.roll(np.asarray(frame), 1, axis=1)
    write(beside.with_suffix(".png"), np.clip(moved + noise, 0, 255).astype(np.uint8))


def cropped(path: Path, beside: Path) -> None:
    """A corner of 85 % of the area, mirrored and darker."""
    crop = Image.open(path).crop((10, 0, 128, 88)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    ImageEnhance.Brightness(crop).enhance(0.85).save(beside.with_suffix(".jpg"), quality=80)


def numbers(root: Path, kind: str) -> list[int]:
    """Return the group of each pair's first image, and -1 where its copy is in another one."""
    source = open_dataset(root).train
    found = group(signatures(source), kind).numbers
    by_name = {Path(source.where(at)).stem: int(found[at]) for at in range(len(source))}
    return [at if by_name[name[:-1] + "b"] == at else -1 for name, at in by_name.items() if name.endswith("a")]


@pytest.mark.parametrize("copy", [same_file, other_compression])
def test_equal_pixels_are_one_group_whatever_file_holds_them(tmp_path: Path, copy) -> None:
    for kind in ("exact", "near"):
        found = numbers(pairs(tmp_path / kind, copy), kind)
        assert -1 not in found
        assert len(set(found)) == 24


@pytest.mark.parametrize("copy", [jpeg, smaller, mirrored, turned, upside_down, next_of_a_burst, cropped])
def test_near_duplicates_are_one_group_and_others_are_not(tmp_path: Path, copy) -> None:
    found = numbers(pairs(tmp_path, copy), "near")
    assert -1 not in found
    assert len(set(found)) == 24
    assert set(numbers(tmp_path, "exact")) == {-1}


@pytest.mark.parametrize("copy", [same_file, jpeg, mirrored])
def test_no_pair_crosses_the_split_that_is_drawn(tmp_path: Path, copy) -> None:
    source = open_dataset(pairs(tmp_path, copy)).train
    drawn = draw_split(source, SplitRules(0.25, 0, "auto"))
    stems = [{Path(source.where(at)).stem[:-1] for at in part.tolist()} for part in (drawn.train, drawn.validation)]
    assert not stems[0] & stems[1]
    assert len(drawn.validation) == 12
    assert drawn.grouping == "near"
    assert "24 groups of" in drawn.messages[0]
    assert "(48 images)" in drawn.messages[0]


def test_a_split_is_drawn_again_or_refused(tmp_path: Path) -> None:
    root = pairs(tmp_path / "set", jpeg)
    drawn = draw_split(open_dataset(root).train, SplitRules(0.25, 3, "near"))
    again = draw_split(open_dataset(root).train, SplitRules(0.25, 3, "near", drawn.sha256))
    np.testing.assert_array_equal(again.validation, drawn.validation)
    (root / "one" / "0a.png").rename(root / "one" / "zzz.png")
    held = Path(open_dataset(root).train.where(int(drawn.validation[0])))
    (root / held).unlink(missing_ok=True)
    with pytest.raises(DataError, match="not those that this training held out"):
        draw_split(open_dataset(root).train, SplitRules(0.25, 3, "near", drawn.sha256))


def test_a_run_that_knew_no_groups_keeps_its_split(tmp_path: Path) -> None:
    source = open_dataset(pairs(tmp_path, same_file)).train
    drawn = draw_split(source, SplitRules.of({"val_fraction": 0.2, "seed": 5}))
    np.testing.assert_array_equal(drawn.validation, split_validation(source.labels, 0.2, 5).validation)
    assert drawn.grouping == "none"


def test_pictures_of_a_fixed_camera_are_a_question_to_the_user(tmp_path: Path) -> None:
    part = picture(1, 64, 64)
    for number in range(12):
        seen = part.copy()
        seen[5 * number : 5 * number + 3, 30:33] = 0
        write(tmp_path / ("good", "bad")[number % 2] / f"{number}.png", seen)
    source = open_dataset(tmp_path).train
    near, exact = (draw_split(source, SplitRules(0.25, 0, kind)) for kind in ("auto", "exact"))
    assert "warning: 12 of 12 images are one group, on one side of the split: if they" in near.messages[1]
    assert "--grouping exact draws them one by one" in near.messages[1]
    assert (len(near.validation), len(exact.validation), exact.messages) == (0, 3, [])


def test_a_class_of_one_group_is_reported(tmp_path: Path) -> None:
    pairs(tmp_path, jpeg)
    for number in range(4):
        write(tmp_path / "film" / f"{number}.png", picture(99, 128, 96))
    drawn = draw_split(open_dataset(tmp_path).train, SplitRules(0.25, 0, "auto"))
    assert [line for line in drawn.messages if "'film'" in line] == [
        "warning: none of 'film' is validated: its 4 images are one group"
    ]


def test_an_unreadable_image_is_like_no_other(tmp_path: Path) -> None:
    pairs(tmp_path, same_file)
    source = open_dataset(tmp_path).train
    for path in ("one/0a.png", "one/0b.png"):
        (tmp_path / path).write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    found = group(signatures(source), "near").numbers
    assert len(set(found.tolist())) == 25


def test_many_are_grouped_by_pixels_alone_unless_asked() -> None:
    assert [kind_for("auto", count) for count in (20_000, 20_001)] == ["near", "exact"]
    assert [kind_for(kind, 50_000) for kind in ("near", "exact", "none")] == ["near", "exact", "none"]


def test_signatures_of_many_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(LEAST_CACHED):
        write(tmp_path / "set" / ("one", "two")[number % 2] / f"{number}.png", picture(number, 40, 40))
    first = signatures(open_dataset(tmp_path / "set").train)
    with monkeypatch.context() as patch:
        patch.setattr(EncodedSource, "pixels", None)
        np.testing.assert_array_equal(signatures(open_dataset(tmp_path / "set").train), first)
    write(tmp_path / "set" / "one" / "0.png", picture(999, 41, 40))
    assert (signatures(open_dataset(tmp_path / "set").train) != first).sum() == 1


labelled = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=2, max_size=60)


@given(labelled, st.floats(0.05, 0.6), st.integers(0, 99))
def test_groups_are_held_out_whole_and_every_class_of_two_is_in_both_parts(images, fraction, seed) -> None:
    labels, groups = (np.array(column) for column in zip(*images, strict=True))
    groups = groups * 4 + labels  # a group is of one class
    train, held = split_validation(labels, fraction, seed, groups)
    assert not set(groups[train]) & set(groups[held])
    assert sorted([*train, *held]) == list(range(len(labels)))
    for label in set(labels.tolist()):
        several = len(set(groups[labels == label])) > 1
        assert (label in labels[held]) == several
        assert label in labels[train]


@given(st.integers(20, 200), st.integers(0, 99))
def test_images_that_are_alone_are_drawn_as_without_groups(count, seed) -> None:
    labels = np.arange(count) % 2
    whole = split_validation(labels, 0.2, seed, np.arange(count)[::-1])
    np.testing.assert_array_equal(whole.validation, split_validation(labels, 0.2, seed).validation)


def test_groups_are_joined_through_others() -> None:
    joined = join(np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8]))
    assert len(set(joined[:3].tolist())) == 1
    assert len(set(joined.tolist())) == 3


def patients(root: Path, count: int = 8) -> Path:
    """Return a folder of two classes with three pictures of each patient."""
    for number in range(3 * count):
        name = f"patient{number // 3}_{number % 3}.png"
        write(root / ("well", "ill")[number // 3 % 2] / name, picture(number, 64, 48))
    return root


def test_images_of_one_patient_stay_on_one_side(tmp_path: Path) -> None:
    source = open_dataset(patients(tmp_path)).train
    drawn = draw_split(source, SplitRules(0.25, 0, "auto", pattern=r"patient(\d+)_"))
    parts = [{source.where(at)[:-6] for at in part.tolist()} for part in (drawn.train, drawn.validation)]
    assert not parts[0] & parts[1]
    assert len(drawn.validation) == 6
    assert drawn.messages[0] == r"24 images in 8 groups by --group 'patient(\d+)_'"


def test_a_pattern_by_which_every_image_is_its_own_group_is_reported(tmp_path: Path) -> None:
    source = open_dataset(patients(tmp_path)).train
    lines = draw_split(source, SplitRules(0.25, 0, "auto", pattern=r"patient\d+_\d+")).messages
    assert (
        r"each group by --group 'patient\d+_\d+' is one image, as 'patient1_0': it keeps nothing together" in lines[1]
    )


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("slide", "names none of the 24 images"),
        ("patient", "puts all 24 images into one group, 'patient'"),
        (r"^(ill)|patient(\d+)", "puts all 12 images of 'ill' into one group, 'ill'"),
        ("patient(", "is no regular expression"),
    ],
)
def test_a_pattern_that_groups_nothing_or_everything_is_refused_with_counts(tmp_path: Path, pattern, words) -> None:
    source = open_dataset(patients(tmp_path)).train
    with pytest.raises(DataError, match=re.escape(words)):
        draw_split(source, SplitRules(0.25, 0, "auto", pattern=pattern))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_list_names_groups_in_a_column(tmp_path: Path, suffix: str) -> None:
    patients(tmp_path)
    rows = [(str(path.relative_to(tmp_path)), path.parent.name, path.stem[:-2]) for path in tmp_path.rglob("*.png")]
    lines = ["path,label,group", *(",".join(row) for row in rows)]
    if suffix == "jsonl":
        lines = [json.dumps({"path": path, "label": label, "group": name}) for path, label, name in rows]
    (tmp_path / f"list.{suffix}").write_text("\n".join(lines))
    source = open_dataset(tmp_path / f"list.{suffix}").train
    drawn = draw_split(source, SplitRules(0.25, 0, "auto"))
    parts = [{source.where(at)[:-6] for at in part.tolist()} for part in (drawn.train, drawn.validation)]
    assert not parts[0] & parts[1]
    with pytest.raises(DataError, match="leave out one"):
        draw_split(source, SplitRules(0.25, 0, "auto", pattern="patient"))


def test_what_crosses_given_splits_and_what_has_two_labels_is_found(tmp_path: Path) -> None:
    for number in range(12):
        path = write(tmp_path / "train" / ("one", "two")[number % 2] / f"{number}.png", picture(number, 64, 48))
        if number < 4:
            write(tmp_path / "test" / path.parent.name / f"t{number}.jpg", picture(number, 64, 48), quality=70)
        write(tmp_path / "test" / path.parent.name / f"own{number}.png", picture(50 + number, 64, 48))
    shutil.copy(tmp_path / "train/one/0.png", tmp_path / "train/two/twin.png")
    dataset = open_dataset(tmp_path)
    found = find_leaks(dataset, np.arange(len(dataset.train)), "auto")
    names = [dataset.test.where(at) for at in np.flatnonzero(found.seen["test"])]
    assert sorted(Path(name).stem for name in names) == ["t0", "t1", "t2", "t3"]
    crossed, conflict = found.messages
    assert crossed.startswith(
        "warning: training sees 4 of the 16 test images, or near duplicates of them, as test/one/"
    )
    assert conflict.startswith("warning: 1 picture is there, or nearly, under more than one class, as train/one/0.png")
    assert find_leaks(dataset, np.arange(len(dataset.train)), "none").seen == {}
    learnt = np.flatnonzero(dataset.train.labels == 1)
    assert find_leaks(dataset, learnt, "near").seen["test"].sum() == 3  # two of class two, and the twin's


def test_pictures_that_are_all_alike_are_not_taken_for_one() -> None:
    """As radiographs: one scene, each time a little otherwise, all pairs correlating by more than 0.97."""
    draw = np.random.default_rng(0)
    scene = picture(7, 96, 96).astype(float)
    images = [np.clip(scene + picture(100 + at, 96, 96) * 0.12, 0, 255).astype(np.uint8) for at in range(60)]
    copies = [np.clip(image + draw.normal(0, 2, image.shape), 0, 255).astype(np.uint8) for image in images[:5]]
    thumbnails = np.stack([sign(image).thumbnail for image in [*images, *copies]])
    plain = np.corrcoef(thumbnails.reshape(len(thumbnails), -1))
    assert np.median(plain) > 0.97
    pairs = {frozenset(pair) for one, other in crop_pairs(thumbnails) for pair in zip(one, other, strict=True)}
    assert {frozenset((at, 60 + at)) for at in range(5)} <= pairs
    assert len(pairs) <= 8


def folded_list(root: Path, rows: int = 20) -> Path:
    """Write a list of pictures in five folds, the last two of which are one picture."""
    lines = ["path,label,fold"]
    for number in range(rows):
        write(root / f"{number}.png", picture(min(number, rows - 2)))
        lines.append(f"{number}.png,{'cat' if number % 2 else 'owl'},{number % 5}")
    (root / "list.csv").write_text("\n".join(lines))
    return root / "list.csv"


def test_a_fold_of_a_list_is_held_out_and_drawn_again_from_the_settings(tmp_path: Path) -> None:
    source = open_dataset(folded_list(tmp_path)).train
    drawn = draw_split(source, SplitRules(0.1, 0, "auto", fold="2"))
    assert [source.where(at) for at in drawn.validation] == ["2.png", "7.png", "12.png", "17.png"]
    assert len(drawn.train) == 16
    settings = {"val_fraction": 0.0, "seed": 7, "grouping": "near", "fold": "2", "split_sha256": drawn.sha256}
    again = draw_split(source, SplitRules.of(settings))
    assert again.validation.tolist() == drawn.validation.tolist()
    with pytest.raises(DataError, match="not those that this training held out"):
        draw_split(source, SplitRules.of(settings | {"fold": "1"}))


def test_a_fold_whose_images_are_learnt_from_as_well_is_reported(tmp_path: Path) -> None:
    source = open_dataset(folded_list(tmp_path)).train
    messages = draw_split(source, SplitRules(0.1, 0, "auto", fold="4")).messages
    assert any("1 of the 4 images of the fold belong together with images of other folds" in line for line in messages)
    assert not any("other folds" in line for line in draw_split(source, SplitRules(0.1, 0, "auto", fold="0")).messages)


@pytest.mark.parametrize("fold", ["5", "a"])
def test_a_fold_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, fold: str) -> None:
    source = open_dataset(folded_list(tmp_path)).train
    with pytest.raises(DataError, match=f"--fold {fold} holds out 0 of 20 images; the folds are 0, 1, 2, 3"):
        draw_split(source, SplitRules(0.1, 0, fold=fold))


def test_a_collection_without_folds_names_what_would_have_them(folder: Path) -> None:
    with pytest.raises(DataError, match="has no folds; a list .* with a column `fold` was expected"):
        draw_split(open_dataset(folder).train, SplitRules(0.1, 0, fold="1"))
