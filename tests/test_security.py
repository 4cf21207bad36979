"""Is docs/security.md true: are its limits the code's, its bounds the package's, and is what it names there?"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.docs import ROOT

PAGE = ROOT / "docs" / "security.md"
HEAD = "| what | at most | where |\n|---|--:|---|\n"
# what is limited; the file and its constant; in which unit it is told
UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20}
LIMITS = (
    ("pixels of a picture", "data/pixels/bounds.py", "MAX_PIXELS", ""),
    ("memory to decode one picture, alone", "data/pixels/bounds.py", "LARGEST_BYTES", "MiB"),
    (
        "memory of all pictures being decoded, all threads together",
        "data/pixels/bounds.py",
        "MOST_BYTES",
        "MiB",
    ),
    ("scans of a JPEG", "data/pixels/bounds.py", "MOST_SCANS", ""),
    ("pixels of all scans of a JPEG", "data/pixels/bounds.py", "MOST_SCANNED", ""),
    ("bytes that a compressed byte becomes", "reading.py", "MOST_GROWTH", ""),
    ("… or what any compressed file becomes, where that is more", "reading.py", "LEAST_ROOM", "MiB"),
    ("a list of names, an index, a configuration", "reading.py", "MOST_TEXT", "MiB"),
    ("a `config.toml`", "train/settings/config.py", "LARGEST_FILE", "MiB"),
    ("memory to read a table (Parquet, Arrow)", "reading.py", "LEAST_MEMORY", "MiB"),
    ("… or bytes for a byte of the file, where that is more", "reading.py", "GROWTH", ""),
    (
        "seconds for a regular expression on names, beside 0.1 ms a name",
        "reading.py",
        "SECONDS",
        "",
    ),
    ("a pickle whose tensors lie beside it", "pickles/machine.py", "LARGEST_PICKLE", "MiB"),
    ("a pickle that holds its tensors", "pickles/machine.py", "LARGEST_WITH_TENSORS", "MiB"),
    ("steps of a file's pickles", "pickles/machine.py", "MOST_STEPS", ""),
    ("parts of a pickle, written out", "pickles/unfolded.py", "MOST_PARTS", ""),
    ("containers within containers in a pickle", "pickles/unfolded.py", "DEEPEST", ""),
    ("modules of a pickled network", "weights/unwrap/modules.py", "MOST_MODULES", ""),
    ("modules within modules", "weights/unwrap/modules.py", "DEEPEST_MODULE", ""),
    ("the header of a safetensors file", "weights/files/native.py", "LARGEST_HEADER", "MiB"),
    ("tensors of a safetensors file", "weights/files/native.py", "MOST_NAMES", ""),
    ("characters of a tensor's name", "weights/files/native.py", "LONGEST_NAME", ""),
    ("entries of a zip file", "weights/files/torch_zip.py", "MOST_ENTRIES", ""),
    ("the directory of a zip file", "weights/files/torch_zip.py", "LARGEST_DIRECTORY", "MiB"),
    ("an ONNX file", "weights/files/onnx_graph.py", "LARGEST_FILE", "MiB"),
    ("arrays of an HDF5 file", "weights/files/hdf5.py", "MOST_ARRAYS", ""),
    ("groups within groups in HDF5", "weights/files/hdf5.py", "DEEPEST", ""),
    ("an attribute in HDF5", "weights/files/hdf5.py", "LARGEST_ATTRIBUTE", "MiB"),
    ("seconds to read an HDF5 file, beside those that its size takes", "weights/files/hdf5.py", "LEAST_SECONDS", ""),
    ("a name or record of a tar member", "data/sources/tar_members.py", "MOST_RECORD", "MiB"),
    ("a label in a tar shard", "data/sources/tar_members.py", "MOST_LABEL", "MiB"),
    ("dimensions of an idx file", "data/sources/idx.py", "MOST_DIMENSIONS", ""),
    ("characters of a line of a list", "data/sources/lists/columns.py", "LONGEST_LINE", ""),
    ("files that are looked through for a list's names", "data/sources/lists/places.py", "MOST_FILES", ""),
    ("side of what a network is given, in pixels", "preprocessing.py", "LARGEST_SIDE", ""),
    ("blocks of a network", "spec.py", "MOST_BLOCKS", ""),
    ("stages of a network", "spec.py", "MOST_STAGES", ""),
    ("channels of a layer", "spec.py", "MOST_CHANNELS", ""),
    ("classes of a network", "spec.py", "MOST_CLASSES", ""),
    ("the manifest of an artifact", "ship/artifact.py", "MOST_MANIFEST", "MiB"),
    ("what `predict -` takes from stdin", "cli/predict.py", "MOST_STDIN", "MiB"),
    ("bytes of a download within a minute of waiting, at least", "download.py", "LEAST_BYTES", "KiB"),
    ("a download whose server does not say how large it is", "download.py", "MOST_UNANNOUNCED", "MiB"),
    ("characters of a message", "text.py", "LONGEST_MESSAGE", ""),
    ("characters of a name in a table", "text.py", "LONGEST_NAME", ""),
)


def rows() -> Iterator[str]:
    """Yield the table's rows, their numbers read from the code."""
    for what, file, constant, unit in LIMITS:
        module = importlib.import_module("residua." + file.removesuffix(".py").replace("/", "."))
        value = getattr(module, constant)
        number = f"{value / UNITS[unit]:,.0f} {unit}".strip()
        yield f"| {what} | {number} | `{file}` `{constant}` |\n"


def test_the_limits_of_the_page_are_the_codes(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = re.search(re.escape(HEAD) + r"(?:\|.*\n)*", text)
    assert shown is not None
    drawn = HEAD + "".join(rows())
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text.replace(shown.group(), drawn), encoding="utf-8")
    else:
        assert shown.group() == drawn


def test_the_lower_bounds_of_the_page_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [
        *project["dependencies"],
        *(row for rows in project["optional-dependencies"].values() for row in rows),
    ]
    table = re.findall(r"^\| (\w+) \| ([\d.]+) \| ", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(table) >= 5
    assert [f"{name}>={bound}" for name, bound in table if f"{name}>={bound}" not in requirements] == []


def test_what_the_page_names_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    files = re.findall(r"`((?:residua|tests)/[\w/]+\.py)`", text) + re.findall(r"\]\(\.\./([\w/.]+)\)", text)
    assert len(files) > 8
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_every_promise_of_the_page_names_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| .* \| (`tests/.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(rows) > 25
    for row in rows:
        file = ""
        for word in re.findall(r"`([^`]+)`", row):
            file = word if word.startswith("tests/") else file
            assert word == file or f"\ndef {word}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file} {word}"
