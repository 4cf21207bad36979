"""Is every shape of folder and list that people bring read as it is meant, or refused in one line with the mend?"""

from __future__ import annotations

import json
import re
import tarfile
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.data import Dataset, open_dataset
from residua.data.doctor.examine import examine, quick_findings
from residua.errors import DataError, LabelError
from tests.data.conftest import picture, write

SPLIT_NAMES = {"train": "train", "validation": "val", "test": "test"}


def fill(root: Path, *folders: str) -> Path:
    """Write two small pictures of noise into each folder."""
    rng = np.random.default_rng(len(folders))
    for folder in folders:
        for name in ("1.png", "2.png"):
            write(root / folder / name, rng.integers(0, 256, (8, 8, 3), np.uint8))
    return root


def below(*tops: str, classes: str = "cat dog owl") -> list[str]:
    return [f"{top}/{name}" for top in tops for name in classes.split()]


def counts(dataset: Dataset) -> dict[str, list[int]]:
    """Return the images a class of each split."""
    return {
        SPLIT_NAMES[split]: np.bincount(source.labels, minlength=len(dataset.classes)).tolist()
        for split, source in dataset.splits.items()
    }


READ = {
    "splits by longer names": (
        below("train_set", "test_set"),
        {"train": [2] * 3, "test": [2] * 3},
        "train_set as train",
    ),
    "words run together": (below("TrainingData", "valset"), {"train": [2] * 3, "val": [2] * 3}, "valset as validation"),
    "an archive in a folder of its own name": (
        [*below("seg_train/seg_train", "seg_test/seg_test"), "seg_pred/seg_pred"],
        {"train": [2] * 3, "test": [2] * 3},
        "seg_pred is left out",
    ),
    "splits in a folder": (below("images/train", "images/val"), {"train": [2] * 3, "val": [2] * 3}, "images inside"),
    "a lone wrapper": (below("flower_photos"), {"train": [2] * 3}, "flower_photos inside"),
    "two wrappers": (below("archive/data"), {"train": [2] * 3}, "archive/data inside"),
    "classes in folders": (["dog/husky", "dog/pug", "cat/siamese"], {"train": [2, 4]}, "dog (husky, pug)"),
    "a folder more in each class": (["cat/images", "dog/images"], {"train": [2, 2]}, None),
    "held out without labels, in a folder": (
        [*below("train"), "test/unknown", "val/images"],
        {"train": [2] * 3},
        "test is left out: all lies in unknown, which is no class, so nothing says what its 2 images show.",
    ),
    "another word for validation": (below("train", "eval"), {"train": [2] * 3, "val": [2] * 3}, None),
    "masks in a folder": (["cat/images", "cat/masks", "dog/images"], {"train": [4, 2]}, "2 images are named as masks"),
    "classes with a split's word": (["test_tube", "train_station"], {"train": [2, 2]}, None),
    "splits that lack classes": (
        [*below("train_set"), *below("test_set", classes="cat owl")],
        {"train": [2] * 3, "test": [2, 0, 2]},
        "test_set as test",
    ),
}


@pytest.mark.parametrize("shape", READ)
def test_folders_are_read_as_what_the_level_below_shows_and_that_is_reported(tmp_path: Path, shape: str) -> None:
    folders, expected, note = READ[shape]
    dataset = open_dataset(fill(tmp_path / "data", *folders))
    assert counts(dataset) == expected
    messages = [each.message for each in dataset.notes]
    assert messages == [] if note is None else any(note in message for message in messages)
    found = examine(tmp_path / "data")
    assert found.classes == dataset.classes
    assert {each.message for each in dataset.notes} <= {finding.message for finding in found.findings}


UNKNOWN = {
    "splits in the names of classes": (["trainA", "trainB", "testA", "testB"], r"holds a split and one of a, b: "),
    "classes in the names of splits": (
        [f"{split}_{name}" for split in ("train", "val") for name in ("cat", "dog")],
        r"holds a split and one of cat, dog: .* as train/CLASS",
    ),
    "splits in names, and no classes": (
        ["images/train2017", "images/val2017"],
        r"images: train2017, val2017 are splits by their names, and have no class folders. .* images lie in no class",
    ),
    "boxes": (["images/train", "images/val"], r"images and labels, where a detector's boxes lie"),
    "folds": (
        below("fold1", "fold2", "fold3"),
        r"fold1, fold2, fold3 each hold .* cat, dog, owl.*Call them train, val",
    ),
    "parts": (below("a/part", "b/part"), r"a, b each hold the same folders, cat, dog, owl"),
    "masks in each class": (
        below("sick", "well", classes="images masks"),
        r"images, masks: masks show where something is, .* Move the folders masks away",
    ),
    "splits below the classes": (below("cat", "dog", classes="train test"), r"a split is expected above .* train/cat"),
}


