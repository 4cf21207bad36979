"""Are caches of decoded images bounded, listed and removed, the longest unused first and nothing else ever?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.data import Preprocessing, open_dataset
from residua.data.feed import choose, kept
from residua.data.feed.cache import default_cache, open_cache
from tests.data.conftest import picture, write

SMALL = Preprocessing(16, 16)


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three sets, each with its cache, the first of them the longest unused."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    for age, name in ((3, "old"), (2, "middle"), (1, "new")):
        for label in "ab":
            write(tmp_path / name / label / "1.png", picture(age))
        open_cache(open_dataset(tmp_path / name).train, SMALL, default_cache())
    found = [next(default_cache().glob(f"{name}-*")) for name in ("old", "middle", "new")]
    for days, path in zip((30, 20, 10), found, strict=True):
        stamp = path.stat().st_mtime - 86400 * days
        os.utime(path, (stamp, stamp))
    return found


def test_the_longest_unused_goes_where_there_would_be_too_many(
    caches: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each.path for each in kept.kept_in(default_cache())] == caches[::-1]
    two = sum(kept.size_of(path) for path in caches[:2])
    monkeypatch.setattr(kept, "most_bytes", lambda folder: two)
    source = open_dataset(tmp_path / "old").train  # the longest unused, until now
    packed = open_cache(source, SMALL, default_cache())
    assert [path.exists() for path in caches] == [True, False, True]
    monkeypatch.setattr(kept, "most_bytes", lambda folder: 0)
    again = open_cache(source, SMALL, default_cache())
    assert [path.exists() for path in caches] == [True, False, False]  # never the one that is used
    np.testing.assert_array_equal(packed.read(np.arange(2), SMALL), again.read(np.arange(2), SMALL))


def test_what_is_more_than_all_caches_may_be_is_decoded_each_time(
    caches: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "MEMORY_LIMIT", 0)
    source = open_dataset(tmp_path / "old").train
    assert choose.choose_kind(source, SMALL)[0] == "cache"
    monkeypatch.setattr(choose, "most_bytes", lambda folder: 100)
    kind, _, why = choose.choose_kind(source, SMALL)
    assert kind == "decode"
    assert "that caches may take" in why


def test_signatures_count_too_and_go_when_they_are_the_longest_unused(
    caches: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    signatures = default_cache().parent / "signatures" / f"films-{'0' * 20}.npy"
    signatures.parent.mkdir()
    signatures.write_bytes(bytes(10_000))
    stamp = signatures.stat().st_mtime - 86400 * 40
    os.utime(signatures, (stamp, stamp))
    assert kept.kept_in(default_cache())[-1].path == signatures
    monkeypatch.setattr(kept, "most_bytes", lambda folder: sum(kept.size_of(path) for path in caches))
    kept.note_use(caches[0], default_cache())
    assert not signatures.exists()
    assert all(path.exists() for path in caches)
    signatures.write_bytes(b"")
    assert signatures in [each.path for each in kept.clear(default_cache())]


def test_the_command_lists_and_clears_the_caches_and_nothing_beside_them(
    caches: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (default_cache() / "notes.txt").write_text("mine")
    assert main(["data", "--cache", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in document["caches"]] == [path.name for path in caches[::-1]]
    assert document["bytes"] == sum(kept.size_of(path) for path in caches) <= document["most_bytes"]
    assert main(["data", "--cache"]) == 0
    assert "30 days ago   old-" in capsys.readouterr().out
    assert main(["data", "--cache", "--clear"]) == 0
    assert "3 caches of images removed" in capsys.readouterr().err
    assert [path.name for path in default_cache().iterdir()] == ["notes.txt"]
    assert main(["data", "--clear"]) == 2
