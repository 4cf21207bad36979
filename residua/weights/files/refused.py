"""What is this file or folder, if it is none that residua reads, and what does one do with it?"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from residua.errors import WeightsError
from residua.text import and_more, one_line

UNPACK = "unpack it and name the file in it"
ELSEWHERE = "save its weights as safetensors, .npz or ONNX with the library that wrote it"
# The first bytes of a file, what it is, and what to do. The first that fits names it.
FIRST_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (
        b"version https://git-lfs",
        "a Git LFS pointer, not the file itself",
        "`git lfs pull` in its repository fetches that",
    ),
    (b"\x1f\x8b", "a gzip file", UNPACK + " (gunzip, or tar xf where it holds a tar file)"),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"\xfd7zXZ\0", "an xz file", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstandard file", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file", UNPACK),
    (b"Rar!", "a RAR file", UNPACK),
    (b"\x78\x01", "a zlib stream, as joblib writes with compress=", ELSEWHERE),
    (b"\x78\x5e", "a zlib stream, as joblib writes with compress=", ELSEWHERE),
    (b"\x78\x9c", "a zlib stream, as joblib writes with compress=", ELSEWHERE),
    (b"\x78\xda", "a zlib stream, as joblib writes with compress=", ELSEWHERE),
    (b"GGUF", "a GGUF file of llama.cpp, which holds language models", "fetch the network's own checkpoint"),
    (b"7767517", "a text file of ncnn", ELSEWHERE),
    (b"ftrt", "an engine of TensorRT, which holds no weights to read", "fetch the file that it was made of"),
    (b"ptrt", "an engine of TensorRT, which holds no weights to read", "fetch the file that it was made of"),
    (b"MATLAB 5.0", "a MATLAB file (MatConvNet)", "save its arrays as .npz, with scipy.io.loadmat"),
    (b"\x12\x01\0\0\0\0\0\0", "a .params file of MXNet", "save its arrays as .npz with MXNet"),
    (b"%PDF", "a PDF document", "fetch the checkpoint itself"),
    (b"\x89PNG", "an image", "`residua predict NETWORK IMAGE` looks at images"),
    (b"\xff\xd8\xff", "an image", "`residua predict NETWORK IMAGE` looks at images"),
    (b"\x7fELF", "a program", "fetch the checkpoint itself"),
    (b"#!", "a script", "fetch the checkpoint itself"),
)
WEB_PAGE = re.compile(rb"\s*(<!doctype html|<html|<\?xml[^>]*>\s*(<!doctype html|<html))", re.IGNORECASE)
OPENVINO = re.compile(rb"\s*(<\?xml[^>]*>\s*)?<net\b")
SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
FOLDERS = (
    ("saved_model.pb", "a SavedModel of TensorFlow", "save the network with model.save('NAME.h5') or as .keras"),
    ("keras_metadata.pb", "a SavedModel of Keras", "save the network with model.save('NAME.h5') or as .keras"),
    (".metadata", "a distributed checkpoint of PyTorch", "`python -m torch.distributed.checkpoint.format_utils "
     "dcp_to_torch FOLDER FILE.pth` makes one file of it; name that"),
    ("zero_to_fp32.py", "a checkpoint of DeepSpeed", "its own zero_to_fp32.py makes one file of it; name that"),
    ("manifest.ocdbt", "a checkpoint of Orbax (JAX)", "save its arrays as .npz"),
    ("_METADATA", "a checkpoint of Orbax (JAX)", "save its arrays as .npz"),
    ("checkpoint", "a checkpoint of TensorFlow", "save the network as .h5 or .keras, or its variables as .npz"),
    ("data.pkl", "an unpacked file of torch.save", "pack it again: zip -0 -r NAME.pth FOLDER"),
)  # fmt: skip


def require_regular(path: Path) -> None:
    """Raise WeightsError for what is there and no file, before it is opened: a pipe would wait for ever."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise WeightsError(f"{path} could not be read: {error.strerror or error}") from None
    for is_kind, kind in SPECIAL:
        if is_kind(mode):
            raise WeightsError(f"{path} is {kind}, not a file; write what comes from it into a file and name that")


def known_by_head(path: Path, head: bytes) -> WeightsError | None:
    """Return the refusal of a file whose first bytes, or name, show beyond doubt what it is, None for another."""
    for begins, kind, way in FIRST_BYTES:
        if head.startswith(begins):
            return WeightsError(f"{path} is {kind}; {way}")
    if head[4:8] == b"TFL3":
        return WeightsError(
            f"{path} is a TensorFlow Lite network, which is made for running; fetch the one it was made of"
        )
    if head[257:262] == b"ustar":
        return WeightsError(
            f"{path} is a tar file; {UNPACK} (tar xf; torch 0.1 wrote such files itself: load and save "
            "that with an old torch)"
        )
    if WEB_PAGE.match(head):
        return WeightsError(f"{path} is a web page: the download failed; fetch the file itself, not its page")
    if OPENVINO.match(head):
        return WeightsError(f"{path} is the graph of an OpenVINO network; fetch the network that it was made of")
    if path.suffix in (".pb", ".mlmodel", ".caffemodel"):
        return WeightsError(f"{path} is a graph of TensorFlow, Core ML or Caffe; {ELSEWHERE}")
    return None


def known_by_guess(path: Path, head: bytes) -> WeightsError | None:
    """Return the refusal of a file that nothing else fits: protobuf, a text; None for another."""
    if head.startswith(b"\x0a"):
        return WeightsError(f"{path} looks like a graph of TensorFlow or of Caffe; {ELSEWHERE}")
    if 0x81 <= head[0] <= 0x8F and 0xA1 <= head[1] <= 0xBF and head[2 : 2 + head[1] % 32].isascii():
        return WeightsError(f"{path} looks like msgpack, as Flax writes it; save its arrays as .npz or safetensors")
    if text := _as_text(head):
        return WeightsError(f"{path} is a text file, which begins with {text!r}; fetch the checkpoint itself")
    return None


def _as_text(head: bytes) -> str:
    """Return the first words of a text, "" for what is none: all of it printable, in UTF-8."""
    try:
        text = head[:200].decode("utf-8", errors="strict" if len(head) < 200 else "ignore")
    except UnicodeDecodeError:
        return ""
    printable = all(letter.isprintable() or letter in "\r\n\t" for letter in text)
    return one_line(text)[:30] if printable and " " in one_line(text) else ""


def refused_folder(folder: Path) -> WeightsError | None:
    """Return the refusal of a folder whose files show what wrote it, None where they do not."""
    names = {entry.name for entry in folder.iterdir()}
    for name, kind, way in FOLDERS:
        if name in names:
            return WeightsError(f"{folder} is {kind}; {way}")
    parts = sorted(name for name in names if name.endswith(".distcp"))
    if parts:
        return WeightsError(
            f"{folder} is part of a distributed checkpoint of PyTorch ({and_more(parts, 2)}) without its "
            "file .metadata; fetch that too"
        )
    return None