@pytest.mark.parametrize("shape", UNKNOWN)
def test_folders_that_hold_the_same_folders_are_never_learnt_as_classes(
    tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folders, message = UNKNOWN[shape]
    root = fill(tmp_path / "data", *folders)
    if shape == "boxes":
        (root / "labels" / "train").mkdir(parents=True)
    with pytest.raises(LabelError, match=message):
        open_dataset(root)
    assert main(["data", str(root)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_numbered_parts_beside_a_list_that_names_their_files_are_no_classes(tmp_path: Path) -> None:
    root = fill(tmp_path / "data", "part_1", "part_2")
    (root / "labels.csv").write_text("image,dx\n1,nv\n2,mel\n")
    with pytest.raises(LabelError, match=r"part_1, part_2, which differ in a number, and labels.csv, .*: give "):
        open_dataset(root)
    (root / "labels.csv").write_text("image,dx\npart_1/1.png,nv\n")
    assert open_dataset(root).classes == ("part_1", "part_2")
    (root / "labels.csv").write_text("patient,age\np7,44\n")
    assert open_dataset(root).classes == ("part_1", "part_2")


def test_an_accent_is_one_letter_or_two_as_the_system_wrote_it(tmp_path: Path) -> None:
    one, two = (unicodedata.normalize(form, "thé") for form in ("NFC", "NFD"))
    root = fill(tmp_path / "data", f"train/{one}", "train/cat", f"val/{two}", "val/cat")
    dataset = open_dataset(root)
    assert (dataset.classes, dataset.val and dataset.val.classes) == (("cat", one), ("cat", one))
    assert counts(dataset) == {"train": [2, 2], "val": [2, 2]}
    assert [finding.code for finding in examine(root).findings if "class" in finding.code] == []
    (root / "list.csv").write_text(f"path,label\ntrain/{two}/1.png,{one}\ntrain/{two}/2.png,{two}\nval/cat/1.png,cat\n")
    listed = open_dataset(root / "list.csv")
    assert (listed.classes, listed.train.labels.tolist()) == (("cat", one), [1, 1, 0])
    fill(root, f"train/{two}")
    assert "similar-class-names" in [finding.code for finding in examine(root).findings]


def test_training_names_what_lies_in_no_class_and_what_it_does_not_read(tmp_path: Path) -> None:
    root = fill(tmp_path / "data", "cat", "dog", ".")
    (root / "cat" / "scan.npy").write_bytes(b"x")
    found = {finding.code: finding.message for finding in quick_findings(open_dataset(root))}
    assert found == {
        "stray-images": "2 images beside the class folders, in no class, as 1.png.",
        "not-read": "1 file in a class folder is of formats that are not read, as cat/scan.npy: write such pictures as "
        "PNG or JPEG.",
    }
    examined = {finding.code: finding.message for finding in examine(root).findings}
    assert found.items() <= examined.items()


def test_names_with_backslashes_are_to_be_unpacked_anew(tmp_path: Path) -> None:
    root = tmp_path / "data"
    write(root / "train\\cat\\1.png", picture(1))
    with pytest.raises(
        DataError, match=r"names hold backslashes, as train\\cat\\1.png: .* unpack it anew with `unzip`"
    ):
        open_dataset(root)


def test_a_class_folder_that_is_a_dead_link_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = fill(tmp_path / "data", "cat", "dog")
    (root / "owl").symlink_to("../not-mounted/owl")
    assert main(["train", "--data", str(root), "--out", str(tmp_path / "run")]) == 2
    assert "1 of 5 image files in" in (error := capsys.readouterr().err)
    assert "owl (a broken link)" in error
    assert ("broken-link", ("owl",)) in [(each.code, each.files) for each in examine(root).findings]
    (root / "train").symlink_to("../not-mounted/train")
    fill(root, "val/cat")
    assert main(["data", str(root)]) == 1
    assert "train is a link that leads nowhere" in capsys.readouterr().out


def listed(root: Path, text: str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    """Write a list beside six pictures, images/0.png … images/5.png."""
    for number in range(6):
        write(root / "images" / f"{number}.png", np.full((8, 8, 3), 40 * number, np.uint8))
    (root / name).write_bytes(text.encode(encoding))
    return root / name


def rows(line: str, header: str = "", numbers: range = range(6)) -> str:
    """Return a list: `line` for each number, with its class in place of C, of which there are three."""
    lines = [line.replace("N", str(number)).replace("C", "abc"[number % 3]) for number in numbers]
    return "\n".join(([header] if header else []) + lines) + "\n"


HOT = "\n".join(
    ["path,a,b,c", *(f"images/{n}.png,{','.join(str(int(n % 3 == at)) for at in range(3))}" for n in range(6))]
)
LISTS = {
    "semicolons": (rows("images/N.png;C", "path;label"), None),
    "semicolons, as Excel marks them": (rows("images/N.png;C", "sep=;\npath;label"), None),
    "capitals of another system": (rows("Images/N.Png,C", "path,label"), "Images/0.Png as images/0.png"),
    "a space": (rows("images/N.png C"), None),
    "carriage returns": (rows("images/N.png;C, sp.", "path;label").replace("\n", "\r"), None),
    "other words beside train": (
        rows("images/N.png,C,train", "path,label,set", range(5)) + "images/5.png,c,holdout\n",
        "not used: the column set, in which holdout stands beside train; with train, val or test in every line",
    ),
    "tabs in a .csv": (rows("images/N.png\tC", "path\tlabel"), None),
    "ids without suffix": (rows("N,C", "image_id,class"), "0 as images/0.png"),
    "other words": (rows("N,C", "id,breed"), "0 as images/0.png"),
    "a label of a name of its own": (rows("images/N.png,C", "filename,what_it_is"), None),
    "backslashes": (rows("images\\N.png,C", "path,label"), "images\\0.png as images/0.png"),
    "paths of another machine": (rows("D:\\my data\\images\\N.png,C"), "as images/0.png"),
    "folds": (rows("images/N.png,C,0", "path,label,fold"), "not used: the column fold"),
    "more columns": (rows("images/N.png,C,9", "path,label,age"), "not used: age"),
    "one-hot columns": (HOT, "the columns of 0 and 1 (a, b, c) are read as labels"),
    "one-hot columns of words": (
        HOT.replace(",1", ",True").replace(",0", ",False"),
        "the columns of 0 and 1 (a, b, c) are read as labels",
    ),
    "bars": (rows("images/N.png|C", "path|label"), None),
    "the label first": (rows("C,images/N.png"), None),
    "a number first, and no header": (
        rows("N,images/N.png,C"),
        "has no header, and is read so: column 3 as the label.",
    ),
    "a number first": (rows("N,images/N.png,C", ",path,label"), None),
    "other words for both": (rows("images/N.png,C", "foto,art"), None),
    "another language": (rows("images/N.png;C", "文件名;类别"), None),
    "words with spaces": (rows("images/N.png,C", "Image Index,Finding Labels"), None),
    "patients": (rows("images/N.png,C,p1", "path,label,patient_id"), "not used: the column patient_id; called `group`"),
    "a comma in a name": (rows('images/N.png,"C, C. vulgaris"', "path,label"), None),
    "a line twice": (
        rows("images/N.png,C", "path,label") + "./images/1.png,b\n",
        "1 line names a file again with the same label, as ./images/1.png in lines 3 and 8; it counts once.",
    ),
}


@pytest.mark.parametrize("shape", LISTS)
def test_lists_of_spreadsheets_and_competitions_are_read_and_that_is_reported(tmp_path: Path, shape: str) -> None:
    text, note = LISTS[shape]
    dataset = open_dataset(listed(tmp_path, text))
    assert [name[0] for name in dataset.classes] == ["a", "b", "c"]
    assert dataset.train.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert [dataset.train.read(np.array([n])).max() for n in range(6)] == [40 * n for n in range(6)]
    assert [each.message for each in dataset.notes if note is None or note not in each.message] == []
    assert len(dataset.notes) == (note is not None)
    assert {each.message for each in dataset.notes} <= {
        each.message for each in examine(tmp_path / "list.csv").findings
    }


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_list_in_utf_16_is_read(tmp_path: Path, encoding: str) -> None:
    text = rows("images/N.png,Cé", "path,label")
    assert open_dataset(listed(tmp_path, text, encoding=encoding)).classes == ("aé", "bé", "cé")
    with pytest.raises(DataError, match="save it as CSV UTF-8"):
        open_dataset(listed(tmp_path, text, encoding="latin-1"))


@pytest.mark.parametrize(
    ("header", "first", "last", "split"),
    [
        ("path,label,set", "train", "TEST", "test"),
        ("path,label,data set", "training", "valid", "validation"),
        ("path,label,is_valid", "False", "True", "validation"),
        ("path,label,is_test", "0", "1", "test"),
        ("path,label,is_train", "1", "0", "validation"),
    ],
)
def test_a_column_is_the_split_by_what_stands_in_it(
    tmp_path: Path, header: str, first: str, last: str, split: str
) -> None:
    text = rows(f"images/N.png,C,{first}", header, range(3)) + rows(f"images/N.png,C,{last}", "", range(3, 6))
    dataset = open_dataset(listed(tmp_path, text))
    assert {name: len(source) for name, source in dataset.splits.items()} == {"train": 3, split: 3}
    assert f"the column {header.split(',')[2]} is read as the split." in dataset.notes[0].message


def test_a_list_of_automl_begins_with_the_split(tmp_path: Path) -> None:
    text = rows("Train,images/N.png,C", "", range(3)) + rows("TEST,images/N.png,C", "", range(3, 6))
    dataset = open_dataset(listed(tmp_path, text))
    assert (counts(dataset), dataset.classes) == ({"train": [1, 1, 1], "test": [1, 1, 1]}, ("a", "b", "c"))
    assert "read so: column 3 as the label and column 1 as the split." in dataset.notes[0].message


REFUSED = {
    "two labels": (
        rows("images/N.png,C", "path,label") + "images/1.png,c\n",
        "images/1.png is b in line 3 and c in line 8; one label an image was expected",
    ),
    "two labels, one held out": (
        rows("images/N.png,C,train", "path,label,split") + "images/1.png,c,test\n",
        "images/1.png is b in line 3 and c in line 8",
    ),
    "several labels": (
        rows("images/N.png,C|big", "path,label"),
        "line 2 has 2 labels (a, big); `residua train --multi-label` learns",
    ),
    "several ones": (
        HOT.replace("images/2.png,0", "images/2.png,1"),
        "line 4 has 2 labels (a, c); `residua train --multi-label` learns",
    ),
    "no one": (HOT.replace("images/2.png,0,0,1", "images/2.png,0,0,0"), "line 4 has no label in its columns"),
    "labels with semicolons": (
        rows("images/N.png,C;big", "path,label") + "images/0.png,a\n",
        "line 2 has 2 labels (a, big); `residua train --multi-label` learns",
    ),
    "classes among other columns": (
        HOT.replace("path,a", "path,age,a").replace(".png,", ".png,44,"),
        "which of them is the label? Call that one label, or of columns of 0 and 1, a class each, leave all others out",
    ),
    "no word that is known": (
        rows("C,70 80 90,Training", "emotion,pixels,Usage"),
        "line 1 names the columns emotion, pixels, Usage: which of them is the path of an image, and which its label?",
    ),
    "no labels": (rows("images/N.png", "image_id"), "line 1 names the columns image_id: there is no label among them."),
    "pixels in columns": (
        "label," + ",".join(f"pixel{n}" for n in range(64)) + "\n" + "1" + ",0" * 64 + "\n",
        "line 1 names the columns label, pixel0, pixel1, pixel2, pixel3 and 60 more: numbers alone stand in them",
    ),
    "no label among several": (rows("images/N.png,C,7", "path,what,age"), "which of them is the label?"),
}


@pytest.mark.parametrize("shape", REFUSED)
def test_what_only_the_user_knows_of_a_list_is_asked_in_one_line_before_training_and_by_the_doctor(
    tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, message = REFUSED[shape]
    path = str(listed(tmp_path, text))
    for words in (["data", path], ["train", "--data", path, "--out", str(tmp_path / "run")]):
        assert main(words) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_list_whose_images_begin_elsewhere_names_where(tmp_path: Path) -> None:
    path = listed(tmp_path, rows("images/N.png,C", "path,label"))
    (tmp_path / "lists").mkdir()
    moved = path.rename(tmp_path / "lists" / "list.csv")
    with pytest.raises(DataError, match=rf"line 2: images/0.png is not below .* it is below {tmp_path}: put the list"):
        open_dataset(moved)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n{"path": "a.png"}]', "is one array of JSON; an object"),
        ('{"url": 1, "b": 2}', "its keys are url, b;"),
    ],
)
def test_json_that_is_no_list_of_paths_is_called_what_it_is(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_dataset(listed(tmp_path, text, "list.jsonl"))


def test_an_id_beside_the_path_is_no_class(tmp_path: Path) -> None:
    dataset = open_dataset(listed(tmp_path, HOT.replace("path,a", "id,path,a").replace("images/", "7,images/")))
    assert dataset.classes == ("a", "b", "c")
    assert [note.message for note in dataset.notes][1:] == ["not used: id."]


def test_labels_of_several_words_that_are_labels_too_are_a_note(tmp_path: Path) -> None:
    text = rows("images/N.png,C clear", "image,tags", range(3)) + rows("images/N.png,C", "", range(3, 6))
    (note,) = open_dataset(listed(tmp_path, text)).notes
    assert "as 'a clear', are one label each; `residua train --multi-label` parts" in note.message


def test_a_name_that_several_files_have_is_a_question(tmp_path: Path) -> None:
    path = listed(tmp_path, rows("N,C", "id,label"))
    write(tmp_path / "more" / "3.jpg", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(LabelError, match=r"line 5: 3 may be (images/3.png|more/3.jpg) or "):
        open_dataset(path)


def test_a_name_is_never_read_as_a_file_in_another_folder(tmp_path: Path) -> None:
    path = listed(tmp_path, rows("images/N.png,C", "path,label") + "pictures/5.png,c\n")
    with pytest.raises(DataError, match=r"pictures/5.png in line 8 \(cannot be opened"):
        open_dataset(path)


def test_a_header_in_other_words_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 1 looks like a header \(foto,art\); path,label was expected"):
        open_dataset(listed(tmp_path, rows("images/N,C", "foto,art")))


def test_json_lines_may_use_ids_too(tmp_path: Path) -> None:
    text = "\n".join(json.dumps({"image_id": str(number), "class": "ab"[number % 2]}) for number in range(6))
    assert open_dataset(listed(tmp_path, text, "list.jsonl")).train.labels.tolist() == [0, 1] * 3


def test_archives_are_to_be_unzipped(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "pets.zip").write_bytes(b"PK\3\4")
    for path in (tmp_path / "set" / "pets.zip", tmp_path / "set"):
        with pytest.raises(DataError, match=r"pets.zip is an archive: unzip it, and give the folder"):
            open_dataset(path)


def test_numbers_find_the_files_whose_zeros_a_spreadsheet_dropped(tmp_path: Path) -> None:
    for number in (7, 70, 700):
        write(tmp_path / "train" / f"{number:06d}.jpg", picture(number))
    (tmp_path / "list.csv").write_text("id,label\n7,cat\n70,dog\n700,dog\n")
    dataset = open_dataset(tmp_path / "list.csv")
    assert [dataset.train.where(at) for at in range(3)] == [
        f"train/{number}.jpg" for number in ("000007", "000070", "000700")
    ]
    assert "7 as train/000007.jpg" in dataset.notes[0].message


def test_masks_beside_pictures_are_named(tmp_path: Path) -> None:
    for label in ("benign", "malignant"):
        for number in range(3):
            write(tmp_path / label / f"{label} ({number}).png", picture(number))
        write(tmp_path / label / f"{label} (0)_mask.png", picture(0))
        write(tmp_path / label / "gas_mask.png", picture(9))  # of no picture beside it
    (note,) = open_dataset(tmp_path).notes
    assert note.code == "mask-beside"
    assert note.message.startswith("2 images are named as masks of others beside them, as benign/benign (0)_mask.png")


def test_what_systems_leave_beside_images_is_no_class(tmp_path: Path) -> None:
    for label in ("a", "b", "@eaDir", "$RECYCLE.BIN", "__MACOSX"):
        write(tmp_path / label / "1.png", picture(1))
    assert open_dataset(tmp_path).classes == ("a", "b")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"train/0.jpg": "", "train.csv": "id,label"}, "train.csv may be a list of images and labels: give "),
        (
            {"train/0.jpg": "", "train/_classes.csv": "filename, a"},
            "train/_classes.csv may be a list of images and labels",
        ),
        ({"images/0.jpg": "", "test.csv": "", "train.csv": ""}, "has the one folder of images images, and train.csv"),
        (
            {"train/0.jpg": "", "train/_annotations.coco.json": "{}"},
            "_annotations.coco.json is not read; put each into",
        ),
        (
            {"images/train2017/0.jpg": "", "images/val2017/0.jpg": "", "annotations/instances.json": "{}"},
            "as train2017/0.jpg: annotations/instances.json is not read; put each into",
        ),
        (
            {"a/0.npy": "", "b/0.npy": ""},
            "2 files in class folders are of formats that are not read, as a/0.npy: write",
        ),
        ({"train/images/0.jpg": "", "train/labels/0.txt": "0 1"}, "where a detector's boxes lie"),
        ({"0_cat.jpg": "", "1_dog.jpg": ""}, "2 images but no class folder"),
    ],
)
def test_a_folder_without_classes_is_refused_with_what_mends_it(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    for name, text in files.items():
        if name.endswith(".jpg"):
            write(tmp_path / name, picture(1))
        else:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=re.escape(words)) as refused:
        open_dataset(tmp_path)
    assert main(["data", str(tmp_path)]) == (2 if isinstance(refused.value, LabelError) else 1)


