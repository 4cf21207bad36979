"""Does a study replace its own files, with the same settings, and none that is anybody else's?"""

from __future__ import annotations

from pathlib import Path

import pytest

from residua.errors import ResiduaError
from residua.study.written import Place

FILES = {"depth.csv": b"a\n1\n", "depth.html": b"<p>1</p>", "depth-curves.svg": b"<svg/>"}
SETTINGS = {"seeds": 1, "layers": (8, 14)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path / "yet" / "to be made", "depth", SETTINGS)
    found.write(FILES)
    return found


def test_what_was_written_with_the_same_settings_is_written_anew(place):
    Place(place.folder, "depth", SETTINGS).require_own()
    place.write(FILES | {"depth.csv": b"a\n2\n"})
    place.write(FILES)
    assert (place.folder / "depth.csv").read_bytes() == FILES["depth.csv"]


def test_a_kill_between_the_record_and_a_file_leaves_what_is_still_its_own(place, monkeypatch):
    def full(path: Path, data: bytes | str) -> None:
        if path.name == "depth.html":
            raise ResiduaError("the disk is full")
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    monkeypatch.setattr("residua.study.written.write_atomic", full)
    newer = {name: data + b"2" for name, data in FILES.items()}
    with pytest.raises(ResiduaError, match="disk is full"):
        place.write(newer)
    monkeypatch.undo()
    place.write(newer)
    assert all((place.folder / name).read_bytes() == data for name, data in newer.items())


@pytest.mark.parametrize("name", [*FILES, "depth.json", "depth-rates.csv"])
def test_a_file_of_somebody_else_stays_unless_overwrite_is_given(place, name):
    (place.folder / name).write_bytes(b"mine")
    with pytest.raises(ResiduaError, match="exists already; --overwrite"):
        place.write(FILES)
    assert (place.folder / name).read_bytes() == b"mine"
    Place(place.folder, "depth", SETTINGS, overwrite=True).write(FILES)
    assert (place.folder / "depth.csv").read_bytes() == FILES["depth.csv"]


def test_other_settings_are_named_and_other_studies_are_left_alone(place):
    with pytest.raises(ResiduaError, match=r"depth.csv exists already, made with seeds 1; --overwrite"):
        Place(place.folder, "depth", SETTINGS | {"seeds": 3}).require_own()
    Place(place.folder, "cost", {"seeds": 3}).write({"cost.csv": b"a\n"})
    place.require_own()
