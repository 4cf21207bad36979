"""Are Parquet, Arrow and tar files read alike through Hugging Face `datasets`, by index and as a stream?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from residua.data import Augment, Preprocessing, open_dataset
from residua.data.doctor import examine
from residua.data.loader import Batches
from residua.data.stream import StreamBatches, open_stream
from residua.errors import DataError
from tests.data.conftest import picture
from tests.data.test_lists import _shard

datasets = pytest.importorskip("datasets")
NAMES = ["owl", "cat", "dog"]  # not sorted: the order that the file states must win


def _table(count: int, first: int = 0, names: list[str] | None = NAMES):
    kind = datasets.ClassLabel(names=names) if names else datasets.Value("string")
    features = datasets.Features({"image": datasets.Image(), "label": kind})
    numbers = range(first, first + count)
    labels = [number % 3 if names else "abc"[number % 3] for number in numbers]
    images = [Image.fromarray(picture(number)) for number in numbers]
    return datasets.Dataset.from_dict({"image": images, "label": labels}, features=features)


def _write(kind: str, root: Path) -> Path:
    datasets.disable_progress_bars()
    if kind == "parquet":
        root.mkdir()
        _table(20).to_parquet(root / "train-00000-of-00002.parquet")
        _table(13, 20).to_parquet(root / "train-00001-of-00002.parquet")
        _table(6, 33).to_parquet(root / "test-00000-of-00001.parquet")
        return root
    if kind == "saved":
        datasets.DatasetDict({"train": _table(33), "test": _table(6, 33)}).save_to_disk(root)
        return root
    _table(33).save_to_disk(root / "saved")
    return next((root / "saved").glob("*.arrow"))


@pytest.mark.parametrize("kind", ["parquet", "saved", "arrow"])
def test_tables_open_by_index(tmp_path: Path, kind: str) -> None:
    dataset = open_dataset(_write(kind, tmp_path / "set"))
    assert dataset.classes == tuple(NAMES)
    assert dataset.train.labels.tolist() == [number % 3 for number in range(33)]
    np.testing.assert_array_equal(dataset.train.read(np.array([25]))[0], picture(25))
    assert (dataset.test is None) == (kind == "arrow")
    batches = Batches(dataset.train, np.arange(33), 8, Preprocessing(16, 20), Augment(flip="random"), workers=3)
    again = Batches(dataset.train, np.arange(33), 8, Preprocessing(16, 20), Augment(flip="random"), workers=0)
    for one, two in zip(batches.epoch(0), again.epoch(0), strict=True):
        assert torch.equal(one.images, two.images)


def _stream(path: Path) -> StreamBatches:
    stream = open_stream(str(path), classes=None if path.suffix != ".tar" else NAMES)
    recipe = Augment(pad=2, flip="random")
    settings = Batches(open_dataset("digits").train, np.arange(1), 4, Preprocessing(16, 20), recipe, seed=5)
    return StreamBatches(stream, settings, block=8)


@pytest.mark.parametrize("kind", ["parquet", "saved", "arrow", "tar"])
def test_streams_give_every_image_once_and_resume_exactly(tmp_path: Path, kind: str) -> None:
    if kind == "tar":
        path = tmp_path / "train-0.tar"
        _shard(path, range(33))
    else:
        path = _write(kind, tmp_path / "set")
    batches = _stream(path)
    assert batches.stream.classes == tuple(NAMES)
    whole = list(batches.epoch(3))
    indices = np.concatenate([batch.indices for batch in whole])
    assert sorted(indices) == list(range(33))
    assert indices.tolist() != list(range(33))
    for batch in whole:
        assert batch.labels.tolist() == (batch.indices % 3).tolist()
    images = torch.cat([batch.images for batch in whole])
    for start in (0, 4, 8, 20, 32):
        later = torch.cat([batch.images for batch in batches.epoch(3, start=start)])
        assert torch.equal(later, images[start:])


def test_labels_as_text_are_sorted_and_a_stream_of_them_needs_a_list(tmp_path: Path) -> None:
    _table(9, names=None).to_parquet(tmp_path / "one.parquet")
    dataset = open_dataset(tmp_path / "one.parquet")
    assert dataset.classes == ("a", "b", "c")
    with pytest.raises(DataError, match="classes="):
        open_stream(str(tmp_path / "one.parquet"))
    stream = open_stream(str(tmp_path / "one.parquet"), classes="cab")
    (_, block), *_ = stream.blocks(9)
    assert block.labels.tolist() == [1, 2, 0] * 3
    with pytest.raises(DataError, match="'b'"):
        list(open_stream(str(tmp_path / "one.parquet"), classes="ac").blocks(9))


def test_tables_without_images_or_unreadable_are_one_line(tmp_path: Path) -> None:
    datasets.Dataset.from_dict({"text": ["a"]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="columns text"):
        open_dataset(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match=r"b.parquet cannot be read"):
        open_dataset(tmp_path / "b.parquet")


def test_the_doctor_examines_tables_and_shards(tmp_path: Path) -> None:
    found = examine(_write("parquet", tmp_path / "set"))
    assert found.classes == tuple(NAMES)
    assert found.to_json()["splits"]["test"]["images"] == 6
    _shard(tmp_path / "shards" / "train-0.tar", range(33))
    assert len(examine(tmp_path / "shards").collection.readable) == 33
