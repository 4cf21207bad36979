"""What does an artifact say of itself, and is it whole? A folder: manifest.json, the engine's files, canaries.

No torch. The manifest is data from a stranger: types and bounds are looked at before anything is believed, every file
is a regular one of the folder itself, and has the size and the SHA-256 that the manifest states; so has the manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from residua.errors import DataError, ShipError
from residua.preprocessing import Preprocessing
from residua.reading import document_of, open_regular, read_regular
from residua.weights.image_options import ImageOptions

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MANIFEST = 8 * 2**20  # bytes; 21,841 names of ImageNet-21k take 1 MB
MOST_CLASSES = 1_000_000
PRECISIONS = {"openvino": ("fp32", "bf16", "int8"), "onnxruntime": ("fp32", "int8")}  # by engine
ENGINES = tuple(PRECISIONS)
_CHUNK = 2**20


@dataclass(frozen=True)
class FileEntry:
    """A file of the artifact: its size in bytes and its SHA-256 in hexadecimal digits."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an artifact says of itself.

    engine: what runs it, one of ENGINES, and the version that wrote it. precision: of its arithmetic. model: the file
    that the engine opens; its weights may lie beside it. canaries: the file with inputs and reference logits, and of
    what kind they are. verified: what the verification measured. made_on: the processor that exported it.
    """

    name: str
    engine: str
    engine_version: str
    precision: str
    model: str
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    canaries: dict[str, Any]
    verified: dict[str, Any]
    made_on: dict[str, Any]
    files: dict[str, FileEntry] = field(default_factory=dict)
    spec: dict[str, Any] | None = None
    provenance: dict[str, Any] | None = None

    @property
    def several(self) -> bool:
        """Whether an image may have several labels, each with a probability of its own."""
        config = (self.provenance or {}).get("config")
        return isinstance(config, dict) and config.get("multi_label") is True

    def to_text(self) -> str:
        """Return the manifest's JSON with its own SHA-256, which is that of everything else in it."""
        document = {"format": FORMAT, **asdict(self), "preprocessing": self.preprocessing.to_dict()}
        return json.dumps(document | {"sha256": _digest(document)}, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Artifact:
    """An artifact that was found whole."""

    folder: Path
    manifest: Manifest
    sha256: str

    def path(self, name: str) -> Path:
        """Return where one of its files lies."""
        return self.folder / name


def is_artifact(target: str | os.PathLike[str]) -> bool:
    """Whether a folder with a manifest is meant."""
    return os.path.lexists(Path(target) / MANIFEST)


def require_as_exported(target: str | os.PathLike[str], images: ImageOptions | None) -> None:
    """Raise ShipError for options that say how an artifact's images are prepared, or what its classes are."""
    if images is not None and replace(images, max_pixels=None) != ImageOptions():
        raise ShipError(f"{target} is an artifact: how its images are prepared was fixed when it was exported")


def open_artifact(folder: str | os.PathLike[str]) -> Artifact:
    """Return the artifact in a folder, every file of it read once and held against its checksum.

    Raises ShipError, in one line, for a missing, damaged or foreign one, and one of a newer format.
    """
    place = Path(folder)
    if not place.is_dir():
        raise ShipError(f"{place} is not a folder: an artifact is what `residua export … --out DIR` writes.")
    document = _read_document(place / MANIFEST)
    manifest = _manifest_of(document, place / MANIFEST)
    for name, entry in manifest.files.items():
        found = entry_of(place / name)
        if found != entry:
            raise ShipError(
                f"{place / name} is damaged or was changed: its {'size' if found.bytes != entry.bytes else 'SHA-256'} "
                "is not the one in the manifest; export again, or copy the whole folder once more."
            )
    return Artifact(place, manifest, document["sha256"])


def entry_of(path: Path) -> FileEntry:
    """Return size and SHA-256 of a regular file. Raises ShipError."""
    digest, size = hashlib.sha256(), 0
    with open_regular(path, ShipError) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileEntry(size, digest.hexdigest())


def _digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document, whatever the order of its keys and the spaces between them."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = document_of(read_regular(path, MOST_MANIFEST, ShipError))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ShipError):
            raise
        raise ShipError(f"{path} is damaged: it is no JSON ({type(error).__name__}).") from None
    if not isinstance(document, dict) or "format" not in document or "sha256" not in document:
        raise ShipError(f"{path} is no manifest of residua: {MANIFEST} is what `residua export` writes.")
    if document["format"] != FORMAT:
        raise ShipError(f"{path} has format {document['format']!r}, this residua reads {FORMAT}: upgrade residua.")
    rest = {key: value for key, value in document.items() if key != "sha256"}
    try:
        digest = _digest(rest)
    except ValueError:
        raise ShipError(f"{path} is no manifest of residua: it has NaN or infinity, which are no JSON.") from None
    if document["sha256"] != digest:
        raise ShipError(f"{path} is damaged or was changed: its own SHA-256 is another.")
    return document


def _manifest_of(document: Mapping[str, Any], path: Path) -> Manifest:
    """Return the validated manifest. Raises ShipError for values that no export writes."""
    try:
        values = {key: document[key] for key in Manifest.__dataclass_fields__ if key in document}
        for key in ("name", "engine", "engine_version", "precision", "model"):
            _require(isinstance(values[key], str), f"{key} is no string")
        for key in ("canaries", "verified", "made_on", "files"):
            _require(isinstance(values[key], dict), f"{key} is no JSON object")
        _require(values["engine"] in ENGINES, f"engine {values['engine']!r} is not one of {', '.join(ENGINES)}")
        known = PRECISIONS[values["engine"]]
        _require(values["precision"] in known, f"precision {values['precision']!r} is not one of {', '.join(known)}")
        for key in ("spec", "provenance"):
            _require(isinstance(values.get(key), (dict, type(None))), f"{key} is no JSON object")
        accuracy = values["verified"].get("accuracy_after")
        _require(isinstance(accuracy, (float, int, type(None))), f"the accuracy {accuracy!r} is no number")
        names = values["classes"]
        _require(isinstance(names, list) and 0 < len(names) <= MOST_CLASSES, "classes is no list of names")
        _require(all(isinstance(name, str) for name in names), "a class's name is no string")
        values["classes"] = tuple(names)
        values["preprocessing"] = Preprocessing.from_dict(values["preprocessing"])
        values["files"] = {name: _entry(name, entry) for name, entry in values["files"].items()}
        _require(values["model"] in values["files"], f"the model {values['model']!r} is not among its files")
        _require(values["canaries"].get("file") in values["files"], "the canaries are not among its files")
        return Manifest(**values)
    except (KeyError, TypeError, AttributeError, ValueError, DataError) as error:
        said = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ShipError(f"{path} is no manifest of residua: {said}.") from None


def _entry(name: str, entry: Mapping[str, Any]) -> FileEntry:
    _require(bool(name) and name == Path(name).name and name not in (".", "..", MANIFEST), f"file {name!r} is outside")
    size, digest = entry["bytes"], entry["sha256"]
    _require(isinstance(size, int) and not isinstance(size, bool) and size >= 0, f"the size of {name} is {size!r}")
    _require(isinstance(digest, str), f"the SHA-256 of {name} is no string")
    return FileEntry(size, digest)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