def test_a_list_of_web_addresses_is_refused_with_what_mends_it(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("url,label\nhttps://example.org/a.jpg,cat\n")
    with pytest.raises(DataError, match="line 2: https://example.org/a.jpg is a web address: download the images"):
        open_dataset(tmp_path / "list.csv")


def test_a_tar_a_class_is_refused_with_what_mends_it(tmp_path: Path) -> None:
    path = write(tmp_path / "n01440764_1.png", picture(1))
    with tarfile.open(tmp_path / "n01440764.tar", "w") as tar:
        tar.add(path, path.name)
    path.unlink()
    with pytest.raises(DataError, match="unpack it into a folder of its name, n01440764"):
        open_dataset(tmp_path)
    with tarfile.open(tmp_path / "n01440764.tar", "w") as tar:
        tar.add(fill(tmp_path / "pets", "cat", "dog"), "pets")
    with pytest.raises(DataError, match="Unpack it, and give the folder that comes out of it"):
        open_dataset(tmp_path / "n01440764.tar")


@pytest.mark.parametrize("name", ["medmnist.npz", "batch.pkl", "tensors.pt"])
def test_arrays_are_refused_with_what_mends_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match="If it holds pictures, write them as PNG, into a folder for each class"):
        open_dataset(tmp_path / name)


