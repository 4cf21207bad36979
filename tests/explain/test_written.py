"""Do explanations replace what a stopped command has left, and nothing that is anybody else's?"""

from __future__ import annotations

import json

import pytest

from residua.errors import ResiduaError
from residua.explain.written import FOLDER, PAGE, RECORD, Place

PICTURES = {"001-image.png": b"one", "001-grad-cam.png": b"map", "002-image.png": b"two"}


@pytest.fixture
def place(tmp_path) -> Place:
    found = Place(tmp_path / "home")
    found.write(PICTURES, {"images": []}, "<p>page</p>")
    return found


def test_what_is_there_stays_unless_overwrite_is_given(place):
    with pytest.raises(ResiduaError, match=r"explain\.html exists already; --overwrite replaces it"):
        place.write({"001-image.png": b"new"}, {}, "<p>new</p>")
    (place.folder / "notes.txt").write_text("mine")
    (place.folder / "001-grad-cam.png").write_text("mine, under a name of ours")
    Place(place.home, overwrite=True).write({"001-image.png": b"new"}, {}, "<p>new</p>")
    there = {path.name: path.read_text() for path in place.folder.iterdir() if path.name != RECORD}
    assert there == {"001-image.png": "new", "notes.txt": "mine", "001-grad-cam.png": "mine, under a name of ours"}
    assert place.page.read_text() == "<p>new</p>"


@pytest.mark.parametrize("name", ["001-image.png", "007-maps-layer1.png", RECORD])
def test_a_picture_of_somebody_else_is_refused_before_the_work(tmp_path, name):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / name).write_text("mine")
    with pytest.raises(ResiduaError, match="exists already; --overwrite"):
        Place(tmp_path).require_free()
    Place(tmp_path, overwrite=True).require_free()


@pytest.mark.parametrize("last", [RECORD, "001-grad-cam.png", PAGE])
def test_a_kill_at_any_file_leaves_what_the_same_command_replaces(tmp_path, monkeypatch, last):
    from residua.explain import written

    usual = written.write_atomic

    def killed(path, data):
        if path.name == last:
            raise KeyboardInterrupt
        usual(path, data)

    place = Place(tmp_path)
    monkeypatch.setattr(written, "write_atomic", killed)
    with pytest.raises(KeyboardInterrupt):
        place.write(PICTURES, {}, "<p>page</p>")
    monkeypatch.undo()
    place.require_free()
    place.write({"001-image.png": b"one"}, {}, "<p>page</p>")
    assert sorted(path.name for path in place.folder.iterdir()) == ["001-image.png", RECORD]
    assert list(json.loads((place.folder / RECORD).read_text())["pictures"]) == ["001-image.png"]


def test_what_is_no_folder_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / FOLDER).write_text("mine")
    for home in (tmp_path / "file", tmp_path):
        with pytest.raises(ResiduaError, match="is no folder"):
            Place(home, overwrite=True).require_free()
