"""Does the doctor find every planted fault, and nothing in a clean folder?"""

from __future__ import annotations

import json
import os
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from residua.data import ArraySource, Dataset, channel_statistics, open_dataset
from residua.data.doctor.contents import dataset_contents
from residua.data.doctor.examine import examine, examine_contents, quick_findings
from residua.data.doctor.rules import judge_classes
from residua.errors import DataError
from tests.data.conftest import picture, write
from tests.data.test_image import _png


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes with a train, val and test part; every picture is another one."""
    root = tmp_path_factory.mktemp("clean") / "birds"
    number = 0
    for split, count in (("train", 8), ("val", 3), ("test", 3)):
        for name in ("crane", "goose", "heron"):
            for image in range(count):
                number += 1
                write(root / split / name / f"{image}.jpg", picture(number, 96 + number % 7, 80), quality=92)
    return root


def _copy(root: Path, source: str, target: str) -> None:
    (root / target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / source, root / target)


def _rewrite(path: Path, change: Callable[[Image.Image], Image.Image], **options: object) -> None:
    with Image.open(path) as image:
        changed = change(image.convert("RGB"))
    changed.save(path, **options)


def _exif(root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    _rewrite(root / "train/crane/3.jpg", lambda image: image, exif=exif)


def _truncate(root: Path) -> None:
    path = root / "train/goose/1.jpg"
    path.write_bytes(path.read_bytes()[:-400])


def _numbers(root: Path) -> None:
    for split in ("train", "val", "test"):
        for old, new in zip(("crane", "goose", "heron"), ("1", "2", "10"), strict=True):
            (root / split / old).rename(root / split / new)


def _imbalance(root: Path) -> None:
    for image in range(2, 8):
        (root / f"train/heron/{image}.jpg").unlink()
    for number in range(24):
        write(root / f"train/crane/more{number}.jpg", picture(5000 + number, 96, 80))


def _png_class(root: Path) -> None:
    for path in sorted((root / "train/goose").iterdir()):
        write(path.with_suffix(".png"), np.asarray(Image.open(path)))
        path.unlink()


def _deep(root: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (64, 64)).astype(np.uint16)
    for number in range(3):
        Image.fromarray(levels + number).save(root / f"train/crane/x{number}.png")


def _animated(root: Path) -> None:
    frames = [Image.fromarray(picture(n, 80, 80)) for n in (900, 901)]
    frames[0].save(root / "train/crane/moving.gif", save_all=True, append_images=frames[1:])


def _transparent(root: Path) -> None:
    alpha = np.full((80, 80, 1), 128, np.uint8)
    write(root / "train/crane/clear.png", np.concatenate([picture(902, 80, 80), alpha], axis=2))


def _deep_colour(root: Path) -> None:
    """A PNG of 16 bits a channel in colour, which Pillow can read but not write."""
    levels = np.repeat(picture(909, 64, 64).astype(">u2") * 257, 1, axis=2)
    rows = b"".join(b"\0" + row.tobytes() for row in levels)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    data = b"".join(struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    (root / "train/crane/colour16.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def _transparent_palette(root: Path) -> None:
    """A palette PNG in which one colour stands for nothing at all."""
    image = Image.fromarray(picture(910, 80, 80)).quantize(16)
    image.save(root / "train/crane/palette.png", transparency=3)


def _opaque_alpha(root: Path) -> None:
    alpha = np.full((80, 80, 1), 255, np.uint8)
    write(root / "train/crane/opaque.png", np.concatenate([picture(911, 80, 80), alpha], axis=2))


def _phone(root: Path) -> None:
    """A JPEG with a second picture behind the first, as telephones write."""
    frames = [Image.fromarray(picture(n, 96, 80)) for n in (912, 913)]
    frames[0].save(root / "train/crane/phone.jpg", "MPO", save_all=True, append_images=frames[1:])


def _one_class(root: Path) -> None:
    for split in ("train", "val", "test"):
        for name in ("goose", "heron"):
            shutil.rmtree(root / split / name)


FAULTS: dict[str, Callable[[Path], object]] = {
    "empty-file": lambda root: (root / "train/crane/1.jpg").write_bytes(b""),
    "truncated-file": _truncate,
    "not-an-image": lambda root: (root / "test/goose/1.jpg").write_bytes(b"<html>404 not found</html>" * 40),
    "decompression-bomb": lambda root: (root / "train/heron/b.png").write_bytes(_png(30_000, 30_000)),
    "broken-link": lambda root: (root / "train/crane/gone.jpg").symlink_to(root / "nowhere.jpg"),
    "not-a-file": lambda root: os.mkfifo(root / "train/crane/pipe.jpg"),
    "one-class": _one_class,
    "empty-class": lambda root: (root / "train/jay").mkdir(),
    "stray-images": lambda root: write(root / "train/lost.jpg", picture(903, 96, 80)),
    "missing-classes": lambda root: shutil.rmtree(root / "val/goose"),
    "unknown-classes": lambda root: write(root / "test/zebra/1.jpg", picture(904, 96, 80)),
    "numeric-classes": _numbers,
    "similar-class-names": lambda root: write(root / "train/Crane /1.jpg", picture(905, 96, 80)),
    "single-image-class": lambda root: write(root / "train/ibis/1.jpg", picture(906, 96, 80)),
    "class-imbalance": _imbalance,
    "duplicate": lambda root: _copy(root, "train/crane/0.jpg", "train/crane/copy.jpg"),
    "conflict": lambda root: _copy(root, "train/crane/2.jpg", "train/goose/copy.jpg"),
    "leak": lambda root: _copy(root, "train/crane/7.jpg", "test/crane/copy.jpg"),
    "near-duplicate": lambda root: write(root / "train/heron/n.jpg", _near(root, "train/heron/2.jpg"), quality=60),
    "near-leak": lambda root: write(root / "test/heron/n.jpg", _near(root, "train/heron/3.jpg"), quality=60),
    "blank-image": lambda root: write(root / "train/heron/blank.jpg", np.full((80, 80, 3), 90, np.uint8)),
    "tiny-image": lambda root: write(root / "train/heron/icon.jpg", picture(907, 16, 16)),
    "extreme-aspect": lambda root: write(root / "train/heron/banner.jpg", picture(908, 500, 80)),
    "exif-rotated": _exif,
    "transparent": _transparent,
    "deep-levels": _deep,
    "cmyk": lambda root: _rewrite(root / "train/crane/4.jpg", lambda image: image.convert("CMYK")),
    "animated": _animated,
    "wrong-ending": lambda root: _rewrite(root / "train/crane/5.jpg", lambda image: image, format="PNG"),
    "mixed-grey": lambda root: _rewrite(root / "train/crane/6.jpg", lambda image: image.convert("L")),
    "telltale-format": _png_class,
    "overlooked-image": lambda root: (root / "train/crane/new.jxl").write_bytes(b"\xff\n" + bytes(400)),
    "not-read": lambda root: np.save(root / "train/crane/scan.npy", np.zeros((4, 4))),
}
# What a fault may bring with it: a class of one image is also a class that the other splits lack.
COMPANIONS = {
    "empty-class": {"missing-classes"},
    "similar-class-names": {"missing-classes", "single-image-class"},
    "single-image-class": {"missing-classes"},
    "deep-levels": {"mixed-grey", "near-duplicate"},
}


def _near(root: Path, name: str) -> np.ndarray:
    with Image.open(root / name) as image:
        return np.asarray(image.resize((77, 64)))


@pytest.mark.parametrize(("names", "alike"), [("1 1.0", True), ("-1 1", False), ("1.0 10", False), ("A-b ab", True)])
def test_numbers_are_alike_by_value_and_words_by_letters(names: str, alike: bool) -> None:
    found = judge_classes({"train": tuple(names.split())}, {"train": Counter(dict.fromkeys(names.split(), 9))})
    assert ("similar-class-names" in {finding.code for finding in found}) == alike


def test_a_clean_folder_has_no_finding(clean: Path) -> None:
    assert examine(clean).findings == ()


@pytest.mark.parametrize("code", FAULTS)
def test_each_planted_fault_is_found_and_nothing_else(clean: Path, tmp_path: Path, code: str) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    FAULTS[code](root)
    found = {finding.code for finding in examine(root).findings}
    assert code in found
    assert found <= {code} | COMPANIONS.get(code, set())


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (_deep_colour, {"deep-levels"}),
        (_transparent_palette, {"transparent"}),
        (_opaque_alpha, set()),
        (_phone, set()),
        (lambda root: _copy(root, "train/crane/1.jpg", "train/crane/no ending"), {"overlooked-image"}),
        (lambda root: (root / "train/crane/notes.txt").write_text("II am no image"), set()),
        (lambda root: (root / "train/crane/.DS_Store").write_bytes(b"\xff\xd8\xff"), set()),
    ],
)
def test_what_a_file_is_decides_not_what_its_mode_or_name_says(clean, tmp_path, change, codes) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    change(root)
    assert {finding.code for finding in examine(root).findings} == codes


def _list(root: Path, name: str) -> Path:
    """A list of the training images of a folder, with the three faults of a list."""
    (root / "train/crane/1.jpg").write_bytes(b"")
    _truncate(root)
    (root / "train/heron/2.jpg").unlink()
    rows = [(f"train/{label}/{n}.jpg", label) for label in ("crane", "goose", "heron") for n in range(8)]
    lines = [
        json.dumps({"path": path, "label": label}) if name.endswith("l") else f"{path},{label}" for path, label in rows
    ]
    (root / name).write_text("\n".join(lines) + "\n")
    return root / name


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_the_bad_files_of_a_list_are_found(clean: Path, tmp_path: Path, name: str, capsys) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    assert main(["data", str(_list(root, name)), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    found = {finding["code"]: finding["files"] for finding in document["findings"]}
    assert set(found) == {"empty-file", "truncated-file", "unreadable-file"}
    assert document["images"] == 21
    shown = {"empty-file": "crane/1.jpg", "truncated-file": "goose/1.jpg", "unreadable-file": "heron/2.jpg"}
    assert all(part in found[code][0] for code, part in shown.items())


def test_whatever_opening_leaves_out_is_a_finding(clean: Path) -> None:
    dataset = open_dataset(clean)
    dataset.train.bad = {
        3: f"{dataset.train.where(3)} holds NoneType, not an encoded image.",
        4: f"{dataset.train.where(4)} is damaged or truncated: Premature end of JPEG file.",
        -1: "jay: cannot be listed: Permission denied",
        -2: "list.csv line 7: label 'cow' is not one of the classes",
        -3: "odd words without a name",
    }
    examined = examine_contents(dataset.name, dataset_contents(dataset))
    found = [finding for finding in examined.findings if finding.severity == "error"]
    files = {file: finding.code for finding in found for file in finding.files}
    assert files == {
        f"train/{dataset.train.where(3)}": "left-out",
        f"train/{dataset.train.where(4)}": "truncated-file",
        "train/jay": "unreadable-file",
        "train/list.csv line 7": "left-out",
        "train/odd words without a name": "left-out",
    }
    assert examined.collection.counts("train")["crane"] == 6


def test_a_set_of_broken_images_is_reported_not_refused(clean: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    for path in root.rglob("*.jpg"):
        path.write_bytes(b"\xff\xd8\xff broken")
    assert main(["data", str(root), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["images"], document["mean"], document["std"]) == (0, [], [])
    assert {finding["code"] for finding in document["findings"]} >= {"truncated-file", "empty-class"}
    assert main(["data", str(root), "--mean", "0.5", "--out", str(tmp_path / "p.html"), "--augment", "trivial"]) == 1
    assert "truncated-file" in capsys.readouterr().out
    assert "truncated-file" in (tmp_path / "p.html").read_text()


@pytest.mark.parametrize("text", ["train/crane/1.jpg,\n", ""])
def test_what_cannot_be_opened_is_a_finding_too(clean: Path, tmp_path: Path, text: str, capsys) -> None:
    (tmp_path / "list.csv").write_text(text)
    assert main(["data", str(tmp_path / "list.csv"), "--json", "--out", str(tmp_path / "page.html")]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [finding["code"] for finding in document["findings"]] == ["cannot-open"]
    assert (document["images"], document["classes"]) == (0, [])
    assert "cannot-open" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("option", ["--mean", "--std"])
def test_a_mean_that_is_no_number_is_refused(clean: Path, value: str, option: str, capsys) -> None:
    assert main(["data", str(clean), option, value]) == 2
    assert f"{option[2:]} {value} came" in capsys.readouterr().err


def test_two_values_for_three_channels_are_refused(clean: Path, capsys) -> None:
    assert main(["data", str(clean), "--mean", "0.5", "0.5"]) == 2
    assert "mean has 2 values" in capsys.readouterr().err


def test_a_folder_below_root_is_examined_as_it_is_by_its_path(clean: Path) -> None:
    assert examine(clean.name, str(clean.parent)).to_json() == examine(clean).to_json()


def test_twenty_faults_at_once_are_all_found(clean: Path, tmp_path: Path) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    together = [
        code for code in FAULTS if code not in ("telltale-format", "class-imbalance", "numeric-classes", "one-class")
    ]
    for code in together:
        FAULTS[code](root)
    assert len(together) >= 20
    assert set(together) <= {finding.code for finding in examine(root).findings}


def test_the_command_prints_json_as_promised_and_fails_on_errors(clean: Path, tmp_path: Path, capsys) -> None:
    assert main(["data", str(clean), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["classes"] == ["crane", "goose", "heron"]
    assert document["images"] == 42
    assert document["splits"]["train"] == {"images": 24, "classes": {"crane": 8, "goose": 8, "heron": 8}}
    assert len(document["mean"]) == len(document["std"]) == 3
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    FAULTS["leak"](root)
    assert main(["data", str(root), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["severity"] == "error"
    assert sorted(finding["files"]) == ["test/crane/copy.jpg", "train/crane/7.jpg"]
    assert main(["data", str(clean), "--quiet", "--mean", "0.5", "0.5", "0.5", "--std", "0.9", "0.9", "0.9"]) == 0
    assert "other-std" in capsys.readouterr().out
    assert main(["data", str(tmp_path / "absent")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_writes_nothing_into_the_folder(clean: Path, tmp_path: Path, monkeypatch) -> None:
    before = sorted((str(path), path.stat().st_mtime_ns) for path in clean.rglob("*"))
    monkeypatch.chdir(tmp_path)
    assert main(["data", str(clean), "--augment", "strong", "--quiet"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["birds-augmented.html"]
    assert sorted((str(path), path.stat().st_mtime_ns) for path in clean.rglob("*")) == before


@pytest.mark.parametrize("out", [[], ["--out", "page.html"], ["--out", "train/page.html"]])
def test_a_page_that_would_lie_in_the_data_is_refused(clean: Path, tmp_path: Path, monkeypatch, capsys, out) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    before = sorted(root.rglob("*"))
    monkeypatch.chdir(root)
    assert main(["data", ".", "--augment", "trivial", *out]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--out" in line
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("out", ["list.csv", "train/crane/page.html"])
def test_a_page_replaces_no_list_and_lies_beside_no_image_of_it(clean, tmp_path, monkeypatch, capsys, out) -> None:
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    (root / "list.csv").write_text(
        "".join(f"train/{label}/{n}.jpg,{label}\n" for label in ("crane", "goose") for n in (1, 2))
    )
    monkeypatch.chdir(root)
    before = sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*"))
    assert main(["data", "list.csv", "--out", out]) == 2
    assert "--out" in capsys.readouterr().err
    assert sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()) == [
        pair for pair in before if pair[0].is_file()
    ]


def test_the_mean_of_image_deviations_is_named_as_the_mistake_it_is() -> None:
    rng = np.random.default_rng(0)
    levels = rng.integers(40, 215, (60, 1, 1, 3)) + rng.integers(-30, 31, (60, 16, 16, 3))
    source = ArraySource(levels.clip(0, 255).astype(np.uint8), np.arange(60) % 2, "ab", "toy")
    contents = dataset_contents(Dataset("toy", source.classes, source, None, 16))
    mean, std = channel_statistics(source, np.arange(60))
    found = examine_contents("toy", contents)
    np.testing.assert_allclose(found.mean, mean)
    np.testing.assert_allclose(found.std, std)
    codes = [f.code for f in examine_contents("toy", contents, mean=mean, std=found.image_std).findings]
    assert codes == ["std-per-image"]
    assert [f.code for f in examine_contents("toy", contents, mean=mean, std=std).findings] == []
    codes = [f.code for f in examine_contents("toy", contents, mean=(0.9, 0.1, 0.4), std=(0.6, 0.5, 0.5)).findings]
    assert sorted(codes) == ["other-mean", "other-std"]
    for away, expected in (((0.09, 0.045), []), ((0.11, 0.045), ["other-mean"]), ((0.09, 0.06), ["other-std"])):
        given = {"mean": [value + away[0] for value in mean], "std": [value + away[1] for value in std]}
        assert [f.code for f in examine_contents("toy", contents, **given).findings] == expected
    with pytest.raises(DataError, match="2 values"):
        examine_contents("toy", contents, mean=(0.5, 0.5))


def test_training_gets_the_cheap_findings_without_decoding(clean: Path, tmp_path: Path) -> None:
    assert quick_findings(open_dataset(clean)) == ()
    root = tmp_path / "birds"
    shutil.copytree(clean, root)
    for code in ("missing-classes", "single-image-class"):
        FAULTS[code](root)
    assert {finding.code for finding in quick_findings(open_dataset(root))} == {"missing-classes", "single-image-class"}
