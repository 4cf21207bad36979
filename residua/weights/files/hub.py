"""Where is a checkpoint that is named by a folder, a run, or `hf:org/name`?"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from residua.errors import WeightsError
from residua.extras import require
from residua.text import one_line

if TYPE_CHECKING:
    from residua.nn import ResNet

REMOTE = "hf:"
# What a folder in the hub's layout may call its weights, the first found wins.
FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
)


def is_remote(source: str | os.PathLike[str]) -> bool:
    """Return whether `source` names a repository of the hub."""
    return os.fspath(source).startswith(REMOTE)


def resolve(source: str) -> Path:
    """Return the weights file of a run, a folder in the hub's layout, or a hub repository (fetched into its cache).

    Raises WeightsError when there is none, or the hub cannot be reached.
    """
    folder = fetch(source.removeprefix(REMOTE)) if is_remote(source) else Path(source)
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    others = sorted(entry.name for entry in folder.iterdir())[:5]
    raise WeightsError(f"{source} has none of {', '.join(FILES)}; it holds {', '.join(others) or 'nothing'}")


def fetch(name: str) -> Path:
    """Return the local folder of hub repository `org/name[@revision]`, fetching only weights and descriptions.

    Raises WeightsError when it does not exist or cannot be reached.
    """
    hub = require("huggingface_hub")
    name, _, revision = name.partition("@")
    if name.count("/") != 1 or not all(name.split("/")):
        raise WeightsError(f"hf:{name} is not a repository of the hub; write hf:organisation/name")
    try:
        allowed = [*FILES, "*.safetensors", "config.json"]
        return Path(hub.snapshot_download(name, revision=revision or None, allow_patterns=allowed))
    except Exception as error:  # the client's many kinds of failure, in one line
        reason = one_line(error, 120)
        raise WeightsError(f"hf:{name} could not be fetched: {reason}") from None


def read_config(folder: Path) -> dict[str, Any]:
    """Return a folder's `config.json`, or {} when it has none. Raises WeightsError when it is not JSON."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{folder / 'config.json'} cannot be read ({error}); it should be JSON") from None
    return config if isinstance(config, dict) else {}


def write_folder(folder: Path, model: ResNet, card: Iterable[str] = ()) -> None:
    """Write `model` as a folder in the hub's layout: model.safetensors with our metadata, config.json, README.md.

    card: lines of the README. Raises WeightsError when the folder cannot be written.
    """
    from residua.weights.files import native
    from residua.weights.files.native import Meta

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(f"{folder} could not be made: {error.strerror or error}") from None
    meta = getattr(model, "meta", None) or Meta()
    native.save(folder / "model.safetensors", model, model.spec, meta)
    config = {"library_name": "residua", "architectures": ["residua.ResNet"],
              "spec": json.loads(model.spec.model_dump_json()), "num_labels": model.spec.num_classes}  # fmt: skip
    with native.replacing(folder / "config.json") as temporary:
        temporary.write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    lines = ["---", "library_name: residua", "---", "", f"`{model.spec}`", *card]
    with native.replacing(folder / "README.md") as temporary:
        temporary.write_text("\n".join(lines) + "\n", "utf-8")


def push_to_hub(model: ResNet, name: str, *, private: bool = True) -> str:
    """Upload `model` as hub repository `org/name` and return its address.

    Uses the login of huggingface_hub. Raises WeightsError when the upload is refused.
    """
    import tempfile

    hub = require("huggingface_hub")
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), model)
        try:
            api = hub.HfApi()
            address = api.create_repo(name, private=private, exist_ok=True)
            api.upload_folder(repo_id=name, folder_path=folder)
        except Exception as error:  # as in `fetch`
            raise WeightsError(f"{name} could not be uploaded: {one_line(error, 120)}") from None
    return str(address)
