"""Do the verbs refuse what the hostile author of a file, a folder or a name tries, in one line?"""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import residua
from residua.cli.app import main
from residua.data.pixels.image import decode
from residua.errors import DataError
from residua.text import legible

PIXELS = {"size": 8, "resize": 8, "crop": "center", "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3}
Refused = Callable[..., str]


@pytest.fixture(scope="module")
def network() -> residua.nn.ResNet:
    torch.manual_seed(0)
    return residua.build(residua.ResNetSpec(depths=(1, 1), widths=(4, 8), stem_width=4, num_classes=2)).eval()


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Return what runs a command that has to end with exit code 2 and one line, and gives that line."""

    def run(*words: object) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile's, of names that come twice
            code = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert code == 2, shown
        assert shown.out == ""
        assert len(shown.err.splitlines()) == 1
        return shown.err

    return run


def ours(path: Path, network: residua.nn.ResNet, metadata: str) -> Path:
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(state, path, {"residua": metadata})
    return path


def said(network: residua.nn.ResNet, **pixels: object) -> str:
    spec = json.loads(network.spec.model_dump_json())
    return json.dumps({"format": 1, "spec": spec, "classes": ["a", "b"], "preprocessing": PIXELS | pixels})


@pytest.mark.parametrize(
    "pixels",
    [
        {"mean": [10**400] * 3},  # which float() cannot take
        {"size": 10**30},
        {"size": True},
        {"mean": [float("nan")] * 3},
        {"std": [float("inf")] * 3},
    ],
)
def test_numbers_that_are_none_are_damage(
    tmp_path: Path, network: residua.nn.ResNet, refused: Refused, pixels: dict[str, object]
) -> None:
    assert "damaged" in refused("inspect", ours(tmp_path / "a.safetensors", network, said(network, **pixels)))


@pytest.mark.parametrize("change", [{"widths": [60_000, 60_000]}, {"depths": [1, 2]}, {"num_classes": 3}])
@pytest.mark.parametrize("verb", ["summary", "inspect"])
def test_a_network_that_its_own_tensors_deny_is_not_believed(
    tmp_path: Path, network: residua.nn.ResNet, refused: Refused, change: dict[str, object], verb: str
) -> None:
    document = json.loads(said(network))
    document |= {"spec": document["spec"] | change, "classes": None}
    refused(verb, ours(tmp_path / "a.safetensors", network, json.dumps(document)))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"format":' + "9" * 5000 + "}", '{"format":1,"spec":' + '{"a":' * 9999]
)
def test_json_without_end_is_damage(tmp_path: Path, network: residua.nn.ResNet, refused: Refused, text: str) -> None:
    assert "damaged" in refused("inspect", ours(tmp_path / "a.safetensors", network, text))


@pytest.mark.parametrize("kind", ["pipe", "socket", "/dev/zero", "/proc/self/mem"])
@pytest.mark.parametrize("verb", ["inspect", "summary"])
def test_what_is_no_regular_file_is_not_waited_for(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, kind: str, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if kind == "pipe":
        os.mkfifo(kind)
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "socket":
            listener.bind(kind)
        assert kind in refused(verb, kind)


@pytest.mark.parametrize("name", ["pipe.py", "pipe.ipynb", ".gitignore"])
def test_a_pipe_in_a_repository_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(name)
    assert main(["check", "." if name == ".gitignore" else name]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_source_code_in_a_codec_that_makes_no_text_is_refused(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.py").write_bytes(b"# coding: rot13\nvzcbeg gbepu")
    assert "rot13" in refused("check", f"{tmp_path / 'a.py'}:Block")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\0b", ".", "x" * 5000, 5, ["a"]])
def test_an_index_leads_nowhere_else(tmp_path: Path, refused: Refused, name: object) -> None:
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"conv1.weight": name}}))
    assert "root:" not in refused("inspect", index)


def npy(kind: str, shape: str) -> bytes:
    head = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + bytes(64)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("'|O'", "(2,)"),
        ("'<f4'", "(99999999999999, 99999999999)"),
        ("'<f4'", "(-1,)"),
        ("__import__('os').mkdir('ran')", "()"),
        ("[" * 3000, "()"),
        ("'<f4'", "(10 ** 99999999,)"),
        ("'V9999999999'", "(1,)"),
    ],
)
def test_an_array_whose_header_lies_is_refused(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, kind: str, shape: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("a.npz", "w") as archive:
        archive.writestr("conv1.weight.npy", npy(kind, shape))
    refused("inspect", "a.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def edited(network: residua.nn.ResNet, edit: Callable[[bytearray, list[int]], None]) -> bytes:
    """Return a checkpoint whose zip directory was edited, given where its rows begin."""
    out = io.BytesIO()
    torch.save(network.state_dict(), out)
    data = bytearray(out.getvalue())
    rows, at = [], -1
    while (at := data.find(b"PK\1\2", at + 1)) >= 0:
        rows.append(at)
    edit(data, rows)
    return bytes(data)


def claims_four_gigabytes(data: bytearray, rows: list[int]) -> None:
    data[rows[0] + 24 : rows[0] + 28] = struct.pack("<I", 2**32 - 2)


def lies_beyond_the_end(data: bytearray, rows: list[int]) -> None:
    data[rows[0] + 42 : rows[0] + 46] = struct.pack("<I", 2**31)


@pytest.mark.parametrize("edit", [claims_four_gigabytes, lies_beyond_the_end])
def test_a_zip_directory_that_lies_is_refused(
    tmp_path: Path, network: residua.nn.ResNet, refused: Refused, edit: Callable[[bytearray, list[int]], None]
) -> None:
    (tmp_path / "a.pth").write_bytes(edited(network, edit))
    refused("inspect", tmp_path / "a.pth")


def header(text: bytes, body: bytes = bytes(4)) -> bytes:
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<Q", 2**64 - 1) + b"{}",
        header(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'),
        header(b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}', b""),
        header(b'{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}'),
        header(b'{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}'),
        header(b'{"a":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,4]}}'),
        header(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
        ),
        header(b"[" * 100_000),
        header(b'{"__metadata__":{"residua":["x"]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'),
    ],
)
def test_a_safetensors_header_that_lies_is_refused(tmp_path: Path, refused: Refused, data: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(data)
    refused("inspect", tmp_path / "a.safetensors")


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


BOMB = zlib.compress(bytes(2**26), 9)  # 64 MiB in 65 kB
XMP = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "inner",
    [
        chunk(b"iCCP", b"x\0\0" + BOMB),
        chunk(b"iTXt", b"k\0\1\0\0\0" + BOMB),
        chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)),
        chunk(
            b"eXIf",
            b"MM\0*\0\0\0\x08" + struct.pack(">H", 65535) + struct.pack(">HHI4s", 0x112, 3, 2**31, b"\0\0\0\x08"),
        ),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP + b'<x tiff:Orientation="&b;"/>'),
    ],
    ids=["profile", "text", "frames", "exif", "xmp"],
)
def test_what_stands_beside_the_pixels_costs_nothing(inner: bytes) -> None:
    data = png()
    try:
        assert decode(data[:33] + inner + data[33:], "a.png").shape == (8, 8, 3)
    except DataError as error:
        assert "a.png" in str(error)  # noqa: PT017 (either answer is right)


@pytest.mark.parametrize(
    "line", ["epochs = " + "9" * 5000, "lr = " + "9" * 400, "a = " + "[" * 9999, "a." * 999 + "b = 1"]
)
def test_settings_that_no_run_wrote_are_refused(tmp_path: Path, refused: Refused, line: str) -> None:
    (tmp_path / "config.toml").write_text(line + "\n")
    assert "config.toml" in refused("train", "--resume", tmp_path)


def test_names_steer_neither_a_page_nor_its_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["cat\u202egpj", "<script>alert(1)<", "a\x1b[2Jb", "{{7*7}}", "=cmd|' "]
    for number, name in enumerate(names):
        (tmp_path / "images" / name).mkdir(parents=True)
        for at in range(2):
            levels = np.random.default_rng(10 * number + at).integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(levels).save(tmp_path / "images" / name / f"{at}.png")
    main(["data", str(tmp_path / "images"), "--out", str(tmp_path / "page.html")])
    shown, page = capsys.readouterr(), (tmp_path / "page.html").read_text(encoding="utf-8")
    for text in (shown.out, shown.err, page):
        assert not {"\x1b", "\u202e"} & set(text)
    assert "<script>alert" not in page
    assert "{{7*7}}" in page


def test_joiners_that_a_language_needs_stay_on_a_page() -> None:
    assert legible("می\u200cخواهم\n👩\u200d🔬\t\u2067x\x9b1m") == "می\u200cخواهم\n👩\u200d🔬\t\\u2067x\\x9b1m"
