"""Where is a checkpoint that is named by a folder, a run, or `hf:org/name`?"""

from __future__ import annotations

import os
from pathlib import Path

from residua.errors import WeightsError
from residua.extras import require
from residua.text import one_line
from residua.weights.files.refused import refused_folder

REMOTE = "hf:"
# What a folder in the hub's layout may call its weights, the first found wins.
FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
)
# What else is taken where a folder holds one of its kind: diffusion_pytorch_model.safetensors.index.json, last.ckpt.
ALONE = ("*.safetensors.index.json", "*.bin.index.json", "*.safetensors", "*.pth", "*.pt", "*.ckpt", "*.bin", "*.h5")


def locate(source: str | os.PathLike[str]) -> Path:
    """Return the weights file that `source` is, or that lies in the run, hub-like folder or hub repository it names.

    Raises WeightsError when there is none, or the hub cannot be reached.
    """
    remote = os.fspath(source).startswith(REMOTE)
    if not remote and not Path(source).is_dir():
        return Path(source)
    folder = _fetch(os.fspath(source).removeprefix(REMOTE)) if remote else Path(source)
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    known = refused_folder(folder)
    if known is not None:
        raise known
    for pattern in ALONE:
        found = [path for path in folder.glob(pattern) if path.is_file()]
        if len(found) == 1:
            return found[0]
        if found:
            break  # shards without an index, or one of several: somebody has to say which
    others = sorted(entry.name for entry in folder.iterdir())[:5]
    raise WeightsError(f"{source} has none of {', '.join(FILES)}; it holds {', '.join(others) or 'nothing'}")


def _fetch(name: str) -> Path:
    """Return the local folder of hub repository `org/name[@revision]`, fetching only weights and descriptions.

    Raises WeightsError when it does not exist or cannot be reached.
    """
    hub = require("huggingface_hub")
    name, _, revision = name.partition("@")
    if name.count("/") != 1 or not all(name.split("/")):
        raise WeightsError(f"hf:{name} is not a repository of the hub; write hf:organisation/name")
    try:
        allowed = [*FILES, "*.safetensors", "*.index.json", "config.json"]
        return Path(hub.snapshot_download(name, revision=revision or None, allow_patterns=allowed))
    except Exception as error:  # the client's many kinds of failure, in one line
        reason = one_line(error, 120)
        raise WeightsError(f"hf:{name} could not be fetched: {reason}") from None