def test_lists_of_splits_beside_class_folders_are_named_as_not_used(tmp_path: Path) -> None:
    birds = fill(tmp_path / "birds", *below("images"))
    for name in ("images.txt", "classes.txt", "train_test_split.txt", "README.md"):
        (birds / name).write_text("1 1\n")
    messages = {each.code: each.message for each in open_dataset(birds).notes}
    assert messages["unused-list"].startswith("not used: train_test_split.txt, which by name lists splits: ")
    assert "unused-list" in [finding.code for finding in examine(birds).findings]
    food = fill(tmp_path / "food", *below("images"), "meta")
    for name in ("train.json", "test.json", "labels.txt"):
        (food / "meta" / name).write_text("{}")
    (food / "meta" / "1.png").unlink()
    (food / "meta" / "2.png").unlink()
    assert "not used: meta/test.json, meta/train.json, which" in open_dataset(food).notes[-1].message
    given = fill(tmp_path / "given", *below("train", "test"))
    (given / "train.csv").write_text("path,label\n")
    assert open_dataset(given).notes == ()


def test_a_list_of_held_out_images_alone_is_refused_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only to test; what is only to be measured needs no split: leave its name out"):
        open_dataset(listed(tmp_path, rows("images/N.png,C,test", "path,label,split")))


def test_a_shard_alone_is_the_whole_set_whatever_split_it_is_called_by(tmp_path: Path) -> None:
    path = write(tmp_path / "0.png", picture(1))
    (tmp_path / "0.cls").write_text("cat")
    with tarfile.open(tmp_path / "test-000000.tar", "w") as tar:
        for name in (path.name, "0.cls"):
            tar.add(tmp_path / name, name)
    assert open_dataset(tmp_path / "test-000000.tar").train.labels.tolist() == [0]
